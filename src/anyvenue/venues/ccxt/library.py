"""ccxt itself: looked for when a driver is made, told to keep silent, and pointed where the configuration says."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Protocol, cast
from urllib.parse import urlsplit

import msgspec

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ccxt.config import CREDENTIALS, CcxtConfig

__all__ = ["Exchange", "Maker", "Row", "call_of", "make_exchange", "to_gateway"]

Row = Mapping[str, object]
"""One of ccxt's unified structures."""


class Maker(Protocol):
    """Makes an exchange object; see `make_exchange`."""

    def __call__(self, config: CcxtConfig, *, exact: bool) -> "Exchange":
        """Return one; raise ConfigError."""
        ...


class Exchange(Protocol):
    """What a driver uses of an exchange object of ccxt beside its calls, which are asked for by name."""

    id: str
    has: Mapping[str, object]
    features: Mapping[str, object]
    options: dict[str, object]
    markets: Mapping[str, Row]
    currencies: object
    clients: Mapping[str, object]
    urls: dict[str, object]
    number: object
    precisionMode: int  # noqa: N815
    requiredCredentials: Mapping[str, bool]  # noqa: N815

    def set_sandbox_mode(self, enabled: bool) -> None:
        """Use the test network; raise what ccxt raises where there is none."""
        ...

    def enable_demo_trading(self, enable: bool) -> None:
        """Use the demo account; raise what ccxt raises where there is none."""
        ...

    async def load_markets(self, reload: bool = False) -> Mapping[str, Row]:
        """Learn what the exchange lists."""
        ...

    def set_markets(self, markets: object, currencies: object = None) -> object:
        """Take over what another object has learned."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


_LISTED: Mapping[tuple[str, str], object] = {
    ("binance", "spot"): ["spot"],
    ("htx", "spot"): {"spot": True, "linear": False, "inverse": False},
    ("htx", "contracts"): {"spot": False, "linear": True, "inverse": False},
}
"""What is listed of exchanges where ccxt would ask for everything; of HTX's contracts the USDT-margined ones."""


def call_of(exchange: Exchange, method: str) -> Callable[..., Awaitable[object]]:
    """Return a call of the exchange by its name."""
    return cast(Callable[..., Awaitable[object]], getattr(exchange, method))


def make_exchange(config: CcxtConfig, *, exact: bool) -> Exchange:
    """Return an exchange object of ccxt; raise ConfigError.

    An `exact` one gives numbers as texts, as the exchange wrote them; others give floats.
    """
    made = _class_of(config.exchange)(_settings(config))
    if config.environment == "sandbox":
        made.set_sandbox_mode(True)
    elif config.environment == "demo":
        made.enable_demo_trading(True)
    if exact:
        made.number = str
    if config.gateway:
        _redirect(made, config.gateway)
    _check_credentials(config, made)
    return made


def _class_of(name: str) -> Callable[[Mapping[str, object]], Exchange]:
    """Return the class that pushes, else the one that only answers; raise ConfigError."""
    try:
        library, pushing = import_module("ccxt.async_support"), import_module("ccxt.pro")
    except ImportError as error:
        raise ConfigError(
            f"ccxt cannot be imported ({error}); pip install 'anyvenue[ccxt]'",
            code="config.ccxt_missing",
            detail=str(error),
        ) from None
    _silence()
    if name in library.exchanges:
        source = pushing if name in pushing.exchanges else library
        return cast(Callable[[Mapping[str, object]], Exchange], getattr(source, name))
    near = get_close_matches(name, library.exchanges, 3, 0.6)
    advice = f"did you mean {' or '.join(near)}?" if near else "see ccxt's list of exchanges"
    raise ConfigError(
        f"ccxt {library.__version__} knows no exchange {name!r}: {advice}",
        code="config.venue_unknown",
        venue=f"ccxt:{name}",
        known=tuple(f"ccxt:{each}" for each in near),
        nearest=f"ccxt:{near[0]}" if near else "",
    )


def _silence() -> None:
    """Keep ccxt from logging requests with what signs them; the loggers that it makes later are below this one."""
    every = logging.getLogger("ccxt")
    every.setLevel(logging.CRITICAL + 1)
    every.propagate = False
    if not every.handlers:
        every.addHandler(logging.NullHandler())


def _settings(config: CcxtConfig) -> dict[str, object]:
    more = _more(config)
    options: dict[str, object] = {
        "adjustForTimeDifference": True,
        "warnOnFetchOpenOrdersWithoutSymbol": False,
        "maxRetriesOnFailure": 0,
    }
    if config.market in ("spot", "contracts"):
        options["defaultType"] = "spot" if config.market == "spot" else "swap"
    listed = _LISTED.get((config.exchange, config.market))
    if listed is not None:
        options["fetchMarkets"] = {"types": listed}
    found: dict[str, object] = {
        "enableRateLimit": config.rate_limit,
        "timeout": int(config.timeout_s * 1000),
        **more,
        "options": {**options, **cast(dict[str, object], more.get("options", {}))},
    }
    if config.proxy:
        found |= {"httpsProxy": config.proxy, "wssProxy": config.proxy}
    return found | config.credentials


def _more(config: CcxtConfig) -> dict[str, object]:
    try:
        found: dict[str, object] = msgspec.json.decode(config.more, type=dict[str, object])
    except msgspec.DecodeError as error:
        raise ConfigError(
            f"more of ccxt:{config.exchange} was no object of JSON ({error}); write it as "
            '{"options": {"defaultType": "swap"}}',
            code="config.ccxt_more",
            venue=f"ccxt:{config.exchange}",
            detail=str(error),
        ) from None
    return found


def _check_credentials(config: CcxtConfig, made: Exchange) -> None:
    lacking = [
        CREDENTIALS[name]
        for name, wanted in made.requiredCredentials.items()
        if wanted and name in CREDENTIALS and name not in config.credentials
    ]
    if config.credentials and lacking:
        raise ConfigError(
            f"ccxt:{config.exchange} needs {' and '.join(lacking)}, too",
            code="config.ccxt_credentials",
            venue=f"ccxt:{config.exchange}",
            keys=tuple(lacking),
        )


def _redirect(made: Exchange, gateway: str) -> None:
    api = cast(Mapping[str, object], made.urls["api"])
    hosts = cast(Mapping[str, str], made.urls.get("hostnames") or {})
    usual = str(getattr(made, "hostname", None) or "")
    made.urls["api"] = {
        name: to_gateway(each, gateway, hosts.get(name, usual)) for name, each in api.items()
    }


def to_gateway(urls: object, gateway: str, hostname: str = "") -> object:
    """Return addresses with `gateway` in the place of their hosts.

    ``{host}`` in it is the host that was there; `hostname` is what ccxt would fill in for its own ``{hostname}``.
    """
    if isinstance(urls, Mapping):
        return {name: to_gateway(each, gateway, hostname) for name, each in urls.items()}
    if not isinstance(urls, str) or "://" not in urls:
        return urls
    parts = urlsplit(urls.replace("{hostname}", hostname))
    safe, _, target = gateway.rstrip("/").partition("://")
    scheme = "ws" if parts.scheme.startswith("ws") else "http"
    scheme += "s" if safe in ("https", "wss") else ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{scheme}://{target.replace('{host}', parts.hostname or '')}{parts.path}{query}"

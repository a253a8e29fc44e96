"""Venues' own wires on a served exchange: which are spoken, on which port, and whose keys open an account."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from anyvenue.engine.hosting.exchange import HostedExchange
from anyvenue.engine.hosting.market import FeedMarket
from anyvenue.model.errors import ConfigError
from anyvenue.model.ids import AccountId
from anyvenue.runtime.clock import LiveClock

if TYPE_CHECKING:
    import ssl

__all__ = ["WIRES", "WIRE_INSTRUMENTS", "OpenWire", "WireChoice", "WireKey", "open_wires"]

WIRES = {"binance": 41230}
"""The wires that are spoken, and their ports."""

WIRE_INSTRUMENTS = {
    "binance": (
        "BTC-USDT.BINANCE",
        "ETH-USDT.BINANCE",
        "BTC-USDT-PERP.BINANCE",
        "ETH-USDT-PERP.BINANCE",
    )
}
"""What is listed where nobody said what."""

_DEPOSIT = {"USDT": Decimal(100_000)}
_FIRST_USER = "trader"


class WireChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What the options say: wires as NAME or NAME:PORT, users as NAME or NAME:KEY:SECRET with their opening money."""

    wires: Mapping[str, int]
    users: Sequence[str] = ()
    deposits: Mapping[str, Decimal] | None = None
    folder: Path | None = None

    @classmethod
    def of(
        cls,
        text: str,
        users: Sequence[str] = (),
        deposits: Mapping[str, Decimal] | None = None,
        folder: Path | None = None,
    ) -> "WireChoice":
        """Read ``binance`` or ``binance:41230``, several with commas; raise ConfigError."""
        wires: dict[str, int] = {}
        for part in filter(None, map(str.strip, text.split(","))):
            name, _, port = part.partition(":")
            if name not in WIRES or (port and not port.isdecimal()):
                known = ", ".join(WIRES)
                raise ConfigError(
                    f"--wire was {part!r}; expected NAME or NAME:PORT of {known}",
                    code="config.wire",
                    value=part,
                    known=known,
                )
            wires[name] = int(port) if port else WIRES[name]
        if not wires and (users or deposits):
            raise ConfigError(
                "--user and --cash are for --wire: name one, such as --wire binance",
                code="config.wire_missing",
            )
        return cls(wires=wires, users=users, deposits=deposits, folder=folder)

    def instruments(self) -> list[str]:
        """Return what is listed where nobody said what."""
        return [each for name in self.wires for each in WIRE_INSTRUMENTS[name]]


class WireKey(msgspec.Struct, frozen=True):
    """A key to show to whoever runs the exchange."""

    account: str
    api_key: str
    secret: str


class _Server(Protocol):
    async def start(
        self, host: str, port: int, tls: "ssl.SSLContext | None" = None
    ) -> tuple[str, int]: ...

    async def close(self) -> None: ...


class OpenWire:
    """One wire that is served."""

    def __init__(self, name: str, server: _Server, port: int, keys: Sequence[WireKey]) -> None:
        """Serve by `server` on `port`."""
        self.name, self.keys = name, keys
        self.url = ""
        self._server, self._port = server, port

    async def start(self, host: str, tls: "ssl.SSLContext | None") -> None:
        """Listen; raise ConfigError for an address that is taken."""
        at = await self._server.start(host, self._port, tls)
        self.url = f"{'http' if tls is None else 'https'}://{at[0]}:{at[1]}"

    async def close(self) -> None:
        """Listen no more."""
        await self._server.close()


def open_wires(exchange: HostedExchange, choice: WireChoice) -> list[OpenWire]:
    """Return the wires, ready to start, with the accounts of their users open; raise ConfigError. Needs a loop."""
    if choice.wires and find_spec("aiohttp") is None:
        raise ConfigError(
            "aiohttp is not installed; pip install 'anyvenue[crypto]'",
            code="config.extra_missing",
            package="aiohttp",
            extra="crypto",
        )
    return [_binance(exchange, choice, port) for _, port in choice.wires.items()]


def _binance(exchange: HostedExchange, choice: WireChoice, port: int) -> OpenWire:
    from anyvenue.venues.binance.server.service import BinanceServer
    from anyvenue.venues.serving.keys import Key, Keys, new_key

    path = choice.folder / "binance-keys.json" if choice.folder is not None else None
    keys = Keys(path=path)
    for user in choice.users or ([] if keys.all() else [_FIRST_USER]):
        name, _, rest = user.partition(":")
        account = AccountId(name)
        api_key, _, secret = rest.partition(":")
        if api_key and not secret:
            raise ConfigError(
                f"--user was {name}:{api_key}; expected NAME or NAME:KEY:SECRET",
                code="config.wire_user",
                account=name,
            )
        if account not in exchange.accounts():
            exchange.create_account(account, choice.deposits or _DEPOSIT)
        if api_key:
            keys.add(Key(api_key, secret, account))
        elif all(each.account != account for each in keys.all()):
            keys.add(new_key(account))
    server = BinanceServer(
        exchange,
        keys,
        wall=LiveClock().now,
        shown=_shown(exchange),
        execute=exchange.execute,
        modes=exchange,
    )
    shown = [WireKey(each.account, each.api_key, each.secret) for each in keys.all()]
    return OpenWire("binance", server, port, shown)


def _shown(exchange: HostedExchange) -> Callable[[int], int]:
    """Return how the market's time becomes the clients': a feed's day is told as though it began now.

    Clients sign with the time of their own clocks and ask for bars by it.
    """
    if not isinstance(exchange.market, FeedMarket):
        return lambda ts: ts
    ahead = LiveClock().now() - exchange.market.now(exchange.now)
    return lambda ts: ts + ahead

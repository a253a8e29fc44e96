"""Venues' own wires on a served exchange: which are spoken, on which port, and whose keys open an account."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

from anyvenue.engine.hosting.exchange import HostedExchange
from anyvenue.engine.hosting.market import FeedMarket
from anyvenue.model.errors import ConfigError
from anyvenue.model.ids import AccountId
from anyvenue.runtime.clock import LiveClock

if TYPE_CHECKING:
    import ssl

    from anyvenue.venues.serving.keys import Key, Keys

__all__ = [
    "WIRES",
    "WIRE_INSTRUMENTS",
    "OpenWire",
    "WireChoice",
    "WireKey",
    "WireUser",
    "open_wires",
]

WIRES = {"binance": 41230, "okx": 41231, "backpack": 41232}
"""The wires that are spoken, and their ports."""

WIRE_INSTRUMENTS = {
    "binance": (
        "BTC-USDT.BINANCE",
        "ETH-USDT.BINANCE",
        "BTC-USDT-PERP.BINANCE",
        "ETH-USDT-PERP.BINANCE",
    ),
    "okx": ("BTC-USDT.OKX", "ETH-USDT.OKX", "BTC-USDT-PERP.OKX", "ETH-USDT-PERP.OKX"),
    "backpack": (
        "BTC-USDC.BACKPACK",
        "SOL-USDC.BACKPACK",
        "BTC-USDC-PERP.BACKPACK",
        "SOL-USDC-PERP.BACKPACK",
    ),
}
"""What is listed where nobody said what."""

_DEPOSITS = {"binance": "USDT", "okx": "USDT", "backpack": "USDC"}
_DEPOSIT = Decimal(100_000)
_FIRST_USER = "trader"


class WireUser(msgspec.Struct, frozen=True):
    """A user: `words` are what he has said of a key of his own, after his name; `wire` is whose key it is, "" any."""

    account: AccountId
    words: str = ""
    wire: str = ""

    @classmethod
    def of(cls, text: str) -> "WireUser":
        """Read NAME, NAME:KEY:SECRET or WIRE=NAME:KEY:SECRET; raise ConfigError for half a key."""
        name, _, words = text.partition(":")
        wire, _, account = name.rpartition("=")
        if words and ":" not in words:
            raise ConfigError(
                f"--user was {text}; expected NAME or NAME:KEY:SECRET",
                code="config.wire_user",
                account=account,
            )
        return cls(AccountId(account), words, wire)

    def key(self, wire: str) -> "Key | None":
        """Return his own key for a wire, None where he has none; raise ConfigError for one that does not fit."""
        if not self.words or self.wire not in ("", wire):
            return None
        api_key, _, secret = self.words.partition(":")
        return _FORGES[wire]().own(self.account, api_key, secret)

    def check(self, wires: Sequence[str]) -> None:
        """Raise ConfigError for a key that does not fit all wires that it is for."""
        if self.wire and self.wire not in wires:
            raise ConfigError(
                f"--user was {self.wire}={self.account}:..., and {self.wire!r} is not among --wire {','.join(wires)}",
                code="config.wire_user_wire",
                account=self.account,
                wire=self.wire,
                known=", ".join(wires),
            )
        for wire in wires:
            try:
                self.key(wire)
            except ConfigError as error:
                if self.wire or len(wires) == 1 or error.code not in _UNFIT:
                    raise
                raise _unfit(self.account, wire, wires, error) from None


class WireChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What the options say: wires as NAME or NAME:PORT, users with their opening money."""

    wires: Mapping[str, int]
    users: Sequence[WireUser] = ()
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
        """Read ``binance`` or ``binance:41230``, several with commas; raise ConfigError, also for a key that no user of
        a wire can have.
        """
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
        read = [WireUser.of(user) for user in users]
        for user in read:
            user.check(list(wires))
        return cls(wires=wires, users=read, deposits=deposits, folder=folder)

    def instruments(self) -> list[str]:
        """Return what is listed where nobody said what."""
        return [each for name in self.wires for each in WIRE_INSTRUMENTS[name]]

    def opening_money(self) -> Mapping[str, Decimal]:
        """Return what a user begins with: what was said, else some of what the wires' markets are paid in."""
        return self.deposits or {_DEPOSITS[name]: _DEPOSIT for name in self.wires}


class WireKey(msgspec.Struct, frozen=True):
    """A key to show to whoever runs the exchange."""

    account: str
    api_key: str
    secret: str
    passphrase: str = ""


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
    opening: dict[str, Callable[[HostedExchange, WireChoice, int], OpenWire]] = {
        "binance": _binance,
        "okx": _okx,
        "backpack": _backpack,
    }
    return [opening[name](exchange, choice, port) for name, port in choice.wires.items()]


def _binance(exchange: HostedExchange, choice: WireChoice, port: int) -> OpenWire:
    from anyvenue.venues.binance.server.service import BinanceServer

    keys = _keys(exchange, choice, "binance")
    server = BinanceServer(
        exchange,
        keys,
        wall=LiveClock().now,
        shown=_shown(exchange),
        execute=exchange.execute,
        modes=exchange,
    )
    return OpenWire("binance", server, port, _shown_keys(keys))


def _okx(exchange: HostedExchange, choice: WireChoice, port: int) -> OpenWire:
    from anyvenue.venues.okx.server.service import OkxServer

    keys = _keys(exchange, choice, "okx")
    server = OkxServer(
        exchange,
        keys,
        wall=LiveClock().now,
        shown=_shown(exchange),
        execute=exchange.execute,
        modes=exchange,
    )
    return OpenWire("okx", server, port, _shown_keys(keys))


def _backpack(exchange: HostedExchange, choice: WireChoice, port: int) -> OpenWire:
    from anyvenue.venues.backpack.server.service import BackpackServer

    keys = _keys(exchange, choice, "backpack")
    server = BackpackServer(
        exchange,
        keys,
        wall=LiveClock().now,
        shown=_shown(exchange),
        execute=exchange.execute,
    )
    return OpenWire("backpack", server, port, _shown_keys(keys))


def _keys(exchange: HostedExchange, choice: WireChoice, wire: str) -> "Keys":
    """Return the keys of a wire's users, whose accounts are open then: new ones, or those that users have."""
    from anyvenue.venues.serving.keys import Keys

    path = choice.folder / f"{wire}-keys.json" if choice.folder is not None else None
    keys = Keys(path=path)
    own: dict[AccountId, list[Key]] = {}
    for user in choice.users or ([] if keys.all() else [WireUser(AccountId(_FIRST_USER))]):
        key = user.key(wire)
        own.setdefault(user.account, []).extend([] if key is None else [key])
    for account, given in own.items():
        if account not in exchange.accounts():
            exchange.create_account(account, choice.opening_money())
        for key in given:
            keys.add(key)
        if all(each.account != account for each in keys.all()):
            keys.add(_FORGES[wire]().new(account))
    return keys


class _Forge(NamedTuple):
    """How the keys of a wire are made, and how those that a user has are read and written."""

    new: "Callable[[AccountId], Key]"
    own: "Callable[[AccountId, str, str], Key]"
    form: str


def _binance_forge() -> _Forge:
    from anyvenue.venues.serving.keys import new_key, own_key

    return _Forge(new_key, own_key, "NAME:KEY:SECRET")


def _okx_forge() -> _Forge:
    from anyvenue.venues.okx.server.keys import new_key, own_key

    return _Forge(new_key, own_key, "NAME:KEY:SECRET:PASSPHRASE")


def _backpack_forge() -> _Forge:
    from anyvenue.venues.backpack.server.keys import new_key, own_key

    return _Forge(new_key, own_key, "NAME:PUBLIC:SEED")


_FORGES = {"binance": _binance_forge, "okx": _okx_forge, "backpack": _backpack_forge}
_UNFIT = ("config.wire_user", "config.wire_passphrase", "config.crypto_key")


def _unfit(account: AccountId, wire: str, wires: Sequence[str], error: ConfigError) -> ConfigError:
    """Return the error about a key that is not of the form of one of several wires."""
    other, form = next(each for each in wires if each != wire), _FORGES[wire]().form
    return ConfigError(
        f"the key of --user {account} is none of {wire}, which has {form} ({error.text}); say which wire it is for, "
        f"such as --user {other}={account}:...",
        code="config.wire_key",
        account=account,
        wire=wire,
        form=form,
        other=other,
    )


def _shown_keys(keys: "Keys") -> list[WireKey]:
    return [
        WireKey(each.account, each.api_key, each.secret, each.passphrase) for each in keys.all()
    ]


def _shown(exchange: HostedExchange) -> Callable[[int], int]:
    """Return how the market's time becomes the clients': a feed's day is told as though it began now.

    Clients sign with the time of their own clocks and ask for bars by it.
    """
    if not isinstance(exchange.market, FeedMarket):
        return lambda ts: ts
    ahead = LiveClock().now() - exchange.market.now(exchange.now)
    return lambda ts: ts + ahead

"""A counter over an exchange of one's own inside a program: what stands behind the front ``sim://``."""

import asyncio
import atexit
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from urllib.parse import parse_qs, urlsplit

import msgspec

from anyvenue.app.ctp_service import CounterChoice, counter_over, run_exchange
from anyvenue.app.exchange_market import ExchangeChoice, host_exchange
from anyvenue.app.settings import Settings, read_settings
from anyvenue.app.simulation import DataChoice, VenueChoice
from anyvenue.engine.hosting.exchange import HostedExchange
from anyvenue.model.errors import AnyvenueError, ConfigError
from anyvenue.runtime.loop_thread import LoopThread
from anyvenue.venues.ctp.counter.counter import Counter
from anyvenue.venues.ctp.door.server import DoorTerms, NativeDoor
from anyvenue.venues.ctp.door.session import Connection
from anyvenue.venues.ctp.python.link import leave_all

__all__ = ["EmbeddedChoice", "connect_embedded", "embed", "parse_sim"]


class EmbeddedChoice(msgspec.Struct, frozen=True, kw_only=True):
    """The options of ``sim://``, named as those of ``anyvenue ctp serve``; `pace` is queries a second, 0 no limit."""

    profile: str = "simnow"
    user: Sequence[str] = ()
    instrument: Sequence[str] = ()
    matching: str | None = None
    data: Sequence[Path] = ()
    speed: float = 1.0
    loop: bool = False
    hours: str | None = None
    seed: int | None = None
    state: Path | None = None
    pace: int | None = None


class _Embedded:
    """An exchange, and once somebody has connected a counter over it, both on a thread of their own."""

    def __init__(self, settings: Settings, choice: EmbeddedChoice) -> None:
        self._choice = choice
        self.exchange: HostedExchange = _exchange(settings, choice)
        self.dialect = ""
        self._thread: LoopThread | None = None
        self._running: asyncio.Task[None]
        self._counter: Counter
        self._door: NativeDoor

    def connect(self, dialect: str) -> socket.socket:
        """Return the client's end of a new connection."""
        if self._thread is None:
            self._start(dialect)
        assert self._thread is not None
        theirs, ours = socket.socketpair()
        self._thread.call(self._accept(ours))
        return theirs

    def close(self) -> None:
        """End it; what `state` keeps is written."""
        if self._thread is not None:
            self._thread.call(self._end())
            self._thread.end()
        self.exchange.close()

    def _start(self, dialect: str) -> None:
        choice = self._choice
        self._counter = counter_over(
            self.exchange,
            CounterChoice(
                profile=choice.profile,
                api="opt" if dialect == "opt" else "ctp",
                users=choice.user,
                queries_per_second=choice.pace,
                folder=choice.state,
            ),
        )
        self.dialect = dialect
        paced = self._counter.context.profile.queries_per_second
        name = self._counter.context.profile.system_name
        terms = DoorTerms(name=name, queries_per_second=paced, queries_in_flight=1 if paced else 0)
        self._door = NativeDoor(self._counter, terms, _note)
        self._thread = LoopThread()
        self._thread.call(self._run())

    async def _run(self) -> None:
        self._running = asyncio.create_task(run_exchange(self._counter, self.exchange))
        self._running.add_done_callback(_told)

    async def _accept(self, ours: socket.socket) -> None:
        ours.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.connect_accepted_socket(lambda: Connection(self._door), ours)

    async def _end(self) -> None:
        self.exchange.request_stop()
        with suppress(AnyvenueError):
            await self._running
        await self._door.close()
        self._counter.close()


def embed(address: str, settings: Settings) -> HostedExchange:
    """Make the exchange of an address known before anybody connects; raise what is wrong with its options."""
    with _LOCK:
        return _find(address, "", settings).exchange


def connect_embedded(address: str, dialect: str) -> socket.socket:
    """Return a connection to the exchange of an address, which is made for the first one.

    Raises ConfigError, UnknownInstrument, DataError or JournalError for options that cannot be.
    """
    with _LOCK:
        return _find(address, dialect, None).connect(dialect)


def parse_sim(address: str) -> EmbeddedChoice:
    """Return the options in an address such as ``sim://?instrument=rb2705&speed=10``; raise ConfigError."""
    given = parse_qs(urlsplit(address).query, keep_blank_values=True)
    kinds = {field.name: field for field in msgspec.structs.fields(EmbeddedChoice)}
    for name in given:
        if name not in kinds:
            raise ConfigError(
                f"{address!r} has no option {name!r}; there are {', '.join(kinds)}",
                code="config.ctp_sim",
                address=address,
                reason=name,
            )
    plain = {n: v if n in _MANY else v[-1] for n, v in given.items()}
    try:
        return msgspec.convert(plain, EmbeddedChoice, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"the options of {address!r} are wrong: {error}",
            code="config.ctp_sim",
            address=address,
            reason=str(error),
        ) from None


_MANY = ("user", "instrument", "data")
_LOCK = Lock()
_EMBEDDED: dict[tuple[str, str], _Embedded] = {}


def _find(address: str, dialect: str, settings: Settings | None) -> _Embedded:
    """Return the exchange of an address; the counter of one that is known may still be of either API."""
    api = "opt" if dialect == "opt" else "ctp"
    fresh = _EMBEDDED.pop((address, ""), None)
    key = (address, api if dialect else "")
    if fresh is not None and key not in _EMBEDDED:
        _EMBEDDED[key] = fresh
    if key not in _EMBEDDED:
        _EMBEDDED[key] = _Embedded(settings or read_settings(None, os.environ), parse_sim(address))
    return _EMBEDDED[key]


def _exchange(settings: Settings, choice: EmbeddedChoice) -> HostedExchange:
    data = list(choice.data)
    named = choice.instrument[0] if data and choice.instrument else None
    return host_exchange(
        settings,
        ExchangeChoice(
            data=DataChoice(files=data, instrument=named),
            venue=VenueChoice(
                # SimNow's quotes fill whatever crosses them.
                matching=choice.matching or ("maker" if choice.profile == "simnow" else None),
                seed=choice.seed,
                hours="real" if data else "always",
            ),
            instruments=list(choice.instrument),
            speed=choice.speed,
            loop=choice.loop,
            hours=choice.hours,
            when_closed="reject",
            match_on_arrival=True,
            folder=choice.state,
        ),
    )


def _path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError


def _note(line: str) -> None:
    print(f"anyvenue: {line}", file=sys.stderr)


def _told(running: "asyncio.Task[None]") -> None:
    if not running.cancelled() and running.exception() is not None:
        _note(f"the exchange of sim:// has ended: {running.exception()}")


@atexit.register
def _close_all() -> None:
    # Otherwise programs would be told of a disconnection while they end.
    leave_all()
    while _EMBEDDED:
        _EMBEDDED.popitem()[1].close()

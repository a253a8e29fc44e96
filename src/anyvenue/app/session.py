"""Run strategies against an exchange of one's own until the time is up, the data ends or somebody stops it."""

import asyncio
import signal
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import Protocol

import msgspec

from anyvenue.app.terminal import Terminal
from anyvenue.engine.backtest import cash_of
from anyvenue.engine.feed import Feed
from anyvenue.engine.paper import PaperNode
from anyvenue.engine.results import RunResult
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.ids import AccountId
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import Number
from anyvenue.oms.risk import RiskLimits
from anyvenue.reference.catalog import Catalog
from anyvenue.runtime.loop import run as run_loop
from anyvenue.strategy.base import Strategy

__all__ = ["PlainView", "Session", "Trader", "View", "stop_signals"]

_SHOWN_LINES = 200
_LOOK_S = 0.1


class Trader(msgspec.Struct, frozen=True):
    """A strategy and the account of its own it trades in; it is for `instruments` (ids), or for all of the run."""

    name: str
    strategy: type[Strategy]
    account: AccountId
    parameters: Mapping[str, object] = {}
    instruments: Sequence[str] = ()


class View(Protocol):
    """What people see while it runs."""

    async def follow(self, session: "Session", run: "asyncio.Future[None]") -> None:
        """Show `session` until `run` is done."""
        ...


class Session:
    """A paper node with one account a strategy, and what its strategies wrote to the log."""

    def __init__(
        self,
        feed: Feed,
        catalog: Catalog,
        options: VenueOptions,
        traders: Sequence[Trader],
        cash: Number | Mapping[str, Number],
        speed: float,
        logging: bool = True,
        risk: RiskLimits | None = None,
    ) -> None:
        """Open the accounts and load the strategies; raise ConfigError for a bad parameter."""
        self.feed = feed
        self.traders = list(traders)
        self.log: deque[str] = deque(maxlen=_SHOWN_LINES)
        self.logged = 0
        self.interrupted = False
        self.node = PaperNode(
            feed,
            catalog,
            options,
            speed=speed,
            logger=self._log if logging else None,
            risk=risk,
        )
        for trader in traders:
            traded = [
                each
                for each in feed.traded
                if not trader.instruments or each.id in trader.instruments
            ]
            self.node.add_account(trader.account, _own(cash_of(cash, traded), traded, trader))
            self.node.node.add_strategy(
                trader.strategy, trader.account, traded, trader.parameters, trader.name
            )

    def run(
        self, view: View, seconds: float | None = None, *, until_faulted: bool = False
    ) -> list[RunResult]:
        """Run to the end of the data, for `seconds` of wall time, or until SIGINT or SIGTERM; return the outcomes.

        With `until_faulted` it also ends when every strategy has faulted: an endless market would go on without
        them. Whatever ends it, no order is left working; `interrupted` tells whether a signal did.
        """
        run_loop(self._main(view, seconds, until_faulted))
        return self.results()

    def results(self) -> list[RunResult]:
        """Return the outcome of each account."""
        return [self.node.result(trader.account) for trader in self.traders]

    async def _main(self, view: View, seconds: float | None, until_faulted: bool) -> None:
        stop = asyncio.Event()
        with stop_signals(lambda: self._interrupt(stop)):
            run = asyncio.ensure_future(self.node.run(seconds=seconds, stop=stop))
            watch = asyncio.ensure_future(self._watch_faults(stop)) if until_faulted else None
            try:
                await view.follow(self, run)
            finally:
                stop.set()
                if watch is not None:
                    watch.cancel()
                await run

    async def _watch_faults(self, stop: asyncio.Event) -> None:
        hosts = list(self.node.node.hosts.values())
        while any(host.state != "faulted" for host in hosts):
            await asyncio.sleep(_LOOK_S)
        stop.set()

    def _interrupt(self, stop: asyncio.Event) -> None:
        self.interrupted = True
        stop.set()

    def _log(self, source: str, text: str) -> None:
        self.log.append(f"[{source}] {text}")
        self.logged += 1


def _own(
    cash: Mapping[str, Decimal], traded: Sequence[Instrument], trader: Trader
) -> dict[str, Decimal]:
    """Return the money of a trader: where others trade other instruments, only what its own need."""
    needed = {each.currency for each in traded}
    return {
        each: amount for each, amount in cash.items() if each in needed or not trader.instruments
    }


class PlainView:
    """A line every few seconds, for logs and pipes; nothing at all for machines."""

    def __init__(
        self,
        terminal: Terminal,
        describe: Callable[[Session], str],
        *,
        every: float = 2.0,
        log: bool = True,
    ) -> None:
        """Write what `describe` says every so many seconds, and with `log` what the strategies log."""
        self._terminal = terminal
        self._log = log
        self._describe = describe
        self._every = every
        self._seen = 0

    async def follow(self, session: Session, run: "asyncio.Future[None]") -> None:
        """Write a line now and then, and what the strategies log to standard error."""
        while not run.done():
            await asyncio.wait([run], timeout=self._every)
            self._show_log(session)
            if not run.done():
                self._terminal.say(self._describe(session))

    def _show_log(self, session: Session) -> None:
        if not self._log:
            return
        fresh = min(session.logged - self._seen, len(session.log))
        for line in list(session.log)[len(session.log) - fresh :]:
            self._terminal.note(line)
        self._seen = session.logged


@contextmanager
def stop_signals(callback: Callable[[], None]) -> Iterator[None]:
    """Call `callback` on the loop at the first SIGINT or SIGTERM; a second one ends the program the hard way."""
    loop = asyncio.get_running_loop()
    kept = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}

    def caught() -> None:
        for each in kept:
            _restore(loop, each, signal.default_int_handler)
        callback()

    for each in kept:
        try:
            loop.add_signal_handler(each, caught)
        except NotImplementedError:  # Windows: its loop knows no signals
            signal.signal(each, lambda *_: loop.call_soon_threadsafe(caught))
    try:
        yield
    finally:
        for each, handler in kept.items():
            _restore(loop, each, handler)


def _restore(loop: asyncio.AbstractEventLoop, number: int, handler: object) -> None:
    with suppress(NotImplementedError):
        loop.remove_signal_handler(number)
    signal.signal(number, handler)  # type: ignore[arg-type]

"""The kernel: state changes only inside `process` and `run`, synchronously, in sequence order.

Components say which events they take: market events by type and instrument, everything else by type. For one event the
handlers run in the order in which they were plugged in, and one that raises does not keep the others from their turn.
What happens by itself as time passes (timers, a simulated exchange's
reports) comes from wakers, in the order of its time, before the event that carries time past it.
"""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from anyvenue.kernel.timers import FAR, Timers
from anyvenue.model.events import TimerFired
from anyvenue.model.ids import InstrumentId, StrategyId
from anyvenue.model.market import (
    Bar,
    BookDelta,
    Depth,
    FundingRate,
    MarketEvent,
    Quote,
    Status,
    Trade,
    surely_priced,
)
from anyvenue.model.numbers import ABSENT_ABOVE, DOUBTFUL_BELOW

__all__ = ["FAR", "Kernel", "Waker"]

Handler = Callable[[Any], None]
_PRICES = frozenset({Quote, Depth, Bar, Trade})
_MARKET_TYPES = _PRICES | {BookDelta, FundingRate, Status}


class Waker(Protocol):
    """Something that happens by itself: `due` is when next (int ns UTC, FAR for never)."""

    @property
    def due(self) -> int:
        """When `run` has something to do next."""
        ...

    def run(self) -> None:
        """Do what is due at `due`, and only that."""
        ...


class Kernel:
    """Sequencer and dispatcher. `now` is the time (int ns UTC), `sequence` the number of the event in hand.

    Time is that of the latest event so far and never steps back; an event that comes late keeps its own times.

    `latest` has the last event of each instrument that tells a price: a quote, snapshot, trade or bar. Before one of
    these without a price (a one-sided quote) hides the one before, `before_gap` is called with the instrument.
    """

    def __init__(self) -> None:
        """Begin at time 0 with nothing plugged in."""
        self.now = 0
        self.sequence = 0
        self.until = 0
        self.latest: dict[InstrumentId, MarketEvent] = {}
        self.funding: dict[InstrumentId, FundingRate] = {}
        self.before_gap: list[Callable[[InstrumentId], object]] = []
        self.on_failure: Callable[[Handler, Any, Exception], None] = _raise
        self._market: dict[type, dict[InstrumentId, tuple[Handler, ...]]] = {
            kind: {} for kind in _MARKET_TYPES
        }
        self._first: dict[InstrumentId, tuple[Handler, ...]] = {}
        self._others: dict[type, tuple[Handler, ...]] = {}
        self._timers = Timers()
        self._wakers: list[Waker] = [_TimerWaker(self, self._timers)]
        self._watchers: list[Waker] = []
        self._all: tuple[Waker, ...] = tuple(self._wakers)
        self._wake = FAR
        self._advancing = False

    # ---- plugging in

    def on(self, kind: type, handler: Handler) -> None:
        """Call `handler` for every event of type `kind` that is not market data."""
        self._others[kind] = (*self._others.get(kind, ()), handler)

    def off(self, kind: type, handler: Handler) -> None:
        """Stop calling `handler`; nothing happens if it was not plugged in."""
        self._others[kind] = tuple(each for each in self._others.get(kind, ()) if each != handler)

    def on_market(self, kind: type, instrument: InstrumentId, handler: Handler) -> None:
        """Call `handler` for every market event of type `kind` of `instrument`; once, however often asked."""
        table = self._market[kind]
        handlers = table.get(instrument, ())
        if handler not in handlers:
            table[instrument] = (*handlers, handler)

    def off_market(self, kind: type, instrument: InstrumentId, handler: Handler) -> None:
        """Stop calling `handler`; nothing happens if it was not plugged in."""
        _drop(self._market[kind], instrument, handler)

    def on_first(self, instrument: InstrumentId, handler: Handler) -> None:
        """Call `handler` for every market event of `instrument` before anything else is."""
        handlers = self._first.get(instrument, ())
        if handler not in handlers:
            self._first[instrument] = (*handlers, handler)

    def off_first(self, instrument: InstrumentId, handler: Handler) -> None:
        """Stop calling `handler` first."""
        _drop(self._first, instrument, handler)

    def add_waker(self, waker: Waker, first: bool = False, watcher: bool = False) -> None:
        """Let `waker` act before time passes its `due`; it calls `wake_at` when `due` comes nearer.

        At one time the wakers act in the order of plugging in, one that is `first` before all others. A `watcher` only
        looks on: `due` and `step` leave it out.
        """
        if watcher:
            self._watchers.append(waker)
        elif first:
            self._wakers.insert(0, waker)
        else:
            self._wakers.append(waker)
        self._all = (*self._wakers, *self._watchers)
        self.wake_at(waker.due)

    def wake_at(self, ts: int) -> None:
        """Look at the wakers before any event at or after `ts`."""
        if ts < self._wake:
            self._wake = ts

    def set_timer(self, strategy: StrategyId, name: str, at: int, every: int = 0) -> None:
        """Fire `TimerFired(strategy, name)` at `at` and then every `every` ns, in place of one of that name."""
        self._timers.set(strategy, name, at, every)
        self.wake_at(at)

    def cancel_timer(self, strategy: StrategyId, name: str) -> None:
        """Forget a timer; nothing happens if there is none."""
        self._timers.cancel(strategy, name)

    def cancel_timers(self, strategy: StrategyId) -> None:
        """Forget every timer of a strategy."""
        self._timers.forget(strategy)

    # ---- running

    def process(self, event: Any) -> None:
        """Process one event of any kind."""
        kind = type(event)
        if kind in _MARKET_TYPES:
            self.run((event,))
            return
        ts = event.ts_recv
        if ts >= self._wake and not self._advancing:
            self.advance(ts)
        if ts > self.now:
            self.now = ts
        self.sequence += 1
        for handler in self._others.get(kind, ()):
            try:
                handler(event)
            except Exception as error:
                self.on_failure(handler, event, error)

    def deliver(self, events: Iterable[Any]) -> None:
        """Process events that belong to the moment in hand: nothing else happens in between."""
        advancing, self._advancing = self._advancing, True
        try:
            for event in events:
                self.process(event)
        finally:
            self._advancing = advancing

    @property
    def due(self) -> int:
        """When something happens by itself next, FAR for never; watchers do not count."""
        return min(each.due for each in self._wakers)

    def run(self, events: Iterable[MarketEvent]) -> None:
        """Process market events in order: the hot path of a backtest and of a drained inbox."""
        # Local names: this loop is the engine, and an attribute look-up is a tenth of an event's cost.
        first, market, latest = self._first, self._market, self.latest
        nothing: tuple[Handler, ...] = ()
        prices, quote, depth, bar = _PRICES, Quote, Depth, Bar
        least, most = DOUBTFUL_BELOW, ABSENT_ABOVE
        kind: type = quote
        handlers_of = market[kind].get
        count = 0
        try:
            for event in events:
                ts = event.ts_recv
                if ts >= self._wake and not self._advancing:
                    self.advance(ts)
                if ts > self.now:  # of two venues whose clocks differ, one is behind: time is not
                    self.now = ts
                count += 1
                instrument = event.instrument
                if instrument in first:
                    for handler in first[instrument]:
                        handler(event)
                if type(event) is not kind:
                    kind = type(event)
                    handlers_of = market[kind].get
                if kind is quote:  # `surely_priced`, without a call for what comes most
                    if not least < event.bid <= event.ask < most:  # type: ignore[union-attr]
                        self._mind_gap(instrument)
                    latest[instrument] = event
                elif kind is depth:
                    if not least < event.last < most:  # type: ignore[union-attr]
                        self._mind_gap(instrument)
                    latest[instrument] = event
                elif kind is bar:
                    if not least < event.close < most:  # type: ignore[union-attr]
                        self._mind_gap(instrument)
                    latest[instrument] = event
                elif kind in prices:  # the others must not hide the latest one
                    if not surely_priced(event):
                        self._mind_gap(instrument)
                    latest[instrument] = event
                elif kind is FundingRate:
                    self.funding[instrument] = event  # type: ignore[assignment]
                for handler in handlers_of(instrument, nothing):
                    try:
                        handler(event)
                    except Exception as error:
                        self.on_failure(handler, event, error)
        finally:
            self.sequence += count

    def _mind_gap(self, instrument: InstrumentId) -> None:
        for reader in self.before_gap:
            reader(instrument)

    def advance(self, until: int) -> None:
        """Let time pass to `until`: everything due by then happens, in the order of its time."""
        self._advancing = True
        self.until = until
        due = FAR
        try:
            while True:
                due = FAR
                for waker in self._all:
                    at = waker.due
                    if at < due:
                        due, earliest = at, waker
                if due > until:
                    break
                earliest.run()
        finally:
            self._advancing = False
            self._wake = due

    def step(self, until: int) -> None:
        """Do the one thing that is due first, if it is due by `until`; for owners who steer time themselves."""
        waker = min(self._wakers, key=_due)
        if waker.due <= until:
            advancing, self._advancing = self._advancing, True
            self.until = until
            try:
                waker.run()
            finally:
                self._advancing = advancing


def _due(waker: Waker) -> int:
    return waker.due


def _raise(handler: Handler, event: Any, error: Exception) -> None:
    raise error


def _drop(
    table: dict[InstrumentId, tuple[Handler, ...]], instrument: InstrumentId, handler: Handler
) -> None:
    kept = tuple(each for each in table.get(instrument, ()) if each != handler)
    if kept:
        table[instrument] = kept
    else:
        table.pop(instrument, None)


class _TimerWaker:
    """The strategies' timers as a waker."""

    def __init__(self, kernel: Kernel, timers: Timers) -> None:
        self._kernel = kernel
        self._timers = timers

    @property
    def due(self) -> int:
        return self._timers.due

    def run(self) -> None:
        strategy, name = self._timers.pop(self._kernel.now)
        # A timer set for the past fires now: time never goes back.
        at = max(self._timers.popped_at, self._kernel.now)
        self._kernel.process(TimerFired(strategy, name, at, at))

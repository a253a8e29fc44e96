"""The market of a hosted exchange: recorded or synthetic events at a pace, or the clock alone where users make it."""

from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice

from anyvenue.engine.feed import Feed
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import MarketData
from anyvenue.model.protocols import Clock
from anyvenue.runtime.clock import Pace
from anyvenue.sim.days import FAR

__all__ = ["ClockMarket", "FeedMarket", "HostedMarket", "LiveMarket"]


class FeedMarket:
    """A feed at a pace of `speed` simulated seconds a second; its time is the exchange's."""

    def __init__(self, feed: Feed, speed: float) -> None:
        """Begin before the first event; `passed` counts those that have been taken."""
        self.instruments: list[Instrument] = feed.instruments
        self.passed = 0
        self._events: Iterator[MarketData] = feed.events()
        self._next = next(self._events, None)
        self._pace = Pace(speed)

    @property
    def due(self) -> int:
        """When the next event comes (int ns UTC), FAR after the last."""
        return FAR if self._next is None else self._next.ts_recv

    def began(self) -> int:
        """Return when the market's time begins."""
        return 0 if self._next is None else self._next.ts_recv

    def take(self) -> MarketData | None:
        """Return the next event, None after the last."""
        event = self._next
        if event is not None:
            self.passed += 1
            self._next = next(self._events, None)
        return event

    def skip(self, count: int) -> None:
        """Pass over so many events."""
        if count > 0:
            self.passed += count
            self._next = next(islice(self._events, count - 1, None), None)

    def now(self, reached: int) -> int:
        """Return the time, which does not run past the next event; `reached` is where the exchange is."""
        return reached if self.due >= FAR else self._pace.now(reached, max(reached, self.due))

    def wait_for(self, ts: int) -> float:
        """Return the seconds to wait until `ts`."""
        return self._pace.wait_for(ts)


class ClockMarket:
    """No market data from outside: instruments that users trade among themselves, by the clock on the wall."""

    due = FAR
    passed = 0

    def __init__(self, instruments: list[Instrument], clock: Clock) -> None:
        """List `instruments`."""
        self.instruments = instruments
        self._clock = clock

    def began(self) -> int:
        """Return the present."""
        return self._clock.now()

    def take(self) -> MarketData | None:
        """Return None."""
        return None

    def skip(self, count: int) -> None:
        """Do nothing."""

    def now(self, reached: int) -> int:
        """Return the time."""
        return max(reached, self._clock.now())

    def wait_for(self, ts: int) -> float:
        """Return the seconds to wait until `ts`."""
        return max(ts - self._clock.now(), 0) / 1e9


class LiveMarket:
    """Market events from outside, taken as they come, by the clock on the wall.

    They cannot be asked for again, so an exchange on such a market keeps no log.
    """

    def __init__(self, instruments: list[Instrument], clock: Clock) -> None:
        """List `instruments`; `on_event` is called for every event that is posted."""
        self.instruments = instruments
        self.passed = 0
        self.on_event: Callable[[], None] = _nothing
        self._clock = clock
        self._waiting: deque[MarketData] = deque()

    def post(self, event: MarketData) -> None:
        """Take an event; on the exchange's thread, in the order of their `ts_recv`."""
        self._waiting.append(event)
        self.on_event()

    @property
    def due(self) -> int:
        """When the first event that waits has come (int ns UTC), FAR where none waits."""
        return self._waiting[0].ts_recv if self._waiting else FAR

    def began(self) -> int:
        """Return the present."""
        return self._clock.now()

    def take(self) -> MarketData | None:
        """Return the first event that waits."""
        self.passed += 1
        return self._waiting.popleft()

    def skip(self, count: int) -> None:
        """Do nothing."""

    def now(self, reached: int) -> int:
        """Return the time."""
        return max(reached, self._clock.now())

    def wait_for(self, ts: int) -> float:
        """Return the seconds to wait until `ts`."""
        return max(ts - self._clock.now(), 0) / 1e9


def _nothing() -> None:
    """Tell nobody."""


HostedMarket = FeedMarket | ClockMarket | LiveMarket

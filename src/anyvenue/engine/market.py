"""Who gets which market data: subscriptions of strategies against what the sources can serve."""

from collections.abc import Callable
from typing import Any, Protocol

from anyvenue.data.bars import BarBuilder
from anyvenue.kernel.kernel import FAR, Kernel
from anyvenue.model.errors import SubscriptionError
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth, Quote, Trade
from anyvenue.reference.sessions import SessionCalendar

__all__ = ["MarketDesk", "Serves"]

Handler = Callable[[Any], None]
SessionsOf = Callable[[Instrument], SessionCalendar]


class Serves(Protocol):
    """Something that tells whether it can serve a channel of its instrument (`data.source.Source` does)."""

    @property
    def channels(self) -> frozenset[str]:
        """What it serves, to tell a user."""
        ...

    def serves(self, channel: str) -> bool:
        """Tell whether ``quotes``, ``depth``, ``trades`` or ``bars:1m`` can be served."""
        ...


class MarketDesk:
    """Plugs handlers into the kernel, with a bar builder in between where bars are made from finer data."""

    def __init__(self, kernel: Kernel, sessions_of: SessionsOf) -> None:
        """Begin with no source."""
        self._kernel = kernel
        self._sessions_of = sessions_of
        self._sources: dict[InstrumentId, Serves] = {}
        self._instruments: dict[InstrumentId, Instrument] = {}
        self._feeds: dict[tuple[InstrumentId, str], _BarFeed] = {}
        self._plugged: list[tuple[type, InstrumentId, Handler, Handler]] = []
        self._given: dict[tuple[InstrumentId, str, Handler], None] = {}

    def add_source(self, instrument: Instrument, source: Serves) -> None:
        """Say what can be served of an instrument."""
        self._sources[instrument.id] = source
        self._instruments[instrument.id] = instrument

    def subscribe(self, instrument: InstrumentId, channel: str, handler: Handler) -> None:
        """Call `handler` for every record of `channel`; raise SubscriptionError when no source can serve it."""
        self._check(instrument, channel)
        if (instrument, channel, handler) in self._given:
            return
        direct = _WhileLive(handler) if self._serves_already(instrument, handler) else handler
        self._given[instrument, channel, handler] = None
        kind, _, interval = channel.partition(":")
        if kind == "bars":
            self._subscribe_bars(instrument, interval, handler, direct)
        elif kind == "quotes":
            self._plug(Quote, instrument, direct, handler)
            self._plug(Depth, instrument, _BestOfDepth(handler), handler)
        else:
            self._plug(Depth if kind == "depth" else Trade, instrument, direct, handler)

    def drop(self, owner: object) -> None:
        """Unplug every handler that is a method of `owner`."""
        for kind, instrument, plugged, handler in list(self._plugged):
            if getattr(handler, "__self__", None) is owner:
                if isinstance(plugged, _WhileLive):
                    plugged.live = False
                self._kernel.off_market(kind, instrument, plugged)
                self._plugged.remove((kind, instrument, plugged, handler))
        for feed in self._feeds.values():
            kept = [each for each in feed.handlers if getattr(each, "__self__", None) is not owner]
            feed.handlers = kept

    def _serves_already(self, instrument: InstrumentId, handler: Handler) -> bool:
        """Tell whether the handler's owner gets anything else of the instrument already."""
        owner = getattr(handler, "__self__", handler)
        return any(
            where == instrument and getattr(given, "__self__", given) is owner
            for where, _, given in self._given
        )

    def _plug(
        self, kind: type, instrument: InstrumentId, plugged: Handler, handler: Handler
    ) -> None:
        self._kernel.on_market(kind, instrument, plugged)
        self._plugged.append((kind, instrument, plugged, handler))

    def channels(self, instrument: InstrumentId) -> frozenset[str]:
        """Return what the source of an instrument serves, nothing when there is none."""
        source = self._sources.get(instrument)
        return source.channels if source is not None else frozenset()

    def _check(self, instrument: InstrumentId, channel: str) -> None:
        source = self._sources.get(instrument)
        if source is not None and source.serves(channel):
            return
        there = ", ".join(sorted(source.channels)) if source else "no data at all"
        raise SubscriptionError(
            f"{channel} of {instrument} cannot be served; there is {there}",
            instrument=instrument,
            channel=channel,
            available=there,
        )

    def _subscribe_bars(
        self, instrument: InstrumentId, interval: str, handler: Handler, direct: Handler
    ) -> None:
        native = f"bars:{interval}" in self._sources[instrument].channels
        if native:
            self._plug(Bar, instrument, direct, handler)
            return
        feed = self._feeds.get((instrument, interval))
        if feed is None:
            found = self._instruments[instrument]
            builder = BarBuilder(found, interval, self._sessions_of(found))
            feed = self._feeds[instrument, interval] = _BarFeed(self._kernel, builder)
            for kind in (Depth, Quote, Trade, Bar):
                self._kernel.on_market(kind, instrument, feed.update)
            self._kernel.add_waker(feed)
        feed.handlers.append(handler)


class _WhileLive:
    """Calls a handler until its owner is dropped.

    The kernel goes on with the handlers it had for the event in hand. So a strategy with several of them, which the
    first one's exception faulted, would still get that event a second time.
    """

    def __init__(self, handler: Handler) -> None:
        self.live = True
        self._handler = handler
        self.__self__ = getattr(handler, "__self__", handler)  # who is at fault when it raises

    def __call__(self, event: Any) -> None:
        if self.live:
            self._handler(event)


class _BestOfDepth(_WhileLive):
    """Gives a quote handler the best prices of depth snapshots."""

    def __call__(self, depth: Depth) -> None:
        if not self.live:
            return
        nan = float("nan")
        self._handler(
            Quote(
                depth.instrument,
                depth.ts_event,
                depth.ts_recv,
                depth.bid_prices[0] if depth.bid_prices else nan,
                depth.ask_prices[0] if depth.ask_prices else nan,
                depth.bid_sizes[0] if depth.bid_sizes else nan,
                depth.ask_sizes[0] if depth.ask_sizes else nan,
            )
        )


class _BarFeed:
    """A bar builder in the kernel: closes bars by the next tick, or by time when none comes."""

    def __init__(self, kernel: Kernel, builder: BarBuilder) -> None:
        self.handlers: list[Handler] = []
        self.due = FAR
        self._kernel = kernel
        self._builder = builder

    def update(self, event: Any) -> None:
        builder = self._builder
        bar = builder.update(event)
        if bar is not None:
            self._give(bar)
        if builder.due != self.due:
            self._look_ahead()

    def run(self) -> None:
        # What the strategy does about the bar, it does at its close and not at the last event before.
        self._kernel.now = max(self._kernel.now, self.due)
        bar = self._builder.advance(self.due)
        self._look_ahead()
        if bar is not None:
            self._give(bar)

    def _look_ahead(self) -> None:
        self.due = due = self._builder.due
        self._kernel.wake_at(due)

    def _give(self, bar: Bar) -> None:
        for handler in self.handlers:
            try:
                handler(bar)
            except Exception as error:
                self._kernel.on_failure(handler, bar, error)

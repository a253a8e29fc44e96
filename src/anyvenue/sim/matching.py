"""How orders are executed: what every way of matching does for the exchange, and the way of `touch`."""

from collections.abc import MutableMapping
from decimal import Decimal
from typing import Protocol

from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth, MarketEvent, Quote, Trade
from anyvenue.sim.book import InstrumentBook, WorkingOrder
from anyvenue.sim.days import MarketDays
from anyvenue.sim.touch import Outcome, match_arrival, match_bar, match_snapshot, match_trade

__all__ = ["Matching", "Results", "TouchMatching"]


class Results(Outcome, Protocol):
    """Where matching reports to."""

    def traded(
        self,
        resting: WorkingOrder,
        incoming: WorkingOrder,
        price: Decimal,
        quantity: Decimal,
        ts: int,
    ) -> str:
        """Book a trade between two users; return its number."""
        ...

    def reduced(
        self,
        order: WorkingOrder,
        quantity: Decimal,
        ts: int,
        reason: str = "self-trade prevention",
    ) -> None:
        """Some of the quantity was taken away; an order without any left is cancelled for `reason`."""
        ...

    def closable(self, order: WorkingOrder) -> Decimal:
        """Return how much the position has that an order on this side would close."""
        ...

    def wake(self, order: WorkingOrder) -> None:
        """Ask to be told by `begin` when the order becomes active."""
        ...


class Matching(Protocol):
    """One way of matching."""

    latest: MutableMapping[InstrumentId, MarketEvent]

    def open(self, instrument: Instrument) -> InstrumentBook:
        """Return a new book for the working orders of an instrument."""
        ...

    def arrive(self, book: InstrumentBook, order: WorkingOrder, now: int) -> None:
        """Take an order that was accepted, or that a change made new."""
        ...

    def begin(self, order: WorkingOrder, now: int) -> None:
        """Take an order whose time to become active has come."""
        ...

    def see(self, book: InstrumentBook, event: MarketEvent) -> None:
        """Match the book against a market event."""
        ...

    def end_day(self, currency: str) -> None:
        """Begin a new trading day in a currency."""
        ...


class TouchMatching:
    """Orders meet what market data shows, never each other (`sim.touch`)."""

    def __init__(
        self,
        days: MarketDays,
        latest: MutableMapping[InstrumentId, MarketEvent],
        on_arrival: bool,
        out: Outcome,
    ) -> None:
        """Match an order when it arrives, too, if `on_arrival`."""
        self.latest = latest
        self._days = days
        self._on_arrival = on_arrival
        self._out = out

    def open(self, instrument: Instrument) -> InstrumentBook:
        """Return a new book for the working orders of an instrument."""
        return InstrumentBook(instrument)

    def arrive(self, book: InstrumentBook, order: WorkingOrder, now: int) -> None:
        """Let an order meet the standing snapshot; one from before a break or a night stands no longer."""
        if not self._on_arrival or order.active_from > now:
            return
        instrument = book.instrument
        standing = self.latest.get(instrument.id)
        if isinstance(standing, Quote | Depth) and self._days.same_stretch(
            instrument, standing.ts_recv, now
        ):
            match_arrival(book, order, standing, now, self._out)

    def begin(self, order: WorkingOrder, now: int) -> None:
        """Do nothing: every event looks at the time from which an order is active."""

    def see(self, book: InstrumentBook, event: MarketEvent) -> None:
        """Match the book against a market event, unless the market is closed or nobody waits."""
        if book.idle:
            return
        if isinstance(event, Bar):
            if event.closed:
                match_bar(book, event, self._out)
        elif not self._is_trading(book, event.ts_recv):
            return  # an order that rests overnight does not trade on what a feed sends while the market is closed
        elif isinstance(event, Quote | Depth):
            match_snapshot(book, event, self._out)
        elif isinstance(event, Trade):
            match_trade(book, event, self._out)

    def end_day(self, currency: str) -> None:
        """Do nothing: what market data shows is not counted by day here."""

    def _is_trading(self, book: InstrumentBook, ts: int) -> bool:
        if not book.phase[0] <= ts < book.phase[1]:
            book.phase = self._days.phase(book.instrument, ts)
        return book.phase[2]

"""All that is publicly known of one instrument, kept up by the broker's market events."""

from collections.abc import Callable
from decimal import Decimal
from math import isnan

from anyvenue.model.enums import InstrumentStatus, Side
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.events import Event
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import BookDelta, Depth, FundingRate, Quote, Trade
from anyvenue.model.protocols import Broker
from anyvenue.venues.serving.book import SequencedBook
from anyvenue.venues.serving.numbers import decimals_of, ms_of
from anyvenue.venues.serving.tape import Printed, Tape

__all__ = ["Board", "BoardListener"]

_FUNDING_MS = 8 * 3_600_000
_RATES_KEPT = 1000


class BoardListener:
    """What is told of a board's changes; each method does nothing unless it is overridden."""

    def traded(self, board: "Board", trade: Printed) -> None:
        """Hear of a trade."""

    def best_changed(self, board: "Board") -> None:
        """Hear of another best price or size."""

    def priced(self, board: "Board") -> None:
        """Hear that the last price or the mark moved."""


class Board:
    """Book, tape, mark price and funding of an instrument; `shown` turns the broker's time into the clients'."""

    def __init__(
        self,
        broker: Broker,
        instrument: Instrument,
        symbol: str,
        shown: Callable[[int], int],
    ) -> None:
        """Follow the market from now on."""
        self.instrument = instrument
        self.symbol = symbol
        self.book = SequencedBook(1)
        self.tape = Tape()
        self.listeners: list[BoardListener] = []
        self.price_decimals = decimals_of(instrument.price_step.step_at(Decimal(1)))
        self.size_decimals = decimals_of(instrument.lot.step)
        self.ts_ms = 0
        self.funding: FundingRate | None = None
        self.funded: list[FundingRate] = []
        self.open_interest = float("nan")
        self._broker, self._shown = broker, shown
        self._volume, self._prints = float("nan"), False
        self._best = self.book.best()
        broker.subscribe(instrument.id, self._take)
        latest = broker.quote(instrument.id)
        if latest is not None:
            self._take(latest)

    @property
    def id(self) -> InstrumentId:
        """Our name of the instrument."""
        return self.instrument.id

    @property
    def mark(self) -> float:
        """The mark price: the last one, or what lies between the best ones, 0 where there is none."""
        if self.tape.last:
            return self.tape.last
        bid, _, ask, _ = self.book.best()
        return (bid + ask) / 2 if bid and ask else bid or ask

    @property
    def trading(self) -> bool:
        """Whether orders are executed now."""
        try:
            return self._broker.status(self.id) is InstrumentStatus.OPEN
        except AnyvenueError:
            return True

    def next_funding_ms(self, now_ms: int, every_ms: int = _FUNDING_MS) -> int:
        """Return when funding is due next: as told, else every so often."""
        if self.funding is not None:
            due = ms_of(self._shown(self.funding.ts_due))
            if due > now_ms:
                return due
        return now_ms - now_ms % every_ms + every_ms

    def price_text(self, value: float) -> str:
        """Return a price in the instrument's decimals."""
        return f"{value:.{self.price_decimals}f}"

    def size_text(self, value: float) -> str:
        """Return a quantity in the instrument's decimals."""
        return f"{value:.{self.size_decimals}f}"

    def _take(self, event: Event) -> None:
        if isinstance(event, Depth):
            self._at(event.ts_event)
            self._show(event)
        elif isinstance(event, Quote):
            self._at(event.ts_event)
            if self.book.show(event):
                self._look_at_best()
        elif isinstance(event, BookDelta):
            self._at(event.ts_event)
            if self.book.change(event):
                self._look_at_best()
        elif isinstance(event, Trade):
            self._at(event.ts_event)
            self._prints = True
            self._print(event.price, event.size, event.aggressor)
        elif isinstance(event, FundingRate):
            self.funding = event
            self.funded = [*self.funded[-_RATES_KEPT:], event]

    def _at(self, ts: int) -> None:
        self.ts_ms = max(self.ts_ms, ms_of(self._shown(ts)))

    def _show(self, event: Depth) -> None:
        """Take a snapshot; where no trades are told, what its volume grew by was traded at the last price."""
        if not isnan(event.open_interest):
            self.open_interest = event.open_interest
        grown = event.volume - self._volume
        self._volume = event.volume
        if not self._prints and event.last > 0:
            if grown > 0:
                middle = event.mid if not isnan(event.mid) else event.last
                side = Side.BUY if event.last >= middle else Side.SELL
                self._print(event.last, grown, side)
            elif not self.tape.last:
                self.tape.last = event.last
        if self.book.show(event):
            self._look_at_best()

    def _print(self, price: float, size: float, aggressor: Side | None) -> None:
        size = round(size, self.size_decimals)
        if size <= 0 or isnan(price):
            return
        trade = self.tape.print(self.ts_ms, price, size, aggressor is Side.SELL)
        for listener in self.listeners:
            listener.traded(self, trade)
            listener.priced(self)

    def _look_at_best(self) -> None:
        best = self.book.best()
        if best != self._best:
            self._best = best
            for listener in self.listeners:
                listener.best_changed(self)
                listener.priced(self)

"""Market-maker matching: a quote fills any quantity, as in the simulated environments of SimNow and openctp.

When does an order fill?

- A buy at or above the ask fills at once and whole, at the ask; a sell at or below the bid likewise, at the bid.
  Displayed sizes do not limit it, but a size of 0 is no quote.
- Any other limit order rests until a quote satisfies it, and then fills whole, at that quote.
- Of public trades, nothing fills where the feed has quotes. Where it has none, a trade is a quote on both sides.
- Bars fill as in `sim.touch`, whatever their volume; a volume of 0 fills nothing.
"""

from collections.abc import MutableMapping
from decimal import Decimal
from math import nan

from anyvenue.model.enums import Side
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, MarketEvent, Quote, Trade
from anyvenue.sim.book import InstrumentBook, WorkingOrder
from anyvenue.sim.days import MarketDays
from anyvenue.sim.matching import TouchMatching
from anyvenue.sim.touch import Outcome

__all__ = ["MakerMatching"]

_ZERO = Decimal(0)


class MakerMatching(TouchMatching):
    """Orders meet the best quote, which is good for any quantity."""

    def __init__(
        self,
        days: MarketDays,
        latest: MutableMapping[InstrumentId, MarketEvent],
        on_arrival: bool,
        out: Outcome,
    ) -> None:
        """Match an order when it arrives, too, if `on_arrival`."""
        self._quote = _AtTheQuote(out)
        self._books: dict[InstrumentId, _BottomlessBook] = {}
        super().__init__(days, latest, on_arrival, self._quote)

    def open(self, instrument: Instrument) -> InstrumentBook:
        """Return a new book for the working orders of an instrument."""
        book = self._books[instrument.id] = _BottomlessBook(instrument)
        return book

    def arrive(self, book: InstrumentBook, order: WorkingOrder, now: int) -> None:
        """Let an order meet the standing quote; one from before a break or a night stands no longer."""
        self._quote.look(book, self.latest.get(book.instrument.id))
        super().arrive(book, order, now)

    def see(self, book: InstrumentBook, event: MarketEvent) -> None:
        """Match the book against a market event, unless the market is closed or nobody waits."""
        if isinstance(event, Quote | Depth):
            self._books[event.instrument].quoted = True
        elif isinstance(event, Trade):
            if self._books[event.instrument].quoted:
                return
            event = _both_sides(book, event)
        self._quote.look(book, event)
        super().see(book, event)


class _BottomlessBook(InstrumentBook):
    """Working orders that find any quantity at a displayed price; `quoted` once the feed has shown a quote."""

    __slots__ = ("quoted",)

    def __init__(self, instrument: Instrument) -> None:
        super().__init__(instrument)
        self.quoted = False

    @property
    def idle(self) -> bool:
        """True when no order works, and whether the feed has quotes is known."""
        return self.quoted and super().idle

    def lots(self, size: float) -> Decimal | None:
        """Return None, for any quantity, where a size is there."""
        return None if super().lots(size) != _ZERO else _ZERO

    def available(self, side: Side, price: float, size: float) -> Decimal | None:
        """Return None: any quantity."""
        return None

    def take(self, side: Side, price: float, size: float, quantity: Decimal) -> None:
        """Remember nothing: what was taken is there again."""


class _AtTheQuote:
    """Passes results on; an order that rested gets the quote that came to it instead of its own limit."""

    def __init__(self, out: Outcome) -> None:
        self._out = out
        self._best: tuple[Decimal | None, Decimal | None] = (None, None)

    def look(self, book: InstrumentBook, event: MarketEvent | None) -> None:
        """Remember what is quoted."""
        self._best = (None, None)
        if book.orders and isinstance(event, Quote | Depth):
            self._best = (_best_of(book, event, True), _best_of(book, event, False))

    def filled(self, order: WorkingOrder, price: Decimal, quantity: Decimal, ts: int) -> None:
        quoted = self._best[order.buy]
        if order.maker and quoted is not None:
            price = min(price, quoted) if order.buy else max(price, quoted)
        self._out.filled(order, price, quantity, ts)

    def triggered(self, order: WorkingOrder, ts: int) -> None:
        self._out.triggered(order, ts)

    def ended(self, order: WorkingOrder, reason: str, ts: int) -> None:
        self._out.ended(order, reason, ts)

    def fit(self, order: WorkingOrder, ts: int) -> bool:
        return self._out.fit(order, ts)


def _best_of(book: InstrumentBook, event: Quote | Depth, bids: bool) -> Decimal | None:
    """Return the best price that is there."""
    if isinstance(event, Quote):
        levels = [(event.bid, event.bid_size) if bids else (event.ask, event.ask_size)]
    elif bids:
        levels = list(zip(event.bid_prices, event.bid_sizes, strict=True))
    else:
        levels = list(zip(event.ask_prices, event.ask_sizes, strict=True))
    return next((book.exact(price) for price, size in levels if book.shown(price, size)), None)


def _both_sides(book: InstrumentBook, trade: Trade) -> Quote:
    """Return a trade as a quote on both sides, an empty one for what is no trade."""
    price = trade.price if book.shown(trade.price, trade.size) else nan
    return Quote(trade.instrument, trade.ts_event, trade.ts_recv, price, price, nan, nan)

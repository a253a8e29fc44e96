"""Matching of users' orders with each other, and the public market data that comes of it.

What fills an order, in a mode where nothing from outside does:

- An order meets the others the moment it arrives, or when the session it waited for begins: best price first, then
  oldest first, at the price of the order that rests.
- The rest of a limit order rests, the rest of a market order or FAK is cancelled, a FOK trades whole or not at all, and
  a post-only order that would trade is cancelled.
- Stops wait for the last price of this market, and are set off oldest first, one after the other.
- Orders of one account meet as `Prevention` says for that account.
- Market events from outside are news only: they bring price limits, settlement prices and a value for positions.
"""

from collections.abc import MutableMapping

from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, MarketEvent, Trade
from anyvenue.sim.book import InstrumentBook, WorkingOrder
from anyvenue.sim.days import MarketDays
from anyvenue.sim.matching import Results
from anyvenue.sim.orderbook import Prevention
from anyvenue.sim.userbook import UserBook

__all__ = ["BookMatching"]


class BookMatching:
    """All order books of an exchange; `touched` are those that have changed since `forget`."""

    def __init__(
        self, days: MarketDays, latest: MutableMapping[InstrumentId, MarketEvent], out: Results
    ) -> None:
        """Begin with no book."""
        self.latest = latest
        self.prevention: dict[AccountId, Prevention] = {}
        self.touched: dict[InstrumentId, UserBook] = {}
        self._days = days
        self._out = out
        self._books: dict[InstrumentId, UserBook] = {}

    def open(self, instrument: Instrument) -> UserBook:
        """Return a new book for the working orders of an instrument."""
        book = self._books[instrument.id] = UserBook(instrument, self.prevention)
        return book

    def arrive(self, book: InstrumentBook, order: WorkingOrder, now: int) -> None:
        """Let an order in, now or when its market opens."""
        if order.active_from > now:
            self._out.wake(order)
        else:
            self.begin(order, now)

    def begin(self, order: WorkingOrder, now: int) -> None:
        """Let an active order meet the others."""
        name = order.request.instrument
        book = self.touched[name] = self._books[name]
        traded = len(book.trades)
        book.enter(order, now, self._out)
        if len(book.trades) > traded:
            self.latest[name] = book.trades[-1]

    def see(self, book: InstrumentBook, event: MarketEvent) -> None:
        """Do nothing: no market data from outside fills anything here."""

    def end_day(self, currency: str) -> None:
        """Begin to count the day's figures afresh."""
        for book in self._books.values():
            if book.instrument.currency == currency:
                book.end_day()

    def touch(self, instrument: InstrumentId) -> None:
        """Note that a book has changed by a cancel or a change."""
        self.touched[instrument] = self._books[instrument]

    def forget(self) -> None:
        """Begin a new command: what was public of the one before has been told or is not wanted."""
        for book in self.touched.values():
            book.trades.clear()
        self.touched.clear()

    def market_events(self, now: int) -> list[Trade | Depth]:
        """Return the trades since `forget`, then the depth of each book that has changed."""
        events: list[Trade | Depth] = []
        for book in self.touched.values():
            events += book.trades
        for book in self.touched.values():
            events.append(book.depth(now, self._days.trading_day(book.instrument.currency)))
        return events

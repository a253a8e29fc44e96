"""Matching of users' orders with each other, and the public market data that comes of it.

What fills an order, in a mode where nothing from outside does:

- An order meets the others the moment it arrives, or when the session it waited for begins: best price first, then
  oldest first, at the price of the order that rests.
- The rest of a limit order rests, the rest of a market order or FAK is cancelled, a FOK trades whole or not at all, and
  a post-only order that would trade is cancelled.
- Stops wait for the last price of this market, and are set off oldest first, one after the other, while trading is
  continuous. The trigger of a trailing stop follows the last price.
- An iceberg shows a part; the next part goes to the back of the queue.
- In an auction, and while the instrument is halted, orders are collected; when it ends all that meet trade at one price
  (`sim.auction`). Orders that must trade at once or must not (FAK, FOK, post-only) wait for continuous trading.
- A reduce-only order is cut to the position before it trades, and whenever a trade has made the position smaller.
- Orders of one account meet as `Prevention` says for that account.
- Market events from outside are news only: they bring price limits, settlement prices and a value for positions; a
  status of halted halts.
"""

from collections.abc import MutableMapping
from functools import partial
from heapq import heappop, heappush

from anyvenue.model.enums import InstrumentStatus
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, MarketEvent, Status, Trade
from anyvenue.oms.marks import Marks
from anyvenue.sim.book import InstrumentBook, WorkingOrder
from anyvenue.sim.days import FAR, MarketDays
from anyvenue.sim.halts import VolatilityHalt
from anyvenue.sim.matching import Results
from anyvenue.sim.orderbook import Prevention
from anyvenue.sim.userbook import UserBook

__all__ = ["BookMatching"]


class BookMatching:
    """All order books of an exchange; `touched` are those that have changed since `forget`.

    `due` is when the next one goes over to another phase of trading.
    """

    def __init__(
        self,
        days: MarketDays,
        latest: MutableMapping[InstrumentId, MarketEvent],
        marks: Marks,
        out: Results,
    ) -> None:
        """Begin with no book; `marks` are the prices known from outside."""
        self.latest = latest
        self.due = FAR
        self.prevention: dict[AccountId, Prevention] = {}
        self.touched: dict[InstrumentId, UserBook] = {}
        self._days = days
        self._marks = marks
        self._out = out
        self._books: dict[InstrumentId, UserBook] = {}
        self._turns: list[tuple[int, InstrumentId]] = []
        self._statuses: list[Status] = []
        self._halts: dict[InstrumentId | None, VolatilityHalt | None] = {}

    def open(self, instrument: Instrument) -> UserBook:
        """Return a new book for the working orders of an instrument."""
        name = instrument.id
        book = UserBook(instrument, self.prevention, partial(self._marks, name))
        self._books[name] = book
        book.watch(self._halts.get(name, self._halts.get(None)))
        return book

    # ---- orders

    def arrive(self, book: InstrumentBook, order: WorkingOrder, now: int) -> None:
        """Let an order in, now or when its market opens."""
        if order.active_from > now:
            self._out.wake(order)
        else:
            self._begin(self._books[book.instrument.id], order, now)

    def begin(self, order: WorkingOrder, now: int) -> None:
        """Let an active order meet the others, or wait on where its market is closed."""
        self._begin(self._books[order.request.instrument], order, now)

    def _begin(self, book: UserBook, order: WorkingOrder, now: int) -> None:
        if now >= book.until:
            self._turn(book, now)
        if not (book.continuous or book.collecting):
            order.active_from = self._days.next_entry(book.instrument, order.request, now)
            self._out.wake(order)
            return
        name = book.instrument.id
        self.touched[name] = book
        traded, was = len(book.trades), book.halted
        book.enter(order, now, self._out)
        if len(book.trades) > traded:
            self.latest[name] = book.trades[-1]
        if book.halted and not was:
            self._plan(book.resume_at, name)
            self._tell(book, now)

    def see(self, book: InstrumentBook, event: MarketEvent) -> None:
        """Do nothing: no market data from outside fills anything here."""

    # ---- phases and halts

    def keep_hours(self, instrument: Instrument, now: int) -> None:
        """Go through the phases of an instrument's hours from now on."""
        book = self._books[instrument.id]
        if book.until == FAR:
            self._turn(book, now, tell=False)

    def watch(self, rule: VolatilityHalt | None, instrument: InstrumentId | None) -> None:
        """Halt an instrument by a rule, or all that have none of their own."""
        self._halts[instrument] = rule
        for name, book in self._books.items():
            if instrument in (None, name):
                book.watch(self._halts.get(name, self._halts.get(None)))

    def halt(self, instrument: InstrumentId, halted: bool, now: int) -> None:
        """Halt an instrument until it is told to go on, or let it go on."""
        book = self._books[instrument]
        if book.halted is not halted or halted:
            book.resume_at = FAR
            self._change(book, book.status, halted, now)

    def ring(self) -> None:
        """Let the next instrument that is due go over to another phase."""
        at, name = heappop(self._turns)
        self.due = self._turns[0][0] if self._turns else FAR
        book = self._books[name]
        if at >= min(book.until, book.resume_at):
            self._turn(book, at)

    def status(self, instrument: InstrumentId) -> InstrumentStatus:
        """Return the phase of trading an instrument is in."""
        return self._books[instrument].shown_status

    def _turn(self, book: UserBook, now: int, tell: bool = True) -> None:
        """Put a book into the phase of `now`."""
        phase = self._days.phase_at(book.instrument, now)
        if phase.until != book.until:
            book.until, book.fixed = phase.until, phase.fixed
            self._plan(phase.until, book.instrument.id)
        self._change(book, phase.status, book.halted and book.resume_at > now, now, tell)

    def _change(
        self, book: UserBook, status: InstrumentStatus, halted: bool, now: int, tell: bool = True
    ) -> None:
        shown, traded = book.shown_status, len(book.trades)
        book.turn(status, halted, now, self._out)
        name = book.instrument.id
        if len(book.trades) > traded:
            self.latest[name] = book.trades[-1]
        if book.halted and not halted:
            self._plan(book.resume_at, name)  # what was let go on halted it again
        if tell and book.shown_status is not shown:
            self._tell(book, now)

    def _tell(self, book: UserBook, now: int) -> None:
        name = book.instrument.id
        self.touched[name] = book
        day = self._days.trading_day(book.instrument.currency)
        self._statuses.append(Status(name, now, now, book.shown_status, day))

    def _plan(self, at: int, instrument: InstrumentId) -> None:
        if at < FAR:
            heappush(self._turns, (at, instrument))
            self.due = self._turns[0][0]

    # ---- days and the public

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
        if self.touched:
            for book in self.touched.values():
                if book.trades:
                    book.trades.clear()
            self.touched.clear()
            self._statuses.clear()

    def market_events(self, now: int) -> list[Trade | Depth | Status]:
        """Return the trades since `forget`, the depth of each book that has changed, and changes of status."""
        events: list[Trade | Depth | Status] = []
        for book in self.touched.values():
            events += book.trades
        for book in self.touched.values():
            events.append(book.depth(now, self._days.trading_day(book.instrument.currency)))
        return events + self._statuses

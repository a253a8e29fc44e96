"""From a venue's messages to snapshots of the book: changes in sequence, the best prices as soon as they are told."""

from math import nan

from anyvenue.data.captures.binance import Message, Snapshot
from anyvenue.data.captures.lines import Line
from anyvenue.data.captures.raw import Clock, TradeFilter
from anyvenue.data.captures.sequence import BookSequence
from anyvenue.data.level_book import LevelBook, Levels
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth
from anyvenue.reference.sessions import SessionCalendar

__all__ = ["BookBuilder"]


class BookBuilder:
    """Builds the book of one instrument; `take` gives a snapshot whenever the book changed.

    There is none while messages are missing, or after bid and ask have crossed: then until the next snapshot. A
    bookTicker newer than the book moves its best prices; the levels behind them follow with the next change. `last`,
    `volume` and `turnover` count the trades of the capture, per trading day, and show with the next change of the book.
    `gaps` says in words where and why there was no book.
    """

    def __init__(
        self, instrument: Instrument, sessions: SessionCalendar, levels: int, tickers: bool = True
    ) -> None:
        """Begin without a book; `tickers` false builds it from the depth messages alone."""
        self.book = LevelBook()
        self.sequence = BookSequence()
        self.partial = False
        self._instrument = instrument
        self._sessions = sessions
        self._levels = levels
        self._tickers = tickers
        self._ticker: Message | None = None
        self._clock = Clock()
        self._multiplier = float(instrument.multiplier)
        self._day = 0
        self._last = nan
        self._volume = self._turnover = 0.0
        self._traded = TradeFilter()

    @property
    def gaps(self) -> list[str]:
        """Where and why there was no book."""
        return self.sequence.gaps

    @property
    def ahead(self) -> bool:
        """Tell whether a bookTicker is newer than the changes that were applied."""
        return self._ticker is not None and self._ticker.u > self.sequence.last

    def take(self, line: Line, message: Message | Snapshot) -> Depth | None:
        """Take the next message; return the book if that changed it."""
        ts = self._clock(line, message)
        if isinstance(message, Snapshot):
            return self._begin(line, message, ts)
        if message.is_ticker:
            return self._touch(line, message, ts)
        if message.is_change:
            return self._change(line, message, ts)
        if message.partial:
            return self._cut_book(line, message, ts)
        if self._traded(message):
            self._trade(message, ts)
        return None

    def _begin(self, line: Line, snapshot: Snapshot, ts: int) -> Depth | None:
        held = self.sequence.begin(line, snapshot)
        if held is None:
            return None
        self.book.reset(snapshot.bids, snapshot.asks)
        for _, change in held:
            self.book.change(*change.levels)
        self._lead()
        return self._checked(line, ts)

    def _change(self, line: Line, change: Message, ts: int) -> Depth | None:
        if not self.sequence.continues(line, change):
            return None
        self.book.change(*change.levels)
        self._lead()
        return self._checked(line, ts)

    def _touch(self, line: Line, ticker: Message, ts: int) -> Depth | None:
        if not self._tickers or (self._ticker is not None and ticker.u < self._ticker.u):
            return None
        self._ticker = ticker
        if not self.sequence.whole or ticker.u <= self.sequence.last:
            return None
        self._lead()
        return self._depth(line.ts, ts, self.book.top(self._levels))

    def _lead(self) -> None:
        """Let a bookTicker that is ahead of the changes move the best prices."""
        ticker = self._ticker
        if ticker is not None and ticker.u > self.sequence.last:
            bid, ask = ticker.best
            self.book.touch(bid, ticker.B, ask, ticker.A)

    def _checked(self, line: Line, ts: int) -> Depth | None:
        book, sequence = self.book, self.sequence
        if not sequence.whole:
            return None
        if book.crossed:
            sequence.gaps.append(
                f"{line.path.name}, line {line.number}: the book is crossed, bid {book.bid[0]:g} at or above ask "
                f"{book.ask[0]:g}; there is no book until the next snapshot"
            )
            sequence.lose()
            return None
        return self._depth(line.ts, ts, book.top(self._levels))

    def _cut_book(self, line: Line, message: Message, ts: int) -> Depth | None:
        """Take the best levels as they are sent, in a capture that has nothing better."""
        self.partial = True
        if self.sequence.snapshots:
            return None
        bids, asks = message.levels
        book = LevelBook()
        book.reset(bids, asks)
        return None if book.crossed else self._depth(line.ts, ts, book.top(self._levels))

    def _trade(self, trade: Message, ts: int) -> None:
        self._new_day(ts)
        self._last = trade.p
        self._volume += trade.q
        money = trade.q * self._multiplier
        self._turnover += money / trade.p if self._instrument.inverse else money * trade.p

    def _new_day(self, ts: int) -> None:
        day = self._sessions.trading_day(ts)
        if (
            day > self._day
        ):  # a trade is often told a moment after it happened: that begins no day anew
            self._day, self._volume, self._turnover = day, 0.0, 0.0

    def _depth(self, ts_recv: int, ts: int, levels: Levels) -> Depth:
        self._new_day(ts)
        return Depth(
            self._instrument.id,
            ts,
            ts_recv,
            *levels,
            self._last,
            self._volume,
            self._turnover,
            trading_day=self._day,
        )

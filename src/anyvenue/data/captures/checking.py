"""The book built from depth messages against the best prices the venue sent beside them."""

from collections import deque
from collections.abc import Sequence
from pathlib import Path

import msgspec

from anyvenue.data.captures.binance import Message, Snapshot, messages
from anyvenue.data.captures.lines import read_lines
from anyvenue.data.captures.sequence import BookSequence
from anyvenue.data.level_book import Level, LevelBook

__all__ = ["CrossCheck", "cross_check"]


_KEPT = 5_000
"""A depth message may come so many bookTickers late."""


class CrossCheck(msgspec.Struct, kw_only=True):
    """How many states of the book were `compared` with a bookTicker and how many `agreed` in price and size.

    `prices_agreed` counts those where at least both prices did. `partial_compared` and `partial_agreed` are the same
    for whole top levels of a partial depth stream. `changes` are the depth messages that were applied.
    """

    messages: int = 0
    changes: int = 0
    snapshots: int = 0
    compared: int = 0
    agreed: int = 0
    prices_agreed: int = 0
    partial_compared: int = 0
    partial_agreed: int = 0
    gaps: tuple[str, ...] = ()


def cross_check(paths: Path | Sequence[Path], symbol: str) -> CrossCheck:
    """Rebuild the book of `symbol` (the venue's name, ``BTCUSDT``) from depth messages alone and compare it.

    The book after a change of update u is compared with the last bookTicker up to u: the stream tells every change of
    the best prices, so it is what the book must show. Messages of the two streams overtake each other, so a state is
    compared as soon as a bookTicker later than it is there. Raise DataError for a broken capture.
    """
    check = _Check()
    files = [paths] if isinstance(paths, Path) else list(paths)
    for line, message in messages(read_lines(files), symbol):
        check.result.messages += 1
        if isinstance(message, Snapshot):
            held = check.sequence.begin(line, message)
            if held is not None:
                check.book.reset(message.bids, message.asks)
                for _, change in held:
                    check.change(change)
        elif message.partial:
            check.compare_partial(message)
        elif message.is_change:
            if check.sequence.continues(line, message):
                check.change(message)
        elif message.is_ticker:
            check.ticker(message)
    check.result.gaps = tuple(check.sequence.gaps)
    check.result.snapshots = check.sequence.snapshots
    return check.result


class _Check:
    """The book, the latest bookTickers, and the states of the book that wait for a later one."""

    def __init__(self) -> None:
        self.result = CrossCheck()
        self.book = LevelBook()
        self.sequence = BookSequence()
        self._waiting: deque[tuple[int, Level, Level]] = deque()
        self._tickers: deque[Message] = deque(maxlen=_KEPT)

    def change(self, change: Message) -> None:
        self.book.change(*change.levels)
        self.result.changes += 1
        self._waiting.append((change.u, self.book.bid, self.book.ask))
        self._settle()

    def ticker(self, ticker: Message) -> None:
        self._tickers.append(ticker)
        self._settle()

    def _settle(self) -> None:
        """Compare the states that a later bookTicker has come for."""
        tickers, waiting = self._tickers, self._waiting
        while waiting and tickers and waiting[0][0] < tickers[-1].u:
            update, bid, ask = waiting.popleft()
            told = next((each for each in reversed(tickers) if each.u <= update), None)
            if told is not None:
                self._compare(told, bid, ask)

    def _compare(self, told: Message, bid: Level, ask: Level) -> None:
        result = self.result
        result.compared += 1
        result.prices_agreed += (told.b, told.a) == (bid[0], ask[0])
        result.agreed += ((told.b, told.B), (told.a, told.A)) == (bid, ask)

    def compare_partial(self, told: Message) -> None:
        if not self.sequence.whole or (told.u or told.lastUpdateId) != self.sequence.last:
            return
        bids, asks = told.levels
        theirs = (*zip(*bids, strict=True), *zip(*asks, strict=True))
        top = (*self.book.top(len(bids))[:2], *self.book.top(len(asks))[2:])
        self.result.partial_compared += 1
        self.result.partial_agreed += top == theirs

"""The market streams: what each sends, at once or when its time comes."""

from collections.abc import Callable

import msgspec

from anyvenue.venues.okx.books import CHECKED, checksum_of
from anyvenue.venues.okx.parse import INTERVALS
from anyvenue.venues.okx.pushes import (
    BookPush,
    CandlePush,
    TradePush,
)
from anyvenue.venues.okx.server.house import House
from anyvenue.venues.okx.server.market_views import (
    candle_row,
    funding_row,
    index_row,
    interest_row,
    interval_named,
    levels_of,
    limit_row,
    mark_row,
    ticker_row,
    trade_row,
)
from anyvenue.venues.okx.server.whole import whole_rows
from anyvenue.venues.okx.wire import Argument, BookUpdate
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.book import Changes, Levels
from anyvenue.venues.serving.streams import (
    ChangesTopic,
    KlineTopic,
    Polled,
    PricedTopic,
    Send,
    Topic,
)
from anyvenue.venues.serving.tape import Candle, Printed

__all__ = ["BUSINESS", "is_public", "make_topics", "stream_name"]

_SILENT_MS = 60_000
_BOOKS = {"books": 100, "books-l2-tbt": 10, "books50-l2-tbt": 10}
_LEVELS = {"books": 400, "books-l2-tbt": 400, "books50-l2-tbt": 50, "books5": 5, "bbo-tbt": 1}
_BARS = (*(name for name, _ in INTERVALS.values()), "6H", "12H", "1D", "1W")
_CANDLES = tuple(f"candle{name}" for name in _BARS)
_ROWS: dict[str, tuple[Callable[[Board, str, int], object], int]] = {
    "tickers": (ticker_row, 100),
    "mark-price": (mark_row, 200),
    "index-tickers": (index_row, 100),
    "price-limit": (limit_row, 200),
    "open-interest": (interest_row, 3000),
}
_PUBLIC = (*_LEVELS, *_ROWS, "trades", "funding-rate", "instruments")

BUSINESS = ("trades-all", *_CANDLES)
"""The streams of markets that are served on the path business."""


def is_public(channel: str) -> bool:
    """Tell whether a stream is of markets."""
    return channel in _PUBLIC or channel in BUSINESS


def stream_name(argument: Argument) -> str:
    """Return one name of a stream; those of a type of instruments are of all of them."""
    return f"{argument.channel}:{argument.inst_id or argument.inst_type}"


def make_topics(house: House, name: str, send: Send) -> list[Polled] | None:
    """Return what a stream is made of, by its name, None for no such stream."""
    channel, _, of = name.partition(":")
    if channel == "instruments":
        return [_Instruments(house, of)] if of else None
    board = house.boards.get(of)
    if board is None or not is_public(channel):
        return None
    argument = Argument(channel, inst_id=of)
    interval = interval_named(channel.removeprefix("candle"))
    if channel in _CANDLES and interval is not None:
        return [_Bars(board, send, interval, argument)]
    if channel in _BOOKS:
        return [_Book(house, board, send, argument)]
    if channel in _LEVELS:
        return [_Top(board, send, argument)]
    kind = house.listing.types[of]
    if channel == "funding-rate" and kind != "SWAP":
        return None
    if channel == "index-tickers" and kind != "SPOT":
        return None
    if channel in _ROWS:
        return [_Rows(house, board, send, argument)]
    made = _Funding if channel == "funding-rate" else _Trades
    return [made(house, board, send, argument)]


class _Told(PricedTopic):
    """What is told of a board, whole, every period in which it moved."""

    period_ms = 100

    def __init__(self, house: House, board: Board, send: Send, argument: Argument) -> None:
        super().__init__(board, send)
        self.house, self.argument = house, argument
        self.kind = house.listing.types[board.symbol]
        self._moved = False

    def first(self, now_ms: int) -> bytes | None:
        return self.message(now_ms)

    def told(self, row: object) -> bytes:
        return msgspec.json.encode({"arg": self.argument, "data": whole_rows([row])})


class _Rows(_Told):
    def __init__(self, house: House, board: Board, send: Send, argument: Argument) -> None:
        super().__init__(house, board, send, argument)
        self._row, self.period_ms = _ROWS[argument.channel]

    def message(self, now_ms: int) -> bytes | None:
        if not self.board.mark:
            return None
        return self.told(self._row(self.board, self.kind, now_ms))


class _Funding(_Told):
    """What is told every half minute or more often where the rate is another."""

    period_ms = 1000
    _told_ms = 0
    _told: object = None

    def poll(self, now_ms: int) -> bytes | None:
        told = self.board.funding
        if told is self._told and now_ms < self._told_ms + 30_000:
            return None
        return self.message(now_ms)

    def message(self, now_ms: int) -> bytes:
        self._told_ms, self._told = now_ms, self.board.funding
        row = funding_row(self.board, self.house.times, now_ms)
        return self.told(row)


class _Trades(_Told):
    period_ms = 0

    def first(self, now_ms: int) -> None:
        return None

    def traded(self, board: Board, trade: Printed) -> None:
        row = trade_row(board, trade)
        row.count = "1" if self.argument.channel == "trades" else ""
        self.send(msgspec.json.encode(TradePush(arg=self.argument, data=[row])))


class _Bars(KlineTopic):
    def __init__(self, board: Board, send: Send, interval: str, argument: Argument) -> None:
        super().__init__(board, send, interval)
        self.argument = argument

    def first(self, now_ms: int) -> bytes | None:
        self.board.tape.reach(now_ms)
        current = self.board.tape.current(self.interval)
        return None if current is None else self.show(current, now_ms, closed=False)

    def show(self, each: Candle, now_ms: int, *, closed: bool) -> bytes:
        row = candle_row(self.board, each, closed=closed)
        return msgspec.json.encode(CandlePush(arg=self.argument, data=[row]))


class _Book(ChangesTopic):
    """The book in changes; whoever comes is told it whole, after the others were told what is still to be told."""

    def __init__(self, house: House, board: Board, send: Send, argument: Argument) -> None:
        super().__init__(board, send, _BOOKS[argument.channel])
        self.argument = argument
        self._checked = house.terms.checksums
        self._sent_ms = 0

    def first(self, now_ms: int) -> bytes:
        owed = self.poll(now_ms)
        if owed is not None:
            self.send(owed)
        bids, asks = self.board.book.top(_LEVELS[self.argument.channel])
        return self._push("snapshot", asks, bids, now_ms, (-1, self.board.book.last))

    def poll(self, now_ms: int) -> bytes | None:
        owed = super().poll(now_ms)
        self._sent_ms = self._sent_ms or now_ms
        if owed is None and now_ms < self._sent_ms + _SILENT_MS:
            return None
        self._sent_ms = now_ms
        if owed is None:
            # A minute in which nothing happened is told, too: the two numbers are equal then.
            last = self.board.book.last
            return self._push("update", [], [], now_ms, (last, last))
        return owed

    def show(self, changes: Changes, now_ms: int) -> bytes:
        bids = sorted(changes.bids.items(), reverse=True)
        asks = sorted(changes.asks.items())
        return self._push("update", asks, bids, now_ms, (changes.previous, changes.last))

    def _push(
        self, action: str, asks: Levels, bids: Levels, now_ms: int, numbers: tuple[int, int]
    ) -> bytes:
        row = {
            "asks": levels_of(self.board, asks),
            "bids": levels_of(self.board, bids),
            "ts": str(now_ms),
            "checksum": self._checksum(),
            "prevSeqId": numbers[0],
            "seqId": numbers[1],
        }
        return msgspec.json.encode({"arg": self.argument, "action": action, "data": [row]})

    def _checksum(self) -> int:
        if not self._checked:
            return 0
        bids, asks = (levels_of(self.board, each) for each in self.board.book.top(CHECKED))
        return checksum_of(bids, asks)


class _Top(Topic):
    """The best levels whole, where they changed."""

    def __init__(self, board: Board, send: Send, argument: Argument) -> None:
        super().__init__(board, send)
        self.argument = argument
        self._levels = _LEVELS[argument.channel]
        self.period_ms = 10 if argument.channel == "bbo-tbt" else 100
        self._told = board.book.last

    def first(self, now_ms: int) -> bytes:
        return self._push(now_ms)

    def poll(self, now_ms: int) -> bytes | None:
        return None if self.board.book.last == self._told else self._push(now_ms)

    def best_changed(self, board: Board) -> None:
        if self.argument.channel == "bbo-tbt":
            self.send(self._push(board.ts_ms))

    def _push(self, now_ms: int) -> bytes:
        book = self.board.book
        self._told = book.last
        bids, asks = (levels_of(self.board, each) for each in book.top(self._levels))
        update = BookUpdate(asks, bids, str(now_ms), seq_id=book.last)
        if self.argument.channel == "books5":
            update.inst_id = self.board.symbol
        return msgspec.json.encode(BookPush(arg=self.argument, data=[update]))


class _Instruments(Polled):
    """What is listed: told once to whoever comes, since nothing is listed later."""

    def __init__(self, house: House, kind: str) -> None:
        self._house, self._kind = house, kind

    def first(self, now_ms: int) -> bytes:
        from anyvenue.venues.okx.server.asking import Asked

        rows = self._house.listing.rows(Asked({"instType": self._kind}))
        argument = Argument("instruments", inst_type=self._kind)
        return msgspec.json.encode({"arg": argument, "data": whole_rows(rows)})

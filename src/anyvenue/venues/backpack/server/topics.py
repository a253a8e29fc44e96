"""The market streams: what each sends, at once or when its time comes."""

from collections.abc import Callable, Mapping

from anyvenue.venues.backpack.server.listing import funding_every_ms, market_type
from anyvenue.venues.backpack.server.order_views import iso_of
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.book import Changes, Levels
from anyvenue.venues.serving.numbers import Row, encode, text_of
from anyvenue.venues.serving.streams import (
    ChangesTopic,
    KlineTopic,
    Polled,
    PricedTopic,
    Send,
    Streams,
    Topic,
)
from anyvenue.venues.serving.tape import INTERVALS, Candle, Printed, span_of

__all__ = ["level_texts", "make_streams", "mark_figures"]

_US = 1000
_WINDOWS = {"200ms": 200, "600ms": 600, "1000ms": 1000}


def make_streams(boards: Mapping[str, Board], now_ms: Callable[[], int]) -> Streams:
    """Return the streams of the boards, which go by symbol; `now_ms` is the clients' time."""

    def make(name: str, send: Send) -> list[Polled] | None:
        if name == "liquidation":
            return []
        kind, _, rest = name.partition(".")
        window, _, symbol = rest.rpartition(".")
        board = boards.get(symbol)
        topic = _make(kind, window, board, send) if board is not None else None
        return [topic] if topic is not None else None

    return Streams(make, now_ms)


def _make(kind: str, window: str, board: Board, send: Send) -> Topic | None:
    if kind == "depth" and (not window or window in _WINDOWS):
        return _Changes(board, send, _WINDOWS.get(window, 0))
    if kind == "kline" and window in INTERVALS:
        return _Klines(board, send, window)
    if window:
        return None
    if kind in ("markPrice", "openInterest") and market_type(board.instrument) != "PERP":
        return None
    simple = {
        "bookTicker": _Best,
        "trade": _Trades,
        "ticker": _Day,
        "markPrice": _Mark,
        "openInterest": _Interest,
    }
    return simple[kind](board, send) if kind in simple else None


class _Trades(Topic):
    def traded(self, board: Board, trade: Printed) -> None:
        ts = trade.ts_ms * _US
        self.send(
            encode(
                {
                    "e": "trade",
                    "E": ts,
                    "s": board.symbol,
                    "p": board.price_text(trade.price),
                    "q": board.size_text(trade.size),
                    "b": f"{2 * trade.trade_id}",
                    "a": f"{2 * trade.trade_id + 1}",
                    "t": trade.trade_id,
                    "m": trade.buyer_is_maker,
                    "T": ts,
                }
            )
        )


class _Best(Topic):
    def first(self, now_ms: int) -> bytes | None:
        return self._message() if any(self.board.book.best()) else None

    def best_changed(self, board: Board) -> None:
        self.send(self._message())

    def _message(self) -> bytes:
        board = self.board
        bid, bid_size, ask, ask_size = board.book.best()
        ts = board.ts_ms * _US
        return encode(
            {
                "e": "bookTicker",
                "E": ts,
                "T": ts,
                "s": board.symbol,
                "u": f"{board.book.last}",
                "b": board.price_text(bid),
                "B": board.size_text(bid_size),
                "a": board.price_text(ask),
                "A": board.size_text(ask_size),
            }
        )


class _Changes(ChangesTopic):
    def show(self, changes: Changes, now_ms: int) -> bytes:
        bids = sorted(changes.bids.items(), reverse=True)
        asks = sorted(changes.asks.items())
        return encode(
            {
                "e": "depth",
                "E": now_ms * _US,
                "T": self.board.ts_ms * _US,
                "s": self.board.symbol,
                "U": changes.first,
                "u": changes.last,
                "b": level_texts(self.board, bids),
                "a": level_texts(self.board, asks),
            }
        )


class _Klines(KlineTopic):
    def show(self, each: Candle, now_ms: int, *, closed: bool) -> bytes:
        price, end = self.board.price_text, span_of(self.interval, each.start_ms)[1]
        return encode(
            {
                "e": "kline",
                "E": now_ms * _US,
                "s": self.board.symbol,
                "t": iso_of(each.start_ms, whole=True),
                "T": iso_of(end, whole=True),
                "o": price(each.open),
                "h": price(each.high),
                "l": price(each.low),
                "c": price(each.close),
                "v": self.board.size_text(each.volume),
                "n": each.trades,
                "X": closed,
            }
        )


class _Day(PricedTopic):
    def message(self, now_ms: int) -> bytes:
        candle, price = self.board.tape.day(now_ms).candle, self.board.price_text
        return encode(
            {
                "e": "ticker",
                "E": now_ms * _US,
                "s": self.board.symbol,
                "o": price(candle.open),
                "c": price(candle.close),
                "h": price(candle.high),
                "l": price(candle.low),
                "n": candle.trades,
                "v": self.board.size_text(candle.volume),
                "V": text_of(candle.turnover),
            }
        )


class _Mark(Topic):
    period_ms = 1000

    def poll(self, now_ms: int) -> bytes | None:
        if not self.board.mark:
            return None
        mark, rate, due_ms = mark_figures(self.board, now_ms)
        return encode(
            {
                "e": "markPrice",
                "E": now_ms * _US,
                "T": now_ms * _US,
                "s": self.board.symbol,
                "p": mark,
                "i": mark,
                "f": rate,
                "n": due_ms * _US,
            }
        )


class _Interest(Topic):
    period_ms = 60_000

    def poll(self, now_ms: int) -> bytes | None:
        row: Row = {"e": "openInterest", "E": now_ms * _US, "s": self.board.symbol}
        return encode({**row, "o": text_of(self.board.open_interest)})


def mark_figures(board: Board, now_ms: int) -> tuple[str, str, int]:
    """Return the mark price, the rate of funding, and when (ms) it is due."""
    rate = f"{board.funding.rate:f}" if board.funding is not None else "0"
    return (
        board.price_text(board.mark),
        rate,
        board.next_funding_ms(now_ms, funding_every_ms(board)),
    )


def level_texts(board: Board, levels: Levels) -> list[tuple[str, str]]:
    """Return levels as the venue writes them."""
    return [(board.price_text(price), board.size_text(size)) for price, size in levels]

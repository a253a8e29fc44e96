"""The market streams: what each sends, at once or when its time comes."""

import re
from collections.abc import Callable

import msgspec

from anyvenue.venues.binance.server.terms import Market
from anyvenue.venues.binance.wire import (
    AggregateTrade,
    BookTicker,
    DepthUpdate,
    FuturesBookTicker,
    Kline,
    KlineUpdate,
    MarkPriceUpdate,
    MiniTicker,
    PublicTrade,
    Ticker,
)
from anyvenue.venues.serving.board import Board, BoardListener
from anyvenue.venues.serving.book import Levels
from anyvenue.venues.serving.numbers import encode
from anyvenue.venues.serving.tape import INTERVALS, Candle, Printed, span_of

__all__ = ["Topic", "category_of", "day_ticker", "level_texts", "make_topic", "mark_update"]

_KLINE_MS = 250
_DEPTH = re.compile(r"^depth(\d*)(?:@(\d+)ms)?$")
_PACES = {Market.SPOT: (1000, (100, 1000)), Market.USDM: (250, (0, 100, 250, 500))}


class Topic(BoardListener):
    """One stream: `send` is given what goes to its subscribers. `period_ms` 0 sends at once, without `poll`."""

    period_ms = 0

    def __init__(self, market: Market, board: Board, send: Callable[[bytes], None]) -> None:
        """Begin to listen."""
        self.market, self.board, self.send = market, board, send
        self.usdm = market is Market.USDM
        self.due_ms = 0
        board.listeners.append(self)

    def poll(self, now_ms: int) -> bytes | None:
        """Return what is to be sent now, None for nothing."""
        return None

    def close(self) -> None:
        """Listen no more."""
        self.board.listeners.remove(self)


class _Trades(Topic):
    def traded(self, board: Board, trade: Printed) -> None:
        update = PublicTrade(
            trade.ts_ms,
            board.symbol,
            trade.trade_id,
            board.price_text(trade.price),
            board.size_text(trade.size),
            trade.ts_ms,
            trade.buyer_is_maker,
        )
        if self.usdm:
            update.kind = "MARKET"
        self.send(msgspec.json.encode(update))


class _Aggregates(Topic):
    def traded(self, board: Board, trade: Printed) -> None:
        number = trade.trade_id
        update = AggregateTrade(
            trade.ts_ms,
            board.symbol,
            board.price_text(trade.price),
            board.size_text(trade.size),
            trade.ts_ms,
            trade.buyer_is_maker,
            *(number, number, number),
        )
        self.send(msgspec.json.encode(update))


class _Best(Topic):
    def best_changed(self, board: Board) -> None:
        self.send(msgspec.json.encode(_book_ticker(self.market, board)))


def _book_ticker(market: Market, board: Board) -> BookTicker[str] | FuturesBookTicker[str]:
    bid, bid_size, ask, ask_size = board.book.best()
    texts = (
        board.price_text(bid),
        board.size_text(bid_size),
        board.price_text(ask),
        board.size_text(ask_size),
    )
    if market is Market.SPOT:
        return BookTicker(board.book.last, board.symbol, *texts)
    return FuturesBookTicker(board.book.last, board.symbol, *texts, board.ts_ms, board.ts_ms)


class _Changes(Topic):
    """The changed levels since the last time; every client of a stream sees the same updates."""

    def __init__(
        self, market: Market, board: Board, send: Callable[[bytes], None], period_ms: int
    ) -> None:
        super().__init__(market, board, send)
        self.period_ms = max(period_ms, 1)
        self._changes = board.book.collect()

    def poll(self, now_ms: int) -> bytes | None:
        changes, book = self._changes, self.board.book
        if changes.last < changes.first:
            return None
        book.drop(changes)
        self._changes = book.collect()
        update = DepthUpdate(
            now_ms,
            self.board.symbol,
            changes.first,
            changes.last,
            level_texts(self.board, sorted(changes.bids.items(), reverse=True)),
            level_texts(self.board, sorted(changes.asks.items())),
        )
        if self.usdm:
            update.previous, update.ts_ms = changes.previous, self.board.ts_ms
        return msgspec.json.encode(update)

    def close(self) -> None:
        super().close()
        self.board.book.drop(self._changes)


class _Top(Topic):
    """The best levels whole."""

    def __init__(
        self,
        market: Market,
        board: Board,
        send: Callable[[bytes], None],
        period_ms: int,
        levels: int,
    ) -> None:
        super().__init__(market, board, send)
        self.period_ms = max(period_ms, 1)
        self._levels = levels
        self._sent = 0

    def poll(self, now_ms: int) -> bytes | None:
        book = self.board.book
        if book.last == self._sent and self.usdm:
            return None
        first, self._sent = self._sent or book.last, book.last
        bids, asks = (level_texts(self.board, each) for each in book.top(self._levels))
        if not self.usdm:
            return msgspec.json.encode({"lastUpdateId": book.last, "bids": bids, "asks": asks})
        update = DepthUpdate(now_ms, self.board.symbol, first, book.last, bids, asks)
        update.previous, update.ts_ms = first, self.board.ts_ms
        return msgspec.json.encode(update)


class _Klines(Topic):
    period_ms = _KLINE_MS

    def __init__(
        self, market: Market, board: Board, send: Callable[[bytes], None], interval: str
    ) -> None:
        super().__init__(market, board, send)
        self._interval = interval
        self._moved, self._end = True, 0

    def priced(self, board: Board) -> None:
        self._moved = True

    def traded(self, board: Board, trade: Printed) -> None:
        """Close the bar before the trade that begins the next one is in it."""
        if self._end and trade.ts_ms >= self._end:
            self._close_up_to(trade.ts_ms)

    def poll(self, now_ms: int) -> bytes | None:
        self.board.tape.reach(now_ms)
        if self._end and now_ms >= self._end:
            self._close_up_to(now_ms)
        current = self.board.tape.current(self._interval)
        if current is None or not self._moved:
            return None
        self._moved = False
        self._end = span_of(self._interval, current.start_ms)[1]
        return self._update(current, closed=False, now_ms=now_ms)

    def _close_up_to(self, now_ms: int) -> None:
        for each in list(self.board.tape.candles(self._interval)):
            end = span_of(self._interval, each.start_ms)[1]
            if self._end <= end <= now_ms:
                self.send(self._update(each, closed=True, now_ms=now_ms))
        self._end = span_of(self._interval, now_ms)[1]
        self._moved = True

    def _update(self, each: Candle, closed: bool, now_ms: int) -> bytes:
        board = self.board
        kline = Kline(
            each.start_ms,
            span_of(self._interval, each.start_ms)[1] - 1,
            board.symbol,
            self._interval,
            board.price_text(each.open),
            board.price_text(each.close),
            board.price_text(each.high),
            board.price_text(each.low),
            board.size_text(each.volume),
            closed,
            f"{each.turnover:.8f}",
            each.first_id,
            each.last_id,
            each.trades,
            board.size_text(each.taker_volume),
            f"{each.taker_turnover:.8f}",
        )
        return msgspec.json.encode(KlineUpdate(now_ms, board.symbol, kline))


class _Day(Topic):
    period_ms = 1000

    def __init__(
        self, market: Market, board: Board, send: Callable[[bytes], None], short: bool
    ) -> None:
        super().__init__(market, board, send)
        self._short = short
        self._moved = True

    def priced(self, board: Board) -> None:
        self._moved = True

    def poll(self, now_ms: int) -> bytes | None:
        if not self._moved:
            return None
        self._moved = False
        return encode(day_ticker(self.market, self.board, now_ms, self._short))


class _Mark(Topic):
    def __init__(
        self, market: Market, board: Board, send: Callable[[bytes], None], period_ms: int
    ) -> None:
        super().__init__(market, board, send)
        self.period_ms = period_ms

    def poll(self, now_ms: int) -> bytes | None:
        return msgspec.json.encode(mark_update(self.board, now_ms)) if self.board.mark else None


def mark_update(board: Board, now_ms: int) -> MarkPriceUpdate[str]:
    """Return the mark price and what is known of funding."""
    mark = board.price_text(board.mark)
    rate = board.funding.rate if board.funding is not None else 0
    due = board.next_funding_ms(now_ms)
    return MarkPriceUpdate(now_ms, board.symbol, mark, mark, mark, f"{rate:.8f}", due)


def day_ticker(
    market: Market, board: Board, now_ms: int, short: bool
) -> Ticker[str] | MiniTicker[str]:
    """Return the last twenty-four hours as the streams tell them."""
    day = board.tape.day(now_ms)
    candle, price = day.candle, board.price_text
    volume, turnover = board.size_text(candle.volume), f"{candle.turnover:.8f}"
    prices = (price(candle.close), price(candle.open), price(candle.high), price(candle.low))
    if short:
        return MiniTicker(now_ms, board.symbol, *prices, volume, turnover)
    found = Ticker(
        event_ms=now_ms,
        symbol=board.symbol,
        change=price(day.change),
        change_percent=f"{day.percent:.3f}",
        average=price(day.average),
        close=prices[0],
        close_size=board.size_text(day.last_size),
        open=prices[1],
        high=prices[2],
        low=prices[3],
        volume=volume,
        turnover=turnover,
        open_ms=candle.start_ms,
        close_ms=now_ms,
        first_id=candle.first_id,
        last_id=candle.last_id,
        trades=candle.trades,
    )
    if market is Market.SPOT:
        bid, bid_size, ask, ask_size = board.book.best()
        found.first_price = prices[1]
        found.bid, found.bid_size = price(bid), board.size_text(bid_size)
        found.ask, found.ask_size = price(ask), board.size_text(ask_size)
    return found


def level_texts(board: Board, levels: Levels) -> list[tuple[str, str]]:
    """Return levels as the venue writes them."""
    return [(board.price_text(price), board.size_text(size)) for price, size in levels]


def category_of(name: str) -> str:
    """Return which of USD-M's paths a stream is served at: ``public`` or ``market``, or both with a bar between."""
    kind = name.partition("@")[2] or name
    if kind == "trade":
        return "public|market"  # no part of the venue's own list; its clients ask for it at either
    return "public" if kind.startswith(("depth", "bookTicker", "rpiDepth", "!book")) else "market"


def make_topic(
    market: Market, board: Board, kind: str, send: Callable[[bytes], None]
) -> Topic | None:
    """Return the stream of a board by the part of its name after the symbol, None for no such stream."""
    simple = {"trade": _Trades, "aggTrade": _Aggregates, "bookTicker": _Best}
    if kind in simple:
        return simple[kind](market, board, send)
    if kind.startswith("kline_") and kind[6:] in INTERVALS:
        return _Klines(market, board, send, kind[6:])
    if kind in ("ticker", "miniTicker"):
        return _Day(market, board, send, kind == "miniTicker")
    if kind in ("markPrice", "markPrice@1s") and market is Market.USDM:
        return _Mark(market, board, send, 1000 if kind.endswith("1s") else 3000)
    found = _DEPTH.match(kind)
    if found is None:
        return None
    usual, allowed = _PACES[market]
    pace = int(found[2]) if found[2] else usual
    if pace not in allowed:
        return None
    if not found[1]:
        return _Changes(market, board, send, pace)
    return _Top(market, board, send, pace, int(found[1])) if found[1] in ("5", "10", "20") else None

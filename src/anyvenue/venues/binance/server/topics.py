"""The market streams: what each sends, at once or when its time comes."""

import re

import msgspec

from anyvenue.venues.binance.server.listing import market_of
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
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.book import Changes, Levels
from anyvenue.venues.serving.numbers import encode
from anyvenue.venues.serving.streams import ChangesTopic, KlineTopic, PricedTopic, Send, Topic
from anyvenue.venues.serving.tape import INTERVALS, Candle, Printed, span_of

__all__ = ["category_of", "day_ticker", "level_texts", "make_topic", "mark_update"]

_DEPTH = re.compile(r"^depth(\d*)(?:@(\d+)ms)?$")
_PACES = {Market.SPOT: (1000, (100, 1000)), Market.USDM: (250, (0, 100, 250, 500))}


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
        if _is_usdm(board):
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
        self.send(msgspec.json.encode(_book_ticker(market_of(board.instrument), board)))


def _book_ticker(market: Market | None, board: Board) -> BookTicker[str] | FuturesBookTicker[str]:
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


class _Changes(ChangesTopic):
    def show(self, changes: Changes, now_ms: int) -> bytes:
        update = DepthUpdate(
            now_ms,
            self.board.symbol,
            changes.first,
            changes.last,
            level_texts(self.board, sorted(changes.bids.items(), reverse=True)),
            level_texts(self.board, sorted(changes.asks.items())),
        )
        if _is_usdm(self.board):
            update.previous, update.ts_ms = changes.previous, self.board.ts_ms
        return msgspec.json.encode(update)


class _Top(Topic):
    """The best levels whole."""

    def __init__(self, board: Board, send: Send, period_ms: int, levels: int) -> None:
        super().__init__(board, send)
        self.period_ms = max(period_ms, 1)
        self._levels = levels
        self._sent = 0

    def poll(self, now_ms: int) -> bytes | None:
        book, usdm = self.board.book, _is_usdm(self.board)
        if book.last == self._sent and usdm:
            return None
        first, self._sent = self._sent or book.last, book.last
        bids, asks = (level_texts(self.board, each) for each in book.top(self._levels))
        if not usdm:
            return msgspec.json.encode({"lastUpdateId": book.last, "bids": bids, "asks": asks})
        update = DepthUpdate(now_ms, self.board.symbol, first, book.last, bids, asks)
        update.previous, update.ts_ms = first, self.board.ts_ms
        return msgspec.json.encode(update)


class _Klines(KlineTopic):
    def show(self, each: Candle, now_ms: int, *, closed: bool) -> bytes:
        board = self.board
        kline = Kline(
            each.start_ms,
            span_of(self.interval, each.start_ms)[1] - 1,
            board.symbol,
            self.interval,
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


class _Day(PricedTopic):
    def __init__(self, board: Board, send: Send, short: bool) -> None:
        super().__init__(board, send)
        self._short = short

    def message(self, now_ms: int) -> bytes:
        market = market_of(self.board.instrument)
        return encode(day_ticker(market, self.board, now_ms, self._short))


class _Mark(Topic):
    def __init__(self, board: Board, send: Send, period_ms: int) -> None:
        super().__init__(board, send)
        self.period_ms = period_ms

    def poll(self, now_ms: int) -> bytes | None:
        return msgspec.json.encode(mark_update(self.board, now_ms)) if self.board.mark else None


def _is_usdm(board: Board) -> bool:
    return market_of(board.instrument) is Market.USDM


def mark_update(board: Board, now_ms: int) -> MarkPriceUpdate[str]:
    """Return the mark price and what is known of funding."""
    mark = board.price_text(board.mark)
    rate = board.funding.rate if board.funding is not None else 0
    due = board.next_funding_ms(now_ms)
    return MarkPriceUpdate(now_ms, board.symbol, mark, mark, mark, f"{rate:.8f}", due)


def day_ticker(
    market: Market | None, board: Board, now_ms: int, short: bool
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


def make_topic(market: Market, board: Board, kind: str, send: Send) -> Topic | None:
    """Return the stream of a board by the part of its name after the symbol, None for no such stream."""
    simple = {"trade": _Trades, "aggTrade": _Aggregates, "bookTicker": _Best}
    if kind in simple:
        return simple[kind](board, send)
    if kind.startswith("kline_") and kind[6:] in INTERVALS:
        return _Klines(board, send, kind[6:])
    if kind in ("ticker", "miniTicker"):
        return _Day(board, send, kind == "miniTicker")
    if kind in ("markPrice", "markPrice@1s") and market is Market.USDM:
        return _Mark(board, send, 1000 if kind.endswith("1s") else 3000)
    found = _DEPTH.match(kind)
    if found is None:
        return None
    usual, allowed = _PACES[market]
    pace = int(found[2]) if found[2] else usual
    if pace not in allowed:
        return None
    if not found[1]:
        return _Changes(board, send, pace)
    return _Top(board, send, pace, int(found[1])) if found[1] in ("5", "10", "20") else None

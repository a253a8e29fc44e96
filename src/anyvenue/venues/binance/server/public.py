"""What both markets tell everybody: the time, what is listed, books, trades, bars and the day's figures."""

from collections.abc import Callable

from anyvenue.venues.binance.server.asking import Asked, Endpoint
from anyvenue.venues.binance.server.house import House
from anyvenue.venues.binance.server.refusals import Refused
from anyvenue.venues.binance.server.terms import Market
from anyvenue.venues.binance.server.topics import level_texts
from anyvenue.venues.binance.wire_rest import DepthReply, ExchangeInfo, KlineRow, ServerTime
from anyvenue.venues.serving.bars import bars_of
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.numbers import Row
from anyvenue.venues.serving.tape import INTERVALS, Candle, Printed, span_of

__all__ = ["Public"]

_MOST_KLINES = {Market.SPOT: 1000, Market.USDM: 1500}
_MOST_TRADES = 1000


class Public:
    """The public requests of one market."""

    def __init__(self, house: House) -> None:
        """Answer for `house`."""
        self.house = house
        self.market = house.market

    def endpoints(self) -> dict[tuple[str, str], Endpoint]:
        """Return what is answered, by method and path."""
        asked = {
            "ping": Endpoint(self.ping),
            "time": Endpoint(self.time),
            "exchangeInfo": Endpoint(self.exchange_info, weight=20 if self._spot else 1),
            "depth": Endpoint(self.depth, weight=5),
            "trades": Endpoint(self.trades, weight=25 if self._spot else 5),
            "historicalTrades": Endpoint(self.trades, weight=25 if self._spot else 20),
            "aggTrades": Endpoint(self.aggregates, weight=4 if self._spot else 20),
            "klines": Endpoint(self.klines, weight=2),
            "ticker/24hr": Endpoint(self.day, weight=2),
            "ticker/price": Endpoint(self.price, weight=2),
            "ticker/bookTicker": Endpoint(self.best, weight=2),
        }
        return {("GET", path): each for path, each in asked.items()}

    @property
    def _spot(self) -> bool:
        return self.market is Market.SPOT

    def ping(self, _asked: Asked) -> Row:
        """Answer."""
        return {}

    def time(self, _asked: Asked) -> ServerTime:
        """Return the time."""
        return ServerTime(self.house.now_ms())

    def exchange_info(self, asked: Asked) -> ExchangeInfo:
        """Return what is listed."""
        only = [asked.text("symbol")] if asked.has("symbol") else asked.names("symbols")
        return self.house.listing.info(self.house.terms, self.house.now_ms(), only)

    def depth(self, asked: Asked) -> DepthReply[str]:
        """Return the book."""
        board = self.house.board(asked)
        limit = asked.integer("limit", 100 if self._spot else 500)
        if limit < 1:
            raise Refused(-1130, "Data sent for parameter 'limit' is not valid.")
        bids, asks = (level_texts(board, each) for each in board.book.top(min(limit, 5000)))
        reply = DepthReply(board.book.last, bids, asks)
        if not self._spot:
            reply.event_ms = reply.ts_ms = board.ts_ms or self.house.now_ms()
        return reply

    def trades(self, asked: Asked) -> list[Row]:
        """Return the last public trades, oldest first."""
        board = self.house.board(asked)
        limit = min(asked.integer("limit", 500), _MOST_TRADES)
        since = asked.integer("fromId", 0)
        found = [each for each in board.tape.trades if each.trade_id >= since]
        found = found[:limit] if since else found[-limit:]
        return [_trade(board, each, spot=self._spot) for each in found]

    def aggregates(self, asked: Asked) -> list[Row]:
        """Return trades by taker order: here every trade is one of its own."""
        board = self.house.board(asked)
        start, end = asked.integer("startTime", 0), asked.integer("endTime", 0)
        since, limit = asked.integer("fromId", 0), min(asked.integer("limit", 500), _MOST_TRADES)
        found = [
            each
            for each in board.tape.trades
            if each.trade_id >= since and each.ts_ms >= start and (not end or each.ts_ms <= end)
        ]
        found = found[:limit] if since or start else found[-limit:]
        return [_aggregate(board, each, spot=self._spot) for each in found]

    async def klines(self, asked: Asked) -> list[KlineRow[str]]:
        """Return bars, oldest first: the broker's history, and what has been traded since."""
        board, interval = self.house.board(asked), asked.text("interval")
        if interval not in INTERVALS:
            raise Refused(-1120, "Invalid interval.")
        rows = await bars_of(
            self.house.broker,
            board,
            interval,
            start_ms=asked.integer("startTime", 0),
            end_ms=asked.integer("endTime", 0),
            limit=min(asked.integer("limit", 500), _MOST_KLINES[self.market]),
            now_ms=self.house.now_ms(),
        )
        return [_kline(board, interval, each) for each in rows]

    def day(self, asked: Asked) -> object:
        """Return the figures of twenty-four hours."""
        return self._each(asked, self._day)

    def price(self, asked: Asked) -> object:
        """Return the last price."""
        return self._each(asked, self._price)

    def best(self, asked: Asked) -> object:
        """Return the best prices."""
        return self._each(asked, self._best)

    def _each(self, asked: Asked, show: Callable[[Board], Row]) -> object:
        boards = self.house.asked_boards(asked)
        return show(boards[0]) if asked.has("symbol") else [show(each) for each in boards]

    def _price(self, board: Board) -> Row:
        row: Row = {"symbol": board.symbol, "price": board.price_text(board.mark)}
        if not self._spot:
            row["time"] = board.ts_ms
        return row

    def _best(self, board: Board) -> Row:
        bid, bid_size, ask, ask_size = board.book.best()
        row: Row = {
            "symbol": board.symbol,
            "bidPrice": board.price_text(bid),
            "bidQty": board.size_text(bid_size),
            "askPrice": board.price_text(ask),
            "askQty": board.size_text(ask_size),
        }
        if not self._spot:
            row["lastUpdateId"], row["time"] = board.book.last, board.ts_ms
        return row

    def _day(self, board: Board) -> Row:
        day = board.tape.day(self.house.now_ms())
        candle, price = day.candle, board.price_text
        row: Row = {
            "symbol": board.symbol,
            "priceChange": price(day.change),
            "priceChangePercent": f"{day.percent:.3f}",
            "weightedAvgPrice": price(day.average),
            "lastPrice": price(candle.close),
            "lastQty": board.size_text(day.last_size),
            "openPrice": price(candle.open),
            "highPrice": price(candle.high),
            "lowPrice": price(candle.low),
            "volume": board.size_text(candle.volume),
            "quoteVolume": f"{candle.turnover:.8f}",
            "openTime": candle.start_ms,
            "closeTime": day.end_ms,
            "firstId": candle.first_id,
            "lastId": candle.last_id,
            "count": candle.trades,
        }
        if self._spot:
            best = self._best(board)
            row["prevClosePrice"] = price(candle.open)
            row.update({key: value for key, value in best.items() if key != "symbol"})
        return row


def _trade(board: Board, each: Printed, *, spot: bool) -> Row:
    row: Row = {
        "id": each.trade_id,
        "price": board.price_text(each.price),
        "qty": board.size_text(each.size),
        "quoteQty": f"{each.price * each.size:.8f}",
        "time": each.ts_ms,
        "isBuyerMaker": each.buyer_is_maker,
    }
    if spot:
        row["isBestMatch"] = True
    return row


def _aggregate(board: Board, each: Printed, *, spot: bool) -> Row:
    row: Row = {
        "a": each.trade_id,
        "p": board.price_text(each.price),
        "q": board.size_text(each.size),
        "f": each.trade_id,
        "l": each.trade_id,
        "T": each.ts_ms,
        "m": each.buyer_is_maker,
    }
    if spot:
        row["M"] = True
    return row


def _kline(board: Board, interval: str, each: Candle) -> KlineRow[str]:
    return KlineRow(
        each.start_ms,
        board.price_text(each.open),
        board.price_text(each.high),
        board.price_text(each.low),
        board.price_text(each.close),
        board.size_text(each.volume),
        span_of(interval, each.start_ms)[1] - 1,
        f"{each.turnover:.8f}",
        each.trades,
        board.size_text(each.taker_volume),
        f"{each.taker_turnover:.8f}",
    )

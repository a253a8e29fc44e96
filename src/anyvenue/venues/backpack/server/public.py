"""What the venue tells everybody: the time, what is listed, books, trades, bars, marks and funding."""

import msgspec

from anyvenue.venues.backpack.server.asking import Asked, Endpoint, Page, Symbol
from anyvenue.venues.backpack.server.house import House
from anyvenue.venues.backpack.server.listing import market_row, market_type
from anyvenue.venues.backpack.server.order_views import iso_of
from anyvenue.venues.backpack.server.refusals import Refused, malformed
from anyvenue.venues.backpack.server.topics import level_texts, mark_figures
from anyvenue.venues.serving.bars import bars_of
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.numbers import Row, ms_of, text_of
from anyvenue.venues.serving.tape import INTERVALS, Candle, Printed, span_of

__all__ = ["Public"]

_DEPTHS = ("5", "10", "20", "50", "100", "500", "1000")
_MOST_BARS = 1000


class _Depth(msgspec.Struct):
    symbol: str
    limit: str = "1000"


class _Bars(msgspec.Struct, rename="camel"):
    """Times are in seconds."""

    symbol: str
    interval: str
    start_time: int
    end_time: int = 0


class Public:
    """The public requests."""

    def __init__(self, house: House) -> None:
        """Answer for `house`."""
        self.house = house

    def endpoints(self) -> dict[tuple[str, str], Endpoint]:
        """Return what is answered, by method and path."""
        asked = {
            "ping": self.ping,
            "time": self.time,
            "status": self.status,
            "assets": self.assets,
            "securities": self.nothing,
            "collateral": self.nothing,
            "markets": self.markets,
            "market": self.market,
            "ticker": self.ticker,
            "tickers": self.tickers,
            "depth": self.depth,
            "klines": self.klines,
            "markPrices": self.marks,
            "openInterest": self.interest,
            "fundingRates": self.rates,
            "trades": self.trades,
            "trades/history": self.trades,
        }
        return {("GET", f"/api/v1/{path}"): Endpoint(each) for path, each in asked.items()}

    def ping(self, _asked: Asked) -> str:
        """Answer."""
        return "pong"

    def time(self, _asked: Asked) -> int:
        """Return the time in ms."""
        return self.house.times.now_ms()

    def status(self, _asked: Asked) -> Row:
        """Tell that all is well."""
        return {"status": "Ok", "message": None}

    def nothing(self, _asked: Asked) -> list[Row]:
        """Return none of what is not offered here."""
        return []

    def assets(self, _asked: Asked) -> list[Row]:
        """Return the currencies; none can be paid in or out."""
        names = {
            name
            for each in self.house.listing.by_symbol.values()
            for name in (each.base, each.currency)
        }
        return [
            {"symbol": each, "displayName": each, "coingeckoId": None, "tokens": []}
            for each in sorted(names)
        ]

    def markets(self, _asked: Asked) -> list[Row]:
        """Return what is traded."""
        return [market_row(each) for each in self.house.boards.values()]

    def market(self, asked: Asked) -> Row:
        """Return one market."""
        return market_row(self._board(asked))

    def ticker(self, asked: Asked) -> Row:
        """Return the figures of twenty-four hours."""
        return self._day(self._board(asked))

    def tickers(self, _asked: Asked) -> list[Row]:
        """Return those of all markets."""
        return [self._day(each) for each in self.house.boards.values()]

    def depth(self, asked: Asked) -> Row:
        """Return the book; bids begin with the lowest."""
        wanted = asked.read(_Depth)
        board = self.house.board(wanted.symbol)
        if wanted.limit not in _DEPTHS:
            raise malformed(f"Parse error: limit must be one of {', '.join(_DEPTHS)}")
        bids, asks = (level_texts(board, each) for each in board.book.top(int(wanted.limit)))
        ts_ms = board.ts_ms or self.house.times.now_ms()
        return {
            "asks": asks,
            "bids": bids[::-1],
            "lastUpdateId": str(board.book.last),
            "timestamp": ts_ms * 1000,
        }

    async def klines(self, asked: Asked) -> list[Row]:
        """Return bars, oldest first."""
        wanted = asked.read(_Bars)
        board = self.house.board(wanted.symbol)
        if wanted.interval not in INTERVALS:
            raise malformed("Parse error: expect a valid enumeration value for interval")
        if wanted.start_time <= 0:
            raise Refused("INVALID_RANGE", "Invalid startTime")
        rows = await bars_of(
            self.house.broker,
            board,
            wanted.interval,
            start_ms=wanted.start_time * 1000,
            end_ms=wanted.end_time * 1000,
            limit=_MOST_BARS,
            now_ms=self.house.times.now_ms(),
        )
        return [_bar(board, wanted.interval, each) for each in rows]

    def marks(self, asked: Asked) -> list[Row]:
        """Return mark prices and funding of perpetuals."""
        now_ms = self.house.times.now_ms()
        return [_mark(each, now_ms) for each in self._perpetuals(asked)]

    def interest(self, asked: Asked) -> list[Row]:
        """Return how much of each perpetual is held."""
        now_ms = self.house.times.now_ms()
        return [
            {
                "symbol": each.symbol,
                "openInterest": text_of(each.open_interest),
                "timestamp": now_ms,
            }
            for each in self._perpetuals(asked)
        ]

    def rates(self, asked: Asked) -> list[Row]:
        """Return the rates of funding that were charged, newest first."""
        page = asked.read(Page)
        board = self.house.board(page.symbol)
        now_ms = self.house.times.now_ms()
        by_time = {ms_of(self.house.times.shown(each.ts_due)): each for each in board.funded}
        rows: list[Row] = [
            {
                "symbol": board.symbol,
                "intervalEndTimestamp": iso_of(due, whole=True),
                "fundingRate": by_time[due].rate,
            }
            for due in sorted(by_time)
            if due <= now_ms
        ]
        return page.of(rows)

    def trades(self, asked: Asked) -> list[Row]:
        """Return the last public trades, newest first."""
        page = asked.read(Page)
        board = self.house.board(page.symbol)
        return [_trade(board, each) for each in page.of(list(board.tape.trades))]

    # ---- parts

    def _board(self, asked: Asked) -> Board:
        return self.house.board(asked.read(Symbol).symbol)

    def _perpetuals(self, asked: Asked) -> list[Board]:
        symbol = asked.read(Page).symbol
        boards = [self.house.board(symbol)] if symbol else list(self.house.boards.values())
        return [each for each in boards if market_type(each.instrument) == "PERP"]

    def _day(self, board: Board) -> Row:
        day = board.tape.day(self.house.times.now_ms())
        candle, price = day.candle, board.price_text
        return {
            "symbol": board.symbol,
            "firstPrice": price(candle.open),
            "lastPrice": price(candle.close),
            "priceChange": price(day.change),
            "priceChangePercent": f"{day.percent / 100:.6f}",
            "high": price(candle.high),
            "low": price(candle.low),
            "volume": board.size_text(candle.volume),
            "quoteVolume": text_of(candle.turnover),
            "trades": str(candle.trades),
        }


def _mark(board: Board, now_ms: int) -> Row:
    mark, rate, due_ms = mark_figures(board, now_ms)
    return {
        "symbol": board.symbol,
        "fundingRate": rate,
        "indexPrice": mark,
        "markPrice": mark,
        "nextFundingTimestamp": due_ms,
    }


def _trade(board: Board, each: Printed) -> Row:
    return {
        "id": each.trade_id,
        "price": board.price_text(each.price),
        "quantity": board.size_text(each.size),
        "quoteQuantity": text_of(each.price * each.size),
        "timestamp": each.ts_ms,
        "isBuyerMaker": each.buyer_is_maker,
    }


def _bar(board: Board, interval: str, each: Candle) -> Row:
    """Return a bar; one without a trade has no prices."""
    prices = (each.open, each.high, each.low, each.close)
    texts = [board.price_text(price) if each.volume else None for price in prices]
    return {
        "start": iso_of(each.start_ms, " ", whole=True),
        "end": iso_of(span_of(interval, each.start_ms)[1], " ", whole=True),
        **dict(zip(("open", "high", "low", "close"), texts, strict=True)),
        "volume": board.size_text(each.volume),
        "quoteVolume": text_of(each.turnover),
        "trades": str(each.trades),
    }

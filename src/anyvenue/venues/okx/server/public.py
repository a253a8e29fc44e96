"""What everybody is told: the time, what is listed, books, trades, bars, marks and funding."""

from decimal import Decimal

from anyvenue.model.numbers import plain
from anyvenue.model.steps import floor_to
from anyvenue.venues.okx.server.asking import Asked, Endpoint
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
from anyvenue.venues.okx.server.pages import Page
from anyvenue.venues.okx.server.refusals import bad, missing
from anyvenue.venues.okx.wire import (
    CandleRow,
    FundingRow,
    IndexTicker,
    MarkPriceRow,
    TickerRow,
    TradeRow,
)
from anyvenue.venues.okx.wire_rest import BookReply, InstrumentRow, ServerTime
from anyvenue.venues.serving.bars import bars_of
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.figures import tiers_of
from anyvenue.venues.serving.numbers import Row, ms_of, quantized
from anyvenue.venues.serving.tape import minutes_of, span_of

__all__ = ["Public"]


class Public:
    """The public requests; paths are without their beginning, ``/api/v5/``."""

    def __init__(self, house: House) -> None:
        """Answer for `house`."""
        self.house = house

    def endpoints(self) -> dict[tuple[str, str], Endpoint]:
        """Return what is answered, by method and path."""
        asked = {
            "public/time": Endpoint(self.time, limit=10),
            "public/instruments": Endpoint(self.instruments, limit=20),
            "public/mark-price": Endpoint(self.marks, limit=10),
            "public/price-limit": Endpoint(self.price_limit),
            "public/funding-rate": Endpoint(self.funding),
            "public/funding-rate-history": Endpoint(self.past_funding, limit=10),
            "public/open-interest": Endpoint(self.open_interest),
            "public/position-tiers": Endpoint(self.tiers, limit=10),
            "market/ticker": Endpoint(self.ticker),
            "market/tickers": Endpoint(self.tickers),
            "market/index-tickers": Endpoint(self.index_tickers),
            "market/books": Endpoint(self.book, limit=40),
            "market/books-full": Endpoint(self.book, limit=10),
            "market/trades": Endpoint(self.trades, limit=100),
            "market/history-trades": Endpoint(self.past_trades),
            "market/candles": Endpoint(self.candles, limit=40),
            "market/history-candles": Endpoint(self.candles, limit=20),
            "system/status": Endpoint(self.status, limit=1),
        }
        return {("GET", path): each for path, each in asked.items()}

    # ---- what is listed

    def time(self, _asked: Asked) -> list[ServerTime]:
        """Return the time."""
        return [ServerTime(str(self.house.now_ms()))]

    def status(self, _asked: Asked) -> list[Row]:
        """Return that no maintenance is announced."""
        return []

    def instruments(self, asked: Asked) -> list[InstrumentRow]:
        """Return what is listed."""
        return self.house.listing.rows(asked)

    def tiers(self, asked: Asked) -> list[Row]:
        """Return the leverage tables of contracts."""
        listing = self.house.listing
        kind = listing.kind(asked)
        wanted = asked.text("instFamily", "") or asked.text("uly", "") or asked.text("instId", "")
        if not wanted:
            raise missing("instFamily")
        rows: list[Row] = []
        for name, board in self.house.boards.items():
            if listing.types[name] == kind and name.startswith(wanted) and kind != "SPOT":
                rows += _tiers(board)
        return rows

    # ---- prices

    def ticker(self, asked: Asked) -> list[TickerRow]:
        """Return the figures of one instrument."""
        board = self.house.board(asked)
        return [ticker_row(board, self.house.listing.types[board.symbol], self.house.now_ms())]

    def tickers(self, asked: Asked) -> list[TickerRow]:
        """Return the figures of a type."""
        now_ms = self.house.now_ms()
        return [ticker_row(board, kind, now_ms) for kind, board in self.house.boards_of(asked)]

    def index_tickers(self, asked: Asked) -> list[IndexTicker]:
        """Return the prices of indices: the last of the pairs."""
        name, quote = asked.text("instId", ""), asked.text("quoteCcy", "")
        if not name and not quote:
            raise missing("instId")
        now_ms = self.house.now_ms()
        return [
            index_row(board, "", now_ms)
            for each, board in self.house.boards.items()
            if self.house.listing.types[each] == "SPOT"
            and name in ("", each)
            and quote in ("", board.instrument.currency)
        ]

    def book(self, asked: Asked) -> list[BookReply]:
        """Return the book."""
        board = self.house.board(asked)
        deep = max(1, min(asked.integer("sz", 1), 5000))
        bids, asks = (levels_of(board, each) for each in board.book.top(deep))
        return [BookReply(asks, bids, str(self.house.now_ms()), seq_id=board.book.last)]

    def marks(self, asked: Asked) -> list[MarkPriceRow]:
        """Return mark prices."""
        now_ms = self.house.now_ms()
        return [
            mark_row(board, kind, now_ms)
            for kind, board in self.house.boards_of(asked)
            if board.mark
        ]

    def price_limit(self, asked: Asked) -> list[Row]:
        """Return the highest price to buy and the lowest to sell at; here they are not enforced."""
        board = self.house.board(asked)
        kind = self.house.listing.types[board.symbol]
        return [limit_row(board, kind, self.house.now_ms())]

    # ---- trades and bars

    def trades(self, asked: Asked) -> list[TradeRow]:
        """Return the last public trades, newest first."""
        board = self.house.board(asked)
        found = list(board.tape.trades)[-asked.limit(500) :]
        return [trade_row(board, each) for each in reversed(found)]

    def past_trades(self, asked: Asked) -> list[TradeRow]:
        """Return public trades page by page, by their number or (`type` 2) their time."""
        board, page = self.house.board(asked), Page(asked)
        by_time = asked.text("type", "1") == "2"
        found = page.of(board.tape.trades, lambda each: each.ts_ms if by_time else each.trade_id)
        return [trade_row(board, each) for each in found]

    async def candles(self, asked: Asked) -> list[CandleRow]:
        """Return bars, newest first: the broker's history, and what has been traded since."""
        board, name = self.house.board(asked), asked.text("bar", "1m")
        interval = interval_named(name)
        if interval is None:
            raise bad("bar")
        limit, now_ms = asked.limit(300), self.house.now_ms()
        before, after = asked.integer("before"), asked.integer("after")
        # Both bounds are excluded; with `before` alone the venue sends the newest, not those that follow it.
        span = minutes_of(interval) * 60_000
        end = after - 1 if after else now_ms
        start = max(before + 1, end - (limit + 1) * span) if before else 0
        found = await bars_of(
            *(self.house.broker, board, interval),
            start_ms=start,
            end_ms=end,
            limit=limit + 1,
            now_ms=now_ms,
        )
        return [
            candle_row(board, each, closed=span_of(interval, each.start_ms)[1] <= now_ms)
            for each in reversed(found[-limit:])
        ]

    # ---- contracts

    def funding(self, asked: Asked) -> list[FundingRow]:
        """Return what is known of funding; `instId` ANY names all perpetuals."""
        times, now_ms = self.house.times, self.house.now_ms()
        if asked.text("instId") == "ANY":
            boards = [board for _, board in self.house.boards_of(Asked({"instType": "SWAP"}))]
        else:
            boards = [self._perpetual(asked)]
        return [funding_row(each, times, now_ms) for each in boards]

    def past_funding(self, asked: Asked) -> list[FundingRow]:
        """Return the rates that were due, newest first."""
        board, page = self._perpetual(asked), Page(asked)
        due = {ms_of(self.house.times.shown(each.ts_due)): each for each in board.funded}
        past = sorted(each for each in due if each <= self.house.now_ms())
        return [
            FundingRow(
                board.symbol,
                str(due[each].rate),
                str(each),
                "SWAP",
                realized_rate=str(due[each].rate),
                method="current_period",
            )
            for each in page.of(past, lambda each: each)
        ]

    def open_interest(self, asked: Asked) -> list[Row]:
        """Return how much is held, as the market's data tell it."""
        now_ms = self.house.now_ms()
        return [interest_row(board, kind, now_ms) for kind, board in self.house.boards_of(asked)]

    def _perpetual(self, asked: Asked) -> Board:
        board = self.house.board(asked)
        if self.house.listing.types[board.symbol] != "SWAP":
            raise bad("instId")
        return board


def _tiers(board: Board) -> list[Row]:
    """Return the leverage table of a contract, whose bounds the venue tells in contracts."""
    instrument = board.instrument
    mark = Decimal(board.price_text(board.mark))
    unit = instrument.multiplier * (1 if instrument.inverse else mark)
    family = board.symbol.rpartition("-")[0]
    rows: list[Row] = []
    floor = Decimal(0)
    for number, tier in enumerate(tiers_of(instrument), 1):
        most = floor_to(tier.up_to / unit, instrument.lot.step) if unit else floor
        rows.append(
            {
                **dict.fromkeys(("instFamily", "uly"), family),
                **dict.fromkeys(("baseMaxLoan", "quoteMaxLoan"), ""),
                "instId": board.symbol,
                "tier": str(number),
                "minSz": plain(floor),
                "maxSz": plain(most),
                "mmr": plain(tier.maintenance),
                "imr": plain(quantized(1 / tier.max_leverage)),
                "maxLever": plain(tier.max_leverage),
                "optMgnFactor": "0",
            }
        )
        floor = most
    return rows

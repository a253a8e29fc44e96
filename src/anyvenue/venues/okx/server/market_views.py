"""Markets as answers and streams show them."""

from decimal import Decimal

from anyvenue.model.numbers import plain
from anyvenue.venues.okx.parse import interval_of
from anyvenue.venues.okx.wire import (
    BookLevel,
    CandleRow,
    FundingRow,
    IndexTicker,
    MarkPriceRow,
    TickerRow,
    TradeRow,
)
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.book import Levels
from anyvenue.venues.serving.members import Times
from anyvenue.venues.serving.numbers import Row, ms_of, text_of
from anyvenue.venues.serving.tape import Candle, Printed

__all__ = [
    "candle_row",
    "funding_row",
    "index_row",
    "interest_row",
    "interval_named",
    "levels_of",
    "limit_row",
    "mark_row",
    "ticker_row",
    "trade_row",
    "volumes",
]

_HONG_KONG = {"6H": "6h+8", "12H": "12h+8", "1D": "1d+8", "1W": "1w+8"}
_BAND = Decimal("0.05")
_EIGHT_HOURS_MS = 8 * 3_600_000


def interval_named(name: str) -> str | None:
    """Return our interval of the venue's name of one (1H, 1Dutc, or by Hong Kong's day 1D), None for no such."""
    return interval_of(name) or _HONG_KONG.get(name)


def levels_of(board: Board, levels: Levels) -> list[BookLevel]:
    """Return levels as the venue writes them; how many orders stand in one is not known and told as one."""
    return [
        BookLevel(board.price_text(price), board.size_text(size), "0", "1" if size else "0")
        for price, size in levels
    ]


def ticker_row(board: Board, kind: str, now_ms: int) -> TickerRow:
    """Return best prices, the last trade and the day's figures."""
    bid, bid_size, ask, ask_size = board.book.best()
    day, price = board.tape.day(now_ms), board.price_text
    candle = day.candle
    volume, coins, _ = volumes(board, candle)
    opened = price(candle.open)
    return TickerRow(
        inst_id=board.symbol,
        last=price(candle.close) if candle.close else "",
        ask_px=price(ask) if ask else "",
        ask_sz=board.size_text(ask_size),
        bid_px=price(bid) if bid else "",
        bid_sz=board.size_text(bid_size),
        ts=str(board.ts_ms or now_ms),
        inst_type=kind,
        last_sz=board.size_text(day.last_size),
        open24h=opened,
        high24h=price(candle.high),
        low24h=price(candle.low),
        vol_ccy24h=text_of(candle.turnover) if kind == "SPOT" else coins,
        vol24h=volume,
        sod_utc0=opened,
        sod_utc8=opened,
    )


def trade_row(board: Board, trade: Printed) -> TradeRow:
    """Return a public trade."""
    return TradeRow(
        board.symbol,
        str(trade.trade_id),
        board.price_text(trade.price),
        board.size_text(trade.size),
        "sell" if trade.buyer_is_maker else "buy",
        str(trade.ts_ms),
        source="0",
    )


def candle_row(board: Board, each: Candle, *, closed: bool) -> CandleRow:
    """Return a bar."""
    price = board.price_text
    return CandleRow(
        str(each.start_ms),
        price(each.open),
        price(each.high),
        price(each.low),
        price(each.close),
        *volumes(board, each),
        "1" if closed else "0",
    )


def volumes(board: Board, each: Candle) -> tuple[str, str, str]:
    """Return what was traded: in the instrument's quantities, in coins, and in money."""
    instrument = board.instrument
    unit, size = float(instrument.multiplier), board.size_text(each.volume)
    if instrument.inverse:
        dollars = each.volume * unit
        coins = dollars / each.close if each.close else 0.0
        return size, text_of(coins), text_of(dollars)
    return size, text_of(each.volume * unit), text_of(each.turnover * unit)


def mark_row(board: Board, kind: str, now_ms: int) -> MarkPriceRow:
    """Return the mark price."""
    return MarkPriceRow(board.symbol, board.price_text(board.mark), str(now_ms), kind)


def funding_row(board: Board, times: Times, now_ms: int) -> FundingRow:
    """Return what is known of funding: the rate that is due next."""
    told = board.funding
    due = board.next_funding_ms(now_ms)
    span = ms_of(told.interval_ns) if told is not None else _EIGHT_HOURS_MS
    settled = ms_of(times.shown(told.ts_due)) if told is not None else 0
    return FundingRow(
        board.symbol,
        str(told.rate) if told is not None else "0",
        str(due),
        "SWAP",
        next_funding_time=str(due + span),
        min_funding_rate="-0.0075",
        max_funding_rate="0.0075",
        sett_state="settled",
        sett_funding_rate=str(told.rate) if told is not None and settled <= now_ms else "",
        method="current_period",
        ts=str(now_ms),
    )


def index_row(board: Board, kind: str, now_ms: int) -> IndexTicker:
    """Return the price of an index: the last one of the pair."""
    candle, price = board.tape.day(now_ms).candle, board.price_text
    opened = price(candle.open)
    high, low = price(candle.high), price(candle.low)
    return IndexTicker(
        *(board.symbol, price(board.mark), str(now_ms), opened, high, low, opened, opened)
    )


def interest_row(board: Board, kind: str, now_ms: int) -> Row:
    """Return how much is held, as the market's data tell it."""
    told = board.open_interest
    held = told if told == told else 0.0
    units, mark = held * float(board.instrument.multiplier), board.mark
    inverse = board.instrument.inverse
    coins = (units / mark if mark else 0.0) if inverse else units
    return {
        "instType": kind,
        "instId": board.symbol,
        "oi": board.size_text(held),
        "oiCcy": text_of(coins),
        "oiUsd": text_of(coins * mark),
        "ts": str(now_ms),
    }


def limit_row(board: Board, kind: str, now_ms: int) -> Row:
    """Return the highest price to buy and the lowest to sell at; here they are not enforced."""
    mark, step = Decimal(board.price_text(board.mark)), board.instrument.price_step
    return {
        "instType": kind,
        "instId": board.symbol,
        "buyLmt": plain(step.neighbours(mark * (1 + _BAND))[0]) if mark else "",
        "sellLmt": plain(step.neighbours(mark * (1 - _BAND))[1]) if mark else "",
        "ts": str(now_ms),
        "enabled": False,
    }

"""OKX's market messages as market events: pure, without connections.

Times of the venue are ms; ours are int ns UTC. Sizes of contracts are in contracts, as our quantities are.
"""

from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from math import nan

from anyvenue.model.enums import Side
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Bar, Depth, FundingRate, Quote, Trade
from anyvenue.venues.okx.wire import (
    BestLevel,
    BestRow,
    BookUpdate,
    CandleRow,
    FundingRow,
    MarkPriceRow,
    TickerRow,
    TradeRow,
)

__all__ = [
    "INTERVALS",
    "bar_of",
    "bars_of",
    "candle_channel",
    "interval_of",
    "mark_of",
    "parse_best",
    "parse_depth",
    "parse_funding",
    "parse_funding_history",
    "parse_ticker",
    "parse_trade",
]

_MS = 1_000_000
_MINUTE = 60_000_000_000
_HOUR = 60 * _MINUTE
_EIGHT_HOURS = 8 * _HOUR
_NOBODY = BestLevel(nan, nan)

INTERVALS: dict[str, tuple[str, int]] = {
    "1m": ("1m", _MINUTE),
    "3m": ("3m", 3 * _MINUTE),
    "5m": ("5m", 5 * _MINUTE),
    "15m": ("15m", 15 * _MINUTE),
    "30m": ("30m", 30 * _MINUTE),
    "1h": ("1H", _HOUR),
    "2h": ("2H", 2 * _HOUR),
    "4h": ("4H", 4 * _HOUR),
    "6h": ("6Hutc", 6 * _HOUR),
    "12h": ("12Hutc", 12 * _HOUR),
    "1d": ("1Dutc", 24 * _HOUR),
    "1w": ("1Wutc", 168 * _HOUR),
}
"""Our intervals: the venue's names and lengths in ns. Its plain 6H, 12H, 1D and 1W begin by Hong Kong's day."""

_OURS = {name: ours for ours, (name, _) in INTERVALS.items()}


def _price(text: str) -> float:
    """Return a price, NaN where there is none (an empty text, or 0)."""
    return (float(text) or nan) if text else nan


def _size(text: str) -> float:
    return float(text) if text else nan


def _ns(text: str, otherwise: int) -> int:
    return int(text) * _MS if text else otherwise


# ---- prices and books


def parse_ticker(row: TickerRow, name: InstrumentId, ts_recv: int) -> Quote:
    """Return the best prices of a ticker."""
    return Quote(
        name,
        _ns(row.ts, ts_recv),
        ts_recv,
        _price(row.bid_px),
        _price(row.ask_px),
        _size(row.bid_sz),
        _size(row.ask_sz),
    )


def parse_best(row: BestRow, name: InstrumentId, ts_recv: int) -> Quote:
    """Return the best prices; a side without any has none."""
    bid = row.bids[0] if row.bids else _NOBODY
    ask = row.asks[0] if row.asks else _NOBODY
    ts = row.ts * _MS or ts_recv
    return Quote(name, ts, ts_recv, bid.price, ask.price, bid.size, ask.size)


def parse_depth(book: BookUpdate, name: InstrumentId, ts_recv: int) -> Depth:
    """Return all levels of a whole book: of books5, or of an answer."""
    return Depth(
        name,
        _ns(book.ts, ts_recv),
        ts_recv,
        tuple([float(each.price) for each in book.bids]),
        tuple([float(each.size) for each in book.bids]),
        tuple([float(each.price) for each in book.asks]),
        tuple([float(each.size) for each in book.asks]),
    )


def parse_trade(row: TradeRow, name: InstrumentId, ts_recv: int) -> Trade:
    """Return a public trade."""
    return Trade(
        name,
        _ns(row.ts, ts_recv),
        ts_recv,
        float(row.px),
        float(row.sz),
        Side.BUY if row.side == "buy" else Side.SELL,
        row.trade_id,
    )


def mark_of(row: MarkPriceRow) -> tuple[int, float]:
    """Return when (int ns) and what the mark price is."""
    return int(row.ts) * _MS, _price(row.mark_px)


# ---- bars


def candle_channel(interval: str) -> str | None:
    """Return the channel of our interval, None where the venue has none."""
    found = INTERVALS.get(interval)
    return f"candle{found[0]}" if found else None


def interval_of(name: str) -> str | None:
    """Return our interval of a channel (candle1H) or a venue's interval (1H), None for one that is not in UTC."""
    return _OURS.get(name.removeprefix("candle"))


def bar_of(
    row: CandleRow, name: InstrumentId, interval: str, ts_recv: int, *, inverse: bool = False
) -> Bar:
    """Return a bar; `closed` says whether it is done, and only a done one has the end of its time as its own.

    The turnover of `inverse` contracts is in their coin, as their money is.
    """
    start = int(row.ts) * _MS
    # Before 2022 there was no `confirm`: such bars come from answers about the past.
    confirm = row.confirm or (row.volume if not row.volume_ccy else "1")
    priced = bool(row.volume_ccy)
    closed = confirm != "0"
    return Bar(
        name,
        start + INTERVALS[interval][1] if closed else ts_recv,
        ts_recv,
        interval,
        start,
        float(row.open),
        float(row.high),
        float(row.low),
        float(row.close),
        _size(row.volume) if priced else nan,
        _size(row.volume_ccy if inverse else row.volume_quote),
        closed=closed,
    )


def bars_of(
    rows: Iterable[CandleRow],
    name: InstrumentId,
    interval: str,
    ts_recv: int,
    *,
    inverse: bool = False,
) -> list[Bar]:
    """Return the bars of one or several answers in ascending order, each once: the venue's begin with the newest."""
    found = {row.ts: row for row in rows}
    ordered = sorted(found.values(), key=lambda row: int(row.ts))
    return [bar_of(row, name, interval, ts_recv, inverse=inverse) for row in ordered]


# ---- funding


def parse_funding(row: FundingRow, name: InstrumentId, ts_recv: int) -> FundingRate | None:
    """Return the rate that is due next, None while the venue has none; without a second date it is for 8 hours."""
    if not row.funding_rate or not row.funding_time:
        return None
    due = int(row.funding_time) * _MS
    after = _ns(row.next_funding_time, 0)
    interval = after - due if after > due else _EIGHT_HOURS
    ts = _ns(row.ts, ts_recv)
    return FundingRate(name, ts, ts_recv, Decimal(row.funding_rate), interval, due)


def parse_funding_history(
    rows: Iterable[FundingRow], name: InstrumentId, ts_recv: int
) -> list[FundingRate]:
    """Return rates that were charged, in ascending order; intervals are those between them, 8 hours for one alone."""
    by_time = {int(row.funding_time) * _MS: row for row in rows}
    times = sorted(by_time)
    gaps = [after - before for before, after in pairwise(times)]
    # The first rate's own interval began before the answer does.
    intervals = [gaps[0], *gaps] if gaps else [_EIGHT_HOURS]
    return [
        FundingRate(name, due, ts_recv, Decimal(row.realized_rate or row.funding_rate), span, due)
        for due, span in zip(times, intervals, strict=False)
        for row in (by_time[due],)
    ]

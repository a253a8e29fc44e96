"""Backpack's messages in our words: pure, without connections."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from anyvenue.model.enums import InstrumentKind, Side
from anyvenue.model.ids import InstrumentId, make_instrument_id
from anyvenue.model.instruments import CASH_STOCK_T0, NETTED, Instrument, MarginSchedule
from anyvenue.model.market import Bar, FundingRate, Quote, Trade
from anyvenue.model.numbers import exact_price
from anyvenue.model.steps import FixedStep, LotRule
from anyvenue.reference.crypto import crypto_instrument
from anyvenue.venues.backpack.wire import (
    BookTicker,
    DepthUpdate,
    Frame,
    KlineUpdate,
    MarkPrice,
    OrderUpdate,
    PositionUpdate,
    PublicTrade,
    StreamError,
    Ticker,
)
from anyvenue.venues.backpack.wire_rest import (
    FundingRow,
    KlineRow,
    MarginFunction,
    MarketRow,
    MarkPriceRow,
)

__all__ = [
    "INTERVALS",
    "Message",
    "Unknown",
    "bar_of",
    "bars_of",
    "decode_frame",
    "funding_of",
    "funding_of_row",
    "make_instrument",
    "ns_of_text",
    "parse_best",
    "parse_funding_history",
    "parse_trade",
]

EXCHANGE = "BACKPACK"
_US = 1_000
_MINUTE = 60_000_000_000
_HOUR = 60 * _MINUTE

INTERVALS = {
    "1m": _MINUTE,
    "3m": 3 * _MINUTE,
    "5m": 5 * _MINUTE,
    "15m": 15 * _MINUTE,
    "30m": 30 * _MINUTE,
    "1h": _HOUR,
    "2h": 2 * _HOUR,
    "4h": 4 * _HOUR,
    "6h": 6 * _HOUR,
    "8h": 8 * _HOUR,
    "12h": 12 * _HOUR,
    "1d": 24 * _HOUR,
    "3d": 72 * _HOUR,
    "1w": 168 * _HOUR,
}
"""Intervals of bars and their lengths in ns; the venue calls them as we do."""

_Market = DepthUpdate | BookTicker | PublicTrade | KlineUpdate | MarkPrice | Ticker
Message = _Market | OrderUpdate | PositionUpdate


class Unknown(msgspec.Struct):
    """A frame that is no message of a stream we know: a refusal, an answer, a new kind."""

    stream: str = ""
    id: int | str | None = None
    error: StreamError | None = None
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


# Not strict: the venue writes numbers as strings.
_BEST = msgspec.json.Decoder(Frame[BookTicker], strict=False)
_MARKET = msgspec.json.Decoder(Frame[_Market], strict=False)
_ORDER = msgspec.json.Decoder(Frame[OrderUpdate], strict=False)
_POSITION = msgspec.json.Decoder(Frame[PositionUpdate], strict=False)
_LOOK = msgspec.json.Decoder(Unknown, strict=False)
_KINDS = ("depth", "bookTicker", "trade", "kline", "markPrice", "ticker")


def decode_frame(frame: bytes) -> Message | Unknown:
    """Return a stream's message, or `Unknown`; raise msgspec.MsgspecError for what is no frame."""
    if b'"stream":"bookTicker.' in frame:  # most are
        return _BEST.decode(frame).data
    if b'"account.orderUpdate' in frame:
        return _ORDER.decode(frame).data
    if b'"account.positionUpdate' in frame:
        return _POSITION.decode(frame).data
    try:
        return _MARKET.decode(frame).data
    except msgspec.ValidationError:
        look = _LOOK.decode(frame)
        if look.stream.partition(".")[0] in _KINDS:
            raise
        return look


# ---- market data


def parse_best(ticker: BookTicker, name: InstrumentId, ts_recv: int) -> Quote:
    """Return the best prices."""
    ts = (ticker.ts_us or ticker.event_us) * _US
    return Quote(name, ts, ts_recv, ticker.bid, ticker.ask, ticker.bid_size, ticker.ask_size)


def parse_trade(trade: PublicTrade, name: InstrumentId, ts_recv: int) -> Trade:
    """Return a public trade."""
    side = Side.SELL if trade.buyer_is_maker else Side.BUY
    ts = (trade.ts_us or trade.event_us) * _US
    return Trade(name, ts, ts_recv, trade.price, trade.size, side, str(trade.trade_id))


def bar_of(update: KlineUpdate, name: InstrumentId, interval: str, ts_recv: int) -> Bar:
    """Return a bar as it stands; `closed` says whether it is done."""
    start = ns_of_text(update.start)
    ts = start + INTERVALS[interval] if update.closed else update.event_us * _US
    prices = (update.open, update.high, update.low, update.close)
    return Bar(name, ts, ts_recv, interval, start, *prices, update.volume, closed=update.closed)


def bars_of(
    rows: Iterable[KlineRow], name: InstrumentId, interval: str, ts_recv: int, now_ns: int
) -> list[Bar]:
    """Return bars in ascending order, each once, without those that had no trade; closed where their time is over."""
    found: dict[int, Bar] = {}
    for row in rows:
        if row.open is None or row.high is None or row.low is None or row.close is None:
            continue
        start = ns_of_text(row.start)
        end = start + INTERVALS[interval]
        found[start] = Bar(
            name,
            end if end <= now_ns else ts_recv,
            ts_recv,
            interval,
            start,
            row.open,
            row.high,
            row.low,
            row.close,
            row.volume,
            row.quote_volume,
            closed=end <= now_ns,
        )
    return [found[start] for start in sorted(found)]


def funding_of(
    mark: MarkPrice, name: InstrumentId, ts_recv: int, interval_ns: int
) -> FundingRate | None:
    """Return the rate a mark price message tells, None where it tells none."""
    if not mark.rate or not mark.funding_us:
        return None
    due = mark.funding_us * _US
    rate, price = Decimal(mark.rate), exact_price(mark.price)
    return FundingRate(name, mark.event_us * _US, ts_recv, rate, interval_ns, due, price)


def funding_of_row(
    row: MarkPriceRow, name: InstrumentId, ts_recv: int, interval_ns: int
) -> FundingRate:
    """Return the rate that is due next."""
    due = row.next_funding_timestamp * 1_000_000
    rate, price = row.funding_rate, row.mark_price
    return FundingRate(name, ts_recv, ts_recv, rate, interval_ns, due, price)


def parse_funding_history(
    rows: Iterable[FundingRow], name: InstrumentId, ts_recv: int, interval_ns: int
) -> list[FundingRate]:
    """Return rates that were charged, in ascending order, each once."""
    by_time = {ns_of_text(row.interval_end_timestamp): row.funding_rate for row in rows}
    return [
        FundingRate(name, due, ts_recv, by_time[due], interval_ns, due) for due in sorted(by_time)
    ]


def ns_of_text(text: str) -> int:
    """Return a time such as ``2025-07-27T17:39:00.092`` or ``2025-07-19 13:09:00``, in UTC, as int ns."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = int(moment.replace(microsecond=0).timestamp())
    return seconds * 1_000_000_000 + moment.microsecond * 1_000


# ---- what is listed


def make_instrument(row: MarketRow) -> Instrument | None:
    """Return a market as an instrument, None for kinds other than SPOT and PERP and for one without steps.

    Steps and minimums are the venue's; names, fees and margins come from the reference tables where those know it.
    """
    if row.market_type not in ("SPOT", "PERP") or row.filters is None:
        return None
    perpetual = row.market_type == "PERP"
    symbol = f"{row.base_symbol}-{row.quote_symbol}" + ("-PERP" if perpetual else "")
    lots = row.filters.quantity
    terms: dict[str, object] = {
        "price_step": FixedStep(row.filters.price.tick_size),
        "lot": LotRule(lots.step_size, lots.min_quantity, lots.max_quantity),
        "position_rule": NETTED if perpetual else CASH_STOCK_T0,
        "venue_symbol": row.symbol,
    }
    if row.imf_function is not None and row.imf_function.base:
        terms["margin"] = _margin(row.imf_function.base, row.mmf_function)
    known = crypto_instrument(symbol, EXCHANGE)
    if known is not None:
        return msgspec.structs.replace(known, **terms)
    return Instrument(
        id=make_instrument_id(symbol, EXCHANGE),
        kind=InstrumentKind.PERPETUAL if perpetual else InstrumentKind.SPOT,
        currency=row.quote_symbol,
        base=row.base_symbol,
        sessions="always",
        name=f"{row.base_symbol}/{row.quote_symbol} {'perpetual' if perpetual else 'spot'}",
        **terms,  # type: ignore[arg-type]
    )


def _margin(base: Decimal, kept: MarginFunction | None) -> MarginSchedule:
    """Return the margin of small positions: the venue asks more for large ones."""
    least = kept.base if kept is not None else Decimal(0)
    return MarginSchedule(
        base, base, source="Backpack", long_maintenance=least, short_maintenance=least
    )

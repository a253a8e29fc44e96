"""What a broker's refusal is in CTP's errors, and whether the counter or the exchange says it."""

from decimal import Decimal

from anyvenue.model.enums import Dating, InstrumentKind, Offset, Side
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import OrderRequest

__all__ = ["counter_error", "exchange_text"]

_OF_COUNTER = {
    "order.insufficient_funds": "INSUFFICIENT_MONEY",
    "order.off_tick": "BAD_PRICE_VALUE",
    "order.off_lot": "BAD_FIELD",
    "order.duplicate_client_ref": "DUPLICATE_ORDER_REF",
    "order.instrument_expired": "INSTRUMENT_NOT_TRADING",
    "order.not_sent": "NO_VALID_TRADER_AVAILABLE",
    "order.risk_denied": "NO_TRADING_RIGHT",
    "order.risk.position": "POSI_LIMIT",
    "order.risk.rate": "ORDER_FREQ_LIMIT",
    "reference.unknown_instrument": "INSTRUMENT_NOT_FOUND",
    "reference.unknown_fee": "NO_TRADING_RIGHT",
    "reference.unknown_margin": "NO_TRADING_RIGHT",
    "venue.connectivity": "NO_VALID_TRADER_AVAILABLE",
    "account": "INVESTOR_NOT_FOUND",
}
_OF_EXCHANGE = {
    "order.outside_limits": "价格超出涨跌停板",
    "order.market_closed": "当前状态禁止此项操作",
    "order.fixed_in_auction": "集合竞价阶段不能撤单",
    "order.halted": "合约处于暂停交易状态",
}
_CASH = frozenset(
    {InstrumentKind.STOCK, InstrumentKind.FUND, InstrumentKind.BOND, InstrumentKind.SPOT}
)


def counter_error(code: str, instrument: Instrument, request: OrderRequest) -> str:
    """Return the name of CTP's error for a refusal that the counter itself would have found, "" for the exchange's.

    Prices outside the day's limits, volumes above the largest and closed markets are for the exchange to find.
    """
    if code == "order.insufficient_position":
        return _too_much(instrument, request)
    if code == "order.invalid" and _is_over_maximum(instrument, request):
        return ""
    if code.startswith("order.risk"):
        return _OF_COUNTER.get(code, "NO_TRADING_RIGHT")
    return _OF_COUNTER.get(code, "BAD_FIELD" if code == "order.invalid" else "")


def exchange_text(
    code: str, reason: str, instrument: Instrument | None = None, volume: int = 0
) -> str:
    """Return an exchange's reason in the words Chinese exchanges use, `reason` itself where they have none."""
    largest = instrument.lot.maximum if instrument is not None else None
    if code == "order.invalid" and largest is not None and volume > largest:
        return "报单数量超过最大限制"
    return _OF_EXCHANGE.get(code, reason)


def _too_much(instrument: Instrument, request: OrderRequest) -> str:
    if instrument.kind in _CASH and request.side is Side.SELL:
        return "SHORT_SELL" if request.offset is Offset.OPEN else "OVER_CLOSE_POSITION"
    if instrument.position_rule.dated is Dating.EXPLICIT:
        if request.offset is Offset.CLOSE_TODAY:
            return "OVER_CLOSETODAY_POSITION"
        if request.offset is Offset.CLOSE_OLD:
            return "OVER_CLOSEYESTERDAY_POSITION"
    return "OVER_CLOSE_POSITION"


def _is_over_maximum(instrument: Instrument, request: OrderRequest) -> bool:
    largest = instrument.lot.maximum
    if request.price is None and instrument.lot.market_maximum is not None:
        largest = instrument.lot.market_maximum
    return largest is not None and Decimal(request.quantity) > largest

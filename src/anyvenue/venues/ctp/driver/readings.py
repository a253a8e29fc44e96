"""Reading rows: orders and trades in our words."""

from decimal import Decimal

from anyvenue.model.enums import OrderType, Side, TimeInForce
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.numbers import ABSENT_ABOVE
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.driver.link import Row
from anyvenue.venues.ctp.driver.orders import offset_of
from anyvenue.venues.ctp.driver.times import moment

__all__ = ["exact", "inserted_at", "is_number", "request_of", "traded_at", "updated_at"]

_ANY_PRICE = "1"
_IMMEDIATELY = ("", "1")


def is_number(value: object) -> bool:
    """Tell whether a figure is there: DBL_MAX, NaN and what is far beyond any price are not."""
    return isinstance(value, int | float) and -ABSENT_ABOVE < value < ABSENT_ABOVE


def exact(value: Value | None, places: int = 6) -> Decimal:
    """Return a figure without the noise of its double, 0 for an absent one."""
    if not isinstance(value, int | float) or not is_number(value):
        return Decimal(0)
    return Decimal(repr(round(value, places))) if isinstance(value, float) else Decimal(value)


def inserted_at(row: Row) -> int:
    """Return when an order was inserted, int ns UTC, 0 where that cannot be read."""
    return _at(row, "InsertDate", "InsertTime")


def updated_at(row: Row) -> int:
    """Return when an order was last changed, as far as it tells."""
    day, traded = str(row.get("InsertDate", "")), str(row.get("TradingDay", ""))
    for name in ("CancelTime", "UpdateTime", "InsertTime"):
        at = moment(day, traded, str(row.get(name, "")))
        if at:
            return at
    return 0


def traded_at(row: Row) -> int:
    """Return when a trade was made."""
    return _at(row, "TradeDate", "TradeTime")


def _at(row: Row, date: str, time: str) -> int:
    return moment(str(row.get(date, "")), str(row.get("TradingDay", "")), str(row.get(time, "")))


def request_of(row: Row, account: AccountId, instrument: InstrumentId) -> OrderRequest:
    """Return what an Order asks for, as somebody who did not send it knows it."""
    exchange = instrument.rpartition(".")[2]
    market = row.get("OrderPriceType") == _ANY_PRICE
    stop = str(row.get("ContingentCondition", "")) not in _IMMEDIATELY
    kind = (
        (OrderType.STOP if market else OrderType.STOP_LIMIT)
        if stop
        else (OrderType.MARKET if market else OrderType.LIMIT)
    )
    flags = str(row.get("CombOffsetFlag", ""))
    return OrderRequest(
        account,
        instrument,
        Side.BUY if row.get("Direction") == "0" else Side.SELL,
        Decimal(int(row.get("VolumeTotalOriginal", 0))),
        None if market else exact(row.get("LimitPrice")),
        kind,
        _life(row),
        offset_of(flags[:1], exchange),
        stop_price=exact(row.get("StopPrice")) if stop else None,
        covered=str(row.get("CombHedgeFlag", ""))[:1] == "4",
    )


def _life(row: Row) -> TimeInForce:
    if row.get("TimeCondition") != "1":
        return TimeInForce.DAY
    return TimeInForce.FOK if row.get("VolumeCondition") == "3" else TimeInForce.IOC

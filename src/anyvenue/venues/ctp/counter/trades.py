"""Trades as CTP tells them: one for a fill, one for each leg of a combination's."""

from decimal import Decimal

from anyvenue.model.enums import Offset, Side
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill, LegFill
from anyvenue.venues.ctp.counter.book import OrderRecord
from anyvenue.venues.ctp.counter.context import Context, Row
from anyvenue.venues.ctp.counter.dates import trade_date
from anyvenue.venues.ctp.counter.figures.numbers import volume
from anyvenue.venues.ctp.counter.identity import system_id
from anyvenue.venues.ctp.counter.times import day_text, time_text

__all__ = ["lots", "trade_rows"]

_FLAGS = {Offset.OPEN: "0", Offset.CLOSE: "1", Offset.CLOSE_TODAY: "3", Offset.CLOSE_OLD: "4"}
_OF_ORDER = (
    "BrokerID",
    "InvestorID",
    "OrderRef",
    "UserID",
    "ExchangeID",
    "OrderSysID",
    "ParticipantID",
    "ClientID",
    "TraderID",
    "OrderLocalID",
    "ClearingPartID",
    "BusinessUnit",
    "BrokerOrderSeq",
    "InvestUnitID",
    "InstrumentID",
    "ExchangeInstID",
)


def lots(instrument: Instrument | None, quantity: Decimal) -> int:
    """Return a quantity as a Volume: parts of coins are counted in the least step."""
    return int(quantity) if instrument is None else volume(instrument, quantity)


def trade_rows(context: Context, record: OrderRecord, fill: Fill, sequence: int) -> list[Row]:
    """Return the ``Trade`` of a fill, or those of its legs, numbered after `sequence`."""
    if not fill.legs:
        return [_row(context, record, fill, None, 0, sequence + 1)]
    return [
        _row(context, record, fill, leg, number, sequence + 1 + number)
        for number, leg in enumerate(fill.legs)
    ]


def _row(
    context: Context,
    record: OrderRecord,
    fill: Fill,
    leg: LegFill | None,
    number: int,
    sequence: int,
) -> Row:
    fields, instrument = record.fields, record.instrument
    row: Row = {name: fields[name] for name in _OF_ORDER if name in fields}
    side, price, quantity = fill.side, fill.price, fill.quantity
    if leg is not None:
        side, price, quantity = leg.side, leg.price, leg.quantity
        instrument = context.names.get(leg.instrument) or instrument
        row["InstrumentID"] = row["ExchangeInstID"] = leg.instrument.rpartition(".")[0]
    flags, hedges = str(fields["CombOffsetFlag"]), str(fields.get("CombHedgeFlag") or "1")
    row |= {
        "TradeID": system_id(str(fields["ExchangeID"]), fill.trade_id),
        "Direction": "0" if side is Side.BUY else "1",
        "TradingRole": "1",
        "OffsetFlag": flags[min(number, len(flags) - 1)] if flags else _FLAGS[fill.offset],
        "HedgeFlag": hedges[min(number, len(hedges) - 1)],
        "Price": float(price),
        "Volume": lots(instrument, quantity),
        "TradeDate": trade_date(context, instrument, fill.ts_event) if instrument else "",
        "TradeTime": time_text(fill.ts_event),
        "TradeType": "0" if leg is None else "4",
        "PriceSource": "0",
        "SequenceNo": sequence,
        "TradingDay": day_text(fill.trading_day or context.trading_day),
        "SettlementID": 1,
        "TradeSource": "0",
    }
    return row

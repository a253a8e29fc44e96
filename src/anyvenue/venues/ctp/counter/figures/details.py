"""InvestorPositionDetail: one row for each opening trade that is held or was closed today."""

from collections.abc import Iterable

from anyvenue.model.enums import Side
from anyvenue.model.instruments import Instrument
from anyvenue.model.statements import LotDetail
from anyvenue.venues.ctp.counter.context import Context, Row
from anyvenue.venues.ctp.counter.figures.common import margin_rates, settled_price
from anyvenue.venues.ctp.counter.figures.numbers import money, price, volume
from anyvenue.venues.ctp.counter.identity import system_id
from anyvenue.venues.ctp.counter.names import exchange_id
from anyvenue.venues.ctp.counter.times import day_text

__all__ = ["detail_rows"]

_FIXED: Row = {
    "HedgeFlag": "1",
    "SettlementID": 1,
    "TradeType": "0",
    "CombInstrumentID": "",
    "InvestUnitID": "",
    "SpecPosiType": "#",
}


def detail_rows(context: Context, lots: Iterable[LotDetail]) -> list[Row]:
    """Return the rows of an account's lots; what was closed wholly today stays with Volume 0."""
    rows = []
    for lot in lots:
        instrument = context.names.get(lot.instrument)
        if instrument is not None:
            rows.append(_row(context, instrument, lot))
    return rows


def _row(context: Context, instrument: Instrument, lot: LotDetail) -> Row:
    row: Row = _FIXED | {
        "InstrumentID": instrument.symbol,
        "ExchangeID": exchange_id(instrument.exchange),
        "BrokerID": context.profile.broker_id,
        "InvestorID": lot.account,
        "Direction": "0" if lot.side is Side.BUY else "1",
        "OpenDate": day_text(lot.trading_day),
        "TradeID": system_id(exchange_id(instrument.exchange), lot.trade_id),
        "Volume": volume(instrument, lot.quantity),
        "OpenPrice": price(lot.price),
        "TradingDay": day_text(context.trading_day),
        "Margin": money(lot.margin),
        "ExchMargin": money(lot.margin),
        "LastSettlementPrice": settled_price(context, instrument, lot.settled),
        "SettlementPrice": price(lot.mark),
        "CloseVolume": volume(instrument, lot.closed),
        "CloseAmount": money(lot.closed_amount),
        "TimeFirstVolume": volume(instrument, lot.quantity),
    }
    row |= _profits(instrument, lot)
    row |= margin_rates(context, lot.account, instrument, lot.side)
    return row


def _profits(instrument: Instrument, lot: LotDetail) -> Row:
    names = (
        ("CloseProfitByDate", lot.close_profit_by_day),
        ("CloseProfitByTrade", lot.close_profit_by_trade),
        ("PositionProfitByDate", lot.profit_by_day),
        ("PositionProfitByTrade", lot.profit_by_trade),
    )
    option = instrument.option is not None
    return {name: 0.0 if option else money(amount) for name, amount in names}

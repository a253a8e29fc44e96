"""InvestorPositionCombineDetail: one row for each leg of combined lots."""

from collections.abc import Iterator
from decimal import Decimal

from anyvenue.model.enums import Side
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.instruments import Instrument, SpreadLeg
from anyvenue.model.positions import Position
from anyvenue.venues.ctp.counter.context import Context, Row
from anyvenue.venues.ctp.counter.figures.common import margin_rates
from anyvenue.venues.ctp.counter.figures.numbers import volume
from anyvenue.venues.ctp.counter.names import exchange_id
from anyvenue.venues.ctp.counter.times import day_text

__all__ = ["combined_lots", "combined_rows"]


def combined_lots(context: Context, account: AccountId) -> dict[tuple[InstrumentId, Side], Decimal]:
    """Return how many lots of each leg, long (BUY) and short, are part of combinations."""
    found: dict[tuple[InstrumentId, Side], Decimal] = {}
    for position in context.broker.positions(account):
        combination = context.names.get(position.instrument)
        for leg in combination.legs if combination else ():
            for side, quantity in _sides(position):
                buys = (leg.ratio > 0) is (side is Side.BUY)
                key = leg.instrument, Side.BUY if buys else Side.SELL
                found[key] = found.get(key, Decimal(0)) + quantity * abs(leg.ratio)
    return found


def combined_rows(context: Context, account: AccountId) -> list[Row]:
    """Return the rows of an account's combinations; no margin is told of a leg alone, as none is charged."""
    rows: list[Row] = []
    for position in context.broker.positions(account):
        combination = context.names.get(position.instrument)
        if combination is not None and combination.legs:
            for side, quantity in _sides(position):
                rows += [
                    _row(context, account, combination, side, quantity, number, leg)
                    for number, leg in enumerate(combination.legs, 1)
                ]
    return rows


def _sides(position: Position) -> Iterator[tuple[Side, Decimal]]:
    if position.long:
        yield Side.BUY, position.long
    if position.short:
        yield Side.SELL, position.short


def _row(
    context: Context,
    account: AccountId,
    combination: Instrument,
    side: Side,
    quantity: Decimal,
    number: int,
    leg: SpreadLeg,
) -> Row:
    part = context.names.get(leg.instrument)
    buys = (leg.ratio > 0) is (side is Side.BUY)
    day = day_text(context.trading_day)
    row: Row = {
        "TradingDay": day,
        "OpenDate": day,
        "ExchangeID": exchange_id(combination.exchange),
        "SettlementID": 1,
        "BrokerID": context.profile.broker_id,
        "InvestorID": account,
        "ComTradeID": "",
        "TradeID": "",
        "InstrumentID": leg.instrument.rpartition(".")[0],
        "HedgeFlag": "1",
        "Direction": "0" if buys else "1",
        "TotalAmt": volume(combination, quantity) * abs(leg.ratio),
        "Margin": 0.0,
        "ExchMargin": 0.0,
        "LegID": number,
        "LegMultiple": abs(leg.ratio),
        "CombInstrumentID": combination.symbol,
        "TradeGroupID": 0,
        "InvestUnitID": "",
    }
    if part is not None:
        row |= margin_rates(context, account, part, Side.BUY if buys else Side.SELL)
    return row

"""InvestorPosition: one row of a contract and side, on SHFE and INE one for today's lots and one for history.

LongFrozen and ShortFrozen are the lots of working buying and selling orders: of a long row the first are to open, the
second to close it, of a short row the other way round.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import groupby

import msgspec

from anyvenue.model.enums import Dating, Side
from anyvenue.model.ids import AccountId
from anyvenue.model.instruments import Instrument
from anyvenue.model.statements import LegDetail
from anyvenue.venues.ctp.counter.context import Context, Row
from anyvenue.venues.ctp.counter.figures.combined import combined_lots
from anyvenue.venues.ctp.counter.figures.common import margin_rates, settled_price
from anyvenue.venues.ctp.counter.figures.numbers import money, price, volume
from anyvenue.venues.ctp.counter.names import exchange_id
from anyvenue.venues.ctp.counter.times import day_text

__all__ = ["Shown", "position_rows", "shown"]

_BUY = Side.BUY
_LONG, _SHORT = "2", "3"
_TODAY, _HISTORY = "1", "2"
_SPECULATION = "1"
_ZERO = Decimal(0)
_SUMS = tuple(
    name
    for name in LegDetail.__struct_fields__
    if name not in ("account", "instrument", "side", "today", "ts_as_of", "settled", "price")
)
_NONE: Row = {
    "CombPosition": 0,
    "CombLongFrozen": 0,
    "CombShortFrozen": 0,
    "StrikeFrozen": 0,
    "AbandonFrozen": 0,
    "YdStrikeFrozen": 0,
    "TasPosition": 0,
    "InvestUnitID": "",
}


class Shown(msgspec.Struct, frozen=True):
    """One row to be: a leg, or both legs of a side in one; `today` is how many of the lots are today's."""

    instrument: Instrument
    leg: LegDetail
    today: Decimal
    history: bool


def position_rows(context: Context, account: AccountId, legs: Iterable[LegDetail]) -> list[Row]:
    """Return the rows of an account's legs."""
    combined = combined_lots(context, account)
    rows = []
    for each in shown(context, legs):
        row, key = _row(context, each), (each.leg.instrument, each.leg.side)
        part = min(combined.get(key, _ZERO), each.leg.quantity)
        if part:
            combined[key] -= part
            row["CombPosition"] = volume(each.instrument, part)
        rows.append(row)
    return rows


def shown(context: Context, legs: Iterable[LegDetail]) -> Iterator[Shown]:
    """Yield the legs as CTP shows them: today's and older lots in one where the exchange tells no difference."""
    for name, of_instrument in groupby(legs, key=lambda leg: leg.instrument):
        instrument = context.names.get(name)
        if instrument is None:
            continue
        dated = instrument.position_rule.dated is Dating.EXPLICIT
        for _, of_side in groupby(of_instrument, key=lambda leg: leg.side):
            found = list(of_side)
            today = sum((leg.quantity for leg in found if leg.today), _ZERO)
            if dated:
                for leg in found:
                    yield Shown(instrument, leg, today if leg.today else _ZERO, not leg.today)
            else:
                yield Shown(instrument, _merged(found), today, False)


def _merged(legs: list[LegDetail]) -> LegDetail:
    sums = {name: sum((getattr(leg, name) for leg in legs), _ZERO) for name in _SUMS}
    return msgspec.structs.replace(legs[0], **sums)


def _row(context: Context, each: Shown) -> Row:
    instrument, leg = each.instrument, each.leg
    row: Row = {
        "InstrumentID": instrument.symbol,
        "ExchangeID": exchange_id(instrument.exchange),
        "BrokerID": context.profile.broker_id,
        "InvestorID": leg.account,
        "PosiDirection": _LONG if leg.side is _BUY else _SHORT,
        "HedgeFlag": _SPECULATION,
        "PositionDate": _HISTORY if each.history else _TODAY,
        "TradingDay": day_text(context.trading_day),
        "SettlementID": 1,
        "Position": volume(instrument, leg.quantity),
        "YdPosition": volume(instrument, leg.previous),
        "TodayPosition": volume(instrument, each.today),
        "OpenVolume": volume(instrument, leg.opened),
        "CloseVolume": volume(instrument, leg.closed),
        "PreSettlementPrice": settled_price(context, instrument, leg.settled),
        "SettlementPrice": price(leg.price),
    }
    row |= _NONE | _frozen(instrument, leg) | _amounts(leg) | _profits(instrument, leg)
    row |= margin_rates(context, leg.account, instrument, leg.side)
    return row


def _frozen(instrument: Instrument, leg: LegDetail) -> Row:
    opening, closing = ("Long", "Short") if leg.side is _BUY else ("Short", "Long")
    return {
        f"{opening}Frozen": volume(instrument, leg.opening),
        f"{opening}FrozenAmount": money(leg.opening_amount),
        f"{closing}Frozen": volume(instrument, leg.closing),
        f"{closing}FrozenAmount": money(leg.closing_amount),
        "FrozenMargin": money(leg.frozen_margin),
        "FrozenCash": money(leg.frozen_cash),
        "FrozenCommission": money(leg.frozen_fees),
    }


def _amounts(leg: LegDetail) -> Row:
    return {
        "OpenAmount": money(leg.opened_amount),
        "CloseAmount": money(leg.closed_amount),
        "PositionCost": money(leg.mark_cost),
        "OpenCost": money(leg.cost),
        "PositionCostOffset": 0.0,
        "TasPositionCost": 0.0,
        "StrikeFrozenAmount": 0.0,
        "PreMargin": money(leg.previous_margin),
        "UseMargin": money(leg.margin),
        "ExchangeMargin": money(leg.margin),
        "CashIn": money(leg.cash_flow),
        "Commission": money(leg.fees),
    }


def _profits(instrument: Instrument, leg: LegDetail) -> Row:
    """Return profits; an option has none, its premium went through CashIn and what it is worth is its value."""
    option = instrument.option is not None
    by_day = _ZERO if option else leg.close_profit_by_day
    return {
        "CloseProfit": money(by_day),
        "CloseProfitByDate": money(by_day),
        "CloseProfitByTrade": 0.0 if option else money(leg.close_profit_by_trade),
        "PositionProfit": 0.0 if option else money(leg.profit_by_day),
        "OptionValue": money(leg.market_value) if option else 0.0,
    }

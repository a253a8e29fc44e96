"""InvestorProductGroupMargin: margins of long and short lots by product, and their larger side."""

from decimal import Decimal

from anyvenue.model.enums import Side
from anyvenue.model.ids import AccountId
from anyvenue.model.instruments import Instrument
from anyvenue.model.statements import LegDetail
from anyvenue.venues.ctp.counter.context import Context, Row
from anyvenue.venues.ctp.counter.figures.instruments import product_id
from anyvenue.venues.ctp.counter.figures.numbers import money
from anyvenue.venues.ctp.counter.figures.reads import legs_of
from anyvenue.venues.ctp.counter.names import exchange_id
from anyvenue.venues.ctp.counter.times import day_text

__all__ = ["group_rows"]

_ZERO = Decimal(0)
_OFFSETS = (
    "Offset",
    "LongOffset",
    "ShortOffset",
    "ExchOffset",
    "LongExchOffset",
    "ShortExchOffset",
)
_Legs = list[tuple[Instrument, LegDetail]]


def group_rows(context: Context, account: AccountId) -> list[Row]:
    """Return a row for each product with lots or working orders."""
    groups: dict[tuple[str, str], _Legs] = {}
    for leg in legs_of(context, account):
        instrument = context.names.get(leg.instrument)
        if instrument is not None and instrument.position_rule.margined:
            key = product_id(instrument), exchange_id(instrument.exchange)
            groups.setdefault(key, []).append((instrument, leg))
    larger = _larger_side(context, account, groups)
    return [_row(context, account, key, legs, larger) for key, legs in groups.items()]


def _larger_side(
    context: Context, account: AccountId, groups: dict[tuple[str, str], _Legs]
) -> bool:
    """Tell whether the account is charged less than the sum of all legs: then only the larger sides count."""
    legs = sum((leg.margin for found in groups.values() for _, leg in found), _ZERO)
    charged = sum((each.margin for each in context.broker.account(account)), _ZERO)
    return charged < legs


def _row(
    context: Context, account: AccountId, key: tuple[str, str], legs: _Legs, larger: bool
) -> Row:
    long, short = (_sum(legs, "margin", side) for side in (Side.BUY, Side.SELL))
    alone = larger and all(instrument.margin_group for instrument, _ in legs)
    used = money(max(long, short) if alone else long + short)
    row: Row = {
        "ProductGroupID": key[0],
        "ExchangeID": key[1],
        "BrokerID": context.profile.broker_id,
        "InvestorID": account,
        "TradingDay": day_text(context.trading_day),
        "SettlementID": 1,
        "HedgeFlag": "1",
        "InvestUnitID": "",
        "UseMargin": used,
        "ExchMargin": used,
        "LongUseMargin": money(long),
        "LongExchMargin": money(long),
        "ShortUseMargin": money(short),
        "ShortExchMargin": money(short),
        "FrozenMargin": money(_sum(legs, "frozen_margin")),
        "LongFrozenMargin": money(_sum(legs, "frozen_margin", Side.BUY)),
        "ShortFrozenMargin": money(_sum(legs, "frozen_margin", Side.SELL)),
        "FrozenCommission": money(_sum(legs, "frozen_fees")),
        "Commission": money(_sum(legs, "fees")),
        "FrozenCash": money(_sum(legs, "frozen_cash")),
        "CashIn": money(_sum(legs, "cash_flow")),
    }
    futures = [(instrument, leg) for instrument, leg in legs if instrument.option is None]
    row["CloseProfit"] = money(_sum(futures, "close_profit_by_day"))
    row["PositionProfit"] = money(_sum(futures, "profit_by_day"))
    return row | {f"{name}Amount": 0.0 for name in _OFFSETS}


def _sum(legs: _Legs, name: str, side: Side | None = None) -> Decimal:
    found = [getattr(leg, name) for _, leg in legs if side in (None, leg.side)]
    return sum(found, _ZERO)

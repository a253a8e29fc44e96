"""Options on Chinese futures and indices, by the tables.

Every strike a code can say is taken: exchanges list new ones day by day.
"""

from collections.abc import Callable
from decimal import Decimal
from functools import cache

import msgspec

from anyvenue.model.enums import (
    Delivery,
    ExerciseStyle,
    InstrumentKind,
    OptionMargining,
    OptionRight,
)
from anyvenue.model.ids import InstrumentId, make_instrument_id
from anyvenue.model.instruments import (
    FUTURE_AUTO_DATED,
    FeeRate,
    FeeSchedule,
    Instrument,
    OptionTerms,
)
from anyvenue.model.numbers import plain
from anyvenue.model.steps import FixedStep, LotRule
from anyvenue.reference.calendar import TradingCalendar
from anyvenue.reference.codes import contract_month
from anyvenue.reference.contracts import last_trading_day
from anyvenue.reference.option_codes import OptionCode, parse_option
from anyvenue.reference.tables import read_table

__all__ = [
    "future_option",
    "index_of",
    "index_option",
    "option_fees",
    "option_product",
    "option_roots",
    "option_terms",
]

_OPTION = InstrumentKind.OPTION
_COMMODITY_SOURCE = (
    "exchange option rules: margin of the future less half of the amount out of the money"
)
_RIGHTS_ZH = {OptionRight.CALL: "看涨", OptionRight.PUT: "看跌"}

Row = dict[str, str]


class _Terms(msgspec.Struct, frozen=True):
    """What held for contracts of one product and month."""

    tick: Decimal
    style: ExerciseStyle
    last_day: str


def option_roots() -> dict[str, str]:
    """Return the exchange of each product that has options by its letters: m DCE, IO CFFEX, ..."""
    return {row["product"]: row["exchange"] for row in read_table("option_products")}


def option_product(root: str, exchange: str) -> str:
    """Return the product of the options on `root`: as CTP names it m_o of m, at CFFEX the letters themselves.

    CTP splits those of Zhengzhou into calls and puts (SRC and SRP); here they are one, SR_o.
    """
    return root if exchange == "CFFEX" else f"{root}_o"


def option_terms(root: str, exchange: str, month: int) -> OptionTerms | None:
    """Return what options of the product `root` and `month` (yyyymm) are like, None when it has none."""
    row = _products().get((root, exchange))
    if row is None:
        return None
    style = _terms(row, month).style
    if exchange != "CFFEX":
        rule = OptionMargining.COMMODITY
        half = Decimal("0.5")
        return OptionTerms(style, Delivery.PHYSICAL, rule, floor=half, source=_COMMODITY_SOURCE)
    index = _indices()[root]
    rate, floor = Decimal(index["rate"]), Decimal(index["floor"])
    return OptionTerms(style, Delivery.CASH, OptionMargining.INDEX, rate, floor, index["source"])


def option_fees(root: str, exchange: str) -> FeeSchedule | None:
    """Return what trading an option of the product `root` costs, None when nothing is known."""
    row = _products().get((root, exchange))
    if row is None or not row["fee"]:
        return None
    fee, today = FeeRate(by_lot=Decimal(row["fee"])), FeeRate(by_lot=Decimal(row["fee_today"]))
    return FeeSchedule(fee, fee, today, source="exchange option fee schedule of 2026-04-21")


def index_of(root: str) -> InstrumentId | None:
    """Return the id of the index that options of the CFFEX product `root` are written on, None for no such product."""
    row = _indices().get(root)
    return make_instrument_id(*row["underlying"].split(".")) if row else None


def future_option(
    symbol: str,
    exchange: str,
    date: int,
    calendar: TradingCalendar,
    future: Callable[[str, str], Instrument | None],
) -> Instrument | None:
    """Return the option `symbol` on a future, None when there is no such option.

    `future` finds the underlying by its symbol and exchange; terms not said here are the underlying's.
    """
    code = parse_option(symbol, exchange)
    row = _products().get((code.root, exchange)) if code else None
    if code is None or row is None:
        return None
    month = contract_month(code.digits, exchange, date)
    underlying = future(code.root + code.digits, exchange) if month else None
    if underlying is None or underlying.kind is not InstrumentKind.FUTURE:
        return None
    terms = _terms(row, month)
    made = _made(symbol, exchange, code, underlying.id, terms.last_day, month, calendar)
    return msgspec.structs.replace(
        made,
        price_step=FixedStep(terms.tick),
        lot=_lot(row),
        position_rule=underlying.position_rule,
        sessions=underlying.sessions,
        multiplier=underlying.multiplier,
        name=f"{underlying.name} {code.right} {plain(code.strike)}",
        name_zh=f"{underlying.name_zh}{_RIGHTS_ZH[code.right]}{plain(code.strike)}",
        fees=option_fees(code.root, exchange),
        option=option_terms(code.root, exchange, month),
    )


def index_option(
    symbol: str, exchange: str, date: int, calendar: TradingCalendar
) -> Instrument | None:
    """Return the option `symbol` on an index (``IO2609-C-4000`` of CFFEX), None when there is no such option."""
    code = parse_option(symbol, exchange)
    row = _products().get((code.root, exchange)) if code else None
    if code is None or row is None or exchange != "CFFEX":
        return None
    written_on = _indices()[code.root]
    month = contract_month(code.digits, exchange, date)
    if not month:
        return None
    terms = _terms(row, month)
    underlying = index_of(code.root)
    if underlying is None:
        return None
    made = _made(symbol, exchange, code, underlying, terms.last_day, month, calendar)
    label = f"{code.digits} {code.right} {plain(code.strike)}"
    return msgspec.structs.replace(
        made,
        price_step=FixedStep(terms.tick),
        lot=_lot(row),
        multiplier=Decimal(written_on["multiplier"]),
        name=f"{written_on['name']} {label}",
        name_zh=f"{written_on['name_zh']}{code.digits}{_RIGHTS_ZH[code.right]}{plain(code.strike)}",
        fees=option_fees(code.root, exchange),
        option=option_terms(code.root, exchange, month),
    )


def _made(
    symbol: str,
    exchange: str,
    code: OptionCode,
    underlying: InstrumentId,
    rule: str,
    month: int,
    calendar: TradingCalendar,
) -> Instrument:
    return Instrument(
        id=make_instrument_id(symbol, exchange),
        kind=_OPTION,
        currency="CNY",
        price_step=FixedStep(Decimal(1)),
        lot=LotRule(),
        position_rule=FUTURE_AUTO_DATED,
        sessions="cffex_index",
        product=option_product(code.root, exchange),
        expiry=last_trading_day(rule, month, calendar),
        venue_symbol=symbol,
        underlying=underlying,
        strike=code.strike,
        right=code.right,
    )


def _terms(row: Row, month: int) -> _Terms:
    """Return the terms of `month`: what changed up to it where the tables know, else the present ones."""
    changed = next(
        (
            change
            for change in read_table("option_changes")
            if change["exchange"] == row["exchange"]
            and change["product"] in (row["product"], "")
            and month <= 200_000 + int(change["last_month"])
        ),
        row,
    )
    return _Terms(
        Decimal(changed["tick"] or row["tick"]),
        ExerciseStyle(changed["style"] or row["style"]),
        changed["last_day"] or row["last_day"],
    )


def _lot(row: Row) -> LotRule:
    market = Decimal(row["market_max"]) if row["market_max"] else None
    return LotRule(maximum=Decimal(row["limit_max"]), market_maximum=market)


@cache
def _products() -> dict[tuple[str, str], Row]:
    return {(row["product"], row["exchange"]): row for row in read_table("option_products")}


@cache
def _indices() -> dict[str, Row]:
    rows = read_table("option_underlyings")
    return {row["code"]: row for row in rows if row["exchange"] == "CFFEX"}

"""Options on funds of Shanghai and Shenzhen, and on American shares."""

from decimal import Decimal
from functools import cache

from anyvenue.model.enums import (
    Delivery,
    ExerciseStyle,
    InstrumentKind,
    OptionMargining,
    OptionRight,
)
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.instruments import HEDGED, NETTED, Instrument, OptionTerms
from anyvenue.model.numbers import plain
from anyvenue.model.steps import FixedStep, LotRule
from anyvenue.reference.calendar import TradingCalendar
from anyvenue.reference.charges import share_fees
from anyvenue.reference.contracts import last_trading_day
from anyvenue.reference.days import number_of
from anyvenue.reference.option_codes import (
    fund_option_symbol,
    osi_symbol,
    parse_option,
    parse_osi,
)
from anyvenue.reference.tables import read_table

__all__ = ["etf_option", "fund_option", "option_funds", "us_option"]

# Largest orders by limit and at market (vendor list of listed options, January 2022).
_FUND_LOTS = {
    "SSE": LotRule(maximum=Decimal(50), market_maximum=Decimal(10)),
    "SZSE": LotRule(maximum=Decimal(50), market_maximum=Decimal(50)),
}
_FUND_RIGHTS_ZH = {OptionRight.CALL: "购", OptionRight.PUT: "沽"}
_RIGHTS_ZH = {OptionRight.CALL: "看涨", OptionRight.PUT: "看跌"}
_US_TERMS = OptionTerms(
    ExerciseStyle.AMERICAN,
    Delivery.PHYSICAL,
    OptionMargining.SECURITY,
    Decimal("0.20"),
    Decimal("0.10"),
    "FINRA rule 4210: 20 % of the underlying and at least 10 %",
)


def option_funds() -> list[str]:
    """Return the ids of the funds that have options: 510050.SSE, ..."""
    return [f"{code}.{exchange}" for code, exchange in _funds()]


def etf_option(
    underlying: str,
    month: int,
    right: OptionRight,
    strike: Decimal,
    *,
    date: int,
    calendar: TradingCalendar,
    code: str = "",
) -> Instrument | None:
    """Return the option on a fund (``510050.SSE``) of `month` (yyyymm), None when no options on it are known.

    Its id is the exchange's eight-digit `code` (``10007000.SSE``) when given, to be put in with `Catalog.add`; else the
    trading code ``510050C2609M03000.SSE``, which needs no list. Contracts adjusted for a dividend have another unit
    and are not made here. Fees are those of `date`.
    """
    fund, _, exchange = underlying.rpartition(".")
    row = _funds().get((fund, exchange))
    if row is None or strike <= 0:
        return None
    symbol = code or fund_option_symbol(fund, month, right, strike)
    label = f"{month % 10_000:04}"
    return Instrument(
        id=make_instrument_id(symbol, exchange),
        kind=InstrumentKind.OPTION,
        currency="CNY",
        price_step=FixedStep(Decimal("0.0001")),
        lot=_FUND_LOTS[exchange],
        position_rule=HEDGED,
        sessions="cn_stock",
        multiplier=Decimal(row["multiplier"]),
        product=fund,
        name=f"{row['name']} {label} {right} {plain(strike)}",
        name_zh=f"{row['name_zh']}{label}{_FUND_RIGHTS_ZH[right]}{plain(strike)}",
        fees=share_fees("CN", InstrumentKind.OPTION, date),
        expiry=last_trading_day("wednesday4", month, calendar),
        venue_symbol=symbol,
        underlying=make_instrument_id(fund, exchange),
        strike=strike,
        right=right,
        option=_fund_terms(row),
    )


def fund_option(
    symbol: str, exchange: str, date: int, calendar: TradingCalendar
) -> Instrument | None:
    """Return the option with the trading code `symbol` (510050C2609M03000), None when it is none."""
    code = parse_option(symbol, exchange)
    month = 200_000 + int(code.digits) if code else 0
    if code is None or not 1 <= month % 100 <= 12:
        return None
    return etf_option(
        f"{code.root}.{exchange}", month, code.right, code.strike, date=date, calendar=calendar
    )


def us_option(symbol: str, date: int) -> Instrument | None:
    """Return the option on an American share with the OSI symbol `symbol`, None when it is no such symbol."""
    code = parse_osi(symbol)
    if code is None:
        return None
    day = 20_000_000 + int(code.digits)
    try:
        number_of(day)
    except ValueError:
        return None
    return Instrument(
        id=make_instrument_id(osi_symbol(code.root, day, code.right, code.strike), "US"),
        kind=InstrumentKind.OPTION,
        currency="USD",
        price_step=FixedStep(Decimal("0.01")),
        lot=LotRule(),
        position_rule=NETTED,
        sessions="us_stock",
        multiplier=Decimal(100),
        product=code.root,
        name=f"{code.root} {day} {code.right} {plain(code.strike)}",
        name_zh=f"{code.root} {day} {_RIGHTS_ZH[code.right]} {plain(code.strike)}",
        fees=share_fees("US", InstrumentKind.OPTION, date),
        expiry=day,
        venue_symbol=f"{code.root:<6}{symbol[len(code.root) :]}",
        underlying=make_instrument_id(code.root, "US"),
        strike=code.strike,
        right=code.right,
        option=_US_TERMS,
    )


def _fund_terms(row: dict[str, str]) -> OptionTerms:
    return OptionTerms(
        ExerciseStyle.EUROPEAN,
        Delivery.PHYSICAL,
        OptionMargining.SECURITY,
        Decimal(row["rate"]),
        Decimal(row["floor"]),
        row["source"],
    )


@cache
def _funds() -> dict[tuple[str, str], dict[str, str]]:
    rows = read_table("option_underlyings")
    return {
        (row["code"], row["exchange"]): row for row in rows if row["exchange"] in ("SSE", "SZSE")
    }

"""Shares and funds: what a well-formed code of Shanghai, Shenzhen, Hong Kong or New York stands for."""

from decimal import Decimal
from functools import cache

import msgspec

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.instruments import (
    CASH_STOCK_T0,
    CASH_STOCK_T1,
    Instrument,
    MarginSchedule,
    PositionRule,
)
from anyvenue.model.steps import BandedStep, FixedStep, LotRule
from anyvenue.reference.charges import share_fees
from anyvenue.reference.tables import read_table

__all__ = ["SHARE_EXCHANGES", "mainland_exchange", "share_instrument"]

SHARE_EXCHANGES = ("SSE", "SZSE", "HK", "US")

_STOCK, _FUND = InstrumentKind.STOCK, InstrumentKind.FUND
_HUNDREDS = LotRule(Decimal(100), Decimal(100), Decimal(1_000_000), odd_close=True)
# Star market: at least 200 shares, then single shares (SSE trading rules; 100,000 at most in a limit order).
_STAR = LotRule(Decimal(1), Decimal(200), Decimal(100_000), Decimal(50_000), odd_close=True)
# Growth enterprise market: at most 300,000 shares by limit, 150,000 at market (SZSE trading rules).
_GROWTH = LotRule(Decimal(100), Decimal(100), Decimal(300_000), Decimal(150_000), odd_close=True)
_CENT, _MILL = FixedStep(Decimal("0.01")), FixedStep(Decimal("0.001"))
_TENTH, _FIFTH = Decimal("0.1"), Decimal("0.2")
_HALF = Decimal("0.5")
# For margin accounts; a cash account pays in full and never asks for it.
_US_MARGIN = MarginSchedule(
    _HALF,
    _HALF,
    source="Regulation T: 50 % to open; FINRA rule 4210: 25 % long and 30 % short to hold",
    long_maintenance=Decimal("0.25"),
    short_maintenance=Decimal("0.30"),
)


class _Range(msgspec.Struct, frozen=True):
    """A range of mainland codes by prefix."""

    exchange: str
    prefixes: tuple[str, ...]
    kind: InstrumentKind
    lot: LotRule
    limit: Decimal
    rule: PositionRule = CASH_STOCK_T1


# Funds of bonds, money, gold and foreign shares are traded T+0; in Shenzhen the code does not tell, so T+1 is taken.
_RANGES = (
    _Range("SSE", ("600", "601", "603", "605"), _STOCK, _HUNDREDS, _TENTH),
    _Range("SSE", ("688", "689"), _STOCK, _STAR, _FIFTH),
    _Range("SSE", ("588", "589"), _FUND, _HUNDREDS, _FIFTH),
    _Range("SSE", ("511", "513", "518"), _FUND, _HUNDREDS, _TENTH, CASH_STOCK_T0),
    _Range("SSE", ("501", "502", "506", "508"), _FUND, _HUNDREDS, _TENTH),
    _Range("SSE", ("510", "512", "515", "516", "517", "520", "530"), _FUND, _HUNDREDS, _TENTH),
    _Range("SSE", ("560", "561", "562", "563"), _FUND, _HUNDREDS, _TENTH),
    _Range("SZSE", ("000", "001", "002", "003"), _STOCK, _HUNDREDS, _TENTH),
    _Range("SZSE", ("300", "301", "302"), _STOCK, _GROWTH, _FIFTH),
    _Range("SZSE", ("159",), _FUND, _HUNDREDS, _TENTH),
    _Range(
        "SZSE",
        ("160", "161", "162", "163", "164", "165", "166", "167", "168", "169", "180"),
        _FUND,
        _HUNDREDS,
        _TENTH,
    ),
)


def mainland_exchange(code: str) -> str | None:
    """Return SSE or SZSE for a six-digit code of a known range, None for any other text."""
    found = _range_of(code)
    return found.exchange if found else None


def share_instrument(symbol: str, exchange: str, date: int) -> Instrument | None:
    """Return the share or fund `symbol` of SSE, SZSE, HK or US by the rules of `date`; None when ill-formed."""
    if exchange in ("SSE", "SZSE"):
        found = _range_of(symbol)
        return _mainland(symbol, found, date) if found and found.exchange == exchange else None
    if exchange == "HK":
        return _hong_kong(symbol, date) if _is_hong_kong(symbol) else None
    if exchange == "US":
        return _american(symbol, date) if _is_american(symbol) else None
    return None


def _range_of(code: str) -> _Range | None:
    if len(code) != 6 or not code.isascii() or not code.isdigit():
        return None
    return next((found for found in _RANGES if code[:3] in found.prefixes), None)


def _is_hong_kong(symbol: str) -> bool:
    return len(symbol) == 5 and symbol.isascii() and symbol.isdigit() and symbol != "00000"


def _is_american(symbol: str) -> bool:
    root, dot, series = symbol.partition(".")
    letters = root.isascii() and root.isalpha() and root.isupper() and len(root) <= 5
    return letters and (not dot or (len(series) <= 2 and series.isalpha() and series.isupper()))


def _mainland(symbol: str, found: _Range, date: int) -> Instrument:
    # The growth enterprise market widened its limit from 10 % on 2020-08-24.
    early_growth = symbol.startswith("30") and date < 20200824
    return Instrument(
        id=make_instrument_id(symbol, found.exchange),
        kind=found.kind,
        currency="CNY",
        price_step=_CENT if found.kind is _STOCK else _MILL,
        lot=found.lot,
        position_rule=found.rule,
        sessions="cn_stock",
        price_limit=_TENTH if early_growth else found.limit,
        fees=share_fees("CN", found.kind, date),
        venue_symbol=symbol,
    )


def _hong_kong(symbol: str, date: int) -> Instrument:
    return Instrument(
        id=make_instrument_id(symbol, "HK"),
        kind=_STOCK,
        currency="HKD",
        price_step=_hong_kong_step(date),
        lot=LotRule(Decimal(100), Decimal(100), odd_close=True),
        position_rule=CASH_STOCK_T0,
        sessions="hk_stock",
        fees=share_fees("HK", _STOCK, date),
        venue_symbol=symbol,
    )


def _american(symbol: str, date: int) -> Instrument:
    return Instrument(
        id=make_instrument_id(symbol, "US"),
        kind=_STOCK,
        currency="USD",
        price_step=_CENT,
        lot=LotRule(),
        position_rule=CASH_STOCK_T0,
        sessions="us_stock",
        fees=share_fees("US", _STOCK, date),
        margin=_US_MARGIN,
        venue_symbol=symbol,
    )


@cache
def _hong_kong_steps() -> tuple[tuple[int, BandedStep], ...]:
    bands: dict[int, list[tuple[Decimal, Decimal]]] = {}
    for row in read_table("hk_spreads"):
        bands.setdefault(int(row["since"]), []).append(
            (Decimal(row["lower"]), Decimal(row["step"]))
        )
    return tuple(
        (since, BandedStep(tuple(lower for lower, _ in rows), tuple(step for _, step in rows)))
        for since, rows in bands.items()
    )


def _hong_kong_step(date: int) -> BandedStep:
    return next(step for since, step in reversed(_hong_kong_steps()) if since <= date)

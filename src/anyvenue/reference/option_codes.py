"""Codes of options: what they say, and how each exchange writes them.

``m2609-C-3000`` (DCE, GFEX, CFFEX), ``cu2609C80000`` (SHFE, INE), ``SR609C6000`` (CZCE, one digit of the year),
``510050C2609M03000`` (SSE and SZSE: strike in thousandths, M for a contract that was never adjusted) and
``AAPL260918C00230000`` (the OSI symbol: strike in thousandths of a dollar).
"""

import re
from decimal import Decimal

import msgspec

from anyvenue.model.enums import OptionRight
from anyvenue.model.numbers import plain

__all__ = [
    "OptionCode",
    "fund_option_symbol",
    "future_option_symbol",
    "osi_symbol",
    "parse_option",
    "parse_osi",
]

_DASHED = ("DCE", "GFEX", "CFFEX")
_ON_FUTURE = re.compile(r"([A-Za-z]{1,2})(\d{3,4})(-?)([CP])\3(\d+(?:\.\d+)?)")
_ON_FUND = re.compile(r"(\d{6})([CP])(\d{4})M(\d{5})")
_OSI = re.compile(r"([A-Z]{1,6})(\d{6})([CP])(\d{8})")
_THOUSAND = Decimal(1000)


class OptionCode(msgspec.Struct, frozen=True):
    """What the code of an option says: `digits` are of the month, or of the day for an OSI symbol."""

    root: str
    digits: str
    right: OptionRight
    strike: Decimal


def parse_option(symbol: str, exchange: str) -> OptionCode | None:
    """Return what the option code `symbol` of a Chinese exchange says, None when it is none."""
    if exchange in ("SSE", "SZSE"):
        found = _ON_FUND.fullmatch(symbol)
        return _code(found[1], found[3], found[2], found[4], _THOUSAND) if found else None
    found = _ON_FUTURE.fullmatch(symbol)
    if found is None or bool(found[3]) != (exchange in _DASHED):
        return None
    code = _code(found[1], found[2], found[4], found[5])
    # Two ways to write one strike would be two ids of one instrument.
    return code if code and plain(code.strike) == found[5] else None


def parse_osi(symbol: str) -> OptionCode | None:
    """Return what an OSI symbol without blanks says, None when it is none."""
    found = _OSI.fullmatch(symbol)
    return _code(found[1], found[2], found[3], found[4], _THOUSAND) if found else None


def future_option_symbol(contract: str, exchange: str, right: OptionRight, strike: Decimal) -> str:
    """Return the symbol of an option on the futures `contract` (``m2609``) or of an index option (``IO2609``)."""
    dash = "-" if exchange in _DASHED else ""
    return f"{contract}{dash}{_letter(right)}{dash}{plain(strike)}"


def fund_option_symbol(fund: str, month: int, right: OptionRight, strike: Decimal) -> str:
    """Return the trading code of an option on the fund with the code `fund` (510050) that was never adjusted."""
    return f"{fund}{_letter(right)}{month % 10_000:04}M{int(strike * _THOUSAND):05}"


def osi_symbol(root: str, day: int, right: OptionRight, strike: Decimal) -> str:
    """Return the OSI symbol, without blanks, of an option that ends on `day` (yyyymmdd)."""
    return f"{root}{day % 1_000_000:06}{_letter(right)}{int(strike * _THOUSAND):08}"


def _letter(right: OptionRight) -> str:
    return "C" if right is OptionRight.CALL else "P"


def _code(
    root: str, digits: str, right: str, strike: str, unit: Decimal = Decimal(1)
) -> OptionCode | None:
    value = Decimal(strike) / unit
    if value <= 0:
        return None
    return OptionCode(root, digits, OptionRight.CALL if right == "C" else OptionRight.PUT, value)

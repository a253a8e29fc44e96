"""Bonds that Shanghai and Shenzhen list: treasuries, policy bank bonds and convertible bonds.

Quantities are pieces of 100 CNY face value, ten to a lot; prices are per 100 of face. What a code does not tell is the
coupon: `Instrument.bond` comes from an override, without it no interest is reckoned.
"""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.instruments import CASH_STOCK_T0, Instrument
from anyvenue.model.steps import FixedStep, LotRule
from anyvenue.reference.charges import share_fees

__all__ = ["bond_exchange", "bond_instrument"]

_TENS = LotRule(Decimal(10), Decimal(10), Decimal(1_000_000))
_MILL = FixedStep(Decimal("0.001"))
_CONVERTIBLE_LIMIT_SINCE = 20220801


class _Range(msgspec.Struct, frozen=True):
    exchange: str
    prefixes: tuple[str, ...]
    name: str
    name_zh: str
    convertible: bool = False


_RANGES = (
    _Range("SSE", ("010", "019"), "Treasury bond", "国债"),
    _Range("SSE", ("018",), "Policy bank bond", "政策性金融债"),
    _Range("SSE", ("110", "111", "113", "118"), "Convertible bond", "可转债", convertible=True),
    _Range("SZSE", ("101", "102"), "Treasury bond", "国债"),
    _Range("SZSE", ("108",), "Policy bank bond", "政策性金融债"),
    _Range("SZSE", ("123", "127", "128"), "Convertible bond", "可转债", convertible=True),
)


def bond_exchange(code: str) -> str | None:
    """Return SSE or SZSE for a six-digit code of a known range of bonds, None for any other text."""
    found = _range_of(code)
    return found.exchange if found else None


def bond_instrument(symbol: str, exchange: str, date: int) -> Instrument | None:
    """Return the bond `symbol` of SSE or SZSE by the rules of `date`, None when the code is of no range of bonds."""
    found = _range_of(symbol)
    if found is None or found.exchange != exchange:
        return None
    # Convertible bonds had no limit before; on the first day other limits hold, which no code tells.
    limited = found.convertible and date >= _CONVERTIBLE_LIMIT_SINCE
    return Instrument(
        id=make_instrument_id(symbol, exchange),
        kind=InstrumentKind.BOND,
        currency="CNY",
        price_step=_MILL,
        lot=_TENS,
        position_rule=CASH_STOCK_T0,
        sessions="cn_stock",
        price_limit=Decimal("0.2") if limited else Decimal(0),
        name=f"{found.name} {symbol}",
        name_zh=f"{found.name_zh} {symbol}",
        fees=share_fees("CN", InstrumentKind.BOND, date),
        venue_symbol=symbol,
    )


def _range_of(code: str) -> _Range | None:
    if len(code) != 6 or not code.isascii() or not code.isdigit():
        return None
    return next((found for found in _RANGES if code[:3] in found.prefixes), None)

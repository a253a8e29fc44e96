"""Spreads the exchanges trade as one order: ``SP m2609&m2701`` (DCE), ``SPD SR609&SR611`` (CZCE), ``IPS SF609&SM609``.

A spread is quoted first leg less second leg, and may be quoted below zero. It has no margin and no fees of its own:
its legs do.
"""

from collections.abc import Callable
from decimal import Decimal

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.instruments import Instrument, SpreadLeg
from anyvenue.model.steps import LotRule

__all__ = ["SPREAD_MARKS", "spread_instrument", "spread_legs"]

SPREAD_MARKS = {"SP": "DCE", "SPC": "DCE", "SPD": "CZCE", "IPS": "CZCE"}
"""The exchange of each mark: SP and SPD of two months of one product, SPC and IPS of two products."""

_ONE_PRODUCT = ("SP", "SPD")
# Largest orders of the combinations (vendor contract list of 2020-06-16).
_MAXIMUM = {"DCE": Decimal(500), "CZCE": Decimal(1000)}


def spread_instrument(
    symbol: str, exchange: str, future: Callable[[str, str], Instrument | None]
) -> Instrument | None:
    """Return the spread `symbol` of two contracts that `future` finds, None when it is none.

    Legs of one product are named near month first; legs of two products must be of one size.
    """
    mark, _, names = symbol.partition(" ")
    first_name, amp, second_name = names.partition("&")
    if SPREAD_MARKS.get(mark) != exchange or not amp:
        return None
    first, second = future(first_name, exchange), future(second_name, exchange)
    if first is None or second is None or not _fit(mark, first, second):
        return None
    return Instrument(
        id=make_instrument_id(symbol, exchange),
        kind=InstrumentKind.SPREAD,
        currency=first.currency,
        price_step=first.price_step,
        lot=LotRule(maximum=_MAXIMUM[exchange]),
        position_rule=first.position_rule,
        sessions=first.sessions,
        multiplier=first.multiplier,
        product=f"{mark} {first.product}&{second.product}",
        name=f"{first.name} - {second.name}",
        name_zh=f"{first.name_zh}-{second.name_zh}",
        expiry=min(first.expiry, second.expiry),
        listed=max(first.listed, second.listed),
        venue_symbol=symbol,
        legs=spread_legs(symbol, exchange),
    )


def spread_legs(symbol: str, exchange: str) -> tuple[SpreadLeg, ...]:
    """Return the legs that the name of a spread says, none when it is not the name of one."""
    mark, _, names = symbol.partition(" ")
    first, amp, second = names.partition("&")
    if mark not in SPREAD_MARKS or not first or not amp or not second:
        return ()
    pair = make_instrument_id(first, exchange), make_instrument_id(second, exchange)
    return SpreadLeg(pair[0], 1), SpreadLeg(pair[1], -1)


def _fit(mark: str, first: Instrument, second: Instrument) -> bool:
    futures = first.kind is second.kind is InstrumentKind.FUTURE
    if not futures or first.multiplier != second.multiplier:
        return False
    if mark in _ONE_PRODUCT:
        return first.product == second.product and first.expiry < second.expiry
    return first.product != second.product

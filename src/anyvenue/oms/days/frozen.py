"""What working orders have frozen, leg by leg."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import Side
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.bookings.spreads import SpreadClaim
from anyvenue.oms.claims import Claim, ClosingClaim, NettedClaim, OpeningClaim
from anyvenue.oms.days.lots import amount_of

__all__ = ["NOTHING_FROZEN", "FrozenLeg", "frozen_legs"]

_BUY, _SELL = Side.BUY, Side.SELL
_ZERO = Decimal(0)
LegKey = tuple[InstrumentId, Side, bool]


class FrozenLeg(msgspec.Struct):
    """What orders would add to a leg, what they have claimed of it, and the money for that."""

    opening: Decimal = _ZERO
    opening_amount: Decimal = _ZERO
    closing: Decimal = _ZERO
    closing_amount: Decimal = _ZERO
    margin: Decimal = _ZERO
    fees: Decimal = _ZERO
    cash: Decimal = _ZERO


NOTHING_FROZEN = FrozenLeg()


def frozen_legs(state: AccountState, currency: str) -> dict[LegKey, FrozenLeg]:
    """Return what is frozen by (instrument, long side or short, today's lots) in a currency.

    Claims that do not say whose lots they want are on the older ones first, as they would be closed.
    """
    legs: dict[LegKey, FrozenLeg] = {}
    for order_id, claim in state.claims():
        if claim.instrument.currency != currency:
            continue
        order = state.orders.find(order_id)
        _add(state, legs, claim, order.price if order else None)
    return legs


def _add(
    state: AccountState, legs: dict[LegKey, FrozenLeg], claim: Claim, price: Decimal | None
) -> None:
    if isinstance(claim, NettedClaim):
        _add(state, legs, claim.opening, price)
        _add(state, legs, claim.lots, price)
    elif isinstance(claim, SpreadClaim):
        for _, part in claim.legs:
            _add(state, legs, part, None)
    elif isinstance(claim, OpeningClaim):
        _add_opening(legs, claim)
    elif isinstance(claim, ClosingClaim):
        _add_closing(state, legs, claim, price)


def _add_opening(legs: dict[LegKey, FrozenLeg], claim: OpeningClaim) -> None:
    if claim.quantity <= 0 or claim.instrument.legs:
        return
    leg = _leg(legs, claim.instrument, claim.side, True)
    leg.opening += claim.quantity
    leg.opening_amount += amount_of(claim.instrument, claim.price, claim.quantity)
    leg.margin += claim.margin
    leg.fees += claim.fee
    leg.cash += claim.cash


def _add_closing(
    state: AccountState,
    legs: dict[LegKey, FrozenLeg],
    claim: ClosingClaim,
    price: Decimal | None,
) -> None:
    instrument, quantity = claim.instrument, claim.quantity
    if quantity <= 0:
        return
    held = _SELL if claim.side is _BUY else _BUY
    at = price or state.mark(instrument.id) or _ZERO
    if claim.of_today:
        parts = [(True, quantity)]
    else:
        old = _leg(legs, instrument, held, False)
        of_old = min(quantity, max(claim.book.old.quantity - old.closing, _ZERO))
        parts = [(False, of_old), (True, quantity - of_old)]
    for today, part in parts:
        if part:
            leg = _leg(legs, instrument, held, today)
            leg.closing += part
            leg.closing_amount += amount_of(instrument, at, part) if at else _ZERO


def _leg(
    legs: dict[LegKey, FrozenLeg], instrument: Instrument, side: Side, today: bool
) -> FrozenLeg:
    leg = legs.get((instrument.id, side, today))
    if leg is None:
        leg = legs[instrument.id, side, today] = FrozenLeg()
    return leg

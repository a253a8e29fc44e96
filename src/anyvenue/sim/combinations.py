"""Spreads at the exchange: what each leg of a fill trades at, and combining held legs by command.

Leg prices: all legs but the last trade at their latest price, the last at what the spread's price leaves for it, so
that the legs always add up to the price that was dealt (DCE and CZCE trading rules on arbitrage orders).
"""

from decimal import Decimal

from anyvenue.model.commands import AccountCommand, CombinePositions
from anyvenue.model.enums import Side
from anyvenue.model.errors import InsufficientPosition, InvalidOrder
from anyvenue.model.events import Event, PositionsCombined
from anyvenue.model.ids import OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.model.orders import LegFill, OrderRequest
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.bookings.spreads import leg_side
from anyvenue.sim.services import Service

__all__ = ["Combinations", "leg_fills"]

_ZERO = Decimal(0)


def leg_fills(
    state: AccountState,
    instrument: Instrument,
    order_id: OrderId,
    request: OrderRequest,
    price: Decimal,
    quantity: Decimal,
) -> tuple[LegFill, ...]:
    """Return what a spread's fill does in each leg, with the fees, which are metered on the order."""
    fills = []
    for leg, at in zip(instrument.legs, _leg_prices(state, instrument, price), strict=True):
        side, lots = leg_side(leg, request.side), quantity * abs(leg.ratio)
        part = state.instrument(leg.instrument)
        fee = state.charge(order_id, part, side, request.offset, at, lots)
        fills.append(LegFill(leg.instrument, side, at, lots, fee))
    return tuple(fills)


def _leg_prices(state: AccountState, instrument: Instrument, price: Decimal) -> list[Decimal]:
    *first, last = instrument.legs
    if last.ratio not in (1, -1):
        raise InvalidOrder(
            f"the last leg of {instrument.id} has ratio {last.ratio}; its price cannot be worked out",
            field="instrument",
            value=instrument.id,
            instrument=instrument.id,
        )
    prices = [state.mark(leg.instrument) or _ZERO for leg in first]
    rest = price - sum((leg.ratio * at for leg, at in zip(first, prices, strict=True)), start=_ZERO)
    return [*prices, rest * last.ratio]


class Combinations(Service):
    """Combines held legs into spreads and splits them."""

    def command(
        self, state: AccountState, instrument: Instrument, command: AccountCommand, now: int
    ) -> list[Event] | None:
        """Combine or split; raise InsufficientPosition when there are not as many lots."""
        if not isinstance(command, CombinePositions) or not instrument.legs:
            return None
        wanted = command.quantity
        if not wanted or wanted % 1:
            raise InvalidOrder(
                f"quantity to combine into {instrument.id} was {plain(wanted)}; expected whole lots, "
                "below zero to split",
                field="quantity",
                value=plain(wanted),
                instrument=instrument.id,
            )
        free = (
            _combined(state, instrument, command.side)
            if wanted < 0
            else _single(state, instrument, command.side)
        )
        if abs(wanted) > free:
            what = "combined" if wanted < 0 else "single"
            raise InsufficientPosition(
                f"{plain(abs(wanted))} lots of {instrument.id} were asked for; {plain(free)} are {what} and free",
                instrument=instrument.id,
                side=command.side,
                wanted=abs(wanted),
                closable=free,
            )
        event = PositionsCombined(command.account, instrument.id, command.side, wanted, now, now)
        return [self.book(state, event)]


def _combined(state: AccountState, instrument: Instrument, side: Side) -> Decimal:
    holding = state.holding(instrument.id)
    return holding.held_by(side).quantity if holding else _ZERO


def _single(state: AccountState, instrument: Instrument, side: Side) -> Decimal:
    """Return how many lots of the spread the legs still have outside of combinations and closing orders."""
    combined = _combined(state, instrument, side)
    found = []
    for leg in instrument.legs:
        holding = state.holding(leg.instrument)
        free = holding.held_by(leg_side(leg, side)).closable if holding else _ZERO
        found.append(free // abs(leg.ratio) - combined)
    return max(min(found), _ZERO)

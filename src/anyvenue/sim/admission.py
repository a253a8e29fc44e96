"""What the exchange asks of an order or an amount besides what `oms.validation` does: things that depend on time."""

from decimal import Decimal

from anyvenue.model.enums import Offset
from anyvenue.model.errors import InvalidOrder
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.model.orders import OrderRequest

__all__ = ["check_amount", "check_life", "check_offset"]

# Bound once: looking a member up on its enum class costs more than most of what is done with it.
_AUTO = Offset.AUTO
_TO_OPEN = Offset.OPEN


def check_offset(instrument: Instrument, request: OrderRequest) -> None:
    """Raise InvalidOrder for offset auto, which is the sender's to resolve, and for a reduce-only order that opens.

    Where a fill closes before it opens, one that says open is cut to the position like any other.
    """
    if request.offset is _AUTO:
        raise InvalidOrder(
            f"an order for {instrument.id} reached the exchange with offset auto; say open or close",
            field="offset",
            value="auto",
            instrument=instrument.id,
        )
    if request.reduce_only and request.offset is _TO_OPEN and instrument.position_rule.hedged:
        raise InvalidOrder(
            f"{instrument.id}: a reduce-only order cannot open; use offset close",
            field="offset",
            value="open",
            instrument=instrument.id,
        )


def check_life(
    instrument: Instrument, request: OrderRequest, now: int, expires: int, day: int
) -> None:
    """Raise InvalidOrder when the order would be over before it began: it or its instrument has expired."""
    if expires <= now:
        raise InvalidOrder(
            f"expires of an order for {instrument.id} was {expires}, which has passed at {now}",
            field="expires",
            value=str(request.expires),
            instrument=instrument.id,
        )
    if 0 < instrument.expiry < day:
        raise InvalidOrder(
            f"{instrument.id} expired on {instrument.expiry}; the order is for {day}",
            code="order.instrument_expired",
            field="instrument",
            value=instrument.id,
            instrument=instrument.id,
        )


def check_amount(amount: Decimal) -> None:
    """Raise InvalidOrder unless the amount is a number above zero."""
    if not (amount.is_finite() and amount > 0):
        raise InvalidOrder(
            f"amount was {plain(amount)}; it must be above zero",
            field="amount",
            value=plain(amount),
        )

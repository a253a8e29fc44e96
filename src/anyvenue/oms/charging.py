"""What the venue takes for a fill."""

from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.model.enums import Dating, Offset, Side
from anyvenue.model.ids import OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.oms.offsets import split_fill, today_first

if TYPE_CHECKING:
    from anyvenue.oms.account_state import AccountState

__all__ = ["charge_fill"]

# Bound once: looking a member up on its enum class costs more than most of what is done with it.
_CLOSE = Offset.CLOSE
_CLOSE_TODAY = Offset.CLOSE_TODAY
_DATED_AUTO = Dating.AUTO
_DATED_NONE = Dating.NONE
_TO_OPEN = Offset.OPEN
_ZERO = Decimal(0)


def charge_fill(
    books: "AccountState",
    order_id: OrderId,
    instrument: Instrument,
    side: Side,
    offset: Offset,
    price: Decimal,
    quantity: Decimal,
    maker: bool = False,
) -> Decimal:
    """Return the fee of a fill that is about to happen, metering it on the order (the venue's side).

    A `maker` waited in the book for the fill and pays the maker's rate where there is one.
    """
    _, instrument, booking = books.term(instrument.id)
    schedule = books.rates.fees(instrument)
    claim = books._claims[order_id]
    currency = instrument.currency
    dated = instrument.position_rule.dated
    maker = maker and schedule.maker is not None
    if offset is _TO_OPEN or dated is not _DATED_AUTO or maker:
        # Rules that do not date lots have one closing rate.
        at = _CLOSE if dated is _DATED_NONE and offset is not _TO_OPEN else offset
        turnover = booking.turnover(instrument, price, quantity)
        meter = claim.meter(instrument.id, at, maker)
        return meter.charge(schedule, side, at, currency, turnover, quantity, maker)
    value = price * instrument.multiplier
    book = books.holding_of(instrument).closed_by(side)
    today, old = split_fill(instrument, book, offset, quantity, today_first(schedule))
    fee = _ZERO
    if old:
        meter = claim.meter(instrument.id, _CLOSE)
        fee += meter.charge(schedule, side, _CLOSE, currency, value * old, old)
    if today:
        at = _CLOSE_TODAY
        fee += claim.meter(instrument.id, at).charge(
            schedule, side, at, currency, value * today, today
        )
    return fee

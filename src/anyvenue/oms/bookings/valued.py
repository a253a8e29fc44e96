"""What is paid for when it is opened and has a value, below zero when sold: options, shares in a margin account."""

from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.model.instruments import Instrument
from anyvenue.oms.bookings.base import Booking
from anyvenue.oms.legs import Holding

if TYPE_CHECKING:
    from anyvenue.oms.books import Books

__all__ = ["Valued"]

_ZERO = Decimal(0)


class Valued(Booking):
    """Gains and losses are in the value, none in the balance."""

    def profit(
        self, books: "Books", instrument: Instrument, holding: Holding, price: Decimal
    ) -> Decimal:
        """Return nothing: what was paid has left the balance, and the value is counted apart."""
        return _ZERO

    def value(
        self,
        books: "Books",
        instrument: Instrument,
        holding: Holding,
        price: Decimal | None,
    ) -> Decimal:
        """Return the value of long lots less that of short ones; at cost without a price."""
        long, short = holding.long, holding.short
        if price is None:
            return (long.open_value - short.open_value) * instrument.multiplier
        return price * (long.quantity - short.quantity) * instrument.multiplier

    def rough_profit(
        self, books: "Books", instrument: Instrument, holding: Holding, price: float
    ) -> float:
        """Return about the value."""
        net = float(holding.long.quantity - holding.short.quantity)
        return price * net * float(instrument.multiplier)

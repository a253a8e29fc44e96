"""What an account remembers of a leveraged position, and the claims of orders that open one."""

from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.model.enums import MarginMode, Side
from anyvenue.model.errors import Inconsistent
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.oms.claims import OpeningClaim
from anyvenue.oms.legs import Holding
from anyvenue.oms.money import divide_money

if TYPE_CHECKING:
    from anyvenue.oms.account_state import AccountState
    from anyvenue.oms.bookings.base import Booking
    from anyvenue.oms.books import Books

__all__ = ["LeveragedClaim", "LeveragedHolding", "checked", "give_back", "own_holding"]

_BUY = Side.BUY  # bound once: looking a member up on its enum class takes its time
_ZERO = Decimal(0)


class LeveragedHolding(Holding):
    """Legs with their terms: the chosen leverage and margin mode (None: the account's), and the isolated money.

    `buying` and `selling` are the lots that working orders may open.
    """

    __slots__ = ("buying", "leverage", "mode", "money", "selling")

    def __init__(self, instrument: InstrumentId) -> None:
        super().__init__(instrument)
        self.leverage: Decimal | None = None
        self.mode: MarginMode | None = None
        self.money = _ZERO
        self.buying = _ZERO
        self.selling = _ZERO

    @property
    def quantity(self) -> Decimal:
        """Lots of both sides."""
        return self.long.quantity + self.short.quantity

    @property
    def idle(self) -> bool:
        """True when the holding may be forgotten: it has no lots, no terms of its own and nothing works to open any."""
        chosen = self.leverage is not None or self.mode is not None
        return super().idle and not (chosen or self.buying or self.selling)

    def claimed(self, side: Side, change: Decimal) -> None:
        """Count lots that a working order may open on a side."""
        if side is _BUY:
            self.buying += change
        else:
            self.selling += change


class LeveragedClaim(OpeningClaim):
    """An opening claim whose lots count for the size of the position."""

    __slots__ = ("holding",)

    def __init__(
        self,
        books: "AccountState",
        booking: "Booking",
        holding: LeveragedHolding,
        instrument: Instrument,
        order: tuple[Side, Decimal, Decimal],
    ) -> None:
        self.holding = holding
        side, quantity, price = order
        super().__init__(books, booking, instrument, side, quantity, price)

    def freeze(self) -> None:
        self.holding.claimed(self.side, self.quantity)
        super().freeze()

    def resize(self, quantity: Decimal) -> None:
        self.holding.claimed(self.side, -max(self.quantity, _ZERO))
        super().resize(quantity)


def own_holding(books: "Books", instrument: Instrument) -> LeveragedHolding:
    """Return the holding of an instrument, an empty one when nothing is held."""
    return checked(books.holding_of(instrument))


def checked(holding: Holding) -> LeveragedHolding:
    """Return the holding as what it must be; raise Inconsistent."""
    if not isinstance(holding, LeveragedHolding):
        raise Inconsistent(f"{holding.instrument} was held before it had leverage tiers")
    return holding


def give_back(instrument: Instrument, holding: LeveragedHolding, closing: Decimal) -> None:
    """Take the part of the isolated money that belongs to the lots that are closed."""
    held = holding.quantity
    if closing >= held:
        holding.money = _ZERO
    elif holding.money:
        holding.money -= divide_money(holding.money * closing, held, instrument.currency)

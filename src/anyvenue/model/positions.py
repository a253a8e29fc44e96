"""Positions as legs: long and short, today's lots and older ones."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import MarginMode
from anyvenue.model.ids import AccountId, InstrumentId

__all__ = ["EMPTY_LEG", "Leg", "Lot", "Position", "PositionTerms"]

_ZERO = Decimal(0)


class Lot(msgspec.Struct, frozen=True, gc=False):
    """Quantity opened by one fill and still held; `mark` is the price close profit by day is measured from."""

    price: Decimal
    quantity: Decimal
    mark: Decimal
    trading_day: int
    trade_id: str


class Leg(msgspec.Struct, frozen=True, gc=False):
    """One leg: quantities, and total costs as sums of price x quantity (no multiplier), never averages.

    `open_value` is at opening prices, `mark_value` at the marks: previous settlement for lots held overnight,
    opening price for today's.
    """

    quantity: Decimal = _ZERO
    frozen: Decimal = _ZERO
    open_value: Decimal = _ZERO
    mark_value: Decimal = _ZERO

    @property
    def closable(self) -> Decimal:
        """Quantity no working order has claimed."""
        return self.quantity - self.frozen


EMPTY_LEG = Leg()


class Position(msgspec.Struct, frozen=True, gc=False):
    """All legs of one instrument in one account at one moment."""

    account: AccountId
    instrument: InstrumentId
    long_today: Leg = EMPTY_LEG
    long_old: Leg = EMPTY_LEG
    short_today: Leg = EMPTY_LEG
    short_old: Leg = EMPTY_LEG

    @property
    def long(self) -> Decimal:
        """Quantity held long."""
        return self.long_today.quantity + self.long_old.quantity

    @property
    def short(self) -> Decimal:
        """Quantity held short, as a positive number."""
        return self.short_today.quantity + self.short_old.quantity

    @property
    def net(self) -> Decimal:
        """Long less short."""
        return self.long - self.short

    @property
    def flat(self) -> bool:
        """True when no leg holds anything."""
        return not self.long and not self.short


class PositionTerms(msgspec.Struct, frozen=True, gc=False):
    """On what terms an instrument is held in an account, beside its legs; what the venue does not tell is None.

    `leverage` and `mode` are those chosen for the instrument, None also where they are the account's. `isolated` is the
    money set aside for an isolated position, in the instrument's currency. `covered` is how many lots that were sold of
    an option are backed by locked units of its underlying. Combined legs need no terms: they are lots of their spread.
    """

    account: AccountId
    instrument: InstrumentId
    leverage: Decimal | None = None
    mode: MarginMode | None = None
    isolated: Decimal | None = None
    covered: Decimal | None = None

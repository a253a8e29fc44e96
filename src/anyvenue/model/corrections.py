"""What a venue's snapshot corrects: events of `anyvenue.model.events`."""

from decimal import Decimal

import msgspec

from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.positions import Position, PositionTerms

__all__ = ["BalanceAligned", "OrderVanished", "PositionsAligned", "TermsAligned"]


class OrderVanished(msgspec.Struct, frozen=True, gc=False):
    """The venue no longer lists an order that it had taken, and nothing says how it ended: it is UNKNOWN."""

    account: AccountId
    order_id: OrderId
    ts_event: int
    ts_recv: int
    reason: str = ""


class PositionsAligned(msgspec.Struct, frozen=True, gc=False):
    """The legs of an instrument were set to what the venue says; what its orders have frozen stays."""

    account: AccountId
    instrument: InstrumentId
    position: Position
    ts_event: int
    ts_recv: int
    reason: str = ""


class BalanceAligned(msgspec.Struct, frozen=True, gc=False):
    """The balance was set to what the venue says, by `amount`; `trading_day` is open in the currency.

    With `earlier` the difference is of days before it: the balance the day began with moves, too.
    """

    account: AccountId
    currency: str
    amount: Decimal
    trading_day: int
    ts_event: int
    ts_recv: int
    earlier: bool = False
    reason: str = ""


class TermsAligned(msgspec.Struct, frozen=True, gc=False):
    """The terms on which an instrument is held were set to what the venue says; None leaves them."""

    account: AccountId
    instrument: InstrumentId
    terms: PositionTerms
    ts_event: int
    ts_recv: int
    reason: str = ""

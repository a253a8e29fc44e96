"""Commands: imperative wishes that may fail."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import MarginMode, Side
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import OrderRequest

__all__ = [
    "AccountCommand",
    "CancelOrder",
    "CombinePositions",
    "Command",
    "ExerciseOption",
    "ModifyOrder",
    "MoveMargin",
    "SetLeverage",
    "SetMarginMode",
    "SubmitOrder",
]


class SubmitOrder(msgspec.Struct, frozen=True, gc=False):
    """Place one venue order."""

    order_id: OrderId
    request: OrderRequest
    ts_event: int
    client_ref: str = ""


class CancelOrder(msgspec.Struct, frozen=True, gc=False):
    """Take an order back."""

    order_id: OrderId
    account: AccountId
    ts_event: int


class ModifyOrder(msgspec.Struct, frozen=True, gc=False):
    """Change quantity or price of a working order; None leaves it as it is."""

    order_id: OrderId
    account: AccountId
    ts_event: int
    quantity: Decimal | None = None
    price: Decimal | None = None


class ExerciseOption(msgspec.Struct, frozen=True, gc=False):
    """Exercise `quantity` lots of a held option at the end of the trading day; 0 takes an earlier wish back.

    `abandon` gives up the automatic exercise at expiry instead.
    """

    account: AccountId
    instrument: InstrumentId
    quantity: Decimal
    ts_event: int
    abandon: bool = False


class CombinePositions(msgspec.Struct, frozen=True, gc=False):
    """Combine held legs into `quantity` lots of a spread, whose margin is lower; below zero splits them again.

    `side` says which spread: BUY for the one that holds what buying it gives.
    """

    account: AccountId
    instrument: InstrumentId
    quantity: Decimal
    ts_event: int
    side: Side = Side.BUY


class SetLeverage(msgspec.Struct, frozen=True, gc=False):
    """Choose the leverage of an instrument that has a leverage table."""

    account: AccountId
    instrument: InstrumentId
    leverage: Decimal
    ts_event: int


class SetMarginMode(msgspec.Struct, frozen=True, gc=False):
    """Choose cross or isolated margin for an instrument; refused while it has positions or orders."""

    account: AccountId
    instrument: InstrumentId
    mode: MarginMode
    ts_event: int


class MoveMargin(msgspec.Struct, frozen=True, gc=False):
    """Add money to an isolated position, or take some back (below zero)."""

    account: AccountId
    instrument: InstrumentId
    amount: Decimal
    ts_event: int


AccountCommand = ExerciseOption | CombinePositions | SetLeverage | SetMarginMode | MoveMargin
Command = SubmitOrder | CancelOrder | ModifyOrder | AccountCommand

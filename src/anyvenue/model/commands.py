"""Commands: imperative wishes that may fail."""

from decimal import Decimal

import msgspec

from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.orders import OrderRequest

__all__ = ["CancelOrder", "Command", "ModifyOrder", "SubmitOrder"]


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


Command = SubmitOrder | CancelOrder | ModifyOrder

"""Events of a node's own making; `model.events` has them with all others."""

import msgspec

from anyvenue.model.ids import AccountId, OrderId

__all__ = ["LoopLagged", "OrderQueued", "OrderSent"]


class LoopLagged(msgspec.Struct, frozen=True, gc=False):
    """The event loop was late by `lag_ns`; `stack` is where it was meanwhile, "" if it was over too soon to see."""

    ts_event: int
    ts_recv: int
    lag_ns: int
    stack: str = ""


class OrderQueued(msgspec.Struct, frozen=True, gc=False):
    """The order waits in the node: no byte of it has left, and none does before an `OrderSent`.

    `reason` says what it waits for.
    """

    account: AccountId
    order_id: OrderId
    ts_event: int
    ts_recv: int
    reason: str = ""


class OrderSent(msgspec.Struct, frozen=True, gc=False):
    """An order that has waited leaves now: from here on its outcome is the venue's."""

    account: AccountId
    order_id: OrderId
    ts_event: int
    ts_recv: int

"""Small journals for tests: a few orders' records, written into files in memory or on the disk."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from anyvenue.model.commands import CancelOrder
from anyvenue.model.enums import Offset, Side
from anyvenue.model.events import (
    Deposited,
    OrderAccepted,
    OrderCancelled,
    OrderEvent,
    OrderFilled,
    OrderSubmitted,
)
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.model.protocols import FileStore
from anyvenue.runtime.journal import Journal, Recovery, Sync

ALICE = AccountId("alice")
REBAR = InstrumentId("rb2701.SHFE")
START = 1_789_434_000_000_000_000
SECOND = 1_000_000_000
DAY = 20260915


def open_in(files: FileStore, *, sync: Sync = "manual", ts: int = START, **more: int) -> Journal:
    """Return the journal of node `n1`, opened for writing."""
    return Journal(files, Recovery(files), node="n1", config_hash="c0", ts=ts, sync=sync, **more)


def accepted(order: int, ts: int = START) -> OrderAccepted:
    """Return a small record."""
    return OrderAccepted(ALICE, OrderId(order), ts, ts)


def submitted(order: int, quantity: int = 2, offset: Offset = Offset.OPEN) -> OrderSubmitted:
    """Return the record of an order that is about to be sent."""
    side = Side.BUY if offset is Offset.OPEN else Side.SELL
    request = OrderRequest(ALICE, REBAR, side, Decimal(quantity), Decimal(3500), offset=offset)
    return OrderSubmitted(ALICE, OrderId(order), request, START, START, trading_day=DAY)


def filled(order: int, trade: str, quantity: int = 1, offset: Offset = Offset.OPEN) -> OrderFilled:
    """Return the record of an execution at 3500."""
    side = Side.BUY if offset is Offset.OPEN else Side.SELL
    fill = Fill(
        OrderId(order), ALICE, REBAR, trade, side, offset, Decimal(3500), Decimal(quantity),
        Decimal("3.5"), "CNY", START, START, DAY,
    )  # fmt: skip
    return OrderFilled(ALICE, OrderId(order), START, START, fill)


def deposited(amount: int = 1_000_000) -> Deposited:
    """Return the record of money that came in."""
    return Deposited(ALICE, "CNY", Decimal(amount), START, START)


def a_morning() -> list[msgspec.Struct]:
    """Return money, an order that filled, one that was cancelled and one that works."""
    ended: list[OrderEvent] = [
        OrderAccepted(ALICE, OrderId(2), START, START),
        OrderCancelled(ALICE, OrderId(2), START, START),
    ]
    return [
        deposited(),
        submitted(1),
        accepted(1),
        filled(1, "t1"),
        filled(1, "t2"),
        submitted(2),
        ended[0],
        CancelOrder(OrderId(2), ALICE, START),
        ended[1],
        submitted(3, 1, Offset.CLOSE_TODAY),
        accepted(3),
    ]


def values(records: Iterator[object]) -> list[msgspec.Struct]:
    """Return the values of records."""
    return [record.value for record in records]  # type: ignore[attr-defined]

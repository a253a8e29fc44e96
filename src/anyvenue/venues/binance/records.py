"""What a driver remembers of orders: which of the venue's orders are ours, and what has been said of them."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import Offset, OrderState, OrderType, Side, TimeInForce
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, external_order_id
from anyvenue.model.orders import EXTERNAL, Fill, Order, OrderRequest
from anyvenue.venues.binance.requests import client_id, our_order_id
from anyvenue.venues.binance.told import Told

__all__ = ["OrderRecord", "Records", "request_of"]

_ZERO = Decimal(0)

_TYPES = {
    "LIMIT": OrderType.LIMIT,
    "LIMIT_MAKER": OrderType.LIMIT,
    "MARKET": OrderType.MARKET,
    "STOP_LOSS": OrderType.STOP,
    "STOP_MARKET": OrderType.STOP,
    "TAKE_PROFIT_MARKET": OrderType.STOP,
    "STOP_LOSS_LIMIT": OrderType.STOP_LIMIT,
    "TAKE_PROFIT_LIMIT": OrderType.STOP_LIMIT,
    "STOP": OrderType.STOP_LIMIT,
    "TRAILING_STOP_MARKET": OrderType.TRAILING_STOP,
}
_TIMES = {"IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK, "GTD": TimeInForce.GTD}


class OrderRecord(msgspec.Struct):
    """One order of the node's, or somebody else's; `part` counts the venue's orders that it was replaced by.

    `venue_id` is the latest of those; `told_filled` is what the venue says was filled of each. `unsure` since when (int
    ns UTC) nobody knows whether it arrived, 0 otherwise. `replacing` while an old order gives way to a new one. `doubt`
    is ``cancel`` or ``modify`` where such a request was not answered.
    """

    order_id: OrderId
    symbol: str
    request: OrderRequest
    sent_at: int = 0
    part: int = 0
    venue_id: str = ""
    algo_id: str = ""
    accepted: bool = False
    triggered: bool = False
    ended: bool = False
    state: OrderState = OrderState.SENT
    reason: str = ""
    unsure: int = 0
    replacing: bool = False
    doubt: str = ""
    filled: Decimal = _ZERO
    filled_value: Decimal = _ZERO
    fees: Decimal = _ZERO
    heard_filled: dict[str, Decimal] = {}
    trades: set[str] = set()
    changed_ms: int = 0
    created_ms: int = 0

    @property
    def client_id(self) -> str:
        """What the order is called at the venue now."""
        return client_id(self.order_id, self.part)

    def as_order(self) -> Order:
        """Return it as a snapshot names it."""
        state = self.state
        if state in (OrderState.OPEN, OrderState.PARTIAL):
            state = OrderState.PARTIAL if self.filled else OrderState.OPEN
        return Order(
            self.order_id,
            self.request,
            state,
            filled=self.filled,
            filled_value=self.filled_value,
            fees=self.fees,
            venue_order_id=self.venue_id or self.algo_id,
            reason=self.reason,
            triggered=self.triggered,
            ts_created=self.created_ms * 1_000_000 or self.sent_at,
            ts_updated=self.changed_ms * 1_000_000,
        )


class Records:
    """All orders by our id, and by the venue's; fills in the order in which they were heard of.

    `revision` goes up with everything that is told of them.
    """

    def __init__(self, account: AccountId) -> None:
        """Know no order of `account`."""
        self.account = account
        self.by_id: dict[OrderId, OrderRecord] = {}
        self.by_venue: dict[tuple[str, str], OrderRecord] = {}
        self.fills: list[Fill] = []
        self.revision = 0

    def find(self, told: Told) -> OrderRecord | None:
        """Return the order that is spoken of, None for one that was not heard of before."""
        found = self.by_venue.get((told.symbol, told.venue_id))
        return found or self.by_id.get(our_order_id(told.client_id))

    def adopt(self, told: Told, instrument: InstrumentId) -> OrderRecord:
        """Take an order that this driver did not send: an earlier process's or somebody else's."""
        ours = our_order_id(told.client_id)
        order_id = ours or external_order_id(f"{told.symbol}.{told.venue_id}")
        request = request_of(told, self.account, instrument, "" if ours else EXTERNAL)
        record = OrderRecord(order_id, told.symbol, request, state=OrderState.OPEN)
        tail = told.client_id.rpartition("-")[2] if ours and told.client_id.count("-") > 1 else ""
        record.part = int(tail) if tail.isdigit() else 0
        self.by_id[order_id] = record
        return record

    def forget(self, before_ms: int) -> None:
        """Drop the orders that ended before then (the venue's ms), and their fills."""
        old = {
            each.order_id
            for each in self.by_id.values()
            if each.ended and each.changed_ms < before_ms
        }
        if old:
            self.by_id = {name: each for name, each in self.by_id.items() if name not in old}
            kept = self.by_venue.items()
            self.by_venue = {key: each for key, each in kept if each.order_id not in old}
            self.fills = [each for each in self.fills if each.order_id not in old]

    def working(self) -> list[OrderRecord]:
        """Return the orders that may still do something."""
        return [each for each in self.by_id.values() if not each.ended]


def request_of(told: Told, account: AccountId, instrument: InstrumentId, tag: str) -> OrderRequest:
    """Return the request that somebody must have made for an order that the venue tells of."""
    kind = _TYPES.get(told.type, OrderType.LIMIT)
    side = Side.BUY if told.side == "BUY" else Side.SELL
    priced = kind in (OrderType.LIMIT, OrderType.STOP_LIMIT)
    return OrderRequest(
        account,
        instrument,
        side,
        told.quantity,
        told.price if priced else None,
        kind,
        _TIMES.get(told.time_in_force, TimeInForce.GTC),
        _offset(told, side),
        stop_price=told.stop_price or None,
        reduce_only=told.reduce_only,
        post_only=told.type == "LIMIT_MAKER" or told.time_in_force == "GTX",
        tag=tag,
        expires=1 if told.time_in_force == "GTD" else 0,
    )


def _offset(told: Told, side: Side) -> Offset:
    if told.position_side == "BOTH":
        return Offset.CLOSE if told.reduce_only else Offset.OPEN
    return Offset.OPEN if (told.position_side == "LONG") == (side is Side.BUY) else Offset.CLOSE

"""What a driver remembers of orders: which of the venue's orders are ours, and what has been said of them."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import Offset, OrderState, OrderType, TimeInForce
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, external_order_id
from anyvenue.model.orders import EXTERNAL, Fill, Order, OrderRequest
from anyvenue.venues.tracking.told import Told

__all__ = ["OrderRecord", "Records", "request_of"]

_ZERO = Decimal(0)


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
    changed: int = 0
    created: int = 0

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
            ts_created=self.created or self.sent_at,
            ts_updated=self.changed,
        )


class Records:
    """All orders by our id, and by the venue's; fills in the order in which they were heard of.

    The venue's numbers of conditional orders (`by_algo`) are others than those of ordinary ones.

    `revision` goes up with everything that is told of them.
    """

    def __init__(self, account: AccountId) -> None:
        """Know no order of `account`."""
        self.account = account
        self.by_id: dict[OrderId, OrderRecord] = {}
        self.by_venue: dict[tuple[str, str], OrderRecord] = {}
        self.by_algo: dict[tuple[str, str], OrderRecord] = {}
        self.fills: list[Fill] = []
        self.revision = 0

    def find(self, told: Told) -> OrderRecord | None:
        """Return the order that is spoken of, None for one that was not heard of before."""
        if told.conditional:
            found = self.by_algo.get((told.symbol, told.venue_id))
        else:
            found = self.by_venue.get((told.symbol, told.venue_id))
            if found is None and told.parent:
                found = self.by_algo.get((told.symbol, told.parent))
        return found or self.by_id.get(told.order_id)

    def adopt(self, told: Told, instrument: InstrumentId) -> OrderRecord:
        """Take an order that this driver did not send: an earlier process's or somebody else's."""
        ours = told.order_id
        order_id = ours or external_order_id(f"{told.symbol}.{told.venue_id}")
        request = request_of(told, self.account, instrument, "" if ours else EXTERNAL)
        record = OrderRecord(order_id, told.symbol, request, state=OrderState.OPEN, part=told.part)
        self.by_id[order_id] = record
        return record

    def forget(self, before: int) -> None:
        """Drop the orders that ended before then (int ns UTC, by the venue), and their fills."""
        old = {
            each.order_id for each in self.by_id.values() if each.ended and each.changed < before
        }
        if old:
            self.by_id = {name: each for name, each in self.by_id.items() if name not in old}
            kept = self.by_venue.items()
            self.by_venue = {key: each for key, each in kept if each.order_id not in old}
            waited = self.by_algo.items()
            self.by_algo = {key: each for key, each in waited if each.order_id not in old}
            self.fills = [each for each in self.fills if each.order_id not in old]

    def working(self) -> list[OrderRecord]:
        """Return the orders that may still do something."""
        return [each for each in self.by_id.values() if not each.ended]


def request_of(told: Told, account: AccountId, instrument: InstrumentId, tag: str) -> OrderRequest:
    """Return the request that somebody must have made for an order that the venue tells of."""
    kind = told.type or (OrderType.MARKET if told.price is None else OrderType.LIMIT)
    priced = kind in (OrderType.LIMIT, OrderType.STOP_LIMIT)
    return OrderRequest(
        account,
        instrument,
        told.side,
        told.quantity or told.filled,
        told.price if priced else None,
        kind,
        told.time_in_force,
        _offset(told),
        stop_price=told.stop_price,
        reduce_only=told.reduce_only,
        post_only=told.post_only,
        tag=tag,
        expires=1 if told.time_in_force is TimeInForce.GTD else 0,
        trail=told.trail,
    )


def _offset(told: Told) -> Offset:
    if told.hedge is None:
        return Offset.CLOSE if told.reduce_only else Offset.OPEN
    return Offset.OPEN if told.hedge is told.side else Offset.CLOSE

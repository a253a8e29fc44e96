"""Events: frozen facts, in the past tense. Times are int ns UTC."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import DriverState
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, StrategyId, VenueId
from anyvenue.model.market import BookDelta, FundingRate, MarketEvent, Status
from anyvenue.model.orders import Fill, OrderRequest

__all__ = [
    "AccountEvent",
    "BookDelta",
    "CancelRejected",
    "DaySettled",
    "Deposited",
    "Event",
    "FundingRate",
    "LoopLagged",
    "ModifyRejected",
    "OrderAccepted",
    "OrderCancelled",
    "OrderEvent",
    "OrderExpired",
    "OrderFilled",
    "OrderModified",
    "OrderOutcomeLost",
    "OrderRejected",
    "OrderSubmitted",
    "OrderTriggered",
    "SeriesRolled",
    "Status",
    "StrategyFaulted",
    "TimePassed",
    "TimerFired",
    "VenueStateChanged",
    "Withdrawn",
]


class OrderSubmitted(msgspec.Struct, frozen=True, gc=False):
    """A request passed risk and was handed to the driver."""

    account: AccountId
    order_id: OrderId
    request: OrderRequest
    ts_event: int
    ts_recv: int
    parent: OrderId = OrderId(0)
    client_ref: str = ""
    trading_day: int = 0


class OrderAccepted(msgspec.Struct, frozen=True, gc=False):
    """The venue took the order; it works now."""

    account: AccountId
    order_id: OrderId
    ts_event: int
    ts_recv: int
    venue_order_id: str = ""


class OrderTriggered(msgspec.Struct, frozen=True, gc=False):
    """A stop was touched and became a working order."""

    account: AccountId
    order_id: OrderId
    ts_event: int
    ts_recv: int


class OrderRejected(msgspec.Struct, frozen=True, gc=False):
    """The venue refused the order, or it provably never left. `venue_code` keeps the venue's own code."""

    account: AccountId
    order_id: OrderId
    ts_event: int
    ts_recv: int
    reason: str
    code: str = ""
    venue_code: str = ""


class OrderFilled(msgspec.Struct, frozen=True, gc=False):
    """The order was executed, wholly or in part."""

    account: AccountId
    order_id: OrderId
    ts_event: int
    ts_recv: int
    fill: Fill


class OrderCancelled(msgspec.Struct, frozen=True, gc=False):
    """What was left of the order is gone."""

    account: AccountId
    order_id: OrderId
    ts_event: int
    ts_recv: int
    reason: str = ""


class OrderExpired(msgspec.Struct, frozen=True, gc=False):
    """The order outlived its time in force."""

    account: AccountId
    order_id: OrderId
    ts_event: int
    ts_recv: int
    reason: str = ""


class OrderModified(msgspec.Struct, frozen=True, gc=False):
    """The venue changed the order to this quantity and price."""

    account: AccountId
    order_id: OrderId
    ts_event: int
    ts_recv: int
    quantity: Decimal
    price: Decimal | None


class CancelRejected(msgspec.Struct, frozen=True, gc=False):
    """The venue refused a cancel; the order goes on as it was."""

    account: AccountId
    order_id: OrderId
    ts_event: int
    ts_recv: int
    reason: str
    code: str = ""
    venue_code: str = ""


class ModifyRejected(msgspec.Struct, frozen=True, gc=False):
    """The venue refused a change; the order goes on as it was."""

    account: AccountId
    order_id: OrderId
    ts_event: int
    ts_recv: int
    reason: str
    code: str = ""
    venue_code: str = ""


class OrderOutcomeLost(msgspec.Struct, frozen=True, gc=False):
    """Nobody can say whether the request reached the venue: the order is UNKNOWN until reconciled."""

    account: AccountId
    order_id: OrderId
    ts_event: int
    ts_recv: int
    reason: str = ""


class Deposited(msgspec.Struct, frozen=True, gc=False):
    """Money came into the account."""

    account: AccountId
    currency: str
    amount: Decimal
    ts_event: int
    ts_recv: int
    reference: str = ""


class Withdrawn(msgspec.Struct, frozen=True, gc=False):
    """Money left the account."""

    account: AccountId
    currency: str
    amount: Decimal
    ts_event: int
    ts_recv: int
    reference: str = ""


class DaySettled(msgspec.Struct, frozen=True, gc=False):
    """The venue settled `trading_day` of an account's `currency` at `prices`.

    `prices` are pairs of instrument and settlement price. `delivered` are the instruments that expired with the
    day; `next_day` is the trading day that begins. Days are settled per currency because an account may trade
    markets whose days end at different times.
    """

    account: AccountId
    currency: str
    trading_day: int
    next_day: int
    prices: tuple[tuple[InstrumentId, Decimal], ...]
    ts_event: int
    ts_recv: int
    delivered: tuple[InstrumentId, ...] = ()


class SeriesRolled(msgspec.Struct, frozen=True, gc=False):
    """A continuous series may have gone over to another contract: the jump `gap` is nobody's profit."""

    account: AccountId
    instrument: InstrumentId
    gap: Decimal
    trading_day: int
    ts_event: int
    ts_recv: int


class TimerFired(msgspec.Struct, frozen=True, gc=False):
    """A timer of a strategy came due."""

    strategy: StrategyId
    name: str
    ts_event: int
    ts_recv: int


class VenueStateChanged(msgspec.Struct, frozen=True, gc=False):
    """A driver moved to another state."""

    venue: VenueId
    state: DriverState
    ts_event: int
    ts_recv: int
    reason: str = ""


class StrategyFaulted(msgspec.Struct, frozen=True, gc=False):
    """A strategy raised; it gets no more events until it is started again."""

    strategy: StrategyId
    ts_event: int
    ts_recv: int
    error: str
    where: str = ""


class TimePassed(msgspec.Struct, frozen=True, gc=False):
    """Nothing happened but time went by: timers due by now fire."""

    ts_event: int
    ts_recv: int


class LoopLagged(msgspec.Struct, frozen=True, gc=False):
    """The event loop was late by `lag_ns`."""

    ts_event: int
    ts_recv: int
    lag_ns: int


OrderEvent = (
    OrderSubmitted
    | OrderAccepted
    | OrderTriggered
    | OrderRejected
    | OrderFilled
    | OrderCancelled
    | OrderExpired
    | OrderModified
    | CancelRejected
    | ModifyRejected
    | OrderOutcomeLost
)
AccountEvent = Deposited | Withdrawn | DaySettled | SeriesRolled
Event = (
    MarketEvent
    | OrderEvent
    | AccountEvent
    | TimerFired
    | VenueStateChanged
    | StrategyFaulted
    | LoopLagged
    | TimePassed
)

"""Events: frozen facts, in the past tense. Times are int ns UTC."""

from decimal import Decimal

import msgspec

from anyvenue.model.corrections import (
    BalanceAligned,
    OrderVanished,
    PositionsAligned,
    TermsAligned,
)
from anyvenue.model.enums import DriverState, MarginMode, PostingKind, Side
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, StrategyId, VenueId
from anyvenue.model.market import BookDelta, FundingRate, MarketEvent, Status
from anyvenue.model.node_events import LoopLagged, OrderQueued, OrderSent
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.model.risk_events import RiskEvent, RiskTripped, TradingHalted, TradingReleased

__all__ = [
    "AccountEvent",
    "BalanceAligned",
    "BookDelta",
    "CancelRejected",
    "CashMoved",
    "CommandRefused",
    "CursorMoved",
    "DaySettled",
    "Deposited",
    "Event",
    "FundingRate",
    "LoopLagged",
    "MarginTermsChanged",
    "ModifyRejected",
    "OptionExercised",
    "OrderAccepted",
    "OrderCancelled",
    "OrderEvent",
    "OrderExpired",
    "OrderFilled",
    "OrderModified",
    "OrderOutcomeLost",
    "OrderQueued",
    "OrderRejected",
    "OrderSent",
    "OrderSubmitted",
    "OrderTriggered",
    "OrderVanished",
    "PositionsAligned",
    "PositionsCombined",
    "RiskEvent",
    "RiskTripped",
    "SeriesRolled",
    "Status",
    "StrategyFaulted",
    "TermsAligned",
    "TimePassed",
    "TimerFired",
    "TradingHalted",
    "TradingReleased",
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


class CashMoved(msgspec.Struct, frozen=True, gc=False):
    """Money came (above zero) or went for another reason than a fill: funding, interest, a coupon, an insurance."""

    account: AccountId
    currency: str
    amount: Decimal
    kind: PostingKind
    ts_event: int
    ts_recv: int
    instrument: InstrumentId | None = None
    reference: str = ""


class OptionExercised(msgspec.Struct, frozen=True, gc=False):
    """Lots of an option ended: exercised (`side` BUY, they were held), assigned (SELL) or worthless.

    `price` is the underlying's settlement price, which the money is worked out from where delivery is in cash; where it
    is physical the underlying is bought or sold at the strike. `fee` is charged in the option's currency.
    `worthless` lots just go.
    """

    account: AccountId
    instrument: InstrumentId
    side: Side
    quantity: Decimal
    price: Decimal
    ts_event: int
    ts_recv: int
    trading_day: int
    fee: Decimal = Decimal(0)
    worthless: bool = False


class PositionsCombined(msgspec.Struct, frozen=True, gc=False):
    """Held legs were combined into `quantity` lots of a spread, or split again (below zero)."""

    account: AccountId
    instrument: InstrumentId
    side: Side
    quantity: Decimal
    ts_event: int
    ts_recv: int


class MarginTermsChanged(msgspec.Struct, frozen=True, gc=False):
    """Leverage, margin mode or the money set aside for an isolated position changed; None is as before.

    `moved` is what was added to the isolated position, below zero what was taken back.
    """

    account: AccountId
    instrument: InstrumentId
    ts_event: int
    ts_recv: int
    leverage: Decimal | None = None
    mode: MarginMode | None = None
    moved: Decimal = Decimal(0)


class CommandRefused(msgspec.Struct, frozen=True, gc=False):
    """A command that is not about an order was refused; nothing has changed."""

    account: AccountId
    instrument: InstrumentId
    ts_event: int
    ts_recv: int
    reason: str
    code: str = ""


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


class CursorMoved(msgspec.Struct, frozen=True, gc=False):
    """The next event of an account is number `number` of trading day `day` in its venue's stream.

    `epoch` tells streams apart that begin anew, as after a reset. It goes before the event, for those who resume there.
    """

    account: AccountId
    epoch: int
    day: int
    number: int
    ts_event: int
    ts_recv: int


class TimePassed(msgspec.Struct, frozen=True, gc=False):
    """Nothing happened but time went by: timers due by now fire."""

    ts_event: int
    ts_recv: int


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
    | OrderQueued
    | OrderSent
    | OrderVanished
)
AccountEvent = (
    Deposited
    | Withdrawn
    | DaySettled
    | SeriesRolled
    | CashMoved
    | OptionExercised
    | PositionsCombined
    | MarginTermsChanged
    | CommandRefused
    | PositionsAligned
    | BalanceAligned
    | TermsAligned
)
Event = (
    MarketEvent
    | OrderEvent
    | AccountEvent
    | TimerFired
    | VenueStateChanged
    | StrategyFaulted
    | LoopLagged
    | CursorMoved
    | TimePassed
    | RiskEvent
)

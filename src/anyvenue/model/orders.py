"""Wishes and their fate: requests, order records and fills."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import Offset, OrderState, OrderType, Pending, Side, TimeInForce
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, StrategyId

__all__ = ["DONE_STATES", "EXTERNAL", "Fill", "LegFill", "Order", "OrderRequest"]

_ZERO = Decimal(0)

EXTERNAL = "external"
"""The tag of orders that were found at the venue and adopted: somebody else placed them."""

DONE_STATES = frozenset(
    {OrderState.FILLED, OrderState.CANCELLED, OrderState.REJECTED, OrderState.EXPIRED}
)


class OrderRequest(msgspec.Struct, frozen=True, gc=False):
    """What somebody wants done. `price` is None for market and stop orders, `stop_price` set for stops.

    `expires` is int ns UTC for GTD, 0 otherwise. `tag` is the caller's own note and comes back on the record. `trail`
    is the distance in price of a trailing stop. `display` is the quantity an iceberg shows at a time, None to show all.
    `covered` sells calls against units of the underlying, which are locked instead of a margin, or buys those back.
    """

    account: AccountId
    instrument: InstrumentId
    side: Side
    quantity: Decimal
    price: Decimal | None = None
    type: OrderType = OrderType.LIMIT
    time_in_force: TimeInForce = TimeInForce.DAY
    offset: Offset = Offset.AUTO
    stop_price: Decimal | None = None
    reduce_only: bool = False
    post_only: bool = False
    expires: int = 0
    strategy: StrategyId = StrategyId("")
    tag: str = ""
    trail: Decimal | None = None
    display: Decimal | None = None
    covered: bool = False


class Order(msgspec.Struct, frozen=True, gc=False):
    """The latest record of an order; every change makes a new one with `revision` one higher.

    `filled_value` is the sum of fill price x quantity, exact, so the average is a view. `parent` is the wish this
    venue order is a part of when one request became several. `reason` and `venue_code` say why it was refused or
    ended; they keep the venue's own words.
    """

    order_id: OrderId
    request: OrderRequest
    state: OrderState = OrderState.NEW
    pending: Pending = Pending.NONE
    filled: Decimal = _ZERO
    filled_value: Decimal = _ZERO
    fees: Decimal = _ZERO
    venue_order_id: str = ""
    client_ref: str = ""
    parent: OrderId = OrderId(0)
    reason: str = ""
    venue_code: str = ""
    triggered: bool = False
    trading_day: int = 0
    ts_created: int = 0
    ts_updated: int = 0
    revision: int = 0

    @property
    def account(self) -> AccountId:
        """The account the order is for."""
        return self.request.account

    @property
    def instrument(self) -> InstrumentId:
        """The instrument ordered."""
        return self.request.instrument

    @property
    def side(self) -> Side:
        """Buy or sell."""
        return self.request.side

    @property
    def quantity(self) -> Decimal:
        """The quantity ordered."""
        return self.request.quantity

    @property
    def price(self) -> Decimal | None:
        """The limit price, None for market and stop orders."""
        return self.request.price

    @property
    def remaining(self) -> Decimal:
        """Quantity ordered less quantity filled."""
        return self.request.quantity - self.filled

    @property
    def done(self) -> bool:
        """True when nothing more can happen to the order. UNKNOWN is not done."""
        return self.state in DONE_STATES

    @property
    def average_price(self) -> Decimal | None:
        """Average fill price for display, None without fills. Never booked."""
        return self.filled_value / self.filled if self.filled else None


class LegFill(msgspec.Struct, frozen=True, gc=False):
    """What one leg of a spread was bought or sold at; its fee is part of the fill's."""

    instrument: InstrumentId
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal


class Fill(msgspec.Struct, frozen=True, gc=False):
    """One execution of an order. `trade_id` is the venue's and unique per account, trading day and side.

    `offset` is the order's own, never AUTO: a venue that does not tell today's lots from older ones says CLOSE.
    `fee` is charged in `fee_currency`, positive when it costs. A spread's fill has one of `legs` for each leg.
    `covered` is the order's.
    """

    order_id: OrderId
    account: AccountId
    instrument: InstrumentId
    trade_id: str
    side: Side
    offset: Offset
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_currency: str
    ts_event: int
    ts_recv: int
    trading_day: int = 0
    maker: bool = False
    strategy: StrategyId = StrategyId("")
    legs: tuple[LegFill, ...] = ()
    covered: bool = False

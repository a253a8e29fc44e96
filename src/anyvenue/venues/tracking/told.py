"""What a venue says of an order, in our words: the same form from streams and answers, of every venue."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import OrderState, OrderType, Side, TimeInForce
from anyvenue.model.ids import OrderId
from anyvenue.model.orders import DONE_STATES

__all__ = ["Told", "ToldFill"]

_ZERO = Decimal(0)


class ToldFill(msgspec.Struct, frozen=True):
    """One execution at `ts` (int ns UTC); `order` is the venue's number of its order.

    `trade_id` is of no other trade of the account. `fee` is above zero where it costs, and None where it was not told:
    the fill must be asked for then. `fee_currency` is "" for the instrument's own.
    """

    trade_id: str
    order: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal | None
    fee_currency: str
    maker: bool
    ts: int


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An order as told at `ts` (int ns UTC, 0 for unknown); quantities are as ours are: contracts, or a pair's base.

    `order_id` is ours, by the client's id, 0 for somebody else's; `part` counts the venue's orders that it was replaced
    by. `filled` is the total of this order of the venue's. `full` is False where ids and state are all that was said.

    `state` is UNKNOWN for a state that we have no word for. `type` is None for a kind we have no word for (`kind` is
    the venue's), `quantity` for an order given in money or as a share of a position. `hedge` is the side of the
    position in hedge mode, None otherwise.

    A `conditional` order waits for its price apart from the others; `became` is the venue's number of the order it has
    become, and `parent` the conditional order that an ordinary one came of. `why` is the word for a refusal or an end.
    """

    symbol: str
    venue_id: str
    state: OrderState
    ts: int
    side: Side
    order_id: OrderId = OrderId(0)
    part: int = 0
    client_id: str = ""
    kind: str = ""
    type: OrderType | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False
    hedge: Side | None = None
    price: Decimal | None = None
    stop_price: Decimal | None = None
    trail: Decimal | None = None
    quantity: Decimal | None = None
    filled: Decimal = _ZERO
    full: bool = True
    conditional: bool = False
    triggered: bool = False
    became: str = ""
    parent: str = ""
    created: int = 0
    why: str = ""
    fill: ToldFill | None = None

    @property
    def done(self) -> bool:
        """Whether nothing more happens to it."""
        return self.state in DONE_STATES

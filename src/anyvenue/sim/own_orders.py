"""Orders that the exchange itself makes for an account, such as liquidations: announced and filled at once."""

from decimal import Decimal

from anyvenue.model.events import OrderAccepted, OrderEvent, OrderFilled, OrderSubmitted
from anyvenue.model.ids import OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.oms.account_state import AccountState

__all__ = ["FIRST_ID", "execute"]

FIRST_ID = 10**12
"""Ids of the exchange's own orders begin here: those of clients are lower (`model.ids.next_order_id`)."""


def execute(
    state: AccountState,
    instrument: Instrument,
    order: tuple[OrderId, OrderRequest],
    price: Decimal,
    trading_day: int,
    now: int,
) -> list[OrderEvent]:
    """Fill an own order whole at `price`, without a fee, and return what the account is told."""
    (order_id, request), account = order, state.account
    number = f"L{order_id}"
    fill = Fill(
        order_id,
        account,
        instrument.id,
        number,
        request.side,
        request.offset,
        price,
        request.quantity,
        Decimal(0),
        instrument.currency,
        now,
        now,
        trading_day,
        strategy=request.strategy,
    )
    steps: list[OrderEvent] = [
        OrderSubmitted(account, order_id, request, now, now, trading_day=trading_day),
        OrderAccepted(account, order_id, now, now, number),
        OrderFilled(account, order_id, now, now, fill),
    ]
    for step in steps:
        state.apply(step)
    return steps

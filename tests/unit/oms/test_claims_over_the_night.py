"""Orders that close today's lots and outlive the day: what was today's is old, and stays claimed."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from anyvenue.model.enums import Offset, OrderState, Side
from anyvenue.model.errors import InsufficientPosition
from anyvenue.model.events import DaySettled, Deposited, OrderCancelled, OrderFilled, OrderSubmitted
from anyvenue.model.ids import OrderId
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.memory import recall, remember
from builders import ALICE, DAY, rebar

D = Decimal
RB = rebar()


def empty() -> AccountState:
    """Return books without anything."""
    return AccountState(ALICE, {RB.id: RB}.__getitem__, lambda _: D(3500))


def holding_two() -> AccountState:
    """Return books with two lots of today, both claimed by order 2 that closes today's."""
    state = empty()
    state.begin_day("CNY", DAY)
    state.apply_account(Deposited(ALICE, "CNY", D(1_000_000), 1, 1))
    place(state, 1, Side.BUY, Offset.OPEN, 2)
    fill(state, 1, 2)
    place(state, 2, Side.SELL, Offset.CLOSE_TODAY, 2)
    return state


def place(
    state: AccountState, number: int, side: Side, offset: Offset, quantity: int, day: int = DAY
) -> None:
    """Send an order."""
    wish = OrderRequest(ALICE, RB.id, side, D(quantity), D(3500), offset=offset)
    state.place(OrderId(number), wish)
    state.apply(OrderSubmitted(ALICE, OrderId(number), wish, 1, 1, trading_day=day))


def fill(state: AccountState, number: int, quantity: int) -> None:
    """Fill an order."""
    request = state.orders.get(OrderId(number)).request
    done = Fill(
        OrderId(number), ALICE, RB.id, f"t{number}-{quantity}", request.side, request.offset,
        D(3500), D(quantity), D(0), "CNY", 2, 2, state.trading_day["CNY"],
    )  # fmt: skip
    state.apply(OrderFilled(ALICE, OrderId(number), 2, 2, done))


def settle(state: AccountState) -> None:
    """Let the night pass."""
    day = state.trading_day["CNY"]
    state.apply_account(DaySettled(ALICE, "CNY", day, day + 1, ((RB.id, D(3500)),), 3, 3))


def restarted(state: AccountState) -> AccountState:
    """Return the books as a start from a snapshot makes them."""
    again = empty()
    recall(again, remember(state))
    for order in again.orders.open_orders():
        again.place(order.order_id, replace(order.request, quantity=order.remaining))
    return again


@pytest.mark.parametrize("restart", [False, True])
def test_lots_stay_claimed_over_the_night_as_old_ones(restart: bool) -> None:
    state = holding_two()
    settle(state)
    state = restarted(state) if restart else state
    position = state.position(RB.id)
    assert (position.long_old.frozen, position.long_today.frozen) == (2, 0)
    for offset in (Offset.CLOSE_OLD, Offset.CLOSE_TODAY):
        wish = OrderRequest(ALICE, RB.id, Side.SELL, D(1), D(3500), offset=offset)
        with pytest.raises(InsufficientPosition):
            state.place(OrderId(9), wish)


@pytest.mark.parametrize("restart", [False, True])
def test_what_is_cancelled_filled_or_changed_the_day_after_is_free_again(restart: bool) -> None:
    state = holding_two()
    settle(state)
    state = restarted(state) if restart else state
    order = state.orders.get(OrderId(2))
    state.change(OrderId(2), replace(order.request, quantity=D(1)))
    assert state.position(RB.id).long_old.frozen == 1
    state.change(OrderId(2), replace(order.request, quantity=D(2)))
    fill(state, 2, 1)
    held = state.holding(RB.id)
    assert held is not None
    assert (held.long.quantity, held.long.frozen, held.long.frozen_today) == (1, 1, 0)
    state.apply(OrderCancelled(ALICE, OrderId(2), 4, 4))
    assert state.orders.get(OrderId(2)).state is OrderState.CANCELLED
    assert (held.long.frozen, held.long.frozen_today) == (0, 0)


def test_lots_of_the_new_day_are_claimed_beside() -> None:
    state = holding_two()
    settle(state)
    place(state, 3, Side.BUY, Offset.OPEN, 1, DAY + 1)
    fill(state, 3, 1)
    place(state, 4, Side.SELL, Offset.CLOSE_TODAY, 1, DAY + 1)
    position = state.position(RB.id)
    assert (position.long_old.frozen, position.long_today.frozen) == (2, 1)
    settle(state)
    held = state.holding(RB.id)
    assert held is not None
    assert (held.long.frozen, held.long.frozen_today) == (3, 0)
    for number in (2, 4):
        state.apply(OrderCancelled(ALICE, OrderId(number), 4, 4))
    assert (held.long.frozen, held.long.frozen_today) == (0, 0)

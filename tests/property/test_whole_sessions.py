"""Random sessions of orders, changes, cancels, quotes and settlements: the books are right at every step.

Every session runs with decimal's `Inexact` trap set, so no digit is lost outside of `oms.money.round_money`.
"""

from decimal import Decimal, Inexact, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recounting import Recount

from anyvenue.model.enums import ProfitMethod, Side
from anyvenue.oms.account_state import AccountSettings, AccountState
from builders import ALICE
from sessions import WIDTH, Action, Room, random_actions

CASH = Decimal(3_000_000)
ACTIONS = st.lists(st.tuples(*[st.integers(0, 99)] * WIDTH), min_size=30, max_size=120)
METHODS = st.sampled_from(ProfitMethod)
BOTH = ("CNY", "USDT")


def exact_session(method: ProfitMethod, actions: list[Action], check: object = None) -> Room:
    """Play a session and close it, trapping every lost digit."""
    with localcontext() as context:
        context.traps[Inexact] = True
        room = Room(AccountSettings(profit_method=method))
        if check is not None:
            room.check = check  # type: ignore[assignment]
        return room.play(actions).close()


def check_recount(room: Room) -> None:
    """The books equal the independent recount to the quantum: money, legs, margin and every fee."""
    recount = Recount(room.instruments, room.settings.profit_method, CASH).walk(room.history)
    state = room.venue
    for currency in BOTH:
        assert state.ledger.balance(currency) == recount.money[currency]
        assert state.margin(currency) == recount.margin(currency)
        assert state.ledger.total(currency) == 0
    for unit in room.instruments:
        position = state.position(unit.id)
        for side, today, leg in (
            (Side.BUY, True, position.long_today),
            (Side.BUY, False, position.long_old),
            (Side.SELL, True, position.short_today),
            (Side.SELL, False, position.short_old),
        ):
            assert (leg.quantity, leg.open_value) == recount.leg(unit.id, side, today)


def check_state(state: AccountState) -> None:
    """No leg is short, no claim larger than its leg, and the figures add up by the counter's formulas."""
    for position in state.positions():
        for leg in (
            position.long_today,
            position.long_old,
            position.short_today,
            position.short_old,
        ):
            assert 0 <= leg.frozen <= leg.quantity
    for currency in BOTH:
        figures = state.figures(currency, 0)
        balance = figures.pre_balance + figures.deposits - figures.withdrawals
        balance += figures.close_profit + figures.position_profit + figures.cash_flow - figures.fees
        assert figures.balance == balance
        frozen = figures.frozen_margin + figures.frozen_fees + figures.frozen_cash
        assert figures.available == balance - figures.margin - frozen
        assert min(figures.frozen_margin, figures.frozen_fees, figures.frozen_cash) >= 0
        assert figures.margin >= 0
    if not state.orders.open_orders():
        check_nothing_claimed(state)


def check_nothing_claimed(state: AccountState) -> None:
    """Nothing is frozen when no order works."""
    for currency in BOTH:
        assert state.frozen(currency).total == 0
    for position in state.positions():
        assert position.long_today.frozen == position.long_old.frozen == 0
        assert position.short_today.frozen == position.short_old.frozen == 0


def check_both_states(room: Room) -> None:
    """Check node and exchange after an action."""
    check_state(room.venue)
    check_state(room.node)


def check_same_books(room: Room) -> None:
    """The node's books are the exchange's: postings one by one, legs, orders."""
    assert room.node.ledger.digest() == room.venue.ledger.digest()
    assert room.node.positions() == room.venue.positions()
    for currency in BOTH:
        ours, theirs = (each.figures(currency, 0) for each in (room.node, room.venue))
        for name in ("balance", "available", "margin", "fees", "close_profit", "cash_flow"):
            assert getattr(ours, name) == getattr(theirs, name), name
    check_nothing_claimed(room.node)
    check_nothing_claimed(room.venue)


@settings(max_examples=150)
@given(METHODS, ACTIONS)
def test_an_independent_recount_equals_the_books(
    method: ProfitMethod, actions: list[Action]
) -> None:
    check_recount(exact_session(method, actions))


@settings(max_examples=150)
@given(METHODS, ACTIONS)
def test_the_figures_add_up_at_every_step_on_both_sides(
    method: ProfitMethod, actions: list[Action]
) -> None:
    room = exact_session(method, actions, check_both_states)
    check_same_books(room)
    assert {each.order_id for each in room.venue.orders} == set(room.order_ids)
    for order in room.venue.orders:
        mine = room.desk.order(order.order_id)
        assert (mine.state, mine.filled, mine.fees) == (order.state, order.filled, order.fees)


@pytest.mark.long
@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_long_sessions_hold_too(seed: int) -> None:
    room = exact_session(ProfitMethod.BY_DAY, random_actions(seed, 600))
    check_recount(room)
    check_same_books(room)


def test_random_sessions_do_all_kinds_of_things() -> None:
    room = Room().play(random_actions(7, 1500)).close()
    states = {order.state.value for order in room.node.orders}
    assert states >= {"filled", "cancelled", "expired"}
    offsets = {fill.offset.value for fill in room.history if hasattr(fill, "offset")}
    assert offsets >= {"open", "close", "close_today", "close_old"}
    assert sum(1 for each in room.history if not hasattr(each, "offset")) > 5
    assert {fill.instrument for fill in room.history if hasattr(fill, "offset")} == {
        each.id for each in room.instruments
    }
    assert room.node.account == ALICE


@pytest.mark.parametrize("keep_done", [True, False])
def test_an_exchange_that_forgets_done_orders_does_the_same(keep_done: bool) -> None:
    room = Room(keep_done=keep_done).play(random_actions(11, 300)).close()
    assert room.node.ledger.digest() == room.venue.ledger.digest()

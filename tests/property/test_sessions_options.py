"""Random sessions with options: premiums, sellers' margins, covers, exercises and assignments are always right."""

from decimal import Inexact, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from option_sessions import LATER, SOON, OptionRecount, OptionRoom
from recounting import ZERO

from anyvenue.model.enums import Offset, Side
from anyvenue.model.events import CashMoved, OptionExercised
from anyvenue.model.ids import AccountId
from anyvenue.oms.account_state import AccountState
from anyvenue.sim.faults import FaultPlan
from anyvenue.sim.latency import FixedLatency, RandomLatency
from builders import ALICE, BOB, MINUTE, rebar
from option_builders import OptionPit, fund, steel_option
from sessions import WIDTH, Action, random_actions

ACTIONS = st.lists(st.tuples(*[st.integers(0, 99)] * WIDTH), min_size=30, max_size=120)


def play(actions: list[Action], room: OptionRoom | None = None) -> OptionRoom:
    """Play a session and close it, trapping every lost digit."""
    with localcontext() as context:
        context.traps[Inexact] = True
        room = room or OptionRoom()
        room.check = lambda each: check_state(each.venue)
        room.play(actions).close()
    return room


def check_state(state: AccountState) -> None:
    """No leg is short, nothing frozen is below zero, and the figures add up."""
    for position in state.positions():
        for leg in (
            position.long_today,
            position.long_old,
            position.short_today,
            position.short_old,
        ):
            assert 0 <= leg.frozen <= leg.quantity
    figures = state.figures("CNY", 0)
    balance = figures.pre_balance + figures.deposits + figures.close_profit
    balance += figures.position_profit + figures.cash_flow + figures.other - figures.fees
    assert figures.balance == balance
    frozen = figures.frozen_margin + figures.frozen_fees + figures.frozen_cash
    assert figures.available == balance - figures.margin - frozen
    assert min(figures.frozen_margin, figures.frozen_fees, figures.frozen_cash) >= 0
    assert state.ledger.total("CNY") == 0


def check_recount(room: OptionRoom) -> None:
    """The books equal the independent recount to the quantum: money, legs, covers and margin."""
    recount = OptionRecount(room).walk(room.history)
    state = room.venue
    assert state.ledger.balance("CNY") == recount.money["CNY"]
    assert state.margin("CNY") == recount.margin("CNY") + recount.sellers_margin(state)
    for unit in room.instruments:
        position = state.position(unit.id)
        for side, today, leg in (
            (Side.BUY, True, position.long_today),
            (Side.BUY, False, position.long_old),
            (Side.SELL, True, position.short_today),
            (Side.SELL, False, position.short_old),
        ):
            assert (leg.quantity, leg.open_value) == recount.leg(unit.id, side, today), unit.id
    shares = state.position(fund().id)
    frozen = shares.long_today.frozen + shares.long_old.frozen
    assert frozen == recount.locked(fund().id)


def check_same_books(room: OptionRoom) -> None:
    """The node's books are the exchange's: postings one by one, legs, figures; nothing is left frozen."""
    assert room.node.ledger.digest() == room.venue.ledger.digest()
    assert room.node.positions() == room.venue.positions()
    for state in (room.node, room.venue):
        assert state.frozen("CNY").total == 0
    ours, theirs = (each.figures("CNY", 0) for each in (room.node, room.venue))
    for name in ("balance", "available", "margin", "fees", "cash_flow", "other", "market_value"):
        assert getattr(ours, name) == getattr(theirs, name), name


@settings(max_examples=120)
@given(ACTIONS)
def test_the_books_equal_an_independent_recount_on_both_sides(actions: list[Action]) -> None:
    room = play(actions)
    check_recount(room)
    check_same_books(room)


@pytest.mark.long
@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_long_sessions_hold_too(seed: int) -> None:
    room = play(random_actions(seed, 600))
    check_recount(room)
    check_same_books(room)


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.booleans())
def test_a_bad_network_and_days_that_roll_without_it_give_the_same_books(
    seed: int, slow: bool
) -> None:
    plan = FaultPlan(
        seed=seed, drop=0.05, duplicate=0.1, delay=0.1, disconnect=0.05, outage_ns=10**13
    )
    latency = RandomLatency(1_000_000, 700_000_000, seed) if slow else FixedLatency(3_000_000)
    room = play(random_actions(seed, 200), OptionRoom(latency=latency, faults=plan))
    check_recount(room)
    check_same_books(room)


def test_random_sessions_do_all_kinds_of_things() -> None:
    seen = set()
    for seed in range(24):
        room = play(random_actions(seed, 400))
        for event in room.history:
            if isinstance(event, OptionExercised):
                seen.add(f"{event.side} worthless {event.worthless}")
                unit = room.desk.account(ALICE).instrument(event.instrument)
                assert unit.option is not None
                seen.add(f"{unit.option.delivery} {unit.right} {event.side}")
            elif isinstance(event, CashMoved):
                seen.add("settled in money")
            elif getattr(event, "covered", False):
                seen.add(f"covered {event.side}")
    assert seen >= {
        *(f"{side} worthless {each}" for side in Side for each in (True, False)),
        "cash call sell",
        "cash put buy",
        "physical call buy",
        "physical put sell",
        "covered buy",
        "covered sell",
        "settled in money",
    }


BOOK_ACTIONS = st.lists(
    st.tuples(*[st.integers(0, 99)] * 5),
    min_size=20,
    max_size=80,
)


@settings(max_examples=60)
@given(BOOK_ACTIONS)
def test_where_users_meet_every_exercise_has_its_assignment(actions: list[Action]) -> None:
    calls = [steel_option(expiry=SOON), steel_option("put", 3510, expiry=LATER)]
    everybody = [ALICE, BOB, AccountId("carol")]
    pit = OptionPit(*calls, rebar(), accounts=everybody, matching="book")
    pit.price(rebar(), 3500)
    for kind, who, which, number, price in actions:
        account, option = everybody[who % 3], calls[which % 2]
        if kind < 60:
            side = Side.BUY if kind % 2 else Side.SELL
            offset = Offset.CLOSE if kind % 5 == 0 else Offset.OPEN
            pit.send(
                side, 1 + number % 5, 50 + price % 5, of=option, account=account, offset=offset
            )
        elif kind < 75:
            pit.exercise(option, number % 4, account=account, abandon=price % 3 == 0)
        elif kind < 90:
            pit.price(rebar(), 3450 + price)
        else:
            pit.to(pit.now + 24 * 60 * MINUTE)
        check_both_sides(pit, everybody)
    pit.to(pit.now + 10 * 24 * 60 * MINUTE)
    check_both_sides(pit, everybody)
    assert all(pit.exchange.accounts[each].position(calls[0].id).flat for each in everybody)


def check_both_sides(pit: OptionPit, accounts: list[AccountId]) -> None:
    """What one holds another owes, in options and in the futures they became; money only moves between them."""
    states = [pit.exchange.accounts[each] for each in accounts]
    for name in pit.instruments:
        assert sum(state.position(name).net for state in states) == 0
    assert all(state.ledger.total("CNY") == 0 for state in states)
    worth = sum((state.worth("CNY") for state in states), ZERO)
    fees = sum((fill.fee for fill in pit.fills()), ZERO)
    assert worth == 3_000_000 - fees

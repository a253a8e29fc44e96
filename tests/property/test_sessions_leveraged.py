"""Random sessions of perpetuals and crypto futures: fundings, liquidations and changed terms leave the books right.

Every session runs with decimal's `Inexact` trap set, so no digit is lost outside of `oms.money`.
"""

from decimal import Decimal, Inexact, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from recounting_leveraged import LeveragedRecount

from anyvenue.model.enums import MarginMode, Side
from anyvenue.model.events import CashMoved
from anyvenue.model.orders import Fill
from anyvenue.oms.account_state import AccountSettings, AccountState
from anyvenue.oms.bookings.leveraged_holding import LeveragedHolding
from anyvenue.sim.faults import FaultPlan
from anyvenue.sim.latency import FixedLatency, LatencyModel, RandomLatency
from leveraged_sessions import CASH, Action, LeveragedRoom
from sessions import WIDTH, random_actions

ACTIONS = st.lists(st.tuples(*[st.integers(0, 99)] * WIDTH), min_size=30, max_size=120)
SETTINGS = st.builds(
    AccountSettings,
    hedged=st.booleans(),
    leverage=st.sampled_from([Decimal(5), Decimal(20), Decimal(100)]),
    margin_mode=st.sampled_from(MarginMode),
)
CHANCES = st.sampled_from([0.0, 0.05, 0.3])
PLANS = st.builds(
    FaultPlan,
    seed=st.integers(0, 10**6),
    drop=CHANCES,
    duplicate=CHANCES,
    delay=CHANCES,
    disconnect=CHANCES,
)


def exact_session(
    terms: AccountSettings,
    actions: list[Action],
    latency: LatencyModel | None = None,
    faults: FaultPlan | None = None,
    keep_done: bool = True,
) -> LeveragedRoom:
    """Play a session and close it, trapping every lost digit."""
    with localcontext() as context:
        context.traps[Inexact] = True
        room = LeveragedRoom(terms, latency, faults, keep_done)
        room.check = check_nobody_stands_below
        return room.play(actions).close()


def money_of(state: AccountState, name: str) -> Decimal:
    """Return the isolated money of a position."""
    holding = state.holding(name)  # type: ignore[arg-type]
    return holding.money if isinstance(holding, LeveragedHolding) else Decimal(0)


def check_nobody_stands_below(room: LeveragedRoom) -> None:
    """Nothing is frozen without an order, and no margin is below zero but where funding overdrew isolated money."""
    state = room.venue
    for currency in CASH:
        assert state.ledger.total(currency) == 0
        frozen = state.frozen(currency)
        assert min(frozen.margin, frozen.fees, frozen.cash) >= 0
        if not state.orders.open_orders():
            assert frozen.total == 0


def recount_of(room: LeveragedRoom) -> LeveragedRecount:
    """Return the recount of what the node heard."""
    return LeveragedRecount(
        room.instruments,
        CASH,
        hedged=room.settings.hedged,
        isolated=room.settings.margin_mode is MarginMode.ISOLATED,
        leverage=room.settings.leverage,
    ).walk(room.history)


def check_recount(room: LeveragedRoom) -> LeveragedRecount:
    """Money, lots, profit and isolated money equal the recount's, at the exchange and at the node."""
    recount = recount_of(room)
    for state in (room.venue, room.node):
        for currency in CASH:
            assert state.ledger.balance(currency) == recount.money[currency]
            assert state.ledger.total(currency) == 0
        for unit in room.instruments:
            position = state.position(unit.id)
            assert position.long == recount.held(unit.id, Side.BUY)
            assert position.short == recount.held(unit.id, Side.SELL)
            assert money_of(state, unit.id) == recount.pots[unit.id]
            holding, mark = state.holding(unit.id), state.mark(unit.id)
            if holding is not None and mark is not None:
                profit = state.booking(unit.id).profit(state, unit, holding, mark)
                assert profit == recount.profit(unit.id, mark)
    return recount


def check_same_books(room: LeveragedRoom) -> None:
    """The node's books are the exchange's, posting by posting, and so are the figures."""
    assert room.node.ledger.digest() == room.venue.ledger.digest()
    assert room.node.positions() == room.venue.positions()
    for currency in CASH:
        ours, theirs = (each.figures(currency, 0) for each in (room.node, room.venue))
        # The node learns the trading day with its first report.
        assert replace(ours, trading_day=theirs.trading_day) == theirs


def liquidations(room: LeveragedRoom) -> int:
    """Return how many orders of the exchange's own there were."""
    return sum(1 for each in room.history if isinstance(each, Fill) and each.order_id >= 10**12)


@settings(max_examples=150)
@given(SETTINGS, ACTIONS)
def test_an_independent_recount_equals_the_books(
    terms: AccountSettings, actions: list[Action]
) -> None:
    room = exact_session(terms, actions)
    check_recount(room)
    check_same_books(room)


@pytest.mark.long
@settings(max_examples=30)
@given(SETTINGS, st.integers(0, 10**6))
def test_long_sessions_with_many_liquidations_hold_too(terms: AccountSettings, seed: int) -> None:
    room = exact_session(terms, random_actions(seed, 400))
    check_recount(room)
    check_same_books(room)


@settings(max_examples=100)
@given(SETTINGS, PLANS, st.integers(0, 1), st.integers(0, 10**6), st.booleans())
def test_over_a_bad_network_both_sides_agree_in_the_end(
    terms: AccountSettings, plan: FaultPlan, kind: int, seed: int, keep_done: bool
) -> None:
    latency = FixedLatency(3_000_000, 2_000_000) if kind else RandomLatency(10**6, 7 * 10**8, seed)
    room = exact_session(terms, random_actions(seed, 150), latency, plan, keep_done)
    check_recount(room)
    check_same_books(room)


@settings(max_examples=60)
@given(SETTINGS, st.integers(0, 10**6))
def test_what_is_still_held_has_more_than_its_maintenance_margin(
    terms: AccountSettings, seed: int
) -> None:
    room = exact_session(terms, random_actions(seed, 150))
    for index in range(4):
        room._quote(index, 5, 5)  # no move, but everybody is looked at
    recount = check_recount(room)
    crossed: dict[str, list[Decimal]] = {"USDT": [], "BTC": []}
    for unit in room.instruments:
        mark = room.venue.mark(unit.id)
        assert mark is not None
        slack = recount.profit(unit.id, mark) - recount.needed(unit.id, mark)
        if room.venue.position(unit.id).flat:
            continue
        if recount.isolated[unit.id]:
            assert recount.pots[unit.id] + slack > 0
        else:
            crossed[unit.currency].append(slack)
    for currency, slacks in crossed.items():
        assert not slacks or recount.free(currency) + sum(slacks) > 0


def test_random_sessions_do_all_kinds_of_things() -> None:
    kinds: set[str] = set()
    closed = insured = 0
    for mode in MarginMode:
        terms = AccountSettings(leverage=Decimal(20), margin_mode=mode)
        room = exact_session(terms, random_actions(7, 1000))
        kinds |= {str(each.kind) for each in room.history if isinstance(each, CashMoved)}
        closed += liquidations(room)
        insured += check_recount(room).insured
        assert {each.instrument for each in room.history if isinstance(each, Fill)} >= {
            each.id for each in room.instruments[:3]
        }
    assert kinds == {"funding", "liquidation", "insurance"}
    assert closed > 10
    assert insured > 1

"""Sessions over a bad network: messages lost, doubled, late, links cut. In the end both sides agree on everything."""

from hypothesis import given, settings
from hypothesis import strategies as st
from test_whole_sessions import check_recount, check_same_books, check_state

from anyvenue.model.enums import OrderState
from anyvenue.sim.faults import FaultPlan
from anyvenue.sim.latency import FixedLatency, LatencyModel, NoLatency, RandomLatency
from sessions import Room, random_actions

CHANCES = st.sampled_from([0.0, 0.0, 0.05, 0.3])
PLANS = st.builds(
    FaultPlan,
    seed=st.integers(0, 10**6),
    reject=CHANCES,
    drop=CHANCES,
    duplicate=CHANCES,
    delay=CHANCES,
    disconnect=CHANCES,
)


def latency(kind: int, seed: int) -> LatencyModel:
    """Return one of the latency models."""
    if kind == 0:
        return NoLatency()
    if kind == 1:
        return FixedLatency(3_000_000, 2_000_000)
    return RandomLatency(1_000_000, 700_000_000, seed)


def play(plan: FaultPlan, kind: int, seed: int, count: int, keep_done: bool = True) -> Room:
    """Play a session over a bad network to its end."""
    room = Room(
        latency=latency(kind, seed),
        faults=plan,
        keep_done=keep_done,
        match_on_arrival=kind > 0,
    )
    room.check = lambda each: check_state(each.venue)
    return room.play(random_actions(seed, count)).close()


def check_same_orders(room: Room) -> None:
    """No order is lost or doubled, and each came to the same end on both sides."""
    theirs = {order.order_id: order for order in room.venue.orders}
    ours = {order.order_id: order for order in room.node.orders}
    assert set(theirs) <= set(ours)
    for order_id, order in ours.items():
        assert order.done
        if order_id not in theirs:
            assert order.state is OrderState.REJECTED
            continue
        other = theirs[order_id]
        assert (order.filled, order.filled_value) == (other.filled, other.filled_value)
        assert (order.fees, order.state) == (other.fees, other.state)


@settings(max_examples=150)
@given(PLANS, st.integers(0, 2), st.integers(0, 10**6))
def test_after_everything_has_arrived_node_and_exchange_agree(
    plan: FaultPlan, kind: int, seed: int
) -> None:
    room = play(plan, kind, seed, 150)
    check_same_books(room)
    check_same_orders(room)
    check_recount(room)


@settings(max_examples=40)
@given(PLANS, st.integers(0, 2), st.integers(0, 10**6))
def test_an_exchange_that_forgets_done_orders_doubles_none_of_them(
    plan: FaultPlan, kind: int, seed: int
) -> None:
    room = play(plan, kind, seed, 150, keep_done=False)
    check_same_books(room)
    check_recount(room)


def test_the_sessions_meet_every_fault() -> None:
    plan = FaultPlan(seed=3, reject=0.1, drop=0.1, duplicate=0.1, delay=0.1, disconnect=0.05)
    room = play(plan, 2, 5, 1200)
    reasons = {order.reason.partition(":")[0] for order in room.node.orders}
    assert {
        "refused by fault injection",
        "the exchange does not know the order",
        "the link to the exchange is down; nothing was sent",
    } <= reasons
    check_same_books(room)
    check_same_orders(room)

"""The order state machine under any events, in any order, any number of times."""

from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anyvenue.model.enums import Offset, OrderState, Pending, Side
from anyvenue.model.events import (
    CancelRejected,
    ModifyRejected,
    OrderAccepted,
    OrderCancelled,
    OrderEvent,
    OrderExpired,
    OrderFilled,
    OrderModified,
    OrderOutcomeLost,
    OrderRejected,
    OrderSubmitted,
    OrderTriggered,
)
from anyvenue.model.ids import InstrumentId, OrderId
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.oms.order_store import OrderStore
from builders import ALICE

ONE = OrderId(1)
NAME = InstrumentId("rb2605.SHFE")
REQUEST = OrderRequest(ALICE, NAME, Side.BUY, Decimal(3), Decimal(100), offset=Offset.OPEN)
_RANK = {
    OrderState.NEW: 0,
    OrderState.SENT: 1,
    OrderState.UNKNOWN: 2,
    OrderState.OPEN: 3,
    OrderState.PARTIAL: 4,
    OrderState.REJECTED: 5,
    OrderState.CANCELLED: 5,
    OrderState.EXPIRED: 5,
    OrderState.FILLED: 6,
}


def fill(trade: int, quantity: int = 1) -> OrderFilled:
    """Return the fill of a trade id."""
    record = Fill(
        ONE, ALICE, NAME, str(trade), Side.BUY, Offset.OPEN, Decimal(100), Decimal(quantity),
        Decimal("0.1"), "CNY", 0, 0,
    )  # fmt: skip
    return OrderFilled(ALICE, ONE, 0, 0, record)


SUBMITTED = OrderSubmitted(ALICE, ONE, REQUEST, 0, 0)
ACCEPTED = OrderAccepted(ALICE, ONE, 0, 0, "V1")
REJECTED = OrderRejected(ALICE, ONE, 0, 0, "no", "x")
CANCELLED = OrderCancelled(ALICE, ONE, 0, 0)
EXPIRED = OrderExpired(ALICE, ONE, 0, 0)
TRIGGERED = OrderTriggered(ALICE, ONE, 0, 0)
LOST = OrderOutcomeLost(ALICE, ONE, 0, 0)
NO_CANCEL = CancelRejected(ALICE, ONE, 0, 0, "too late")
NO_CHANGE = ModifyRejected(ALICE, ONE, 0, 0, "too late")


def modified(quantity: int) -> OrderModified:
    """Return a change of the quantity."""
    return OrderModified(ALICE, ONE, 0, 0, Decimal(quantity), Decimal(101))


ANY_EVENT = st.one_of(
    st.sampled_from(
        [SUBMITTED, ACCEPTED, REJECTED, CANCELLED, EXPIRED, TRIGGERED, LOST, NO_CANCEL, NO_CHANGE]
    ),
    st.integers(1, 5).map(fill),
    st.integers(1, 5).map(modified),
)


def after(*events: OrderEvent) -> Any:
    """Return the record after the submit and `events`."""
    store = OrderStore()
    for event in (SUBMITTED, *events):
        store.apply(event)
    return store.get(ONE)


@settings(max_examples=300)
@given(st.lists(ANY_EVENT, max_size=15))
def test_states_only_move_forward_and_fills_are_counted_once(events: list[OrderEvent]) -> None:
    store = OrderStore()
    store.apply(SUBMITTED)
    trades: set[str] = set()
    for event in events:
        before = store.get(ONE)
        changed = store.apply(event)
        now = store.get(ONE)
        if isinstance(event, OrderFilled):
            trades.add(event.fill.trade_id)
        else:
            assert now.filled == before.filled
        assert now.filled == len(trades)
        assert now.filled_value == 100 * len(trades)
        assert now.fees == Decimal("0.1") * len(trades)
        proof = isinstance(event, OrderFilled) and before.state is OrderState.REJECTED
        assert _RANK[now.state] >= _RANK[before.state] or proof
        assert (changed is None) == (now == before)
        assert now.revision == before.revision + (changed is not None)
        assert (ONE in [each.order_id for each in store.open_orders()]) == (not now.done)


@settings(max_examples=150)
@given(st.lists(ANY_EVENT, max_size=8))
def test_every_event_said_twice_at_once_is_said_once(events: list[OrderEvent]) -> None:
    once, twice = OrderStore(), OrderStore()
    for store, times in ((once, 1), (twice, 2)):
        for event in (SUBMITTED, *events):
            for _ in range(times):
                if not isinstance(event, OrderModified):
                    store.apply(event)
    assert once.get(ONE) == twice.get(ONE)


@pytest.mark.parametrize(
    ("history", "state", "filled"),
    [
        ((ACCEPTED, fill(1), fill(2), fill(3)), OrderState.FILLED, 3),
        ((ACCEPTED, fill(1), CANCELLED), OrderState.CANCELLED, 1),
        ((ACCEPTED, fill(1), EXPIRED), OrderState.EXPIRED, 1),
        ((ACCEPTED, TRIGGERED, fill(1, 3)), OrderState.FILLED, 3),
        ((ACCEPTED, modified(2), fill(1), fill(2)), OrderState.FILLED, 2),
        ((LOST, ACCEPTED, fill(1)), OrderState.PARTIAL, 1),
        ((REJECTED, LOST), OrderState.REJECTED, 0),
    ],
)
def test_a_history_comes_to_the_same_end_in_every_order(
    history: tuple[OrderEvent, ...], state: OrderState, filled: int
) -> None:
    for events in permutations(history):
        record = after(*events)
        assert (record.state, record.filled) == (state, filled), events


@pytest.mark.parametrize("late", [SUBMITTED, ACCEPTED, LOST, TRIGGERED, CANCELLED, EXPIRED])
def test_a_late_report_after_a_rejection_changes_nothing(late: OrderEvent) -> None:
    store = OrderStore()
    store.apply(SUBMITTED)
    rejected = store.apply(REJECTED)
    assert store.apply(late) is None
    assert store.get(ONE) == rejected


def test_a_fill_after_a_rejection_proves_that_it_was_not_rejected() -> None:
    record = after(REJECTED, fill(1))
    assert (record.state, record.filled) == (OrderState.PARTIAL, 1)


def test_a_rejection_after_a_fill_ends_only_the_rest() -> None:
    record = after(fill(1), REJECTED)
    assert (record.state, record.filled) == (OrderState.CANCELLED, 1)


def test_a_fill_after_a_cancel_counts_and_completes() -> None:
    assert after(CANCELLED, fill(1)).state is OrderState.CANCELLED
    assert after(CANCELLED, fill(1, 3)).state is OrderState.FILLED


def test_more_fills_than_ordered_all_count() -> None:
    record = after(fill(1, 2), fill(2, 2))
    assert (record.state, record.filled, record.remaining) == (OrderState.FILLED, 4, -1)


def test_what_was_executed_or_changed_ends_the_doubt() -> None:
    assert after(LOST).state is OrderState.UNKNOWN
    assert after(LOST, fill(1)).state is OrderState.PARTIAL
    assert after(LOST, modified(5)).state is OrderState.OPEN
    assert after(LOST, ACCEPTED).state is OrderState.OPEN


def test_a_change_to_what_is_filled_already_completes_the_order() -> None:
    assert after(ACCEPTED, fill(1), fill(2), modified(2)).state is OrderState.FILLED


@pytest.mark.parametrize(
    ("pending", "event", "left"),
    [
        (Pending.CANCEL, NO_CANCEL, Pending.NONE),
        (Pending.CANCEL, NO_CHANGE, Pending.CANCEL),
        (Pending.CANCEL, modified(4), Pending.CANCEL),
        (Pending.MODIFY, NO_CHANGE, Pending.NONE),
        (Pending.MODIFY, NO_CANCEL, Pending.MODIFY),
        (Pending.MODIFY, modified(4), Pending.NONE),
        (Pending.CANCEL, fill(1), Pending.CANCEL),
        (Pending.CANCEL, fill(1, 3), Pending.NONE),
        (Pending.MODIFY, CANCELLED, Pending.NONE),
    ],
)
def test_only_its_own_answer_ends_a_request(
    pending: Pending, event: OrderEvent, left: Pending
) -> None:
    from msgspec.structs import replace

    store = OrderStore()
    store.apply(SUBMITTED)
    store.put(replace(store.get(ONE), state=OrderState.OPEN, pending=pending))
    store.apply(event)
    assert store.get(ONE).pending is left

"""The books of an account under events that come late, twice or out of place."""

from decimal import Decimal

import pytest

from anyvenue.model.enums import Offset, OrderType, Side
from anyvenue.model.errors import Inconsistent, InsufficientFunds, UnknownOrder
from anyvenue.model.events import (
    DaySettled,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderSubmitted,
)
from anyvenue.model.ids import OrderId
from anyvenue.model.orders import Fill, OrderRequest
from builders import ALICE, Pit, rebar

D = Decimal
RB = rebar()


def held(quantity: int = 3) -> Pit:
    """Return a pit with lots of today bought at 3500."""
    pit = Pit(RB)
    pit.buy(quantity, 3500)
    pit.last(3500)
    return pit


def settled(pit: Pit, price: int = 3510) -> DaySettled:
    """Return the settlement of the pit's day."""
    return DaySettled(ALICE, "CNY", 20260121, 20260122, ((RB.id, D(price)),), pit.now, pit.now)


def test_a_day_is_settled_once_however_often_it_is_said() -> None:
    pit = held()
    pit.state.settle(settled(pit))
    pit.buy(1, 3500)
    pit.last(3500, size=99)
    before = pit.position(), pit.state.ledger.digest()
    pit.state.settle(settled(pit))
    assert (pit.position(), pit.state.ledger.digest()) == before
    assert pit.position().long_today.quantity == 1


def test_settling_without_the_price_of_what_is_held_is_a_bug_and_says_so() -> None:
    pit = held()
    with pytest.raises(Inconsistent, match=r"no settlement price for rb2605\.SHFE"):
        pit.state.settle(DaySettled(ALICE, "CNY", 20260121, 20260122, (), 1, 1))


def test_a_claim_on_todays_lots_becomes_one_on_old_lots_when_the_day_ends() -> None:
    pit = held()
    order = pit.sell(2, 3600, offset=Offset.CLOSE_TODAY)
    pit.state.settle(settled(pit))
    old = pit.position().long_old
    assert (old.quantity, old.frozen) == (3, 2)
    pit.cancel(order)
    assert pit.position().long_old.frozen == 0
    pit.sell(3, 3600, offset=Offset.CLOSE_OLD)
    assert pit.position().long_old.frozen == 3


def test_a_fill_that_comes_after_its_day_was_settled_is_not_refused() -> None:
    pit = held()
    order = OrderId(pit.sell(2, 3600, offset=Offset.CLOSE_TODAY))
    pit.state.settle(settled(pit))
    late = Fill(
        order, ALICE, RB.id, "late", Side.SELL, Offset.CLOSE_TODAY, D(3600), D(2), D(1), "CNY",
        1, 1, 20260121,
    )  # fmt: skip
    pit.state.apply(OrderFilled(ALICE, order, 1, 1, late))
    assert pit.position().long == 1
    assert pit.position().long_old.frozen == 0


def test_the_same_fill_twice_moves_the_books_once() -> None:
    pit = held()
    digest = pit.state.ledger.digest()
    filled = next(event for event in pit.events if isinstance(event, OrderFilled))
    assert pit.state.apply(filled) is None
    assert pit.state.ledger.digest() == digest
    assert pit.position().long == 3


def test_a_fill_after_the_cancel_counts_without_its_claim() -> None:
    pit = Pit(RB)
    order = OrderId(pit.buy(2, 3500))
    pit.cancel(order)
    late = Fill(
        order, ALICE, RB.id, "late", Side.BUY, Offset.OPEN, D(3500), D(1), D("3.5"), "CNY", 1, 1
    )
    pit.state.apply(OrderFilled(ALICE, order, 1, 1, late))
    figures = pit.figures()
    assert figures.margin == D(3500)
    assert figures.frozen_margin == 0
    assert figures.fees == D("3.5")


def test_an_order_nobody_announced_is_an_error() -> None:
    pit = Pit(RB)
    with pytest.raises(UnknownOrder, match="no order 9"):
        pit.state.apply(OrderAccepted(ALICE, OrderId(9), 1, 1))


def test_a_claim_given_back_leaves_nothing() -> None:
    pit = Pit(RB)
    request = OrderRequest(ALICE, RB.id, Side.BUY, D(2), D(3500), offset=Offset.OPEN)
    pit.state.place(OrderId(5), request)
    assert pit.figures().frozen_margin == 7000
    pit.state.release(OrderId(5))
    pit.state.release(OrderId(5))
    assert pit.figures().frozen_margin == 0


def test_a_claim_that_costs_too_much_claims_nothing() -> None:
    pit = Pit(RB, cash=5000)
    request = OrderRequest(ALICE, RB.id, Side.BUY, D(2), D(3500), offset=Offset.OPEN)
    with pytest.raises(InsufficientFunds, match="needs 7007 CNY; account alice has 5000") as caught:
        pit.state.place(OrderId(5), request)
    assert (caught.value.needed, caught.value.available) == (7007, 5000)
    assert pit.figures().available == 5000


@pytest.mark.parametrize("stop", [3600, None])
def test_a_market_order_freezes_at_its_trigger_or_the_last_price(stop: int | None) -> None:
    pit = Pit(RB)
    pit.last(3500)
    pit.buy(1, stop_price=stop, type=OrderType.STOP if stop else OrderType.MARKET)
    assert pit.figures().frozen_margin == (stop or 3500)


def test_an_expired_order_of_the_venue_frees_its_claim_on_the_node() -> None:
    pit = Pit(RB)
    state = pit.state
    request = OrderRequest(ALICE, RB.id, Side.BUY, D(2), D(3500), offset=Offset.OPEN)
    state.place(OrderId(5), request)
    state.apply(OrderSubmitted(ALICE, OrderId(5), request, 1, 1))
    state.apply(OrderCancelled(ALICE, OrderId(5), 1, 1))
    assert state.frozen("CNY").total == 0

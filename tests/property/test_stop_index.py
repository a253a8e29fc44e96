"""The index of waiting stops finds what a look at every one of them finds."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from anyvenue.model.enums import OrderType, Side
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.sim.book import WorkingOrder
from anyvenue.sim.stops import StopIndex
from builders import Pit, rebar

ACTIONS = st.lists(
    st.tuples(st.integers(0, 9), st.booleans(), st.integers(-8, 8), st.integers(0, 5)),
    max_size=120,
)


class Naive:
    """One waiting stop that looks at every price; prices of buys are negated."""

    def __init__(self, order: WorkingOrder, last: Decimal | None) -> None:
        self.order = order
        self.ready = False
        stop = order.request.stop_price
        self.trigger = None if stop is None else self.signed(stop)
        if last is not None:
            self.see(last)

    def signed(self, price: Decimal) -> Decimal:
        return -price if self.order.buy else price

    def see(self, price: Decimal) -> None:
        here, trail = self.signed(price), self.order.request.trail
        if self.trigger is not None and here <= self.trigger:
            self.ready = True
        elif trail is not None and not self.ready:
            best = here - trail
            self.trigger = best if self.trigger is None else max(best, self.trigger)


def make(number: int, buy: bool, stop: int | None, trail: int) -> WorkingOrder:
    request = OrderRequest(
        AccountId("a"),
        InstrumentId("x.Y"),
        Side.BUY if buy else Side.SELL,
        Decimal(1),
        type=OrderType.TRAILING_STOP if trail else OrderType.STOP,
        stop_price=None if stop is None else Decimal(stop),
        trail=Decimal(trail) if trail else None,
    )
    return WorkingOrder.of(OrderId(number), request, 0, 0, number)


@settings(max_examples=400)
@given(ACTIONS)
def test_the_same_stops_go_off_in_the_same_order(actions: list[tuple[int, bool, int, int]]) -> None:
    index, naive = StopIndex(), dict[OrderId, Naive]()
    price = 100
    for number, (what, buy, move, trail) in enumerate(actions, start=1):
        if what < 5:
            stop = None if trail and move % 2 else price + move
            order = make(number, buy, stop, trail)
            index.add(order)
            naive[order.order_id] = Naive(order, index.last)
        elif what == 5 and naive:
            gone = list(naive)[abs(move) % len(naive)]
            index.discard(gone)
            del naive[gone]
        elif what < 9:
            price += move // 2
            index.see(Decimal(price))
            for each in naive.values():
                each.see(Decimal(price))
        else:
            touched = sorted(order_id for order_id, each in naive.items() if each.ready)
            assert pop_all(index) == touched
            naive = {key: each for key, each in naive.items() if not each.ready}
        assert len(index) == len(naive)


@settings(max_examples=120)
@given(ACTIONS)
def test_stops_in_touch_matching_go_off_at_the_same_prices(
    actions: list[tuple[int, bool, int, int]],
) -> None:
    pit = Pit(rebar(), cash=10**9)
    pit.last(3500)
    price, naive = 3500, dict[int, Naive]()
    for what, buy, move, trail in actions:
        if what < 5:
            stop = None if trail and move % 2 else price + move
            order = make(len(naive) + 1, buy, stop, trail)
            sent = pit.send(
                order.request.side,
                1,
                type=order.request.type,
                stop_price=stop,
                trail=order.request.trail,
            )
            naive[sent] = Naive(order, None)
        elif what == 5 and naive:
            gone = list(naive)[abs(move) % len(naive)]
            pit.cancel(gone)
            naive.pop(gone)
        else:
            price += move // 2
            pit.last(price, 1_000_000)
            for each in naive.values():
                each.see(Decimal(price))
        assert {each for each in naive if pit.order(each).triggered} == {
            each for each, stop in naive.items() if stop.ready
        }


def pop_all(index: StopIndex) -> list[OrderId]:
    found = []
    while (order := index.pop()) is not None:
        found.append(order.order_id)
    return found


def test_many_cancelled_stops_leave_nothing_behind() -> None:
    index = StopIndex()
    index.see(Decimal(100))
    for number in range(1, 2_001):
        index.add(make(number, True, None if number % 2 else 200, number % 2))
        index.discard(OrderId(number))
    assert len(index) == 0
    for fixed, trailing in index._sides.values():
        assert len(fixed.waiting) + trailing.count < 200

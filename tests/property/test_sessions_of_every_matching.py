"""Random sessions where orders wait in queues or find any quantity: the books are right, and volume fills once."""

from decimal import Decimal, Inexact, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recounting import Recount

from anyvenue.model.enums import Offset, ProfitMethod, Side
from anyvenue.model.orders import Fill
from anyvenue.sim.queue_models import QUEUE_MODELS
from builders import ALICE, BOB, MS, SECOND, Pit, depth, rebar, trade
from sessions import WIDTH, Room

pytestmark = pytest.mark.long

ACTIONS = st.lists(st.tuples(*[st.integers(0, 99)] * WIDTH), min_size=30, max_size=120)


@pytest.mark.parametrize("matching", ["queue", "maker"])
@settings(max_examples=100)
@given(ACTIONS, st.booleans())
def test_an_independent_recount_equals_the_books(
    matching: str, actions: list[tuple[int, ...]], arrival: bool
) -> None:
    with localcontext() as context:
        context.traps[Inexact] = True
        room = Room(matching=matching, match_on_arrival=arrival).play(actions).close()
    recount = Recount(room.instruments, ProfitMethod.BY_DAY, Decimal(3_000_000))
    recount.walk(room.history)
    assert room.node.ledger.digest() == room.venue.ledger.digest()
    for currency in ("CNY", "USDT"):
        assert room.venue.ledger.balance(currency) == recount.money[currency]
        assert room.venue.margin(currency) == recount.margin(currency)


STEPS = st.lists(
    st.tuples(
        st.integers(0, 9),  # what happens
        st.integers(-2, 2),  # ticks from 3500
        st.integers(1, 12),  # size
        st.booleans(),  # side
        st.integers(0, 1),  # account
    ),
    min_size=10,
    max_size=60,
)


class Hall:
    """A market of five levels around 3500 that never crosses, and two accounts that only join queues."""

    def __init__(self, model: str) -> None:
        self.pit = Pit(
            rebar(), matching="queue", queue_model=model, accounts=(ALICE, BOB), cash=10**9
        )
        self.volume = 1000.0
        self.bids = {3500.0 - each: 3.0 for each in range(5)}
        self.asks = {3501.0 + each: 3.0 for each in range(5)}
        self.sent: dict[int, tuple[bool, int]] = {}
        self.show()

    def show(self) -> list[Fill]:
        before = len(self.pit.fills())
        when = self.pit.now + SECOND
        figures = {"last": 3500.0, "volume": self.volume}
        self.pit.see(depth(self.pit.instrument, when, self.bids, self.asks, **figures))
        return self.pit.fills()[before:]

    def trade(self, price: float, size: float) -> list[Fill]:
        before = len(self.pit.fills())
        self.pit.see(trade(self.pit.instrument, self.pit.now + MS, price, size))
        return self.pit.fills()[before:]

    def join(self, buy: bool, ticks: int, quantity: int, account: int) -> None:
        ticks = abs(ticks)
        price = 3500 - ticks if buy else 3501 + ticks
        order = self.pit.send(
            Side.BUY if buy else Side.SELL,
            quantity,
            price,
            offset=Offset.OPEN,
            account=(ALICE, BOB)[account],
        )
        self.sent[order] = (buy, price)

    def check_turns(self, fills: list[Fill]) -> None:
        """Nobody younger at the same price filled while somebody older still waits."""
        filled = {fill.order_id for fill in fills}
        working = {
            int(order.order_id)
            for account in (ALICE, BOB)
            for order in self.pit.exchange.accounts[account].orders.open_orders()
        }
        for young in filled:
            for old in working - {young}:
                if old < young and self.sent[old] == self.sent[young]:
                    raise AssertionError(f"order {young} overtook {old}")


@pytest.mark.parametrize("model", sorted(QUEUE_MODELS))
@settings(max_examples=100)
@given(STEPS)
def test_a_trade_fills_no_more_than_its_size_and_nobody_overtakes(
    model: str, steps: list[tuple[int, int, int, bool, int]]
) -> None:
    hall = Hall(model)
    for kind, ticks, size, buy, account in steps:
        if kind < 3:
            hall.join(buy, ticks, size, account)
        elif kind < 7:
            price = 3500.0 + ticks
            fills = hall.trade(price, float(size))
            assert sum(fill.quantity for fill in fills) <= size
            assert all(fill.maker for fill in fills)
            for fill in fills:
                is_buy, limit = hall.sent[fill.order_id]
                assert fill.price == limit
                assert price <= limit if is_buy else price >= limit
            hall.check_turns(fills)
        else:
            side = hall.bids if buy else hall.asks
            side[(3500.0 - abs(ticks)) if buy else (3501.0 + abs(ticks))] = float(size)
            assert hall.show() == []


@pytest.mark.parametrize("model", sorted(QUEUE_MODELS))
@settings(max_examples=100)
@given(STEPS)
def test_volume_between_snapshots_fills_no_more_than_there_was(
    model: str, steps: list[tuple[int, int, int, bool, int]]
) -> None:
    hall = Hall(model)
    for kind, ticks, size, buy, account in steps:
        if kind < 3:
            hall.join(buy, ticks, size, account)
            continue
        side = hall.bids if buy else hall.asks
        side[(3500.0 - abs(ticks)) if buy else (3501.0 + abs(ticks))] = float(size)
        grown = 2 * size if kind < 7 else 0
        hall.volume += grown
        fills = hall.show()
        assert sum(fill.quantity for fill in fills) <= grown
        hall.check_turns(fills)

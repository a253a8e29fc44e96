"""Nobody takes more than is displayed, nobody overtakes, and nonsense prices fill nothing: under random quotes."""

import math
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from anyvenue.model.enums import Offset, Side, TimeInForce
from anyvenue.model.events import OrderFilled
from anyvenue.model.orders import Order
from builders import ALICE, BOB, DBL_MAX, SECOND, Pit, quote, rebar

STEPS = st.lists(
    st.tuples(
        st.integers(0, 3),  # bid, in ticks above 3500
        st.integers(1, 2),  # spread
        st.integers(0, 6),  # sizes
        st.integers(0, 6),
        st.lists(
            st.tuples(st.booleans(), st.integers(1, 5), st.integers(-1, 5), st.integers(0, 4)),
            max_size=3,
        ),
    ),
    min_size=5,
    max_size=25,
)


def send(pit: Pit, buy: bool, quantity: int, ticks: int, kind: int) -> None:
    """Send a limit order of one of two accounts, now and then a market or an immediate one."""
    lives = (TimeInForce.DAY, TimeInForce.DAY, TimeInForce.DAY, TimeInForce.IOC, TimeInForce.DAY)
    pit.send(
        Side.BUY if buy else Side.SELL,
        quantity,
        None if kind == 4 else 3500 + ticks,
        time_in_force=lives[kind],
        offset=Offset.OPEN,
        account=(ALICE, BOB)[quantity % 2],
    )


def working(pit: Pit, side: Side) -> list[Order]:
    """Return the working orders of one side, oldest first."""
    orders = [
        each for state in pit.exchange.accounts.values() for each in state.orders.open_orders()
    ]
    return sorted((each for each in orders if each.side is side), key=lambda each: each.order_id)


@settings(max_examples=120)
@given(STEPS)
def test_no_more_is_taken_of_a_level_than_it_displays_until_it_changes(steps: list) -> None:  # type: ignore[type-arg]
    pit = Pit(rebar(), accounts=(ALICE, BOB), cash=100_000_000)
    pit.quote(3500, 3501, 0, 0)
    levels: dict[Side, tuple[float, float]] = {}
    taken = {Side.BUY: Decimal(0), Side.SELL: Decimal(0)}
    for bid, spread, bid_size, ask_size, orders in steps:
        for order in orders:
            send(pit, *order)
        shown = {
            Side.SELL: (3500.0 + bid, float(bid_size)),  # sells take the bid
            Side.BUY: (3500.0 + bid + spread, float(ask_size)),
        }
        said = pit.quote(shown[Side.SELL][0], shown[Side.BUY][0], bid_size, ask_size)
        for side, level in shown.items():
            if levels.get(side) != level:
                taken[side] = Decimal(0)
            levels[side] = level
            taken[side] += sum(
                event.fill.quantity
                for event in said
                if isinstance(event, OrderFilled) and event.fill.side is side
            )
            assert taken[side] <= int(level[1])


@settings(max_examples=120)
@given(STEPS)
def test_price_goes_before_time_and_time_before_everything_else(steps: list) -> None:  # type: ignore[type-arg]
    pit = Pit(rebar(), accounts=(ALICE, BOB), cash=100_000_000)
    pit.quote(3500, 3501, 0, 0)
    for bid, spread, bid_size, ask_size, orders in steps:
        for order in orders:
            send(pit, *order)
        before = {side: working(pit, side) for side in Side}
        said = pit.quote(3500 + bid, 3500 + bid + spread, bid_size, ask_size)
        filled = {event.order_id for event in said if isinstance(event, OrderFilled)}
        left = {each.order_id for side in Side for each in working(pit, side)}
        for side in Side:
            for order in before[side]:
                if order.order_id in filled:
                    ahead = [each for each in before[side] if _before(each, order)]
                    assert not [each for each in ahead if each.order_id in left]


def _before(one: Order, other: Order) -> bool:
    return _rank(one) < _rank(other)


def _rank(order: Order) -> tuple[Decimal, int]:
    price = Decimal("Infinity") if order.price is None else order.price
    if order.side is Side.SELL:
        price = -price if order.price is not None else Decimal("Infinity")
    return (-price, order.order_id)


NUMBERS = st.one_of(
    st.floats(),
    st.sampled_from([0.0, -0.0, math.nan, math.inf, -math.inf, DBL_MAX, -DBL_MAX, 5e-324, 1e15]),
    st.sampled_from([3499.0, 3500.0, 3501.0, 3502.0]),
)


@settings(max_examples=300)
@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=12))
def test_a_storm_of_nonsense_fills_nothing_but_real_prices(storm: list) -> None:  # type: ignore[type-arg]
    pit = Pit(rebar(), cash=100_000_000)
    pit.quote(3500, 3501)
    pit.buy(2)
    pit.buy(400, 3505, time_in_force=TimeInForce.GTC)
    pit.send(Side.SELL, 400, 3495, offset=Offset.OPEN, time_in_force=TimeInForce.GTC)
    pit.send(Side.SELL, 2, offset=Offset.OPEN)
    pit.buy(1, stop_price=3600)
    pit.send(Side.SELL, 1, 3300, stop_price=3400, offset=Offset.OPEN)
    for bid, ask, bid_size, ask_size in storm:
        for side, price, size in (("sell", bid, bid_size), ("buy", ask, ask_size)):
            said = pit.see(
                quote(
                    pit.instrument,
                    pit.now + SECOND,
                    bid if side == "sell" else math.nan,
                    ask if side == "buy" else math.nan,
                    bid_size,
                    ask_size,
                )
            )
            fills = [event.fill for event in said if isinstance(event, OrderFilled)]
            if fills:
                assert 0.4 < price < 1e15
                assert not size <= 0
            assert all(fill.side.value == side for fill in fills)
            figures = pit.figures()
            assert all(
                each.is_finite()
                for each in (figures.balance, figures.available, figures.margin, figures.equity)
            )

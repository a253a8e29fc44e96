"""Orders against public trades: every rule at the head of `sim.touch`."""

import pytest

from anyvenue.model.enums import Offset, OrderState, TimeInForce
from builders import DBL_MAX, SECOND, Pit, rebar, trade


@pytest.fixture
def pit() -> Pit:
    """Return an exchange in rebar that has seen a first trade."""
    pit = Pit(rebar())
    show(pit, 3500)
    return pit


def show(pit: Pit, price: float, size: float = 10.0) -> None:
    """Show a public trade a second later."""
    pit.see(trade(pit.instrument, pit.now + SECOND, price, size))


def test_a_trade_at_the_limit_fills_up_to_its_size(pit: Pit) -> None:
    order = pit.buy(5, 3500)
    show(pit, 3500, 3)
    assert pit.prices(order) == [("3500", "3")]


def test_a_trade_through_the_limit_fills_at_the_limit(pit: Pit) -> None:
    buy, sell = pit.buy(1, 3500), pit.sell(1, 3490, offset=Offset.OPEN)
    show(pit, 3495)
    assert pit.prices(buy) == [("3500", "1")]
    assert pit.prices(sell) == [("3490", "1")]


def test_a_trade_beyond_the_limit_fills_nothing(pit: Pit) -> None:
    order = pit.buy(1, 3500)
    show(pit, 3501)
    assert pit.order(order).filled == 0


def test_a_market_order_fills_at_the_trades_price(pit: Pit) -> None:
    order = pit.buy(1)
    show(pit, 3502)
    assert pit.prices(order) == [("3502", "1")]


def test_better_limits_then_older_orders_share_the_size(pit: Pit) -> None:
    old, new, best = pit.buy(2, 3500), pit.buy(2, 3500), pit.buy(2, 3501)
    show(pit, 3500, 3)
    assert [pit.order(each).filled for each in (best, old, new)] == [2, 1, 0]


def test_fill_or_kill_and_fill_and_kill_are_decided_by_the_first_trade(pit: Pit) -> None:
    fok = pit.buy(5, 3500, time_in_force=TimeInForce.FOK)
    fak = pit.buy(5, 3500, time_in_force=TimeInForce.IOC)
    show(pit, 3500, 3)
    assert (pit.order(fok).state, pit.order(fok).filled) == (OrderState.CANCELLED, 0)
    assert (pit.order(fak).state, pit.order(fak).filled) == (OrderState.CANCELLED, 3)


def test_a_stop_is_triggered_by_a_trade_and_fills_on_it(pit: Pit) -> None:
    order = pit.sell(1, stop_price=3490, offset=Offset.OPEN)
    show(pit, 3491)
    show(pit, 3489)
    assert pit.prices(order) == [("3489", "1")]


@pytest.mark.parametrize("price", [float("nan"), 0.0, -1.0, DBL_MAX, float("inf")])
def test_an_absent_price_fills_nothing(pit: Pit, price: float) -> None:
    orders = [pit.buy(1), pit.buy(1, 3400), pit.sell(1, 3600, offset=Offset.OPEN)]
    show(pit, price)
    assert [pit.order(each).filled for each in orders] == [0, 0, 0]


def test_what_a_snapshot_showed_says_nothing_of_a_trades_size(pit: Pit) -> None:
    pit.sell(5, 3500, offset=Offset.OPEN)
    pit.quote(3500, 3501, bid_size=5)
    order = pit.buy(2, 3500)
    show(pit, 3500, 4)
    assert pit.order(order).filled == 2

"""A quote fills any quantity: every rule at the head of `sim.maker_matching`."""

from math import nan
from typing import Any

import pytest

from anyvenue.model.enums import OrderState, Side, TimeInForce
from builders import ALICE, BOB, DBL_MAX, SECOND, Pit, bar, depth, rebar, trade


def dealing(**options: Any) -> Pit:
    """Return an exchange whose quotes are good for any quantity."""
    return Pit(rebar(), matching="maker", cash=100_000_000, **options)


@pytest.fixture
def pit() -> Pit:
    """Return an exchange at 3500 to 3501."""
    made = dealing(accounts=(ALICE, BOB))
    made.quote(3500, 3501, 1, 1)
    return made


def test_a_buy_at_the_ask_fills_whole_whatever_is_displayed(pit: Pit) -> None:
    order = pit.buy(200, 3505)
    pit.quote(3500, 3501, 1, 1)
    assert pit.prices(order) == [("3501", "200")]
    assert not pit.fills(order)[0].maker


def test_a_sell_at_the_bid_fills_whole(pit: Pit) -> None:
    order = pit.send(Side.SELL, 200, 3490)
    pit.quote(3500, 3501, 1, 1)
    assert pit.prices(order) == [("3500", "200")]


def test_any_other_rests_until_a_quote_satisfies_it_and_gets_that_quote(pit: Pit) -> None:
    order = pit.buy(200, 3499)
    pit.quote(3499, 3500)
    assert pit.order(order).state is OrderState.OPEN
    pit.quote(3490, 3491, 1, 1)
    assert pit.prices(order) == [("3491", "200")]
    assert pit.fills(order)[0].maker


def test_with_latency_the_standing_quote_fills_on_arrival() -> None:
    pit = dealing(match_on_arrival=True)
    pit.quote(3500, 3501, 1, 1)
    order = pit.buy(200, 3501)
    assert pit.prices(order) == [("3501", "200")]


def test_what_was_taken_is_there_again_for_everybody(pit: Pit) -> None:
    first, second = pit.buy(200, 3501), pit.buy(200, 3501, account=BOB)
    pit.quote(3500, 3501, 1, 1)
    assert pit.order(first).filled == pit.order(second, BOB).filled == 200


def test_a_market_order_pays_the_best_quote_only(pit: Pit) -> None:
    order = pit.buy(200)
    pit.see(depth(pit.instrument, pit.now + SECOND, {3500.0: 1}, {3501.0: 1, 3502.0: 500}))
    assert pit.prices(order) == [("3501", "200")]


def test_fok_is_filled_whole_or_cancelled(pit: Pit) -> None:
    near = pit.buy(200, 3501, time_in_force=TimeInForce.FOK)
    far = pit.buy(200, 3499, time_in_force=TimeInForce.FOK)
    pit.quote(3500, 3501, 1, 1)
    assert pit.order(near).state is OrderState.FILLED
    assert pit.order(far).state is OrderState.CANCELLED


def test_a_post_only_order_that_a_quote_satisfies_at_once_is_cancelled(pit: Pit) -> None:
    order = pit.buy(2, 3501, post_only=True)
    pit.quote(3500, 3501)
    assert pit.order(order).state is OrderState.CANCELLED


def test_public_trades_fill_nothing_where_there_are_quotes(pit: Pit) -> None:
    order = pit.buy(2, 3500)
    pit.see(trade(pit.instrument, pit.now + SECOND, 3490, 50))
    assert not pit.fills(order)


def test_where_there_are_none_a_trade_is_a_quote() -> None:
    pit = dealing()
    order, stop = pit.buy(50, 3500), pit.buy(50, stop_price=3510)
    pit.see(trade(pit.instrument, pit.now + SECOND, 3499, 1))
    assert pit.prices(order) == [("3499", "50")]
    pit.see(trade(pit.instrument, pit.now + SECOND, 3511, 1))
    assert pit.prices(stop) == [("3511", "50")]


def test_a_bar_fills_any_quantity_unless_nothing_traded() -> None:
    pit = dealing()
    order = pit.buy(500, 3495)
    pit.see(bar(pit.instrument, pit.now, (3500.0, 3510.0, 3490.0, 3505.0), volume=0))
    assert not pit.fills(order)
    pit.see(bar(pit.instrument, pit.now, (3500.0, 3510.0, 3490.0, 3505.0), volume=1))
    assert pit.prices(order) == [("3495", "500")]


@pytest.mark.parametrize(
    ("price", "size"), [(DBL_MAX, 5), (0, 5), (nan, 5), (-1, 5), (3501, 0), (3501, -1)]
)
def test_what_is_no_quote_fills_nothing(pit: Pit, price: float, size: float) -> None:
    order, market = pit.buy(2, 3600), pit.buy(2)
    pit.quote(3500, price, 10, size)
    assert not pit.fills(order)
    assert not pit.fills(market)


def test_the_first_real_level_is_the_quote(pit: Pit) -> None:
    order = pit.buy(2, 3499)
    asks = {DBL_MAX: 0.0, 3498.0: 5.0}
    pit.see(depth(pit.instrument, pit.now + SECOND, {3497.0: 5}, asks))
    assert pit.prices(order) == [("3498", "2")]

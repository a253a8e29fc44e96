"""Orders against bars: every rule at the head of `sim.touch`."""

import pytest

from anyvenue.model.enums import Offset, OrderState, TimeInForce
from anyvenue.model.events import OrderTriggered
from builders import DBL_MAX, MINUTE, SECOND, Pit, at, bar, rebar

NAN, INF = float("nan"), float("inf")
OPEN, HIGH, LOW, CLOSE = 3500.0, 3510.0, 3490.0, 3505.0


@pytest.fixture
def pit() -> Pit:
    """Return an exchange in rebar that has seen one bar and stands at its end."""
    pit = Pit(rebar())
    pit.see(bar(pit.instrument, at("09:00"), (OPEN, OPEN, OPEN, OPEN)))
    return pit


def show(pit: Pit, volume: float = 100.0, start: str = "09:01", **fields: bool) -> None:
    """Show the bar that follows."""
    pit.see(bar(pit.instrument, at(start), (OPEN, HIGH, LOW, CLOSE), volume, **fields))


def test_a_market_order_fills_at_the_open_of_the_next_bar(pit: Pit) -> None:
    order = pit.buy(2)
    show(pit)
    assert pit.prices(order) == [("3500", "2")]
    assert pit.fills(order)[0].ts_event == at("09:02")


def test_a_limit_below_the_open_fills_at_the_limit_when_the_low_reaches_it(pit: Pit) -> None:
    order = pit.buy(1, 3495)
    show(pit)
    assert pit.prices(order) == [("3495", "1")]
    assert pit.fills(order)[0].maker


def test_a_limit_above_the_open_fills_at_the_open(pit: Pit) -> None:
    order = pit.buy(1, 3508)
    show(pit)
    assert pit.prices(order) == [("3500", "1")]
    assert not pit.fills(order)[0].maker


def test_a_sell_limit_fills_at_its_limit_when_the_high_reaches_it(pit: Pit) -> None:
    order = pit.sell(1, 3510, offset=Offset.OPEN)
    show(pit)
    assert pit.prices(order) == [("3510", "1")]


def test_a_limit_outside_the_range_does_not_fill(pit: Pit) -> None:
    orders = [pit.buy(1, 3489), pit.sell(1, 3511, offset=Offset.OPEN)]
    show(pit)
    assert [pit.order(each).filled for each in orders] == [0, 0]


def test_no_more_than_the_bars_volume_fills_and_the_older_goes_first(pit: Pit) -> None:
    first, second = pit.buy(4), pit.buy(4)
    show(pit, volume=5)
    assert (pit.order(first).filled, pit.order(second).filled) == (4, 1)


def test_a_bar_without_volume_fills_nothing(pit: Pit) -> None:
    order = pit.buy(1)
    show(pit, volume=0)
    assert pit.order(order).filled == 0


def test_a_bar_that_does_not_tell_its_volume_fills_any_quantity(pit: Pit) -> None:
    order = pit.buy(250)
    show(pit, volume=NAN)
    assert pit.order(order).state is OrderState.FILLED


def test_volume_counts_anew_in_every_bar(pit: Pit) -> None:
    order = pit.buy(8)
    show(pit, volume=5)
    show(pit, volume=5, start="09:02")
    assert pit.order(order).state is OrderState.FILLED


def test_an_order_that_arrives_inside_a_bar_sees_only_its_close(pit: Pit) -> None:
    pit.to(at("09:01") + 10 * SECOND)
    market, low, high = pit.buy(1), pit.buy(1, 3495), pit.buy(1, 3509)
    show(pit)
    assert pit.prices(market) == [("3505", "1")]
    assert pit.prices(low) == []
    assert pit.prices(high) == [("3505", "1")]


def test_an_open_bar_fills_nothing(pit: Pit) -> None:
    order = pit.buy(1)
    show(pit, closed=False)
    assert pit.order(order).filled == 0


def test_an_order_given_at_the_close_of_a_bar_meets_the_next_one(pit: Pit) -> None:
    order = pit.buy(1, 3500)
    pit.see(bar(pit.instrument, at("09:00"), (OPEN, OPEN, OPEN, OPEN)))  # the same bar again
    assert pit.order(order).filled == 0


@pytest.mark.parametrize("absent", [NAN, 0.0, -1.0, DBL_MAX, INF])
def test_an_absent_high_or_low_reaches_nobody(pit: Pit, absent: float) -> None:
    orders = [pit.buy(1, 3400), pit.sell(1, 3600, offset=Offset.OPEN)]
    stops = [pit.buy(1, stop_price=3600), pit.sell(1, stop_price=3400, offset=Offset.OPEN)]
    pit.see(bar(pit.instrument, at("09:01"), (OPEN, absent, absent, CLOSE)))
    assert [pit.order(each).filled for each in orders + stops] == [0] * 4
    assert not [event for event in pit.events if isinstance(event, OrderTriggered)]


@pytest.mark.parametrize("absent", [NAN, 0.0, -1.0, DBL_MAX, INF])
def test_a_bar_without_open_or_close_fills_nothing(pit: Pit, absent: float) -> None:
    order = pit.buy(1)
    pit.see(bar(pit.instrument, at("09:01"), (absent, HIGH, LOW, CLOSE)))
    pit.see(bar(pit.instrument, at("09:02"), (OPEN, HIGH, LOW, absent)))
    assert pit.order(order).filled == 0


class TestImmediate:
    def test_fill_and_kill_takes_the_open_or_goes(self, pit: Pit) -> None:
        good = pit.buy(1, 3501, time_in_force=TimeInForce.IOC)
        bad = pit.buy(1, 3495, time_in_force=TimeInForce.IOC)
        show(pit)
        assert pit.prices(good) == [("3500", "1")]
        assert pit.order(bad).state is OrderState.CANCELLED

    def test_fill_or_kill_needs_the_bars_volume(self, pit: Pit) -> None:
        order = pit.buy(6, 3501, time_in_force=TimeInForce.FOK)
        show(pit, volume=5)
        assert pit.order(order).state is OrderState.CANCELLED
        assert not pit.fills()


class TestStops:
    def test_a_stop_inside_the_range_fills_at_its_trigger(self, pit: Pit) -> None:
        order = pit.buy(1, stop_price=3507)
        show(pit)
        assert pit.prices(order) == [("3507", "1")]

    def test_a_stop_that_the_open_passed_fills_at_the_open(self, pit: Pit) -> None:
        order = pit.sell(1, stop_price=3502, offset=Offset.OPEN)
        show(pit)
        assert pit.prices(order) == [("3500", "1")]

    def test_a_stop_limit_does_not_fill_at_what_came_before_its_trigger(self, pit: Pit) -> None:
        order = pit.buy(1, 3495, stop_price=3507)  # the low of 3490 may have been first
        show(pit)
        assert pit.order(order).triggered
        assert pit.order(order).filled == 0

    def test_a_triggered_stop_without_volume_goes_on_in_the_next_bar(self, pit: Pit) -> None:
        order = pit.buy(7, stop_price=3507)
        show(pit, volume=5)
        show(pit, start="09:02")
        assert pit.prices(order) == [("3507", "5"), ("3500", "2")]


class TestPostOnly:
    def test_one_that_crosses_the_open_is_cancelled(self, pit: Pit) -> None:
        order = pit.buy(1, 3501, post_only=True)
        show(pit)
        assert pit.order(order).state is OrderState.CANCELLED

    def test_one_that_crosses_the_close_inside_a_bar_is_cancelled(self, pit: Pit) -> None:
        pit.to(at("09:01") + SECOND)
        order = pit.buy(1, 3506, post_only=True)
        show(pit)
        assert pit.order(order).state is OrderState.CANCELLED

    def test_one_that_rests_fills_at_its_limit(self, pit: Pit) -> None:
        order = pit.buy(1, 3495, post_only=True)
        show(pit)
        assert pit.prices(order) == [("3495", "1")]


def test_what_a_snapshot_showed_says_nothing_of_a_bars_volume(pit: Pit) -> None:
    pit.sell(5, 3505, offset=Offset.OPEN)
    pit.quote(3505, 3506, bid_size=5, after=SECOND)  # takes the whole bid at 3505
    assert len(pit.fills()) == 1
    order = pit.buy(2)
    pit.see(bar(pit.instrument, at("09:02"), (OPEN, HIGH, LOW, CLOSE), 4, MINUTE))
    assert pit.order(order).filled == 2

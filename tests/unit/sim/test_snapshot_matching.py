"""Orders against quotes and depth: every rule at the head of `sim.touch`."""

from decimal import Decimal

import pytest

from anyvenue.model.enums import Offset, OrderState, TimeInForce
from anyvenue.model.events import OrderCancelled, OrderFilled, OrderTriggered
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.steps import FixedStep
from builders import ALICE, BOB, DBL_MAX, SECOND, Pit, depth, quote, rebar

NAN = float("nan")
INF = float("inf")


@pytest.fixture
def pit() -> Pit:
    """Return an exchange in rebar on a trading morning."""
    return Pit(rebar())


class TestLimit:
    def test_a_new_order_pays_the_levels_price_not_its_limit(self, pit: Pit) -> None:
        order = pit.buy(2, 3505)
        pit.quote(3500, 3501)
        assert pit.prices(order) == [("3501", "2")]
        assert not pit.fills(order)[0].maker

    def test_a_resting_order_trades_at_its_own_limit(self, pit: Pit) -> None:
        order = pit.buy(2, 3499)
        pit.quote(3500, 3501)
        pit.quote(3490, 3491)
        assert pit.prices(order) == [("3499", "2")]
        assert pit.fills(order)[0].maker

    def test_a_buy_at_the_bid_does_not_fill(self, pit: Pit) -> None:
        order = pit.buy(2, 3500)
        pit.quote(3500, 3501)
        assert pit.order(order).state is OrderState.OPEN

    def test_no_more_than_the_displayed_size_fills(self, pit: Pit) -> None:
        order = pit.buy(5, 3501)
        pit.quote(3500, 3501, ask_size=2)
        assert pit.order(order).state is OrderState.PARTIAL
        assert pit.order(order).filled == 2

    def test_a_deep_order_walks_the_levels_it_accepts(self, pit: Pit) -> None:
        order = pit.buy(9, 3502)
        asks = {3501.0: 2, 3502.0: 3, 3503.0: 10}
        pit.see(depth(pit.instrument, pit.now + SECOND, {3500.0: 5}, asks))
        assert pit.prices(order) == [("3501", "2"), ("3502", "3")]

    def test_a_feeds_float_noise_does_not_hide_a_price(self, pit: Pit) -> None:
        order = pit.buy(1, 3501)
        pit.quote(3500, 3501.0000000001)
        assert pit.prices(order) == [("3501", "1")]

    def test_no_order_pays_a_whole_step_more_however_dear_the_share_is(self) -> None:
        pit = Pit(rebar(price_step=FixedStep(Decimal("0.01"))), cash=10**10)
        order = pit.buy(1, "700000.00")
        pit.quote(699_999, 700_000.03)
        assert not pit.prices(order)

    def test_a_feed_without_sizes_fills_any_quantity(self, pit: Pit) -> None:
        order = pit.buy(25, 3501)
        pit.quote(3500, 3501, NAN, NAN)
        assert pit.order(order).state is OrderState.FILLED


class TestDisplayedVolume:
    def test_what_was_taken_is_gone_while_the_level_stays_as_it_is(self, pit: Pit) -> None:
        first = pit.buy(2, 3501)
        pit.quote(3500, 3501, ask_size=3)
        second = pit.buy(2, 3501)
        pit.quote(3500, 3501, ask_size=3)
        pit.quote(3500, 3501, ask_size=3)
        assert pit.order(first).filled == 2
        assert pit.order(second).filled == 1

    def test_a_change_of_the_size_shows_the_level_anew(self, pit: Pit) -> None:
        order = pit.buy(8, 3501)
        pit.quote(3500, 3501, ask_size=3)
        pit.quote(3500, 3501, ask_size=4)
        assert pit.order(order).filled == 7

    def test_a_level_that_went_away_and_came_back_is_new(self, pit: Pit) -> None:
        order = pit.buy(6, 3501)
        pit.quote(3500, 3501, ask_size=3)
        pit.quote(3500, 3502, ask_size=3)
        pit.quote(3500, 3501, ask_size=3)
        assert pit.order(order).filled == 6

    def test_changes_are_seen_while_no_order_works(self, pit: Pit) -> None:
        pit.buy(3, 3501)
        pit.quote(3500, 3501, ask_size=3)
        assert pit.exchange.watches(pit.instrument.id)
        pit.quote(3500, 3501, ask_size=7)
        assert not pit.exchange.watches(pit.instrument.id)
        order = pit.buy(3, 3501)
        pit.quote(3500, 3501, ask_size=3)
        assert pit.order(order).filled == 3

    def test_two_accounts_share_one_level(self) -> None:
        pit = Pit(rebar(), accounts=(ALICE, BOB))
        early = pit.buy(2, 3501, account=BOB)
        late = pit.buy(2, 3501)
        pit.quote(3500, 3501, ask_size=3)
        assert pit.order(early, BOB).filled == 2
        assert pit.order(late).filled == 1


class TestPriority:
    def test_the_better_price_goes_first(self, pit: Pit) -> None:
        low, high = pit.buy(2, 3501), pit.buy(2, 3502)
        pit.quote(3500, 3501, ask_size=3)
        assert (pit.order(high).filled, pit.order(low).filled) == (2, 1)

    def test_at_one_price_the_older_goes_first(self, pit: Pit) -> None:
        first, second = pit.buy(2, 3501), pit.buy(2, 3501)
        pit.quote(3500, 3501, ask_size=3)
        assert (pit.order(first).filled, pit.order(second).filled) == (2, 1)

    def test_a_changed_price_goes_to_the_end_of_its_queue(self, pit: Pit) -> None:
        first, second = pit.buy(2, 3499), pit.buy(2, 3498)
        pit.quote(3500, 3501)
        pit.modify(first, price=3498)
        pit.quote(3490, 3498, ask_size=3)
        assert (pit.order(first).filled, pit.order(second).filled) == (1, 2)


class TestMarket:
    def test_a_market_order_goes_on_from_snapshot_to_snapshot(self, pit: Pit) -> None:
        pit.quote(3500, 3501)
        order = pit.buy(5)
        pit.quote(3500, 3501, ask_size=2)
        pit.quote(3500, 3502, ask_size=2)
        assert pit.order(order).state is OrderState.PARTIAL
        pit.quote(3500, 3503, ask_size=2)
        assert pit.prices(order) == [("3501", "2"), ("3502", "2"), ("3503", "1")]
        assert not any(fill.maker for fill in pit.fills(order))

    def test_a_market_order_before_any_price_is_refused(self, pit: Pit) -> None:
        pit.buy(1)
        assert "no price" in pit.events[-1].reason  # type: ignore[union-attr]

    def test_a_market_order_sells_at_the_bid(self, pit: Pit) -> None:
        pit.quote(3500, 3501)
        order = pit.sell(1, offset=Offset.OPEN)
        pit.quote(3499, 3501)
        assert pit.prices(order) == [("3499", "1")]


class TestImmediate:
    def test_fill_and_kill_takes_what_is_there_and_goes(self, pit: Pit) -> None:
        order = pit.buy(5, 3501, time_in_force=TimeInForce.IOC)
        said = pit.quote(3500, 3501, ask_size=2)
        assert [type(event) for event in said] == [OrderFilled, OrderCancelled]
        record = pit.order(order)
        assert (record.state, record.filled) == (OrderState.CANCELLED, 2)

    def test_fill_and_kill_without_a_counterpart_is_cancelled_at_the_first_snapshot(
        self, pit: Pit
    ) -> None:
        order = pit.buy(5, 3501, time_in_force=TimeInForce.IOC)
        pit.quote(3500, 3502)
        assert pit.order(order).state is OrderState.CANCELLED
        assert pit.order(order).filled == 0

    def test_fill_or_kill_needs_the_whole_quantity_over_all_levels(self, pit: Pit) -> None:
        order = pit.buy(5, 3502, time_in_force=TimeInForce.FOK)
        asks = {3501.0: 2, 3502.0: 3}
        pit.see(depth(pit.instrument, pit.now + SECOND, {3500.0: 5}, asks))
        assert pit.order(order).state is OrderState.FILLED

    def test_fill_or_kill_takes_nothing_when_one_lot_is_missing(self, pit: Pit) -> None:
        order = pit.buy(6, 3502, time_in_force=TimeInForce.FOK)
        asks = {3501.0: 2, 3502.0: 3, 3503.0: 9}
        pit.see(depth(pit.instrument, pit.now + SECOND, {3500.0: 5}, asks))
        assert pit.order(order).state is OrderState.CANCELLED
        assert not pit.fills()

    def test_fill_or_kill_counts_only_what_others_left(self, pit: Pit) -> None:
        pit.buy(2, 3501)
        order = pit.buy(2, 3501, time_in_force=TimeInForce.FOK)
        pit.quote(3500, 3501, ask_size=3)
        assert pit.order(order).state is OrderState.CANCELLED


class TestStops:
    def test_a_stop_is_triggered_by_the_last_price_and_then_takes_part_at_once(
        self, pit: Pit
    ) -> None:
        order = pit.buy(1, stop_price=3510)
        pit.last(3509)
        assert pit.order(order).state is OrderState.OPEN
        ask = {3511.0: 5}
        said = pit.see(depth(pit.instrument, pit.now + SECOND, {3510.0: 5}, ask, last=3510.0))
        assert [type(event) for event in said] == [OrderTriggered, OrderFilled]
        assert pit.prices(order) == [("3511", "1")]
        assert pit.order(order).triggered

    def test_without_a_last_price_the_opposite_quote_triggers(self, pit: Pit) -> None:
        order = pit.buy(1, stop_price=3510)
        pit.quote(3508, 3509)
        pit.quote(3509, 3510)
        assert pit.prices(order) == [("3510", "1")]

    def test_a_sell_stop_is_triggered_from_above(self, pit: Pit) -> None:
        order = pit.sell(1, stop_price=3490, offset=Offset.OPEN)
        pit.last(3491)
        pit.last(3490)
        assert pit.prices(order) == [("3490", "1")]

    def test_a_stop_limit_becomes_a_limit_order(self, pit: Pit) -> None:
        order = pit.buy(1, 3511, stop_price=3510)
        ask = {3513.0: 5}
        pit.see(depth(pit.instrument, pit.now + SECOND, {3512.0: 5}, ask, last=3512.0))
        assert pit.order(order).triggered
        assert pit.order(order).filled == 0
        pit.quote(3509, 3511)
        assert pit.prices(order) == [("3511", "1")]

    def test_a_triggered_stop_stays_triggered_when_it_is_changed(self, pit: Pit) -> None:
        order = pit.buy(1, 3511, stop_price=3510)
        ask = {3513.0: 5}
        pit.see(depth(pit.instrument, pit.now + SECOND, {3512.0: 5}, ask, last=3512.0))
        pit.modify(order, price=3512)
        pit.quote(3500, 3501)  # far below the trigger
        assert pit.order(order).state is OrderState.FILLED

    def test_an_absent_price_triggers_nothing(self, pit: Pit) -> None:
        pit.buy(1, stop_price=3510)
        pit.sell(1, stop_price=3490, offset=Offset.OPEN)
        for last in (NAN, 0.0, DBL_MAX, INF, -INF, -1.0):
            level = {last: 5.0}
            pit.see(depth(pit.instrument, pit.now + SECOND, level, level, last=last))
        assert not [event for event in pit.events if isinstance(event, OrderTriggered)]


class TestPostOnly:
    def test_one_that_would_take_liquidity_is_cancelled(self, pit: Pit) -> None:
        order = pit.buy(1, 3501, post_only=True)
        pit.quote(3500, 3501)
        assert pit.order(order).state is OrderState.CANCELLED
        assert "post-only" in pit.order(order).reason

    def test_one_that_rests_is_filled_as_maker(self, pit: Pit) -> None:
        order = pit.buy(1, 3500, post_only=True)
        pit.quote(3500, 3501)
        pit.quote(3499, 3500)
        assert pit.order(order).state is OrderState.FILLED
        assert pit.fills(order)[0].maker

    def test_a_level_without_size_is_not_there_to_be_taken(self, pit: Pit) -> None:
        order = pit.buy(1, 3501, post_only=True)
        pit.quote(3500, 3501, ask_size=0)
        assert pit.order(order).state is OrderState.OPEN


@pytest.mark.parametrize("price", [NAN, 0.0, -0.0, -5.0, DBL_MAX, INF, -INF, 1e15, 5e-324])
def test_an_absent_price_fills_nothing(pit: Pit, price: float) -> None:
    pit.quote(3500, 3501)
    orders = [pit.buy(1), pit.buy(1, 3400), pit.sell(1, 3600, offset=Offset.OPEN)]
    pit.see(quote(pit.instrument, pit.now + SECOND, price, price))
    assert not pit.fills()
    assert [pit.order(each).state for each in orders] == [OrderState.OPEN] * 3


@pytest.mark.parametrize("size", [0.0, -1.0, INF, DBL_MAX, 0.4])
def test_an_absent_size_fills_nothing(pit: Pit, size: float) -> None:
    order = pit.buy(1, 3501)
    pit.quote(3500, 3501, size, size)
    assert pit.order(order).filled == 0


class TestSameEvent:
    def test_an_order_meets_the_next_event_never_the_one_it_answers(self, pit: Pit) -> None:
        pit.quote(3500, 3501)
        order = pit.buy(1, 3501)
        assert pit.order(order).state is OrderState.OPEN
        pit.quote(3500, 3502)
        assert pit.order(order).filled == 0

    def test_the_next_event_may_have_the_same_time(self, pit: Pit) -> None:
        pit.quote(3500, 3501)
        order = pit.buy(1, 3501)
        pit.quote(3500, 3501, after=0)
        assert pit.order(order).filled == 1


class TestArrival:
    """With latency an order meets what stands when it arrives."""

    def _pit(self) -> Pit:
        pit = Pit(rebar(), match_on_arrival=True)
        pit.quote(3500, 3501, ask_size=3)
        pit.to(pit.now + SECOND)
        return pit

    def test_it_fills_at_once_against_the_standing_snapshot(self) -> None:
        pit = self._pit()
        order = pit.buy(2, 3501)
        assert pit.prices(order) == [("3501", "2")]
        assert pit.fills(order)[0].ts_event == pit.now
        assert not pit.fills(order)[0].maker

    def test_what_earlier_arrivals_took_is_gone(self) -> None:
        pit = self._pit()
        first, second = pit.buy(2, 3501), pit.buy(2, 3501)
        assert (pit.order(first).filled, pit.order(second).filled) == (2, 1)

    def test_fill_and_kill_is_decided_at_the_arrival(self) -> None:
        pit = self._pit()
        order = pit.buy(5, 3501, time_in_force=TimeInForce.IOC)
        record = pit.order(order)
        assert (record.state, record.filled) == (OrderState.CANCELLED, 3)

    def test_what_does_not_fill_rests(self) -> None:
        pit = self._pit()
        order = pit.buy(1, 3500)
        pit.quote(3490, 3491)
        assert pit.prices(order) == [("3500", "1")]

    def test_resting_orders_of_others_are_not_matched_again(self) -> None:
        pit = self._pit()
        resting = pit.buy(1, 3500)
        pit.buy(1, 3501)
        assert pit.order(resting).filled == 0

    def test_a_changed_price_meets_the_standing_snapshot_too(self) -> None:
        pit = self._pit()
        order = pit.buy(1, 3500)
        pit.modify(order, price=3501)
        assert pit.prices(order) == [("3501", "1")]

    def test_a_snapshot_from_before_the_break_does_not_stand(self) -> None:
        pit = self._pit()
        pit.to("10:14:59")
        pit.quote(3500, 3501, ask_size=9)
        pit.to("10:30:01")
        order = pit.buy(1, 3501)
        assert pit.order(order).state is OrderState.OPEN
        pit.quote(3500, 3501)
        assert pit.order(order).state is OrderState.FILLED


def test_a_change_of_the_quantity_alone_does_not_buy_better_prices(pit: Pit) -> None:
    order = pit.buy(2, 3500)
    pit.quote(3500, 3501)
    pit.modify(order, quantity=3)
    pit.quote(3490, 3491)
    assert pit.prices(order) == [("3500", "3")]


def test_a_quote_of_another_instrument_touches_nobody() -> None:
    other = rebar(id=make_instrument_id("rb2610", "SHFE"))
    pit = Pit(rebar(), other)
    order = pit.buy(1, 3600)
    pit.quote(3500, 3501, of=other)
    assert pit.order(order).filled == 0

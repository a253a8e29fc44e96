"""Orders that wait their turn: every rule at the head of `sim.queue_matching`."""

from math import inf, nan
from typing import Any

import pytest

from anyvenue.model.enums import InstrumentStatus, OrderState, Side, TimeInForce
from anyvenue.model.errors import ConfigError
from anyvenue.model.market import Depth, Status
from anyvenue.sim.queue_models import QUEUE_MODELS
from builders import ALICE, BOB, DBL_MAX, MS, SECOND, Pit, bar, depth, perpetual, rebar, trade


def queueing(*instruments: Any, model: str = "risk_averse", **options: Any) -> Pit:
    """Return an exchange with queues."""
    given = instruments or (rebar(),)
    return Pit(*given, matching="queue", queue_model=model, **options)


@pytest.fixture
def pit() -> Pit:
    """Return an exchange where 10 are bid at 3500 and 10 offered at 3501, and 8 bid at 3499."""
    pit = queueing(accounts=(ALICE, BOB))
    show(pit)
    return pit


def show(pit: Pit, bid: float = 10, second: float = 8, ask: float = 10, **fields: Any) -> None:
    """Show 3500 and 3499 bid and 3501 offered a second later."""
    bids = {3500.0: bid, 3499.0: second}
    pit.see(depth(pit.instrument, pit.now + SECOND, bids, {3501.0: ask}, **fields))


def trades(pit: Pit, price: float, size: float) -> None:
    """Show a public trade a tenth of a second later."""
    pit.see(trade(pit.instrument, pit.now + 100 * MS, price, size))


class TestPlaces:
    def test_an_order_at_the_bid_stands_behind_all_that_is_displayed(self, pit: Pit) -> None:
        order = pit.buy(2, 3500)
        trades(pit, 3500, 10)
        assert not pit.fills(order)
        trades(pit, 3500, 1)
        assert pit.prices(order) == [("3500", "1")]
        assert pit.fills(order)[0].maker
        assert pit.order(order).state is OrderState.PARTIAL

    def test_what_is_left_of_the_trade_that_used_the_queue_up_fills(self, pit: Pit) -> None:
        order = pit.buy(2, 3500)
        trades(pit, 3500, 13)
        assert pit.prices(order) == [("3500", "2")]

    def test_a_better_price_than_all_has_nobody_before_it(self) -> None:
        pit = queueing()
        pit.see(depth(pit.instrument, pit.now + SECOND, {3500.0: 10}, {3503.0: 10}))
        order = pit.buy(2, 3502)
        trades(pit, 3502, 1)
        assert pit.prices(order) == [("3502", "1")]

    def test_a_price_between_two_levels_has_nobody_before_it(self) -> None:
        pit = queueing()
        pit.see(depth(pit.instrument, pit.now + SECOND, {3500.0: 10, 3497.0: 5}, {3501.0: 10}))
        order = pit.buy(1, 3498)
        trades(pit, 3498, 1)
        assert pit.prices(order) == [("3498", "1")]

    def test_beyond_the_last_level_it_stands_behind_as_much_as_is_displayed_there(
        self, pit: Pit
    ) -> None:
        order = pit.buy(1, 3490)
        trades(pit, 3490, 8)
        assert not pit.fills(order)
        trades(pit, 3490, 1)
        assert pit.fills(order)

    def test_sells_wait_at_the_ask_alike(self, pit: Pit) -> None:
        order = pit.send(Side.SELL, 1, 3501)
        trades(pit, 3501, 10)
        assert not pit.fills(order)
        trades(pit, 3501, 1)
        assert pit.prices(order) == [("3501", "1")]

    def test_an_order_from_before_the_first_snapshot_stands_behind_what_that_shows(self) -> None:
        pit = queueing()
        order = pit.buy(1, 3500)
        show(pit)
        trades(pit, 3500, 10)
        assert not pit.fills(order)
        trades(pit, 3500, 1)
        assert pit.fills(order)

    def test_a_feed_without_snapshots_has_no_queue(self) -> None:
        pit = queueing()
        order = pit.buy(2, 3500)
        trades(pit, 3500, 1)
        assert pit.prices(order) == [("3500", "1")]

    def test_a_side_without_sizes_has_no_queue(self) -> None:
        pit = queueing()
        show(pit, nan, nan)
        order = pit.buy(2, 3500)
        trades(pit, 3500, 1)
        assert pit.order(order).filled == 1

    def test_a_trade_without_a_size_passes_everybody(self, pit: Pit) -> None:
        order = pit.buy(2, 3500)
        trades(pit, 3500, nan)
        assert pit.order(order).state is OrderState.FILLED

    def test_small_lots_are_counted_without_noise(self) -> None:
        pit = queueing(perpetual())
        market = ({100.0: 0.3}, {100.1: 0.3})
        pit.see(depth(pit.instrument, pit.now + SECOND, *market))
        order = pit.buy("0.003", 100)
        for _ in range(3):
            trades(pit, 100.0, 0.1)
        trades(pit, 100.0, 0.001)
        trades(pit, 100.0, 0.002)
        assert pit.prices(order) == [("100", "0.001"), ("100", "0.002")]


class TestVolumeFillsOnce:
    def test_the_older_order_goes_first(self, pit: Pit) -> None:
        first, second = pit.buy(2, 3500), pit.buy(2, 3500, account=BOB)
        trades(pit, 3500, 13)
        assert (pit.order(first).filled, pit.order(second, BOB).filled) == (2, 1)

    def test_who_came_behind_later_arrivals_waits_for_them(self, pit: Pit) -> None:
        first = pit.buy(2, 3500)
        show(pit, bid=16)
        second = pit.buy(2, 3500, account=BOB)
        trades(pit, 3500, 13)
        assert (pit.order(first).filled, pit.order(second, BOB).filled) == (2, 0)
        trades(pit, 3500, 6)  # 5 of the 16 are left before the second order
        assert pit.order(second, BOB).filled == 1

    def test_a_trade_beyond_the_price_fills_up_to_its_volume(self, pit: Pit) -> None:
        high, low = pit.buy(2, 3500), pit.buy(2, 3499)
        trades(pit, 3498, 3)
        assert (pit.order(high).filled, pit.order(low).filled) == (2, 1)
        assert pit.prices() == [("3500", "2"), ("3499", "1")]


class TestCancellations:
    @pytest.mark.parametrize(
        ("model", "lots"), [("risk_averse", 8), ("power2", 8), ("uniform", 6), ("log", 5)]
    )
    def test_the_model_says_how_far_they_move_an_order(self, model: str, lots: int) -> None:
        # 8 before it, then 32 after it; 10 of the 40 go. Of those ahead: power2 0.6, uniform 2, log 3.9.
        pit = queueing(model=model)
        show(pit, bid=8)
        order = pit.buy(1, 3500)
        show(pit, bid=40)
        show(pit, bid=30)
        trades(pit, 3500, lots)
        assert not pit.fills(order)
        trades(pit, 3500, 1)
        assert pit.fills(order)

    @pytest.mark.parametrize("model", QUEUE_MODELS)
    def test_nobody_is_before_an_order_who_is_not_displayed(self, model: str) -> None:
        pit = queueing(model=model)
        show(pit)
        order = pit.buy(1, 3500)
        show(pit, bid=3)
        trades(pit, 3500, 3)
        assert not pit.fills(order)
        trades(pit, 3500, 1)
        assert pit.fills(order)

    def test_what_traded_is_not_taken_for_cancelled_too(self) -> None:
        pit = queueing(model="uniform")
        show(pit, bid=10)
        order = pit.buy(1, 3500)
        show(pit, bid=20)
        trades(pit, 3500, 5)
        show(pit, bid=15)
        trades(pit, 3500, 5)
        assert not pit.fills(order)
        trades(pit, 3500, 1)
        assert pit.fills(order)

    def test_a_level_out_of_sight_says_nothing(self, pit: Pit) -> None:
        order = pit.buy(1, 3499)
        pit.see(depth(pit.instrument, pit.now + SECOND, {3500.0: 10}, {3501.0: 10}))
        trades(pit, 3499, 8)
        assert not pit.fills(order)

    def test_an_empty_side_says_nothing(self, pit: Pit) -> None:
        order = pit.buy(1, 3500)
        pit.see(depth(pit.instrument, pit.now + SECOND, {DBL_MAX: 0}, {3501.0: 10}))
        trades(pit, 3500, 10)
        assert not pit.fills(order)

    def test_what_came_later_never_puts_an_order_back(self, pit: Pit) -> None:
        order = pit.buy(1, 3500)
        show(pit, bid=500)
        trades(pit, 3500, 11)
        assert pit.fills(order)


class TestSnapshotsAlone:
    def test_volume_at_an_unmoved_market_is_split_by_its_turnover(self) -> None:
        pit = queueing()
        show(pit, last=3500, volume=100, turnover=3_500_000)
        order = pit.buy(1, 3500)
        # 30 at 3500.5 in the mean: 15 at the bid, 15 at the ask
        show(pit, bid=10, last=3501, volume=130, turnover=3_500_000 + 30 * 35_005)
        assert pit.prices(order) == [("3500", "1")]

    def test_what_traded_at_the_ask_does_not_move_a_bid(self) -> None:
        pit = queueing()
        show(pit, last=3500, volume=100, turnover=3_500_000)
        order = pit.buy(1, 3500)
        show(pit, last=3501, volume=130, turnover=3_500_000 + 30 * 35_010)
        assert not pit.fills(order)

    def test_without_turnover_all_is_at_the_last_price(self) -> None:
        pit = queueing()
        show(pit, last=3500, volume=100)
        order = pit.buy(1, 3500)
        show(pit, last=3500, volume=110)
        assert not pit.fills(order)
        show(pit, last=3500, volume=111)
        assert pit.fills(order)

    def test_volume_of_an_interval_that_began_without_the_order_does_not_count(self) -> None:
        pit = queueing(match_on_arrival=True)
        show(pit, last=3500, volume=100)
        pit.to(pit.now + 300 * MS)
        order = pit.buy(1, 3500)
        show(pit, last=3500, volume=150)
        assert not pit.fills(order)
        show(pit, last=3500, volume=161)
        assert pit.fills(order)

    def test_volume_is_not_counted_again_where_trades_are_told(self) -> None:
        pit = queueing()
        show(pit, last=3500, volume=100)
        trades(pit, 3500, 1)
        show(pit, last=3500, volume=101)
        order = pit.buy(1, 3500)
        trades(pit, 3500, 6)
        show(pit, last=3500, volume=107)
        trades(pit, 3500, 4)
        assert not pit.fills(order)

    def test_volume_over_a_break_fills_nobody(self) -> None:
        pit = queueing(start="10:14:50")
        show(pit, last=3500, volume=100)
        order = pit.buy(1, 3500, time_in_force=TimeInForce.DAY)
        pit.to("10:30:10")
        show(pit, last=3500, volume=300)
        assert not pit.fills(order)
        show(pit, last=3500, volume=311)
        assert pit.fills(order)

    @pytest.mark.parametrize("volume", [nan, inf, -inf, DBL_MAX, -5.0, 0.0, 50.0, 100.0])
    def test_a_volume_that_is_none_or_begins_anew_fills_nobody(self, volume: float) -> None:
        pit = queueing()
        show(pit, last=3500, volume=100)
        order = pit.buy(1, 3500)
        show(pit, last=3500, volume=volume)
        assert not pit.fills(order)


class TestAsInTouch:
    def test_the_other_side_at_the_price_fills_at_once(self, pit: Pit) -> None:
        order = pit.buy(12, 3500)
        pit.quote(3499, 3500, 5, 7)
        assert pit.prices(order) == [("3500", "7")]
        assert pit.fills(order)[0].maker

    def test_an_order_that_takes_meets_the_next_snapshot(self, pit: Pit) -> None:
        order = pit.buy(12, 3501)
        show(pit)
        assert pit.prices(order) == [("3501", "10")]
        assert not pit.fills(order)[0].maker

    def test_what_is_left_of_it_rests_before_everybody(self, pit: Pit) -> None:
        order = pit.buy(12, 3501)
        show(pit)
        trades(pit, 3501, 1)
        assert pit.order(order).filled == 11

    def test_with_latency_it_takes_on_arrival(self) -> None:
        pit = queueing(match_on_arrival=True)
        show(pit)
        order = pit.buy(12, 3501)
        assert pit.prices(order) == [("3501", "10")]

    def test_displayed_volume_is_taken_once(self, pit: Pit) -> None:
        pit.buy(8, 3501)
        show(pit)
        late = pit.buy(8, 3501)
        show(pit)
        assert pit.order(late).filled == 2

    def test_market_orders_and_stops_take(self, pit: Pit) -> None:
        market, stop = pit.buy(2), pit.buy(1, stop_price=3501)
        show(pit, last=3501)
        assert pit.order(market).state is OrderState.FILLED
        assert pit.order(stop).state is OrderState.FILLED

    def test_an_order_that_joins_the_queue_rests_at_once(self, pit: Pit) -> None:
        order = pit.buy(2, 3500, post_only=True)
        pit.quote(3499, 3500)
        assert pit.prices(order) == [("3500", "2")]
        assert pit.fills(order)[0].maker

    def test_a_post_only_order_that_would_take_is_cancelled(self, pit: Pit) -> None:
        order = pit.buy(2, 3501, post_only=True)
        show(pit)
        assert pit.order(order).state is OrderState.CANCELLED

    def test_fak_and_fok_do_not_wait(self, pit: Pit) -> None:
        fak = pit.buy(2, 3500, time_in_force=TimeInForce.IOC)
        fok = pit.buy(20, 3501, time_in_force=TimeInForce.FOK)
        show(pit)
        assert pit.order(fak).state is OrderState.CANCELLED
        assert pit.order(fok).state is OrderState.CANCELLED

    def test_bars_know_no_queue(self) -> None:
        pit = queueing()
        order = pit.buy(1, 3490)
        pit.see(bar(pit.instrument, pit.now, (3500.0, 3510.0, 3490.0, 3505.0)))
        assert pit.prices(order) == [("3490", "1")]

    def test_nothing_fills_while_the_market_is_closed(self) -> None:
        pit = queueing(start="10:14")
        show(pit)
        order = pit.buy(1, 3500)
        pit.to("10:20")
        trades(pit, 3490, 100)
        assert not pit.fills(order)


class TestChanges:
    def test_an_order_that_became_smaller_keeps_its_place(self, pit: Pit) -> None:
        order = pit.buy(5, 3500)
        trades(pit, 3500, 8)
        pit.modify(order, quantity=2)
        trades(pit, 3500, 3)
        assert pit.order(order).filled == 1

    def test_a_larger_one_goes_to_the_end(self, pit: Pit) -> None:
        order = pit.buy(2, 3500)
        trades(pit, 3500, 8)
        pit.modify(order, quantity=5)
        trades(pit, 3500, 10)
        assert not pit.fills(order)
        trades(pit, 3500, 1)
        assert pit.fills(order)

    def test_another_price_has_another_queue(self, pit: Pit) -> None:
        order = pit.buy(2, 3500)
        trades(pit, 3500, 9)
        pit.modify(order, price=3499)
        pit.modify(order, price=3500)
        trades(pit, 3500, 10)
        assert not pit.fills(order)

    def test_a_cancelled_order_leaves_its_place(self, pit: Pit) -> None:
        order = pit.buy(2, 3500)
        pit.cancel(order)
        trades(pit, 3490, 50)
        assert not pit.fills(order)


def test_an_unknown_model_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ConfigError, match="risk_averse, power2, log, uniform"):
        queueing(model="guess")


def test_the_latest_snapshot_is_kept_while_nobody_waits() -> None:
    pit = queueing()
    for size in (10, 20, 30):
        show(pit, bid=size)
    assert isinstance(pit.exchange.latest[pit.instrument.id], Depth)
    order = pit.buy(1, 3500)
    trades(pit, 3500, 29)
    assert not pit.fills(order)


def test_what_others_took_of_a_trade_was_not_cancelled() -> None:
    pit = queueing(model="uniform")
    show(pit, bid=20)
    early = pit.buy(2, 3500)
    show(pit, bid=40)
    pit.buy(5, time_in_force=TimeInForce.GTC)  # a market order that takes 5 of the trade
    trades(pit, 3500, 10)
    show(pit, bid=30)
    trades(pit, 3500, 15)
    assert not pit.fills(early)
    trades(pit, 3500, 1)
    assert pit.order(early).filled == 1


def test_volume_across_a_halt_fills_nobody() -> None:
    pit = queueing()
    show(pit, last=3500, volume=100)
    order = pit.buy(1, 3500)
    for status in (InstrumentStatus.HALTED, InstrumentStatus.OPEN):
        pit.see(Status(pit.instrument.id, pit.now, pit.now, status))
        show(pit, last=3500, volume=300 if status is InstrumentStatus.OPEN else 100)
    assert not pit.fills(order)
    show(pit, last=3500, volume=311)
    assert pit.fills(order)

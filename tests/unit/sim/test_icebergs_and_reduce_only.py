"""Icebergs show a part at a time; reduce-only orders never make a position larger."""

from decimal import Decimal
from typing import Any

import pytest

from anyvenue.model.enums import InstrumentStatus, Offset, OrderType, Side, TimeInForce
from anyvenue.model.events import OrderModified, OrderRejected
from anyvenue.model.market import Depth, Status
from anyvenue.sim.orderbook import Prevention
from builders import ALICE, BOB, MINUTE, Pit, at, bar, index_future, number, perpetual, rebar


def meeting(*instruments: Any) -> Pit:
    """Return an exchange in which Alice and Bob meet."""
    return Pit(*instruments, matching="book", accounts=(ALICE, BOB))


def last_depth(pit: Pit) -> Depth:
    return [each for each in pit.exchange.market_events() if isinstance(each, Depth)][-1]


def held(pit: Pit) -> Decimal:
    position = pit.position()
    return Decimal(position.long - position.short)


class TestIcebergs:
    def test_one_part_is_shown_and_the_next_goes_to_the_back_of_the_queue(self) -> None:
        pit = meeting(rebar())
        iceberg = pit.buy(6, 3500, display=number(2))
        behind = pit.buy(2, 3500)
        assert last_depth(pit).bid_sizes == (4.0,)
        pit.sell(3, 3500, offset=Offset.OPEN, account=BOB)
        assert [fill.order_id for fill in pit.fills() if fill.side is Side.BUY] == [iceberg, behind]
        assert last_depth(pit).bid_sizes == (3.0,)
        pit.sell(5, 3500, offset=Offset.OPEN, account=BOB)
        assert pit.order(iceberg).filled == 6

    def test_one_made_smaller_than_its_part_shows_all_of_itself(self) -> None:
        pit = meeting(rebar())
        iceberg = pit.buy(6, 3500, display=number(4))
        pit.modify(iceberg, quantity=3)
        assert last_depth(pit).bid_sizes == (3.0,)

    def test_market_data_meets_the_whole_of_it(self) -> None:
        pit = Pit(rebar())
        order = pit.buy(6, 3500, display=number(2))
        pit.quote(3499, 3500)
        assert pit.prices(order) == [("3500", "6")]


class TestReduceOnly:
    @pytest.fixture
    def pit(self) -> Pit:
        """Return an exchange of a netted perpetual where Alice is long 5 from 100, bought of Bob."""
        pit = meeting(perpetual())
        pit.sell(5, 100, offset=Offset.OPEN, account=BOB)
        pit.buy(5, 100)
        return pit

    def test_several_working_ones_together_close_no_more_than_there_is(self, pit: Pit) -> None:
        first = pit.sell(3, 110, offset=Offset.OPEN, reduce_only=True)
        second = pit.sell(4, 111, offset=Offset.OPEN, reduce_only=True)
        pit.buy(9, 111, account=BOB, offset=Offset.OPEN)
        assert [pit.order(each).filled for each in (first, second)] == [3, 2]
        assert pit.order(second).state.value == "filled"
        assert held(pit) == 0

    def test_one_is_cut_when_another_order_has_made_the_position_smaller(self, pit: Pit) -> None:
        order = pit.sell(5, 110, reduce_only=True)
        pit.sell(2, 105, offset=Offset.OPEN)
        pit.buy(2, 105, account=BOB)
        changes = [event for event in pit.events if isinstance(event, OrderModified)]
        assert [(each.order_id, each.quantity) for each in changes] == [(order, 3)]
        pit.buy(9, 110, account=BOB)
        assert held(pit) == 0

    def test_in_the_sweep_of_one_order_too(self, pit: Pit) -> None:
        cut = pit.sell(5, 106, reduce_only=True)
        plain = pit.sell(4, 105, offset=Offset.OPEN)
        pit.buy(20, 110, account=BOB)
        assert (pit.order(plain).filled, pit.order(cut).filled) == (4, 1)
        assert held(pit) == 0

    def test_one_without_a_position_left_is_cancelled(self, pit: Pit) -> None:
        order = pit.sell(5, 110, reduce_only=True)
        pit.sell(5, 105, offset=Offset.OPEN)
        pit.buy(5, 105, account=BOB)
        assert pit.order(order).state.value == "cancelled"
        assert pit.order(order).reason.startswith("reduce-only")

    def test_an_incoming_one_takes_no_more_than_there_is(self, pit: Pit) -> None:
        pit.buy(9, 99, account=BOB)
        order = pit.sell(8, 99, offset=Offset.OPEN, reduce_only=True)
        assert pit.order(order).filled == 5
        assert held(pit) == 0

    def test_a_fok_that_would_have_to_be_cut_is_cancelled(self, pit: Pit) -> None:
        pit.buy(9, 99, account=BOB)
        given = {"offset": Offset.OPEN, "reduce_only": True, "time_in_force": TimeInForce.FOK}
        order = pit.sell(8, 99, **given)
        assert pit.order(order).filled == 0
        assert pit.order(order).state.value == "cancelled"

    def test_a_fok_does_not_count_on_reduce_only_orders(self, pit: Pit) -> None:
        pit.sell(5, 105, reduce_only=True)
        fok = pit.buy(5, 105, account=BOB, time_in_force=TimeInForce.FOK)
        assert pit.order(fok, BOB).state.value == "cancelled"
        pit.sell(5, 106, offset=Offset.OPEN, account=BOB)

    def test_quotes_and_bars_fill_no_more_than_there_is(self) -> None:
        for event in ("quote", "bar"):
            pit = Pit(perpetual(), start="09:00")
            pit.buy(5, 100)
            pit.quote(99, 100)
            order = pit.sell(5, 110, reduce_only=True)
            pit.sell(3, 105, offset=Offset.OPEN)
            if event == "quote":
                pit.quote(111, 112)
            else:
                pit.see(bar(pit.instrument, at("09:05"), (111, 115, 108, 111), length=MINUTE))
            assert pit.order(order).filled == 2
            assert held(pit) == 0

    def test_a_stop_is_cut_when_it_goes_off(self, pit: Pit) -> None:
        pit.buy(9, 90, account=BOB)
        order = pit.sell(5, stop_price=95, reduce_only=True)
        pit.sell(3, 94, offset=Offset.OPEN)
        pit.buy(3, 94, account=BOB)
        assert pit.order(order).filled == 2
        assert held(pit) == 0

    def test_where_both_sides_are_held_it_may_not_open(self) -> None:
        pit = meeting(index_future())
        pit.buy(1, 4000, reduce_only=True)
        assert isinstance(pit.events[-1], OrderRejected)

    def test_an_auction_takes_no_more_than_there_is(self, pit: Pit) -> None:
        self.status(pit, InstrumentStatus.HALTED)
        cut = pit.sell(5, 105, reduce_only=True)
        plain = pit.sell(3, 104, offset=Offset.OPEN)
        pit.buy(9, 106, account=BOB)
        self.status(pit, InstrumentStatus.OPEN)
        assert (pit.order(plain).filled, pit.order(cut).filled) == (3, 2)
        assert held(pit) == 0

    def status(self, pit: Pit, status: InstrumentStatus) -> None:
        pit.see(Status(pit.instrument.id, pit.now, pit.now, status))

    @pytest.mark.parametrize(
        ("how", "mine", "theirs"),
        [
            (Prevention.NEWEST, "cancelled", "open"),
            (Prevention.OLDEST, "open", "cancelled"),
            (Prevention.BOTH, "cancelled", "cancelled"),
            (Prevention.DECREMENT, "cancelled", "open"),
        ],
    )
    def test_self_trade_prevention_holds_one_by_one_too(
        self, pit: Pit, how: Prevention, mine: str, theirs: str
    ) -> None:
        pit.exchange.prevent_self_trades(ALICE, how)
        resting = pit.sell(5, 105, reduce_only=True)
        incoming = pit.buy(2, 105)
        assert pit.fills(incoming) == []
        assert pit.order(incoming).state.value == mine
        assert pit.order(resting).state.value == theirs

    def test_a_fok_looks_past_own_orders_as_its_prevention_says(self, pit: Pit) -> None:
        pit.exchange.prevent_self_trades(BOB, Prevention.OLDEST)
        pit.sell(5, 107, reduce_only=True)
        pit.sell(2, 105, offset=Offset.OPEN, account=BOB)
        pit.sell(2, 106, offset=Offset.OPEN)
        given = {"account": BOB, "time_in_force": TimeInForce.FOK}
        assert pit.order(pit.buy(3, 106, **given), BOB).filled == 0
        assert pit.order(pit.buy(2, 106, **given), BOB).filled == 2
        pit.exchange.prevent_self_trades(BOB, Prevention.NEWEST)
        pit.sell(1, 105, offset=Offset.OPEN, account=BOB)
        assert pit.order(pit.buy(1, 106, **given), BOB).filled == 0

    def test_a_post_only_order_is_as_ever(self, pit: Pit) -> None:
        pit.sell(5, 105, reduce_only=True)
        taking = pit.buy(1, 105, account=BOB, post_only=True)
        resting = pit.buy(1, 104, account=BOB, post_only=True)
        assert pit.order(taking, BOB).state.value == "cancelled"
        assert pit.order(resting, BOB).state.value == "open"

    def test_a_market_order_of_the_counterpart_gets_the_rest_elsewhere(self, pit: Pit) -> None:
        pit.sell(5, 105, reduce_only=True)
        pit.sell(2, 105, offset=Offset.OPEN)
        pit.sell(9, 106, offset=Offset.OPEN, account=BOB)
        order = pit.buy(8, type=OrderType.MARKET, account=BOB)
        assert pit.order(order, BOB).filled == 8

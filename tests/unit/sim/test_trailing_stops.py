"""Trailing stops: the trigger follows the best price and never moves back, in every way of matching."""

from math import inf, nan
from typing import Any

import pytest

from anyvenue.model.enums import Offset, OrderType, TimeInForce
from anyvenue.model.events import OrderTriggered
from builders import ALICE, BOB, DBL_MAX, MINUTE, Pit, at, bar, number, rebar, trade

TRAILING: dict[str, Any] = {"type": OrderType.TRAILING_STOP, "offset": Offset.OPEN}


def trail(pit: Pit, sell: bool, distance: int, **fields: Any) -> int:
    """Send a trailing stop of one lot."""
    given = TRAILING | {"trail": distance} | fields
    return pit.sell(1, **given) if sell else pit.buy(1, **given)


@pytest.fixture
def pit() -> Pit:
    """Return an exchange that has seen 3500."""
    pit = Pit(rebar())
    pit.last(3500)
    return pit


class TestOnSnapshots:
    @pytest.mark.parametrize("matching", ["touch", "queue", "maker"])
    def test_a_sell_follows_the_price_up_and_goes_when_it_has_come_back(
        self, matching: str
    ) -> None:
        pit = Pit(rebar(), matching=matching)
        pit.last(3500)
        order = trail(pit, True, 10)
        for price in (3500, 3495, 3520, 3511):
            pit.last(price)
            assert pit.order(order).triggered is False
        pit.last(3510)
        assert pit.prices(order) == [("3510", "1")]

    def test_a_buy_follows_the_price_down(self, pit: Pit) -> None:
        order = trail(pit, False, 10)
        for price in (3500, 3480, 3489):
            pit.last(price)
        assert pit.fills() == []
        pit.last(3490)
        assert pit.prices(order) == [("3490", "1")]

    def test_it_begins_at_the_first_price_it_sees(self) -> None:
        pit = Pit(rebar())
        pit.last(3600)
        order = trail(pit, True, 10)
        pit.last(3500)
        pit.last(3491)
        assert pit.fills() == []
        pit.last(3490)
        assert pit.prices(order) == [("3490", "1")]

    def test_a_first_trigger_holds_until_the_price_is_far_enough_from_it(self, pit: Pit) -> None:
        order = trail(pit, True, 10, stop_price=3480)
        pit.last(3485)
        pit.last(3490)
        pit.last(3481)
        assert pit.fills() == []
        pit.last(3480)
        assert pit.prices(order) == [("3480", "1")]

    def test_where_nothing_was_traded_the_opposite_quote_counts(self, pit: Pit) -> None:
        order = trail(pit, True, 10)
        pit.quote(3510, 3530)
        pit.quote(3501, 3502)
        assert pit.fills() == []
        pit.quote(3500, 3501)
        assert pit.prices(order) == [("3500", "1")]

    @pytest.mark.parametrize("matching", ["touch", "queue", "maker", "book"])
    @pytest.mark.parametrize("price", [nan, 0.0, -1.0, inf, DBL_MAX])
    def test_what_is_no_price_moves_and_triggers_nothing(self, matching: str, price: float) -> None:
        pit = Pit(rebar(), matching=matching)
        pit.last(3500)
        orders = [trail(pit, sell, 10) for sell in (True, False)]
        pit.last(3500)
        pit.last(price)
        pit.quote(price, price)
        pit.see(trade(pit.instrument, pit.now, price, 5))
        pit.see(bar(pit.instrument, pit.now, (price, price, price, price)))
        pit.last(3495)
        assert not any(pit.order(each).triggered for each in orders)

    def test_public_trades_move_it_and_set_it_off(self, pit: Pit) -> None:
        order = trail(pit, True, 10)
        for second, price in enumerate((3500, 3520, 3510), start=2):
            pit.see(trade(pit.instrument, at(f"09:00:{second:02}"), price, 5))
        assert pit.prices(order) == [("3510", "1")]

    def test_a_change_of_quantity_keeps_the_trigger_where_it_was(self, pit: Pit) -> None:
        order = trail(pit, True, 10)
        pit.last(3520)
        pit.modify(order, quantity=2)
        pit.last(3511)
        assert pit.fills() == []
        pit.last(3510)
        assert pit.prices(order) == [("3510", "2")]


class TestOnBars:
    def start(self, sell: bool = True, **fields: Any) -> tuple[Pit, int]:
        pit = Pit(rebar(), start="08:59")
        pit.exchange.marks.remember(pit.instrument.id, number(3500))
        return pit, trail(pit, sell, 10, **fields)

    def show(self, pit: Pit, minute: int, *prices: float) -> None:
        pit.see(bar(pit.instrument, at("09:00") + minute * MINUTE, prices))  # type: ignore[arg-type]

    def test_the_trigger_as_it_stood_meets_the_range(self) -> None:
        pit, order = self.start()
        self.show(pit, 0, 3500, 3505, 3495, 3505)
        self.show(pit, 1, 3505, 3505, 3494, 3500)
        assert pit.prices(order) == [("3495", "1")]

    def test_a_high_and_a_close_far_below_it_are_certain(self) -> None:
        pit, order = self.start()
        self.show(pit, 0, 3500, 3520, 3499, 3505)
        assert pit.prices(order) == [("3510", "1")]

    def test_a_high_and_a_low_may_have_come_the_other_way_round(self) -> None:
        pit, order = self.start()
        self.show(pit, 0, 3500, 3508, 3495, 3500)
        assert pit.fills(order) == []

    def test_an_open_beyond_the_trigger_is_the_price(self) -> None:
        pit, order = self.start(sell=False)
        self.show(pit, 0, 3500, 3500, 3490, 3495)
        self.show(pit, 1, 3515, 3520, 3510, 3512)
        assert pit.prices(order) == [("3515", "1")]


class TestBetweenUsers:
    @pytest.fixture
    def pit(self) -> Pit:
        """Return an exchange with offers of one lot at 3500 to 3530, and bids of nine at 3480 to 3495."""
        pit = Pit(rebar(), matching="book", accounts=(ALICE, BOB))
        for price in range(3500, 3531):
            pit.sell(1, price, offset=Offset.OPEN, account=BOB)
        for price in range(3480, 3496):
            pit.buy(9, price, account=BOB)
        return pit

    def test_every_trade_moves_the_trigger_and_the_last_sets_it_off(self, pit: Pit) -> None:
        pit.buy(1, 3500)
        order = trail(pit, True, 10)
        pit.buy(5, 3505)
        assert not any(isinstance(event, OrderTriggered) for event in pit.events)
        pit.sell(1, 3495, offset=Offset.OPEN)
        assert pit.prices(order) == [("3495", "1")]

    def test_a_trade_in_the_middle_of_an_order_counts(self, pit: Pit) -> None:
        pit.buy(1, 3500)
        pit.buy(1, 3510)
        sold = pit.sell(1, stop_price=3501, offset=Offset.OPEN)
        pit.buy(1, 3502)
        assert pit.order(sold).triggered
        assert pit.prices(sold) == [("3495", "1")]

    def test_a_cancelled_one_is_gone(self, pit: Pit) -> None:
        pit.buy(1, 3500)
        order = trail(pit, True, 5)
        pit.cancel(order)
        pit.sell(1, 3495, offset=Offset.OPEN)
        assert pit.fills(order) == []

    def test_it_may_last_for_days(self, pit: Pit) -> None:
        pit.buy(1, 3500)
        order = trail(pit, True, 5, time_in_force=TimeInForce.GTC)
        pit.to("33:30")
        pit.buy(2, 3495, account=BOB)
        pit.sell(1, 3495, offset=Offset.OPEN)
        assert pit.prices(order) == [("3495", "1")]

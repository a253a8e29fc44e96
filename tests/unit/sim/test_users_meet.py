"""An exchange in `book` matching: users' orders meet each other, and the public sees what comes of it."""

from decimal import Decimal
from math import inf, isnan, nan
from typing import Any

import pytest

from anyvenue.model.commands import ModifyOrder
from anyvenue.model.enums import Offset, OrderState, Side, TimeInForce
from anyvenue.model.errors import ConfigError
from anyvenue.model.events import OrderModified, OrderRejected, OrderTriggered
from anyvenue.model.ids import OrderId
from anyvenue.model.market import Depth, Trade
from anyvenue.model.steps import BandedStep
from anyvenue.sim.orderbook import Prevention
from builders import ALICE, BOB, DBL_MAX, Pit, at, bank_share, rebar

D = Decimal


def meeting(*instruments: Any, **options: Any) -> Pit:
    """Return an exchange in which Alice and Bob meet."""
    given = instruments or (rebar(),)
    return Pit(*given, matching="book", accounts=(ALICE, BOB), **options)


@pytest.fixture
def pit() -> Pit:
    """Return an exchange in which Bob offers 3 at 3501 (order 1) and 4 at 3502 (order 2)."""
    pit = meeting()
    sell(pit, 3, 3501)
    sell(pit, 4, 3502)
    return pit


def sell(pit: Pit, quantity: int, price: object = None, **fields: Any) -> int:
    """Let Bob offer."""
    return pit.sell(quantity, price, **({"offset": Offset.OPEN, "account": BOB} | fields))


def state_of(pit: Pit, order_id: int, account: Any = ALICE) -> tuple[str, int]:
    record = pit.order(order_id, account)
    return record.state.value, int(record.filled)


def depth(pit: Pit) -> Depth:
    """Return the depth that the latest command has published."""
    return [each for each in pit.exchange.market_events() if isinstance(each, Depth)][-1]


class TestTrades:
    def test_both_users_get_a_fill_at_the_resting_price_under_one_number(self, pit: Pit) -> None:
        order = pit.buy(2, 3505)
        theirs, mine = pit.fills()
        assert (mine.price, theirs.price, mine.quantity) == (3501, 3501, 2)
        assert mine.trade_id == theirs.trade_id
        assert (theirs.account, theirs.side, theirs.maker) == (BOB, Side.SELL, True)
        assert (mine.account, mine.side, mine.maker) == (ALICE, Side.BUY, False)
        assert state_of(pit, order) == ("filled", 2)
        assert state_of(pit, 1, BOB) == ("partial", 2)

    def test_every_level_is_a_trade_with_a_number_of_its_own(self, pit: Pit) -> None:
        order = pit.buy(5, 3502)
        assert pit.prices(order) == [("3501", "3"), ("3502", "2")]
        assert len({fill.trade_id for fill in pit.fills(order)}) == 2

    def test_fees_and_margin_are_those_of_the_account(self, pit: Pit) -> None:
        pit.buy(2, 3501)
        for account in (ALICE, BOB):
            figures = pit.figures(account=account)
            assert figures.fees == D("7.002")  # 2 x 3501 x 10 at 1 in ten thousand
            assert figures.margin == D(7002)

    def test_what_is_not_asked_for_is_not_touched(self, pit: Pit) -> None:
        order = pit.buy(1, 3500)
        assert pit.fills() == []
        assert state_of(pit, order) == ("open", 0)

    def test_recorded_quotes_fill_nothing_but_are_news(self, pit: Pit) -> None:
        order = pit.buy(1, 3500)
        pit.last(3490, upper_limit=3600.0, lower_limit=3400.0)
        assert state_of(pit, order) == ("open", 0)
        assert pit.state.mark(pit.instrument.id) == 3490
        pit.buy(1, 3700)
        assert isinstance(pit.events[-1], OrderRejected)
        assert pit.events[-1].code == "order.outside_limits"

    @pytest.mark.parametrize("price", [nan, 0.0, inf, DBL_MAX])
    def test_nonsense_from_outside_changes_nothing(self, pit: Pit, price: float) -> None:
        pit.buy(1, 3501)
        pit.buy(1, stop_price=3502)
        before, fills = pit.figures(), len(pit.fills())
        pit.quote(price, price)
        pit.last(price, settlement=price, upper_limit=price, lower_limit=price)
        after = pit.figures()
        assert (after.balance, after.available) == (before.balance, before.available)
        pit.to("33:30")
        assert len(pit.fills()) == fills
        assert pit.figures().balance == before.balance

    def test_the_last_trade_values_positions(self, pit: Pit) -> None:
        pit.buy(3, 3501)
        pit.buy(1, 3502)
        assert pit.figures().position_profit == 30
        assert pit.figures(account=BOB).position_profit == -30


class TestOrders:
    @pytest.mark.parametrize(
        ("fields", "filled", "reason"),
        [
            ({"price": None}, 7, "market order: nothing more to take"),
            ({"price": 3501, "time_in_force": TimeInForce.IOC}, 3, "fill-and-kill: nothing more"),
            ({"price": 3502, "time_in_force": TimeInForce.FOK}, 0, "fill-or-kill: the whole"),
            ({"price": 3501, "post_only": True}, 0, "post-only order would have taken"),
        ],
    )
    def test_orders_that_may_not_rest_are_cancelled(
        self, pit: Pit, fields: dict[str, Any], filled: int, reason: str
    ) -> None:
        pit.exchange.marks.remember(pit.instrument.id, D(3500))
        order = pit.buy(8, **fields)
        assert state_of(pit, order) == ("cancelled", filled)
        assert pit.order(order).reason.startswith(reason)
        assert pit.figures().frozen_margin == 0

    def test_a_market_order_without_a_price_to_check_it_against_is_refused(self, pit: Pit) -> None:
        pit.buy(1)
        assert pit.events[-1].code == "order.invalid"  # type: ignore[union-attr]

    def test_less_quantity_keeps_the_place_and_more_loses_it(self) -> None:
        pit = meeting()
        first, second = pit.buy(3, 3500), pit.buy(3, 3500)
        pit.modify(first, quantity=2)
        sell(pit, 1, 3500)
        assert state_of(pit, first) == ("partial", 1)
        pit.modify(first, quantity=5)
        sell(pit, 3, 3500)
        assert (state_of(pit, first), state_of(pit, second)) == (("partial", 1), ("filled", 3))

    def test_a_change_of_price_may_trade(self, pit: Pit) -> None:
        order = pit.buy(1, 3500)
        pit.modify(order, price=3501)
        assert pit.prices(order) == [("3501", "1")]

    def test_a_cancelled_order_is_met_by_nobody(self, pit: Pit) -> None:
        pit.cancel(1, BOB)
        order = pit.buy(1, 3502)
        assert pit.prices(order) == [("3502", "1")]


class TestStops:
    def test_a_stop_waits_for_the_last_price_of_this_market(self, pit: Pit) -> None:
        stop = pit.buy(2, stop_price=3501)
        assert state_of(pit, stop) == ("open", 0)
        pit.buy(1, 3501)
        assert any(isinstance(event, OrderTriggered) for event in pit.events)
        assert pit.prices(stop) == [("3501", "2")]

    def test_one_stop_sets_off_the_next(self, pit: Pit) -> None:
        later = pit.buy(1, 3502, stop_price=3502)
        first = pit.buy(3, stop_price=3501)
        pit.buy(1, 3501)
        assert pit.prices(first) == [("3501", "2"), ("3502", "1")]
        assert pit.prices(later) == [("3502", "1")]

    def test_a_stop_that_comes_late_goes_at_once(self, pit: Pit) -> None:
        pit.buy(1, 3501)
        stop = pit.buy(1, 3501, stop_price=3500)
        assert pit.order(stop).triggered
        assert pit.prices(stop) == [("3501", "1")]

    def test_a_stop_can_be_changed_and_cancelled(self, pit: Pit) -> None:
        stop = pit.buy(1, 3501, stop_price=3501)
        pit.modify(stop, quantity=2)
        other = pit.buy(1, 3501, stop_price=3501)
        pit.cancel(other)
        pit.buy(1, 3501)
        assert state_of(pit, stop) == ("filled", 2)
        assert state_of(pit, other) == ("cancelled", 0)


class TestHours:
    def test_orders_that_wait_for_the_session_meet_in_the_order_they_came(self) -> None:
        pit = meeting(start="08:00")
        first, second = pit.buy(1, 3500), pit.buy(1, 3500)
        sell(pit, 1, 3500)
        assert pit.fills() == []
        pit.to("09:00")
        assert (state_of(pit, first), state_of(pit, second)) == (("filled", 1), ("open", 0))
        assert pit.fills()[0].ts_event == at("09:00")

    def test_a_waiting_order_that_was_changed_goes_behind(self) -> None:
        pit = meeting(start="08:00")
        first, second = pit.buy(1, 3500), pit.buy(1, 3499)
        pit.modify(first, price=3499)
        pit.cancel(pit.buy(1, 3600))
        sell(pit, 1, 3499)
        pit.to("09:00")
        assert (state_of(pit, first), state_of(pit, second)) == (("open", 0), ("filled", 1))

    def test_an_order_of_the_day_leaves_the_book_at_its_end_and_a_gtc_stays(self) -> None:
        pit = meeting()
        pit.buy(1, 3501)
        lasting = pit.buy(1, 3500, time_in_force=TimeInForce.GTC)
        pit.to("33:30")
        sell(pit, 2, 3499)
        assert pit.prices() == [("3500", "1")] * 2
        assert pit.order(lasting).state is OrderState.FILLED

    def test_the_exchange_can_cancel_everything(self, pit: Pit) -> None:
        pit.exchange.cancel_all(pit.now, BOB)
        assert depth(pit).ask_prices == ()


class TestSelfTrades:
    def test_orders_of_one_account_meet_unless_told_otherwise(self) -> None:
        pit = meeting()
        pit.buy(1, 3500)
        pit.sell(1, 3500, offset=Offset.OPEN)
        mine = pit.fills()
        assert [each.side for each in mine] == [Side.BUY, Side.SELL]
        assert mine[0].trade_id == mine[1].trade_id
        assert (pit.position().long, pit.position().short) == (1, 1)

    @pytest.mark.parametrize(
        ("how", "old", "new"),
        [
            (Prevention.NEWEST, ("open", 0), ("cancelled", 0)),
            (Prevention.OLDEST, ("cancelled", 0), ("open", 0)),
            (Prevention.BOTH, ("cancelled", 0), ("cancelled", 0)),
            (Prevention.DECREMENT, ("open", 0), ("cancelled", 0)),
        ],
    )
    def test_an_account_says_what_happens(
        self, how: Prevention, old: tuple[str, int], new: tuple[str, int]
    ) -> None:
        pit = meeting()
        pit.exchange.prevent_self_trades(ALICE, how)
        resting = pit.buy(3, 3500)
        coming = pit.sell(1, 3500, offset=Offset.OPEN)
        assert (state_of(pit, resting), state_of(pit, coming)) == (old, new)
        assert pit.fills() == []

    def test_a_decrement_is_told_as_a_change_and_frees_what_it_had_frozen(self) -> None:
        pit = meeting()
        pit.exchange.prevent_self_trades(ALICE, Prevention.DECREMENT)
        resting = pit.buy(3, 3500)
        pit.sell(1, 3500, offset=Offset.OPEN)
        (told,) = [event for event in pit.events if isinstance(event, OrderModified)]
        assert (told.order_id, told.quantity) == (resting, 2)
        assert pit.figures().frozen_margin == 7000

    def test_touch_matching_knows_no_self_trades(self) -> None:
        with pytest.raises(ConfigError, match="book matching only"):
            Pit(rebar()).exchange.prevent_self_trades(ALICE, Prevention.BOTH)


class TestPublic:
    def test_every_command_shows_its_trades_and_the_new_depth(self, pit: Pit) -> None:
        pit.buy(4, 3502)
        first, second, after = pit.exchange.market_events()
        assert isinstance(first, Trade)
        assert isinstance(second, Trade)
        assert (first.price, first.size, first.aggressor) == (3501.0, 3.0, Side.BUY)
        assert isinstance(after, Depth)
        assert (after.ask_prices, after.ask_sizes) == ((3502.0,), (3.0,))
        assert (after.last, after.volume, after.turnover) == (3502.0, 4.0, 140_050.0)
        assert (after.open, after.high, after.low) == (3501.0, 3502.0, 3501.0)
        assert isnan(after.bid)

    def test_five_levels_are_shown(self) -> None:
        pit = meeting()
        for price in range(3490, 3500):
            pit.buy(1, price)
        assert depth(pit).bid_prices == (3499.0, 3498.0, 3497.0, 3496.0, 3495.0)

    def test_a_cancel_and_a_change_show_the_new_depth_and_a_refusal_shows_nothing(
        self, pit: Pit
    ) -> None:
        pit.cancel(1, BOB)
        assert depth(pit).ask_prices == (3502.0,)
        pit.exchange.apply(ModifyOrder(OrderId(2), BOB, pit.now, D(1)), pit.now)
        assert depth(pit).ask_sizes == (1.0,)
        pit.cancel(99)
        assert pit.exchange.market_events() == []

    def test_figures_of_the_day_begin_afresh_and_the_last_price_stays(self, pit: Pit) -> None:
        pit.buy(1, 3501)
        pit.to("33:30")
        pit.buy(1, 3400)
        shown = depth(pit)
        assert (shown.last, shown.volume) == (3501.0, 0.0)
        assert isnan(shown.open)
        assert shown.trading_day == 20260122

    def test_touch_matching_has_no_market_of_its_own(self) -> None:
        pit = Pit(rebar())
        pit.buy(1, 3500)
        assert pit.exchange.market_events() == []

    def test_an_unknown_matching_is_refused(self) -> None:
        with pytest.raises(ConfigError, match="one of touch, queue, maker, book"):
            Pit(rebar(), matching="magic")


def test_prices_of_every_band_are_told_apart() -> None:
    share = bank_share(
        currency="HKD",
        sessions="always",
        price_step=BandedStep((D(0), D("0.25"), D(10)), (D("0.001"), D("0.005"), D("0.01"))),
    )
    pit = meeting(share)
    pit.buy(100, "0.249")
    pit.buy(100, "0.255")
    pit.buy(100, "10.01")
    assert depth(pit).bid_prices == (10.01, 0.255, 0.249)
    assert depth(pit).bid_sizes == (100.0, 100.0, 100.0)

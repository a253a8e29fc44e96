"""Breaks, nights, time in force, settlement and delivery at the exchange."""

from decimal import Decimal

import pytest

from anyvenue.model.enums import Offset, OrderState, TimeInForce
from anyvenue.model.events import DaySettled, OrderExpired, OrderRejected
from anyvenue.model.ids import make_instrument_id
from builders import ALICE, BOB, SECOND, Pit, at, bank_share, bar, depth, rebar, us_share

D = Decimal


class TestClosedMarket:
    @pytest.mark.parametrize(
        ("arrival", "first_open"),
        [("10:20", "10:30"), ("12:00", "13:30"), ("15:30", "21:00"), ("24:00", "33:00")],
    )
    def test_an_order_waits_for_the_next_open_stretch(self, arrival: str, first_open: str) -> None:
        pit = Pit(rebar(), start=arrival)
        order = pit.buy(1, 3600)
        pit.quote(3500, 3501)
        assert pit.order(order).state is OrderState.OPEN
        pit.to(first_open)
        pit.quote(3500, 3501, after=0)
        assert pit.order(order).state is OrderState.FILLED

    def test_an_exchange_may_refuse_instead(self) -> None:
        pit = Pit(rebar(), start="10:20", when_closed="reject")
        pit.buy(1, 3600)
        assert pit.events[-1].code == "order.market_closed"  # type: ignore[union-attr]

    def test_a_resting_order_does_not_trade_while_the_market_is_closed(self) -> None:
        pit = Pit(rebar())
        order = pit.buy(1, 3500, time_in_force=TimeInForce.GTC)
        pit.quote(3505, 3506)
        pit.to("10:20")
        pit.quote(3400, 3401)
        pit.to("15:10")
        pit.last(3400, settlement=3400)
        assert pit.order(order).filled == 0
        pit.to("21:00")
        pit.quote(3400, 3401)
        assert pit.order(order).state is OrderState.FILLED

    def test_the_closing_snapshot_may_come_a_moment_late(self) -> None:
        pit = Pit(rebar())
        order = pit.buy(1, 3600)
        pit.to("11:30")
        pit.quote(3500, 3501, after=SECOND // 2)
        assert pit.order(order).state is OrderState.FILLED

    def test_a_night_order_belongs_to_the_next_trading_day(self) -> None:
        pit = Pit(rebar(), start="21:00")
        pit.buy(1, 3600)
        pit.quote(3500, 3501)
        assert pit.fills()[0].trading_day == 20260122


class TestTimeInForce:
    def test_a_day_order_expires_a_moment_after_the_close(self) -> None:
        pit = Pit(rebar())
        order = pit.buy(1, 3400)
        pit.to(at("15:00") + SECOND - 1)
        assert pit.order(order).state is OrderState.OPEN
        pit.to(at("15:00") + SECOND)
        record = pit.order(order)
        assert record.state is OrderState.EXPIRED
        assert pit.figures().frozen_margin == 0

    def test_a_night_day_order_lives_until_the_next_afternoon(self) -> None:
        pit = Pit(rebar(), start="21:00")
        order = pit.buy(1, 3400)
        pit.to("32:00")
        assert pit.order(order).state is OrderState.OPEN
        pit.to("39:01")
        assert pit.order(order).state is OrderState.EXPIRED

    def test_an_order_given_after_the_close_is_one_of_the_next_day(self) -> None:
        pit = Pit(rebar(), start="15:30")
        order = pit.buy(1, 3400)
        pit.to("30:00")
        assert pit.order(order).state is OrderState.OPEN
        pit.to("39:01")
        assert pit.order(order).state is OrderState.EXPIRED

    def test_a_good_till_cancelled_order_stays_over_days(self) -> None:
        pit = Pit(rebar())
        order = pit.buy(1, 3400, time_in_force=TimeInForce.GTC)
        pit.to(at("09:00") + 2 * 24 * 3600 * SECOND)
        assert pit.order(order).state is OrderState.OPEN
        pit.quote(3399, 3400)
        assert pit.order(order).state is OrderState.FILLED
        assert pit.fills()[0].trading_day == 20260123

    def test_a_good_till_date_order_ends_at_its_time(self) -> None:
        pit = Pit(rebar())
        order = pit.buy(1, 3400, expires=at("10:00"))
        pit.to(at("10:00") - 1)
        assert pit.order(order).state is OrderState.OPEN
        pit.to("10:00")
        assert pit.order(order).state is OrderState.EXPIRED
        assert pit.events[-1].ts_event == at("10:00")

    def test_a_date_that_has_passed_is_refused(self) -> None:
        pit = Pit(rebar())
        order = pit.buy(1, 3400, expires=at("08:00"))
        assert pit.order(order).state is OrderState.REJECTED
        assert "has passed" in pit.order(order).reason


class TestSettlement:
    def _held(self, accounts: tuple[str, ...] = ("alice",)) -> Pit:
        pit = Pit(rebar(), accounts=(ALICE, BOB)[: len(accounts)])
        pit.buy(2, 3500)
        pit.last(3500)
        return pit

    def test_every_account_of_the_currency_is_settled_once_a_day(self) -> None:
        pit = self._held(("alice", "bob"))
        settled = pit.to("16:00")
        assert [(event.account, event.trading_day, event.next_day) for event in settled] == [  # type: ignore[union-attr]
            (ALICE, 20260121, 20260122),
            (BOB, 20260121, 20260122),
        ]
        assert pit.to("20:59") == []

    def test_a_gap_of_days_settles_each_of_them(self) -> None:
        pit = self._held()
        settled = pit.to(at("09:00") + 5 * 24 * 3600 * SECOND)  # Wednesday to Monday
        assert [event.trading_day for event in settled] == [20260121, 20260122, 20260123]  # type: ignore[union-attr]
        assert settled[-1].next_day == 20260126  # type: ignore[union-attr]

    def test_the_told_settlement_price_is_used(self) -> None:
        pit = self._held()
        pit.to("15:01")
        pit.last(3520, settlement=3510.0, trading_day=20260121)
        (settled,) = pit.to("16:00")
        assert settled.prices == ((pit.instrument.id, D(3510)),)  # type: ignore[union-attr]

    def test_without_one_the_last_price_is_used(self) -> None:
        pit = self._held()
        pit.last(3520)
        (settled,) = pit.to("16:00")
        assert settled.prices == ((pit.instrument.id, D(3520)),)  # type: ignore[union-attr]

    def test_a_daily_bar_tells_it_too(self) -> None:
        pit = self._held()
        day = bar(pit.instrument, at("09:00"), (3500, 3600, 3400, 3520), settlement=3505.0)
        pit.see(day)
        (settled,) = pit.to("16:00")
        assert settled.prices[0][1] == 3505  # type: ignore[union-attr]

    def test_the_settlement_price_of_one_day_is_not_that_of_the_next(self) -> None:
        pit = Pit(rebar())
        pit.last(3500, settlement=3400.0)  # nobody holds anything on the first day
        pit.to("21:00")
        pit.buy(1, 3500)
        pit.last(3500)
        (settled,) = pit.to("40:00")
        assert settled.prices[0][1] == 3500  # type: ignore[union-attr]

    def test_a_settlement_price_that_comes_late_is_not_taken_for_the_next_days(self) -> None:
        pit = self._held()
        pit.to("17:00")
        pit.last(3500, settlement=3400.0, trading_day=20260121)
        pit.to("33:00")
        pit.last(3510)
        settled = pit.to("40:00")
        assert settled[-1].prices[0][1] == 3510  # type: ignore[union-attr]

    @pytest.mark.parametrize("absent", [float("nan"), 0.0, 1.7976931348623157e308])
    def test_an_absent_settlement_price_is_none(self, absent: float) -> None:
        pit = self._held()
        pit.last(3520, settlement=absent)
        (settled,) = pit.to("16:00")
        assert settled.prices[0][1] == 3520  # type: ignore[union-attr]

    def test_price_limits_of_yesterday_do_not_bind_today(self) -> None:
        pit = Pit(rebar())
        pit.last(3500, upper_limit=3600.0, lower_limit=3400.0)
        pit.buy(1, 3700)
        assert pit.events[-1].code == "order.outside_limits"  # type: ignore[union-attr]
        pit.to("16:30")
        order = pit.buy(1, 3700)
        assert pit.order(order).state is OrderState.OPEN

    def test_days_of_two_currencies_end_at_their_own_time(self) -> None:
        pit = Pit(rebar(), us_share(), start="14:00")
        pit.last(3500)
        pit.quote(199, 200, of=us_share())
        assert {event.currency for event in pit.to("16:00")} == {"CNY"}  # type: ignore[union-attr]
        assert {event.currency for event in pit.to("33:00")} == {"USD"}  # type: ignore[union-attr]

    def test_the_day_of_a_currency_ends_with_its_last_market(self) -> None:
        pit = Pit(bank_share(), rebar(), start="09:30")
        pit.quote(10.00, 10.01)
        pit.quote(3500, 3501, of=rebar())
        assert pit.to("16:00") == []
        assert [type(event) for event in pit.to("17:00")] == [DaySettled]


class TestLotsOfADayThatEnded:
    def test_a_close_today_order_does_not_outlive_its_day(self) -> None:
        pit = Pit(rebar())
        pit.buy(2, 3500)
        pit.last(3500)
        order = pit.sell(2, 3600, offset=Offset.CLOSE_TODAY, time_in_force=TimeInForce.GTC)
        said = pit.to("16:00")
        assert [type(event) for event in said] == [OrderExpired, DaySettled]
        assert pit.order(order).state is OrderState.EXPIRED
        old = pit.position().long_old
        assert (old.quantity, old.frozen) == (2, 0)

    def test_a_close_order_of_old_lots_stays(self) -> None:
        pit = Pit(rebar())
        pit.buy(2, 3500)
        pit.last(3500)
        pit.to("21:00")
        order = pit.sell(2, 3600, offset=Offset.CLOSE_OLD, time_in_force=TimeInForce.GTC)
        pit.to("45:00")
        assert pit.position().long_old.frozen == 2
        pit.last(3600)
        assert pit.order(order).state is OrderState.FILLED
        assert pit.position().flat


class TestExpiry:
    def _pit(self) -> Pit:
        pit = Pit(rebar(expiry=20260121))
        pit.buy(2, 3500)
        pit.last(3500)
        return pit

    def test_positions_are_delivered_at_the_settlement_price(self) -> None:
        pit = self._pit()
        pit.last(3510)
        (settled,) = pit.to("16:00")
        assert settled.delivered == (pit.instrument.id,)  # type: ignore[union-attr]
        assert pit.position().flat
        assert pit.figures().margin == 0

    def test_every_working_order_ends_with_the_instrument(self) -> None:
        pit = self._pit()
        closing = pit.sell(2, 3600, offset=Offset.CLOSE_TODAY, time_in_force=TimeInForce.GTC)
        opening = pit.buy(1, 3400, time_in_force=TimeInForce.GTC)
        pit.to("16:00")
        assert [pit.order(each).state for each in (closing, opening)] == [OrderState.EXPIRED] * 2
        assert pit.figures().frozen_margin == 0

    @pytest.mark.parametrize("when", ["15:30", "21:05", "33:05"])
    def test_an_order_for_a_later_day_is_refused(self, when: str) -> None:
        pit = self._pit()
        pit.to(when)
        pit.buy(1, 3500)
        refused = pit.events[-1]
        assert isinstance(refused, OrderRejected)
        assert refused.code == "order.instrument_expired"

    def test_the_last_day_itself_trades(self) -> None:
        pit = Pit(rebar(expiry=20260122), start="21:00")
        order = pit.buy(1, 3500)
        pit.last(3500)
        assert pit.order(order).state is OrderState.FILLED

    def test_another_month_is_not_touched(self) -> None:
        later = rebar(id=make_instrument_id("rb2610", "SHFE"))
        pit = Pit(rebar(expiry=20260121), later)
        order = pit.buy(1, 3400, of=later, time_in_force=TimeInForce.GTC)
        pit.to("16:00")
        assert pit.order(order).state is OrderState.OPEN


def test_an_auction_snapshot_before_the_open_fills_nothing() -> None:
    pit = Pit(rebar(), start="20:30")
    order = pit.buy(1, 3600)
    pit.to("20:59")
    pit.see(depth(pit.instrument, pit.now, {3500.0: 5}, {3501.0: 5}, last=3500.0))
    assert pit.order(order).filled == 0


def test_unrealised_gains_are_not_paid_out() -> None:
    pit = Pit(rebar())
    pit.buy(1, 3500)
    pit.last(3500)
    pit.last(3600)
    state = pit.state
    assert state.withdrawable("CNY") == state.available("CNY") - 1000
    pit.last(3400)
    assert state.withdrawable("CNY") == state.available("CNY")

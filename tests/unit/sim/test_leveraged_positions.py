"""Funding, liquidation and terms of leveraged positions: who is asked, what is refused, what is told."""

from decimal import Decimal

import pytest

from anyvenue.model.commands import ExerciseOption, SetLeverage
from anyvenue.model.enums import MarginMode, Offset
from anyvenue.model.events import (
    CashMoved,
    CommandRefused,
    MarginTermsChanged,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderSubmitted,
)
from anyvenue.model.ids import AccountId
from anyvenue.model.market import FundingRate
from anyvenue.oms.account_state import AccountState
from anyvenue.sim.own_orders import FIRST_ID
from builders import ALICE, BOB, MINUTE, SECOND, Pit, rebar
from leveraged import HOUR, LeveragedPit, inverse, linear, why

D = Decimal
CAROL = AccountId("carol")
CROSS, ISOLATED = MarginMode.CROSS, MarginMode.ISOLATED


def bought(mode: MarginMode = CROSS, **options: object) -> LeveragedPit:
    """Return a pit with 0.1 BTC bought at 50 000 with leverage 10 by an account of 1000 USDT."""
    pit = LeveragedPit(linear(), mode=mode, **options)
    pit.buy("0.1", 50_000)
    pit.price(50_000)
    return pit


class TestFunding:
    """Paid once for each time it is due, by who holds then."""

    def test_it_is_paid_when_it_is_due_and_not_before(self) -> None:
        pit = bought()
        due = pit.now + HOUR
        pit.see(FundingRate(pit.instrument.id, pit.now, pit.now, D("0.0001"), 8 * HOUR, due))
        pit.to(due - 1)
        assert pit.moved() == []
        pit.to(due)
        assert pit.moved() == [("funding", D("-0.5"))]

    def test_a_later_rate_for_the_same_time_replaces_the_one_before(self) -> None:
        pit = bought()
        due = pit.now + HOUR
        for rate in ("0.0001", "-0.0003"):
            told = FundingRate(pit.instrument.id, pit.now, pit.now, D(rate), 8 * HOUR, due)
            pit.see(told)
        pit.to(due)
        pit.see(told)
        assert pit.moved() == [("funding", D("1.5"))]

    def test_a_rate_that_comes_when_it_is_due_is_paid_at_once(self) -> None:
        pit = bought()
        now = pit.now + SECOND
        said = pit.see(FundingRate(pit.instrument.id, now, now, D("0.001"), 8 * HOUR, now))
        assert [type(each) for each in said] == [CashMoved]

    def test_a_position_opened_after_the_time_pays_nothing(self) -> None:
        pit = LeveragedPit(linear())
        pit.price(50_000)
        pit.fund("0.01")
        pit.buy("0.1", 50_000)
        pit.price(50_000)
        assert pit.moved() == []

    def test_a_rate_is_no_price_and_hides_none(self) -> None:
        pit = bought()
        pit.price(51_000)
        pit.fund("0.0001", after=HOUR)
        assert pit.figures("USDT").position_profit == D("100")

    def test_two_sides_of_a_hedged_position_pay_each_other(self) -> None:
        pit = bought(hedged=True, cash=2_000)
        pit.sell("0.1", 50_000, offset=Offset.OPEN)
        pit.price(50_000)
        pit.fund("0.01")
        assert pit.moved() == []

    def test_an_instrument_whose_funding_was_told_is_watched(self) -> None:
        pit = LeveragedPit(linear())
        pit.price(50_000)
        assert not pit.exchange.watches(pit.instrument.id)
        pit.fund("0.0001")
        assert pit.exchange.watches(pit.instrument.id)


class TestLiquidation:
    """Orders first, then positions, by orders that the exchange makes."""

    def test_the_client_is_told_of_an_order_he_never_sent(self) -> None:
        pit = bought(ISOLATED)
        said = pit.price(45_100)
        kinds = [type(each) for each in said]
        assert kinds == [OrderSubmitted, OrderAccepted, OrderFilled, CashMoved]
        submitted = said[0]
        assert isinstance(submitted, OrderSubmitted)
        assert submitted.order_id == FIRST_ID
        assert submitted.request.tag == "liquidation"
        assert submitted.request.reduce_only

    def test_working_orders_go_first(self) -> None:
        pit = bought(ISOLATED)
        mine = pit.buy("0.01", 30_000)
        take_profit = pit.sell("0.1", 60_000)
        said = pit.price(45_000)
        assert [type(each) for each in said][:2] == [OrderCancelled, OrderCancelled]
        assert pit.order(mine).reason == pit.order(take_profit).reason == "liquidation"
        assert pit.figures("USDT").frozen_margin == 0

    def test_an_isolated_liquidation_leaves_other_instruments_alone(self) -> None:
        ether = linear("ETH")
        pit = LeveragedPit(linear(), ether, mode=ISOLATED)
        pit.price(2_500, ether)
        other = pit.buy("0.1", 2_000, of=ether)
        pit.buy("0.1", 50_000)
        pit.price(50_000)
        pit.price(45_000)
        assert pit.position().flat
        assert pit.order(other).state == "open"

    def test_a_short_position_is_liquidated_when_the_price_rises(self) -> None:
        pit = LeveragedPit(linear(), mode=ISOLATED)
        pit.sell("0.1", 50_000, offset=Offset.OPEN)
        pit.price(50_000)
        pit.price(54_720)  # 500 - 472 is above 5472 x 0.5 % = 27.36
        assert pit.position().short == D("0.1")
        pit.price(54_740)  # 500 - 474 is not
        assert pit.position().flat

    def test_funding_can_be_what_liquidates(self) -> None:
        pit = bought(ISOLATED)
        pit.price(45_300)  # 500 - 470 = 30 is above 22.65
        pit.fund("0.002")  # 9.06
        pit.price(45_300)
        assert pit.position().flat

    def test_a_withdrawal_is_seen_by_the_next_price(self) -> None:
        pit = bought()
        pit.exchange.withdraw(ALICE, "USDT", D("497.5"), pit.now)
        pit.price(45_300)
        assert pit.position().long == D("0.1")
        pit.price(45_200)
        assert pit.position().flat

    def test_what_one_account_loses_concerns_no_other(self) -> None:
        pit = LeveragedPit(linear(), mode=ISOLATED, accounts=(ALICE, BOB))
        pit.buy("0.1", 50_000)
        pit.price(50_000)
        pit.buy("0.01", 46_000, account=BOB)
        pit.price(45_100)
        assert pit.position().flat
        bob = pit.exchange.accounts[BOB]
        assert bob.position(pit.instrument.id).long == D("0.01")
        assert [each.account for each in pit.events if isinstance(each, CashMoved)] == [ALICE]

    def test_prices_that_change_nothing_ask_no_account(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pit = bought()
        pit.price(50_000)
        asked: list[object] = []
        look = AccountState.held_instruments
        monkeypatch.setattr(
            AccountState,
            "held_instruments",
            lambda state, currency: asked.append(currency) or look(state, currency),
        )
        for price in (50_100, 49_900, 50_500, 49_500):
            pit.price(price)
        assert asked == []
        pit.price(42_000)
        assert asked

    def test_an_instrument_that_is_held_is_watched(self) -> None:
        pit = bought()
        assert pit.exchange.watches(pit.instrument.id)
        pit.sell("0.1", 50_000)
        pit.price(50_000)
        pit.price(50_001)
        assert not pit.exchange.watches(pit.instrument.id)

    def test_absent_prices_liquidate_nobody(self) -> None:
        pit = bought(ISOLATED)
        for bid, ask in ((0.0, 0.0), (float("nan"), float("nan")), (1.7976931348623157e308, 0.0)):
            pit.quote(bid, ask)
        assert pit.position().long == D("0.1")
        assert pit.state.ledger.total("USDT") == 0

    def test_where_users_make_the_price_it_is_their_trades_that_liquidate(self) -> None:
        pit = LeveragedPit(linear(), mode=ISOLATED, accounts=(ALICE, BOB), matching="book")
        pit.sell("0.1", 50_000, account=BOB, offset=Offset.OPEN)
        pit.buy("0.1", 50_000)
        assert pit.position().long == D("0.1")
        pit.exchange.create_account(CAROL, settings=pit.state.settings)
        for rich in (BOB, CAROL):
            pit.exchange.deposit(rich, "USDT", D(10_000), pit.now)
        pit.buy("0.01", 45_000, account=BOB)
        pit.sell("0.01", 45_000, account=CAROL, offset=Offset.OPEN)
        pit.to(pit.now)
        assert pit.position().flat


class TestLeverage:
    """What may be chosen, and when."""

    def test_a_chosen_leverage_changes_the_margin_of_what_is_held_and_ordered(self) -> None:
        pit = bought()
        pit.buy("0.01", 40_000)
        said = pit.set_leverage(20)
        assert [type(each) for each in said] == [MarginTermsChanged]
        figures = pit.figures("USDT")
        assert (figures.margin, figures.frozen_margin) == (D("250"), D("20"))

    def test_more_than_the_table_has_is_refused(self) -> None:
        assert "expected 1 to 100" in why(bought().set_leverage(101))
        assert "expected 1 to 100" in why(bought().set_leverage("0.5"))

    def test_more_than_what_is_held_allows_is_refused(self) -> None:
        pit = LeveragedPit(linear(), cash=10_000)
        pit.buy("0.3", 50_000)
        pit.price(50_000)
        assert "at most 20 for what is held and ordered" in why(pit.set_leverage(21))
        assert why(pit.set_leverage(20)) == ""

    def test_a_lower_one_needs_the_money_for_it(self) -> None:
        pit = bought()
        assert "USDT more than account alice has available" in why(pit.set_leverage(5))
        assert pit.figures("USDT").margin == D("500")
        assert why(pit.set_leverage(6)) == ""

    def test_it_cannot_be_lowered_under_an_isolated_position(self) -> None:
        pit = bought(ISOLATED)
        assert "at least 10 while an isolated position is held" in why(pit.set_leverage(8))
        assert why(pit.set_leverage(20)) == ""

    def test_it_is_kept_over_the_days_without_a_position(self) -> None:
        pit = LeveragedPit(linear())
        pit.price(50_000)
        pit.set_leverage(50)
        pit.to("57:00")
        pit.buy("0.1", 50_000)
        assert pit.figures("USDT").frozen_margin == D("100")

    def test_other_instruments_have_none(self) -> None:
        pit = Pit(rebar())
        pit.last(3500)
        command = SetLeverage(ALICE, rebar().id, D(10), pit.now)
        (refused,) = pit.exchange.apply(command, pit.now)
        assert isinstance(refused, CommandRefused)
        assert "does not fit rb2605.SHFE" in refused.reason

    def test_a_command_for_another_kind_is_not_taken(self) -> None:
        pit = bought()
        command = ExerciseOption(ALICE, pit.instrument.id, D(1), pit.now)
        assert "is no option" in why(pit.ask(command))


class TestMarginMode:
    """Cross or isolated, by instrument."""

    def test_it_cannot_be_changed_under_a_position_or_an_order(self) -> None:
        assert "while a position is held" in why(bought().set_mode(ISOLATED))
        pit = LeveragedPit(linear())
        pit.buy("0.01", 40_000)
        assert "while orders work" in why(pit.set_mode(ISOLATED))

    def test_a_chosen_mode_holds_for_its_instrument_only(self) -> None:
        ether = linear("ETH")
        pit = LeveragedPit(linear(), ether)
        assert why(pit.set_mode(ISOLATED)) == ""
        pit.buy("0.1", 50_000)
        pit.price(50_000)
        pit.buy("0.1", 2_500, of=ether)
        pit.price(2_500, ether)
        assert (pit.money(), pit.money(ether)) == (D("500"), 0)


class TestMovingMargin:
    """Money to and from an isolated position."""

    def test_added_money_moves_the_liquidation_away(self) -> None:
        pit = bought(ISOLATED)
        assert why(pit.move(100)) == ""
        assert (pit.money(), pit.figures("USDT").available) == (D("600"), D("397.5"))
        pit.price(45_000)
        assert pit.position().long == D("0.1")

    def test_no_more_than_is_available_can_be_added(self) -> None:
        assert "497.5 can be moved" in why(bought(ISOLATED).move(498))

    def test_what_is_taken_back_must_leave_the_initial_margin_losses_counted(self) -> None:
        pit = bought(ISOLATED)
        pit.move(100)
        pit.price(49_500)
        # 600 - 50 - 495: the loss counts, and the initial margin is that of the price now.
        assert "55 can be moved" in why(pit.move(-56))
        assert why(pit.move(-55)) == ""

    def test_a_cross_position_or_none_has_nothing_to_move(self) -> None:
        assert "expected an amount, and an isolated position" in why(bought().move(10))
        assert "an isolated position" in why(LeveragedPit(linear(), mode=ISOLATED).move(10))

    def test_closing_half_gives_back_half(self) -> None:
        pit = bought(ISOLATED)
        pit.sell("0.05", 50_000)
        pit.price(50_000)
        assert pit.money() == D("250")


class TestMakersAndTakers:
    """A resting order pays the maker's rate, one that takes the taker's."""

    def test_an_order_that_waited_is_a_maker(self) -> None:
        pit = LeveragedPit(linear())
        pit.price(50_000)
        resting = pit.buy("0.1", 49_000)
        pit.price(50_000)
        pit.price(48_900)
        (fill,) = pit.fills(resting)
        assert fill.maker
        assert fill.fee == D("0.98")  # 4900 x 0.02 %

    def test_an_order_that_takes_and_then_rests_pays_both(self) -> None:
        pit = LeveragedPit(linear())
        order = pit.buy("0.1", 50_000)
        pit.quote(49_999, 50_000, 1, 0.04)
        pit.quote(49_998, 49_999, 1, 1)
        assert [fill.fee for fill in pit.fills(order)] == [D("1"), D("0.6")]

    def test_an_inverse_fee_is_on_the_coin_value(self) -> None:
        pit = LeveragedPit(inverse(), cash=1)
        order = pit.buy(100, 40_000)
        pit.price(40_000)
        assert pit.fills(order)[0].fee == D("0.000125")  # 0.25 x 0.05 %


def test_a_storm_of_prices_over_days_keeps_every_account_in_order() -> None:
    pit = LeveragedPit(linear(), inverse(), cash=1_000)
    prices = (50_000, 45_000, 60_000, 30_000, 50_000, 80_000, 20_000)
    for turn in range(60):
        unit = (pit.instruments[name] for name in sorted(pit.instruments))
        for of in unit:
            side = pit.buy if turn % 2 else pit.sell
            side(10 if of.inverse else "0.01", prices[turn % 7], of=of, offset=Offset.OPEN)
            pit.price(prices[turn % 7], of)
        pit.to(pit.now + 90 * MINUTE)
    for currency in ("USDT", "BTC"):
        assert pit.state.ledger.total(currency) == 0
        assert pit.figures(currency).equity >= 0

"""Accounts with options worked by hand; docs/worked-accounts.md tells each rule and its source."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from anyvenue.model.enums import Offset, PostingKind, Side
from anyvenue.model.events import DaySettled, OptionExercised, OrderRejected
from builders import ALICE, Pit, rebar, us_share
from option_builders import (
    OptionPit,
    fund,
    fund_option,
    fund_pit,
    index_option,
    steel_option,
    steel_pit,
    stock_index,
    us_option,
    us_pit,
)

D = Decimal
CALL = steel_option()


def money(pit: Pit, currency: str = "CNY") -> tuple[Decimal, Decimal, Decimal]:
    """Return balance, margin and market value."""
    figures = pit.figures(currency)
    return figures.balance, figures.margin, figures.market_value


def refusal(pit: Pit) -> str:
    """Return the code of the last refusal."""
    last = pit.events[-1]
    assert isinstance(last, OrderRejected), last
    return last.code


class TestSteelOptionBoughtAndSold:
    """10 tons a lot, 2 CNY a lot; the future is at 3520 with a margin of a tenth."""

    def test_a_working_purchase_freezes_premium_and_fee(self) -> None:
        pit = steel_pit(CALL)
        pit.buy(2, 60, of=CALL)
        figures = pit.figures()
        assert figures.frozen_cash == D("1200")  # 60 x 10 x 2
        assert figures.frozen_fees == D("4")
        assert figures.frozen_margin == 0
        assert figures.available == D("998796")

    def test_bought_lots_are_paid_for_and_have_a_value(self) -> None:
        pit = steel_pit(CALL)
        pit.trade("buy", CALL, 2, 60)
        pit.price(CALL, 70)
        figures = pit.figures()
        assert figures.cash_flow == D("-1200")
        assert figures.position_profit == 0
        assert figures.margin == 0
        assert figures.market_value == D("1400")  # 70 x 10 x 2
        assert (figures.balance, figures.available) == (D("998796"), D("998796"))
        assert figures.equity == D("1000196")

    def test_selling_them_brings_premium_and_no_profit(self) -> None:
        pit = steel_pit(CALL)
        pit.trade("buy", CALL, 2, 60)
        pit.trade("sell", CALL, 2, 70, offset="close_today")
        figures = pit.figures()
        assert (figures.cash_flow, figures.close_profit) == (D("200"), 0)
        assert figures.balance == D("1000192")  # 1 000 000 + 200 - 8
        assert pit.position(CALL).flat

    def test_a_sold_lot_is_margined_like_the_future_and_gets_its_premium(self) -> None:
        pit = steel_pit(CALL)
        pit.sell(1, 60, of=CALL, offset=Offset.OPEN)
        assert pit.figures().frozen_margin == D("4120")  # 60 x 10 + 3520 x 10 x 0.10
        pit.price(CALL, 60)
        figures = pit.figures()
        assert (figures.margin, figures.frozen_margin) == (D("4120"), 0)
        assert figures.balance == D("1000598")
        assert figures.market_value == D("-600")
        assert figures.available == D("996478")  # 1 000 598 - 4 120

    @pytest.mark.parametrize(
        ("future", "margin"),
        [
            (3520, "4120"),  # in the money: 600 + 3 520
            (3480, "3980"),  # 600 + 3 480 - 200 / 2
            (3000, "2100"),  # 600 + max(3 000 - 5 000 / 2, 3 000 / 2)
        ],
    )
    def test_the_margin_follows_the_future_down_to_half_of_its_own(
        self, future: float, margin: str
    ) -> None:
        pit = steel_pit(CALL)
        pit.trade("sell", CALL, 1, 60)
        pit.price(rebar(), future)
        assert pit.figures().margin == D(margin)

    def test_the_margin_takes_the_dearer_of_settlement_and_current_premium(self) -> None:
        pit = steel_pit(CALL)
        pit.trade("sell", CALL, 1, 60)
        pit.to("16:00")
        pit.to("21:01")
        pit.price(CALL, 40)
        assert pit.figures().margin == D("4120")  # at 60, the settlement price
        pit.price(CALL, 75)
        assert pit.figures().margin == D("4270")

    def test_the_day_roll_makes_lots_old_and_books_nothing(self) -> None:
        pit = steel_pit(CALL)
        pit.trade("buy", CALL, 2, 60)
        settled = pit.to("16:00")
        assert [type(event) for event in settled] == [DaySettled]
        figures = pit.figures()
        assert figures.pre_balance == figures.balance == D("998796")
        assert (figures.cash_flow, figures.market_value) == (0, D("1200"))
        old = pit.position(CALL).long_old
        assert (old.quantity, old.open_value, old.mark_value) == (2, 120, 120)


class TestSteelOptionExercised:
    """Into a lot of the future at the strike, margined and marked to settlement the same evening."""

    def _two_calls(self) -> OptionPit:
        pit = steel_pit(CALL)
        pit.trade("buy", CALL, 2, 60)
        return pit

    def test_a_wished_exercise_opens_the_future_at_the_strike(self) -> None:
        pit = self._two_calls()
        assert pit.exercise(CALL, 1) == []
        pit.price(rebar(), 3540)
        pit.to("16:00")
        assert pit.ended() == [("buy", "1", False)]
        assert pit.position(CALL).long == 1
        assert pit.position(rebar()).long_old.open_value == 3500
        assert money(pit) == (D("999196"), D("3540"), D("600"))  # + (3540 - 3500) x 10

    def test_the_rest_is_exercised_by_itself_on_the_last_day(self) -> None:
        pit = self._two_calls()
        pit.price(rebar(), 3540)
        pit.to("33:00")
        pit.to("40:00")
        assert pit.ended() == [("buy", "2", False)]
        assert pit.position(CALL).flat
        assert money(pit) == (D("999596"), D("7080"), 0)

    def test_lots_that_were_given_up_go_without_anything(self) -> None:
        pit = self._two_calls()
        pit.exercise(CALL, 1, abandon=True)
        pit.price(rebar(), 3540)
        pit.to("40:00")
        assert pit.ended() == [("buy", "1", False), ("buy", "1", True)]
        assert pit.position(rebar()).long == 1

    def test_out_of_the_money_all_of_them_do(self) -> None:
        pit = self._two_calls()
        pit.price(rebar(), 3500)
        pit.to("40:00")
        assert pit.ended() == [("buy", "2", True)]
        assert money(pit) == (D("998796"), 0, 0)

    @pytest.mark.parametrize(
        ("right", "side", "future"),
        [
            ("call", "buy", "long"),
            ("put", "buy", "short"),
            ("call", "sell", "short"),
            ("put", "sell", "long"),
        ],
    )
    def test_each_side_of_each_option_becomes_its_own_side_of_the_future(
        self, right: str, side: str, future: str
    ) -> None:
        option = steel_option(right, 3500 if right == "call" else 3540)
        pit = steel_pit(option)
        pit.trade(side, option, 1, 60)
        pit.to("40:00")
        position = pit.position(rebar())
        assert (position.long, position.short) == ((1, 0) if future == "long" else (0, 1))
        worth = D("200") if side == "buy" else D("-200")  # 3520 against 3500, or 3540
        premium = D("-602") if side == "buy" else D("598")
        assert pit.figures().balance == D(1_000_000) + premium + worth


class TestIndexOptionSoldAndSettledInCash:
    """100 CNY a point; margin factor 0.10, least guarantee 0.5; 15 CNY a lot."""

    CALL = index_option()

    def _sold(self, index: float = 3950) -> OptionPit:
        pit = OptionPit(self.CALL, stock_index(), start="09:31")
        pit.price(stock_index(), index)
        pit.trade("sell", self.CALL, 1, 40)
        return pit

    def test_the_seller_is_margined_on_the_index(self) -> None:
        pit = self._sold()
        # 4 000 + max(39 500 - 5 000, 0.5 x 39 500)
        assert money(pit) == (D("1003985"), D("38500"), D("-4000"))
        pit.price(stock_index(), 3000)
        assert pit.figures().margin == D("19000")  # 4 000 + 0.5 x 30 000

    def test_on_the_last_day_the_difference_is_paid(self) -> None:
        pit = self._sold()
        pit.price(stock_index(), 4012.5)
        pit.to("41:00")
        assert pit.ended() == [("sell", "1", False)]
        assert money(pit) == (D("1002735"), 0, 0)  # 1 003 985 - (4012.5 - 4000) x 100

    def test_the_settlement_price_decides_where_it_is_told(self) -> None:
        pit = self._sold()
        pit.to("33:31")
        pit.price(stock_index(), 4012.5, settlement=4005, trading_day=20260122)
        pit.to("41:00")
        assert pit.figures().balance == D("1003485")

    def test_out_of_the_money_the_seller_keeps_the_premium(self) -> None:
        pit = self._sold()
        pit.to("41:00")
        assert pit.ended() == [("sell", "1", True)]
        assert money(pit) == (D("1003985"), 0, 0)

    def test_it_can_be_exercised_on_the_last_day_only(self) -> None:
        pit = OptionPit(self.CALL, stock_index(), start="09:31")
        pit.price(stock_index(), 3950)
        pit.trade("buy", self.CALL, 1, 40)
        (refused,) = pit.exercise(self.CALL)
        assert refused.code == "order.exercise_style"  # type: ignore[union-attr]
        pit.to("33:31")
        assert pit.exercise(self.CALL) == []


class TestCoveredCallOnAFund:
    """10,000 units a lot, 3 CNY a lot; units bought at 3.000 with a fee of 3 CNY."""

    CALL = fund_option()

    def _covered(self, units: int = 10_000) -> OptionPit:
        pit = fund_pit(self.CALL, units=units)
        pit.trade("sell", self.CALL, 1, 0.05, covered=True)
        return pit

    def test_a_plain_sale_is_margined_and_a_covered_one_is_not(self) -> None:
        plain = fund_pit(self.CALL, units=10_000)
        plain.trade("sell", self.CALL, 1, 0.05)
        assert plain.figures().margin == D("4100")  # (0.05 + 0.12 x 3) x 10 000
        covered = self._covered()
        assert covered.figures().margin == 0
        assert covered.figures().balance == D("70494")  # 100 000 - 30 000 - 3 + 500 - 3
        assert covered.position(fund()).long_today.frozen == 10_000

    def test_the_cover_is_locked_with_the_order_and_freed_with_it(self) -> None:
        pit = fund_pit(self.CALL, units=10_000)
        order = pit.sell(1, 0.09, of=self.CALL, offset=Offset.OPEN, covered=True)
        assert pit.position(fund()).long_today.frozen == 10_000
        figures = pit.figures()
        assert (figures.frozen_margin, figures.frozen_fees) == (0, 3)
        pit.cancel(order)
        assert pit.position(fund()).long_today.frozen == 0

    def test_locked_units_cannot_be_sold_nor_cover_twice(self) -> None:
        pit = self._covered()
        pit.to("33:31")
        pit.sell(100, 3.0, of=fund())
        assert refusal(pit) == "order.insufficient_position"
        pit.sell(1, 0.05, of=self.CALL, offset=Offset.OPEN, covered=True)
        assert refusal(pit) == "order.insufficient_position"
        assert "locks 10000 510050.SSE; 0 are free" in pit.events[-1].reason  # type: ignore[union-attr]

    def test_buying_the_call_back_frees_the_units(self) -> None:
        pit = self._covered()
        pit.trade("buy", self.CALL, 1, 0.03, offset="close", covered=True)
        assert pit.position(fund()).long_today.frozen == 0
        assert pit.figures().balance == D("70191")  # 70 494 - 300 - 3

    def test_assigned_it_delivers_the_units_at_the_strike(self) -> None:
        pit = self._covered()
        pit.price(fund(), 3.2)
        pit.to("41:00")
        assert pit.ended() == [("sell", "1", False)]
        assert pit.position(fund()).flat
        assert money(pit) == (D("100494"), 0, 0)  # 70 494 + 3.00 x 10 000

    def test_worthless_it_leaves_the_units_free(self) -> None:
        pit = self._covered()
        pit.price(fund(), 2.9)
        pit.to("41:00")
        assert pit.ended() == [("sell", "1", True)]
        assert pit.position(fund()).long_old.closable == 10_000
        assert money(pit) == (D("70494"), 0, D("29000"))

    def test_a_put_cannot_be_covered(self) -> None:
        put = fund_option("put")
        pit = fund_pit(put, units=10_000)
        pit.sell(1, 0.05, of=put, offset=Offset.OPEN, covered=True)
        assert refusal(pit) == "order.not_covered"


class TestDeliveryOfAFund:
    """What cannot be delivered lapses for the holder and is settled in money for the seller."""

    @pytest.mark.parametrize(("units", "sold"), [(20_000, "1"), (10_000, "1"), (5_000, "0")])
    def test_a_put_is_exercised_as_far_as_there_are_units(self, units: int, sold: str) -> None:
        put = fund_option("put")
        pit = fund_pit(put, units=units)
        pit.trade("buy", put, 1, 0.05)
        pit.price(fund(), 2.8)
        pit.to("41:00")
        assert pit.ended() == [("buy", "1", sold == "0")]
        assert pit.position(fund()).long == units - 10_000 * int(sold)
        assert pit.state.ledger.balance("CNY") == (
            100_000 - units * D("3.0003") - 503 + 30_000 * int(sold)
        )

    def test_calls_are_exercised_as_far_as_the_money_reaches(self) -> None:
        call = fund_option()
        pit = fund_pit(call, cash=50_000)
        pit.trade("buy", call, 2, 0.05)
        pit.price(fund(), 3.2)
        pit.to("41:00")
        assert pit.ended() == [("buy", "1", False), ("buy", "1", True)]
        assert pit.position(fund()).long_old.quantity == 10_000
        assert money(pit) == (D("18994"), 0, D("32000"))  # 50 000 - 1 006 - 30 000

    def test_an_assigned_call_without_units_is_settled_in_money(self) -> None:
        call = fund_option()
        pit = fund_pit(call)
        pit.trade("sell", call, 1, 0.05)
        pit.price(fund(), 3.2)
        pit.to("41:00")
        assert pit.ended() == [("sell", "1", True)]
        assert money(pit) == (D("98497"), 0, 0)  # 100 000 + 500 - 3 - 0.2 x 10 000

    def test_the_margin_of_a_put_is_never_more_than_its_strike(self) -> None:
        put = fund_option("put")
        pit = fund_pit(put)
        pit.trade("sell", put, 1, 0.05)
        pit.price(fund(), 0.5)
        pit.price(put, 2.9)
        assert pit.figures().margin == D("30000")  # not (2.9 + 0.07 x 3) x 10 000

    def test_an_assigned_put_is_bought_whatever_it_costs(self) -> None:
        put = fund_option("put")
        pit = fund_pit(put, cash=20_000)
        pit.trade("sell", put, 1, 0.05)
        pit.price(fund(), 2.8)
        pit.to("41:00")
        assert pit.ended() == [("sell", "1", False)]
        assert money(pit) == (D("-9503"), 0, D("28000"))


class TestAmericanShareOption:
    """One netted position; 100 shares a lot, 1 USD a lot; margin 20 % and at least 10 %."""

    def test_a_sold_put_is_margined_and_buys_the_shares(self) -> None:
        put = us_option("put")
        pit = us_pit(put)
        pit.trade("sell", put, 1, 5)
        assert money(pit, "USD") == (D("100499"), D("4500"), D("-500"))  # (5 + 40) x 100
        pit.price(us_share(), 190)
        pit.to("57:00")
        assert pit.ended() == [("sell", "1", False)]
        assert pit.position(us_share()).long == 100
        assert money(pit, "USD") == (D("80499"), 0, D("19000"))

    def test_a_sale_through_zero_closes_before_it_opens(self) -> None:
        call = us_option()
        pit = us_pit(call)
        pit.trade("buy", call, 2, 5)
        pit.sell(3, 6, of=call, offset=Offset.OPEN)
        assert pit.figures("USD").frozen_margin == D("4600")  # one lot: (6 + 40) x 100
        pit.price(call, 6)
        position = pit.position(call)
        assert (position.long, position.short) == (0, 1)
        assert money(pit, "USD") == (D("100795"), D("4600"), D("-600"))  # - 1 002 + 1 800 - 3

    def test_covered_calls_work_in_a_netted_position_too(self) -> None:
        call = us_option()
        pit = us_pit(call)
        pit.trade("buy", us_share(), 100, 200)
        pit.trade("sell", call, 1, 5, covered=True)
        assert pit.figures("USD").margin == 0
        pit.sell(1, 200, of=us_share())
        assert refusal(pit) == "order.insufficient_position"
        pit.trade("buy", call, 1, 4)
        assert pit.position(us_share()).long_today.frozen == 0


class TestWhatIsNotKnown:
    def test_a_sale_needs_a_price_of_the_underlying_and_a_purchase_does_not(self) -> None:
        pit = OptionPit(CALL, rebar())
        pit.sell(1, 60, of=CALL, offset=Offset.OPEN)
        assert refusal(pit) == "order.no_underlying_price"
        assert "subscribe to it" in pit.events[-1].reason  # type: ignore[union-attr]
        pit.trade("buy", CALL, 1, 60)

    def test_an_option_on_a_future_without_a_margin_is_not_traded(self) -> None:
        pit = OptionPit(CALL, rebar(margin=None))
        pit.buy(1, 60, of=CALL)
        assert refusal(pit) == "reference.unknown_margin"

    @pytest.mark.parametrize("missing", ["option", "underlying", "strike", "right"])
    def test_an_option_without_its_terms_is_not_traded(self, missing: str) -> None:
        broken = replace(CALL, **{missing: None})
        pit = OptionPit(broken, rebar())
        pit.buy(1, 60, of=broken)
        assert refusal(pit) == "order.option_terms"

    def test_without_a_price_of_the_underlying_its_own_is_paid_out(self) -> None:
        pit = OptionPit(CALL, rebar())
        pit.trade("buy", CALL, 1, 60)
        pit.to("40:00")
        assert pit.ended() == [("buy", "1", True)]
        assert pit.position(rebar()).flat
        assert pit.figures().balance == D("999998")  # - 602 + 60 x 10

    def test_the_fee_of_an_exercise_is_charged_where_a_venue_tells_one(self) -> None:
        pit = steel_pit(CALL)
        pit.trade("buy", CALL, 1, 60)
        told: dict[str, Any] = {"fee": D("3"), "worthless": True}
        event = OptionExercised(
            ALICE, CALL.id, Side.BUY, D(1), D(3520), pit.now, pit.now, 20260121, **told
        )
        pit.state.apply_account(event)
        assert pit.state.ledger.of_day("CNY", PostingKind.FEE) == -5
        assert pit.position(CALL).flat

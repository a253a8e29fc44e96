"""Accounts of Chinese futures worked by hand; docs/worked-accounts.md tells each rule and its source."""

from decimal import Decimal

import pytest

from anyvenue.model.enums import Offset, ProfitMethod
from anyvenue.model.events import DaySettled, OrderRejected
from anyvenue.model.ids import make_instrument_id
from anyvenue.oms.account_state import AccountSettings
from builders import Pit, index_future, iron_ore, rebar

D = Decimal
BY_TRADE = AccountSettings(profit_method=ProfitMethod.BY_TRADE)


def settle(pit: Pit, price: float) -> None:
    """Tell the settlement price after the close, and settle."""
    pit.to("15:05")
    pit.last(price, settlement=price)
    settled = pit.to("16:00")
    assert [type(event) for event in settled] == [DaySettled]


class TestRebarOfShanghai:
    """Explicit close-today; margin a tenth; fees 0.01 % to open and close, 0.03 % to close today."""

    def test_a_working_order_freezes_margin_and_fee_at_its_limit(self) -> None:
        pit = Pit(rebar())
        pit.buy(3, 3500)
        figures = pit.figures()
        assert figures.frozen_margin == D("10500")  # 3500 x 10 t x 3 x 0.10
        assert figures.frozen_fees == D("10.5")  # 105 000 x 0.0001
        assert figures.margin == 0
        assert figures.balance == D("1000000")
        assert figures.available == D("989489.5")

    def test_opening_moves_the_frozen_amounts_into_margin_and_fees(self) -> None:
        pit = Pit(rebar())
        pit.buy(3, 3500)
        pit.last(3500)
        figures = pit.figures()
        assert (figures.frozen_margin, figures.frozen_fees) == (0, 0)
        assert figures.margin == D("10500")
        assert figures.fees == D("10.5")
        assert figures.balance == D("999989.5")
        assert figures.available == D("989489.5")

    def test_a_partial_fill_releases_in_proportion(self) -> None:
        pit = Pit(rebar())
        pit.buy(3, 3500)
        pit.last(3500, size=1)
        figures = pit.figures()
        assert figures.margin == D("3500")
        assert figures.frozen_margin == D("7000")
        assert figures.frozen_fees == D("7")
        assert figures.fees == D("3.5")

    def test_closing_today_pays_the_dearer_fee_and_gives_the_margin_back(self) -> None:
        pit = self._three_bought_one_closed_today()
        figures = pit.figures()
        assert figures.close_profit == D("200")  # (3520 - 3500) x 10 x 1
        assert figures.position_profit == D("400")
        assert figures.fees == D("21.06")  # 10.5 + 35 200 x 0.0003
        assert figures.margin == D("7000")
        assert figures.balance == D("1000578.94")
        assert figures.available == D("993578.94")

    def test_settlement_by_day_pays_out_and_marks_to_the_settlement_price(self) -> None:
        pit = self._three_bought_one_closed_today()
        settle(pit, 3510)
        figures = pit.figures()
        assert figures.trading_day == 20260122
        assert figures.pre_balance == D("1000378.94")  # + 200 - 21.06 + (3510 - 3500) x 10 x 2
        assert (figures.close_profit, figures.fees, figures.deposits) == (0, 0, 0)
        assert figures.position_profit == 0
        assert figures.margin == D("7020")  # at the settlement price: 3510 x 10 x 2 x 0.10
        assert figures.available == D("993358.94")
        leg = pit.position().long_old
        assert (leg.quantity, leg.open_value, leg.mark_value) == (2, 7000, 7020)

    def test_closing_old_lots_by_day_counts_from_the_settlement_price(self) -> None:
        pit = self._one_old_lot_closed_next_day()
        figures = pit.figures()
        assert figures.close_profit == D("200")  # (3530 - 3510) x 10
        assert figures.fees == D("3.53")
        assert figures.balance == D("1000775.41")
        assert figures.available == D("997265.41")  # less 3510 x 10 x 0.10

    def test_closing_old_lots_by_trade_counts_from_the_opening_price(self) -> None:
        pit = self._one_old_lot_closed_next_day(BY_TRADE)
        figures = pit.figures()
        assert figures.pre_balance == D("1000178.94")  # nothing was paid out at settlement
        assert figures.close_profit == D("300")  # (3530 - 3500) x 10
        assert figures.position_profit == D("300")
        assert figures.balance == D("1000775.41")
        assert figures.margin == D(
            "3510"
        )  # old lots are margined at the settlement price either way

    def test_lots_of_yesterday_are_not_closed_as_todays(self) -> None:
        pit = self._three_bought_one_closed_today()
        settle(pit, 3510)
        pit.to("21:00")
        pit.sell(1, 3500, offset=Offset.CLOSE_TODAY)
        refused = pit.events[-1]
        assert isinstance(refused, OrderRejected)
        assert refused.code == "order.insufficient_position"
        assert "opened today" in refused.reason

    def test_plain_close_means_old_lots_in_shanghai(self) -> None:
        pit = Pit(rebar())
        pit.buy(1)
        pit.last(3500)
        pit.sell(1, 3500, offset=Offset.CLOSE)
        assert pit.events[-1].code == "order.insufficient_position"  # type: ignore[union-attr]
        assert "held overnight" in pit.events[-1].reason  # type: ignore[union-attr]

    def test_a_short_is_the_mirror_image(self) -> None:
        pit = Pit(rebar())
        pit.sell(2, 3500, offset=Offset.OPEN)
        pit.last(3500)
        pit.last(3480)
        figures = pit.figures()
        assert figures.position_profit == D("400")
        assert figures.margin == D("7000")
        pit.buy(1, 3480, offset=Offset.CLOSE_TODAY)
        pit.last(3480, size=99)
        assert pit.figures().close_profit == D("200")
        assert pit.position().short_today.quantity == 1

    def _three_bought_one_closed_today(self, settings: AccountSettings | None = None) -> Pit:
        pit = Pit(rebar(), settings=settings)
        pit.buy(3, 3500)
        pit.last(3500)
        pit.last(3520)
        pit.sell(1, 3520, offset=Offset.CLOSE_TODAY)
        assert pit.position().long_today.frozen == 1
        pit.last(3520, size=99)
        assert pit.position().long_today.frozen == 0
        return pit

    def _one_old_lot_closed_next_day(self, settings: AccountSettings | None = None) -> Pit:
        pit = self._three_bought_one_closed_today(settings)
        settle(pit, 3510)
        pit.to("21:00")  # the night session belongs to the next trading day
        pit.last(3530)
        pit.sell(1, 3530, offset=Offset.CLOSE_OLD)
        pit.last(3530, size=99)
        assert pit.fills()[-1].trading_day == 20260122
        return pit


class TestIronOreOfDalian:
    """The venue picks the lots; closing today's is cheaper, so today's go first."""

    def test_todays_lots_go_first_where_closing_them_is_cheaper(self) -> None:
        pit = Pit(iron_ore())
        pit.buy(2, 800)
        pit.last(800)
        settle(pit, 804)
        pit.to("21:00")
        pit.buy(1, 806)
        pit.last(806)
        pit.sell(2, 810)
        pit.last(810)
        fill = pit.fills()[-1]
        assert fill.offset is Offset.CLOSE
        assert fill.fee == D("12.15")  # 81 000 x 0.00005 today + 81 000 x 0.0001 old
        figures = pit.figures()
        assert figures.close_profit == D("1000")  # (810 - 806) x 100 + (810 - 804) x 100
        position = pit.position()
        assert (position.long_today.quantity, position.long_old.quantity) == (0, 1)

    def test_close_today_and_close_old_mean_plain_close_here(self) -> None:
        for offset in (Offset.CLOSE_TODAY, Offset.CLOSE_OLD):
            pit = Pit(iron_ore())
            pit.buy(1, 800)
            pit.last(800)
            pit.sell(1, 800, offset=offset)
            pit.last(800, size=99)
            assert pit.fills()[-1].fee == D(
                "4"
            )  # 80 000 x 0.00005: the lot is today's, whatever was said
            assert pit.position().flat


class TestIndexFutureOfCffex:
    """Closing today costs ten times as much, so old lots go first."""

    def _one_old_one_today(self) -> Pit:
        pit = Pit(index_future(), cash=10_000_000, start="09:30")
        pit.buy(1, 4000)
        pit.last(4000)
        settle(pit, 4010)
        pit.to("33:30")
        pit.buy(1, 4020)
        pit.last(4020)
        return pit

    def test_old_lots_go_first_where_closing_today_is_dearer(self) -> None:
        pit = self._one_old_one_today()
        pit.sell(1, 4030)
        pit.last(4030)
        assert pit.fills()[-1].fee == D("27.807")  # 4030 x 300 x 0.000023
        assert pit.figures().close_profit == D("6000")  # (4030 - 4010) x 300

    def test_one_order_over_both_pays_each_its_own_rate(self) -> None:
        pit = self._one_old_one_today()
        pit.sell(2, 4030)
        pit.last(4030)
        assert pit.fills()[-1].fee == D("305.877")  # 27.807 + 4030 x 300 x 0.00023
        assert pit.figures().close_profit == D("9000")


class TestLargerSide:
    """Long and short of one product: only the larger side's margin where the account has that rule."""

    def _spread(self, settings: AccountSettings) -> Pit:
        near, far = rebar(), rebar(id=make_instrument_id("rb2610", "SHFE"))
        pit = Pit(near, far, settings=settings)
        pit.buy(3, 3500)
        pit.last(3500)
        pit.sell(2, 3600, of=far, offset=Offset.OPEN)
        pit.quote(3600, 3601, of=far)
        return pit

    def test_both_sides_are_margined_by_default(self) -> None:
        assert self._spread(AccountSettings()).figures().margin == D("17700")  # 10 500 + 7 200

    def test_the_larger_side_alone_is_margined_with_the_rule(self) -> None:
        pit = self._spread(AccountSettings(larger_side=True))
        assert pit.figures().margin == D("10500")
        pit.sell(2, 3500, offset=Offset.CLOSE_TODAY)
        pit.last(3500, size=99)
        assert pit.figures().margin == D("7200")  # now the short side is larger


def test_delivery_closes_at_the_settlement_price_and_frees_the_margin() -> None:
    pit = Pit(rebar(expiry=20260121))
    pit.buy(2, 3500)
    pit.last(3500)
    settle(pit, 3510)
    figures = pit.figures()
    assert pit.position().flat
    assert figures.margin == 0
    assert figures.balance == D("1000193")  # + (3510 - 3500) x 10 x 2 - 7


def test_delivery_by_trade_books_the_whole_profit() -> None:
    pit = Pit(rebar(expiry=20260121), settings=BY_TRADE)
    pit.buy(2, 3500)
    pit.last(3500)
    settle(pit, 3510)
    assert pit.figures().balance == D("1000193")


@pytest.mark.parametrize(
    ("rule", "price", "available"),
    [
        ("both", 3510, "989789.5"),
        ("loss", 3510, "989489.5"),
        ("gain", 3510, "989789.5"),
        ("none", 3510, "989489.5"),
        ("both", 3490, "989189.5"),
        ("loss", 3490, "989189.5"),
        ("gain", 3490, "989489.5"),
        ("none", 3490, "989489.5"),
    ],
)
def test_unrealised_profit_counts_as_available_by_the_accounts_rule(
    rule: str, price: float, available: str
) -> None:
    pit = Pit(rebar(), settings=AccountSettings(unrealised=rule))
    pit.buy(3, 3500)
    pit.last(3500)
    pit.last(price)
    assert pit.figures().available == D(available)

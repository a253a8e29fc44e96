"""Accounts of shares worked by hand; docs/worked-accounts.md tells each rule and its source."""

from decimal import Decimal

import pytest

from anyvenue.model.enums import Offset, Side
from anyvenue.model.events import DaySettled, OrderFilled, OrderRejected, OrderSubmitted
from anyvenue.model.ids import OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.model.steps import LotRule
from builders import ALICE, SECOND, Pit, bank_share, us_share

D = Decimal


def opened() -> Pit:
    """Return a pit on the morning of a trading day in Shanghai with 100 000 CNY."""
    return Pit(bank_share(), cash=100_000, start="09:30")


def give(pit: Pit, quantity: int, share: Instrument) -> None:
    """Put shares that nobody can buy in one lot into the account, as a bonus issue would, and let a day pass."""
    order_id = OrderId(10**9)
    request = OrderRequest(ALICE, share.id, Side.BUY, D(quantity), D("10"), offset=Offset.OPEN)
    fill = Fill(
        order_id, ALICE, share.id, "bonus", Side.BUY, Offset.OPEN, D("10"), D(quantity), D(0), "CNY",
        pit.now, pit.now,
    )  # fmt: skip
    pit.state.apply(OrderSubmitted(ALICE, order_id, request, pit.now, pit.now))
    pit.state.apply(OrderFilled(ALICE, order_id, pit.now, pit.now, fill))
    pit.state.settle(DaySettled(ALICE, "CNY", 20260120, 20260121, (), pit.now, pit.now))


class TestShanghaiShare:
    """T+1, paid in full, commission with a minimum an order, stamp duty on sales, transfer fee on both sides."""

    def test_a_working_buy_freezes_the_whole_price_and_its_charges(self) -> None:
        pit = opened()
        pit.buy(1000, 10)
        figures = pit.figures()
        assert figures.frozen_cash == D("10000")
        assert figures.frozen_fees == D("5.1")  # max(2.5, 5) + 10 000 x 0.00001
        assert figures.margin == 0
        assert figures.available == D("89994.9")

    def test_the_minimum_commission_is_charged_once_an_order_over_its_fills(self) -> None:
        pit = opened()
        pit.buy(1000, 10)
        pit.quote(9.99, 10.00, 1000, 300)
        pit.quote(9.99, 10.00, 1000, 700)
        assert [fill.fee for fill in pit.fills()] == [D("5.03"), D("0.07")]
        figures = pit.figures()
        assert figures.cash_flow == D("-10000")
        assert figures.fees == D("5.1")
        assert figures.balance == D("89994.9")
        assert figures.available == D("89994.9")
        assert figures.market_value == D("9995")  # 1000 at half-way between 9.99 and 10.00
        assert figures.equity == D("99989.9")

    def test_commission_above_the_minimum_is_charged_on_the_whole_order(self) -> None:
        pit = opened()
        pit.buy(3000, 10)
        pit.quote(9.99, 10.00, 1000, 1000)
        pit.quote(9.99, 10.00, 1000, 2000)
        # 2.5 would be below the minimum: 5 first, then 30 000 x 0.00025 - 5 = 2.5; transfer fee 0.1 and 0.2
        assert [fill.fee for fill in pit.fills()] == [D("5.1"), D("2.7")]

    def test_shares_bought_today_are_not_sold_today(self) -> None:
        pit = opened()
        pit.buy(500, 10)
        pit.quote(9.99, 10.00, 1000, 1000)
        pit.sell(500, 10)
        refused = pit.events[-1]
        assert isinstance(refused, OrderRejected)
        assert refused.code == "order.insufficient_position"
        assert "bought before today" in refused.reason

    def test_shares_bought_yesterday_are_sold_today_with_stamp_duty(self) -> None:
        pit = opened()
        pit.buy(1000, 10)
        pit.quote(9.99, 10.00, 1000, 1000)
        pit.to("33:30")
        pit.sell(500, 11)
        pit.quote(11.00, 11.01, 1000, 1000)
        fill = pit.fills()[-1]
        assert fill.fee == D("7.805")  # max(1.375, 5) + 5 500 x 0.0005 + 5 500 x 0.00001
        figures = pit.figures()
        assert figures.pre_balance == D("89994.9")
        assert figures.cash_flow == D("5500")
        assert figures.available == D("95487.095")  # the proceeds buy again at once
        assert pit.position().long == 500

    def test_money_is_not_enough_for_the_price_and_its_charges(self) -> None:
        pit = opened()
        pit.buy(10_000, 10)
        refused = pit.events[-1]
        assert isinstance(refused, OrderRejected)
        assert refused.code == "order.insufficient_funds"
        assert "100026" in refused.reason  # 100 000 + 25 + 1

    def test_a_share_is_not_sold_short(self) -> None:
        pit = opened()
        pit.sell(100, 10, offset=Offset.OPEN)
        assert pit.events[-1].code == "order.invalid"  # type: ignore[union-attr]


class TestOddRest:
    """What is below a lot is sold in one order and never bought."""

    @pytest.mark.parametrize("quantity", [50, 150, 250, 100, 200])
    def test_the_odd_rest_is_sold_whole_alone_or_with_lots(self, quantity: int) -> None:
        pit = opened()
        give(pit, 250, pit.instrument)
        order = pit.sell(quantity, 10)
        pit.quote(10.00, 10.01, 10_000, 10_000)
        assert pit.order(order).filled == quantity

    @pytest.mark.parametrize("quantity", [30, 130, 20, 249])
    def test_a_part_of_the_odd_rest_is_refused(self, quantity: int) -> None:
        pit = opened()
        give(pit, 250, pit.instrument)
        pit.sell(quantity, 10)
        assert pit.events[-1].code == "order.off_lot"  # type: ignore[union-attr]

    def test_an_odd_rest_that_is_being_sold_is_not_sold_again(self) -> None:
        pit = opened()
        give(pit, 250, pit.instrument)
        pit.sell(50, 10)
        pit.sell(150, 10)
        assert pit.events[-1].code == "order.off_lot"  # type: ignore[union-attr]

    def test_odd_lots_are_not_bought(self) -> None:
        pit = opened()
        pit.buy(150, 10)
        assert pit.events[-1].code == "order.off_lot"  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        ("held", "quantity", "accepted"),
        [
            (250, 201, True),
            (250, 100, False),
            (250, 250, True),
            (150, 150, True),
            (150, 100, False),
        ],
    )
    def test_the_star_market_sells_less_than_200_only_as_the_whole_rest(
        self, held: int, quantity: int, accepted: bool
    ) -> None:
        star = bank_share(lot=LotRule(D(1), D(200), D(100_000), odd_close=True))
        pit = Pit(star, cash=100_000, start="09:30")
        give(pit, held, star)
        pit.sell(quantity, 10)
        assert pit.events[-1].__class__.__name__ == (
            "OrderAccepted" if accepted else "OrderRejected"
        )


class TestAmericanShare:
    """T+0, single shares, a fee a share with a minimum."""

    def test_shares_bought_today_are_sold_today(self) -> None:
        pit = Pit(us_share(), cash=100_000, start="22:30")
        pit.buy(100, 200)
        pit.quote(199.99, 200.00, 100, 100)
        pit.sell(100, 201)
        pit.quote(201.00, 201.01, 100, 100)
        assert [fill.fee for fill in pit.fills()] == [1, 1]  # 100 x 0.005 is below the minimum of 1
        figures = pit.figures("USD")
        assert figures.balance == D("100098")  # - 20 000 - 1 + 20 100 - 1
        assert pit.position().flat

    def test_one_order_over_old_and_new_shares_pays_one_minimum(self) -> None:
        pit = Pit(us_share(), cash=100_000, start="22:30")
        pit.buy(50, 200)
        pit.quote(199.99, 200.00, 100, 100)
        pit.to("46:30")
        pit.buy(50, 200)
        pit.quote(199.99, 200.00, 100, 100)
        pit.sell(100, 201)
        pit.quote(201.00, 201.01, 100, 100, after=2 * SECOND)
        assert pit.fills()[-1].fee == 1

"""Perpetuals worked by hand, linear and inverse; docs/worked-accounts.md tells each rule and its source."""

from decimal import Decimal

from anyvenue.model.enums import MarginMode, Offset, Side
from anyvenue.model.instruments import Instrument
from anyvenue.oms.bankruptcy import bankruptcy_price, liquidation_of, liquidation_price
from anyvenue.oms.tiers import maintenance
from leveraged import LeveragedPit, inverse, linear, quarterly

D = Decimal
ISOLATED = MarginMode.ISOLATED


def bought(mode: MarginMode = MarginMode.CROSS) -> LeveragedPit:
    """Return a pit with 0.1 BTC bought at 50 000 with leverage 10 by an account of 1000 USDT."""
    pit = LeveragedPit(linear(), mode=mode)
    pit.buy("0.1", 50_000)
    pit.price(50_000)
    return pit


class TestLinearIsolated:
    """Money set aside, two fundings, liquidation, and a gap that the house pays."""

    def test_a_working_order_freezes_value_over_leverage_and_the_takers_fee(self) -> None:
        pit = LeveragedPit(linear(), mode=ISOLATED)
        pit.buy("0.1", 50_000)
        figures = pit.figures("USDT")
        assert figures.frozen_margin == D("500")  # 5000 / 10
        assert figures.frozen_fees == D("2.5")  # 5000 x 0.05 %
        assert figures.available == D("497.5")

    def test_the_initial_margin_is_set_aside_when_it_is_filled(self) -> None:
        figures = bought(ISOLATED).figures("USDT")
        assert (figures.balance, figures.margin) == (D("997.5"), D("500"))
        assert figures.available == D("497.5")

    def test_funding_goes_from_and_to_the_money_set_aside(self) -> None:
        pit = bought(ISOLATED)
        pit.price(51_000)
        pit.fund("0.0001")
        pit.price(49_000)
        pit.fund("-0.0002")
        assert pit.moved() == [("funding", D("-0.51")), ("funding", D("0.98"))]
        assert pit.money() == D("500.47")
        assert pit.figures("USDT").available == D("497.5")

    def test_a_profit_of_the_position_serves_nothing_else(self) -> None:
        pit = bought(ISOLATED)
        pit.price(60_000)
        figures = pit.figures("USDT")
        assert figures.position_profit == D("1000")
        assert figures.available == D("497.5")

    def test_it_is_liquidated_where_the_formula_says(self) -> None:
        pit = self.funded()
        price = liquidation_price(pit.instrument, Side.BUY, D("0.1"), D(5000), D("500.47"))
        assert price is not None
        assert price.quantize(D("0.01")) == D("45221.41")  # (5000 - 500.47) / (0.1 x 0.995)
        pit.price(45_230)
        assert pit.position().long == D("0.1")  # 500.47 - 477 is above 4523 x 0.5 % = 22.615
        pit.price(45_200)
        assert pit.position().flat
        assert pit.moved()[2:] == [("liquidation", D("-13.56"))]  # 4520 x 0.3 %
        figures = pit.figures("USDT")
        assert figures.close_profit == D("-480")
        assert figures.balance == D("504.41")  # 497.5 + 500.47 - 480 - 13.56
        assert (figures.margin, figures.available) == (0, D("504.41"))

    def test_a_loss_beyond_its_money_is_the_houses(self) -> None:
        pit = self.funded()
        bankrupt = bankruptcy_price(pit.instrument, Side.BUY, D("0.1"), D(5000), D("500.47"))
        assert bankrupt == D("44995.3")  # 50 000 - 500.47 / 0.1
        pit.price(40_000)
        assert pit.moved()[2:] == [("insurance", D("499.53"))]  # 1000 - 500.47
        assert pit.figures("USDT").balance == D("497.5")
        assert pit.state.ledger.total("USDT") == 0

    def funded(self) -> LeveragedPit:
        """Return the pit after its two fundings."""
        pit = bought(ISOLATED)
        pit.price(51_000)
        pit.fund("0.0001")
        pit.price(49_000)
        pit.fund("-0.0002")
        return pit


class TestLinearCross:
    """The whole balance backs all positions; the largest loss goes first."""

    def test_margin_follows_the_price_and_profit_may_be_used(self) -> None:
        pit = bought()
        pit.price(60_000)
        figures = pit.figures("USDT")
        assert figures.margin == D("600")  # 6000 / 10
        assert figures.available == D("1397.5")  # 997.5 + 1000 - 600

    def test_the_liquidation_price_is_where_the_whole_balance_is_needed(self) -> None:
        pit = bought()
        price = liquidation_of(pit.state, pit.instrument.id)
        assert price is not None
        assert price.quantize(D("0.01")) == D("40226.13")  # (5000 - 997.5) / (0.1 x 0.995)
        pit.price(40_230)
        assert not pit.position().flat
        pit.price(40_220)
        assert pit.position().flat

    def test_the_others_profit_and_need_move_it(self) -> None:
        pit, bitcoin, ether = self.both()
        pit.price(2_600, ether)
        price = liquidation_of(pit.state, bitcoin.id)
        assert price is not None
        assert price.quantize(D("0.01")) == D("41374.37")  # (5000 - 996.25 + 100 + 13) / 0.0995

    def test_nothing_is_paid_at_the_end_of_a_day(self) -> None:
        pit = bought()
        pit.price(51_000)
        pit.to("33:00")
        figures = pit.figures("USDT")
        assert (figures.pre_balance, figures.position_profit) == (D("997.5"), D("100"))
        assert pit.position().long_old.quantity == D("0.1")

    def test_the_larger_loss_goes_first_and_the_other_position_stays_when_that_is_enough(
        self,
    ) -> None:
        pit, bitcoin, ether = self.both()
        pit.price(2_600, ether)
        pit.price(42_000)
        figures = pit.figures("USDT")
        assert figures.balance == D("96.25")  # 996.25 - 800 - 100, above 21 + 13
        pit.price(41_300)
        # 996.25 - 870 - 100 = 26.25 is not above 20.65 + 13
        assert pit.position(bitcoin).flat
        assert pit.position(ether).short == 1
        assert pit.moved() == [("liquidation", D("-12.39"))]  # 4130 x 0.3 %
        assert pit.figures("USDT").balance == D("13.86")  # above the 13 that ether needs

    def test_a_gap_takes_both_and_leaves_nothing_below_zero(self) -> None:
        pit, _, ether = self.both()
        pit.price(2_600, ether)
        pit.price(30_000)
        assert pit.state.positions() == []
        assert pit.moved() == [("insurance", D("1103.75"))]  # 996.25 - 2000 - 100
        assert pit.figures("USDT").balance == 0

    def both(self) -> tuple[LeveragedPit, Instrument, Instrument]:
        """Return a pit that is long 0.1 BTC at 50 000 and short 1 ETH at 2500."""
        bitcoin, ether = linear(), linear("ETH")
        pit = LeveragedPit(bitcoin, ether)
        pit.buy("0.1", 50_000)
        pit.price(50_000)
        pit.sell(1, 2_500, of=ether, offset=Offset.OPEN)
        pit.price(2_500, ether)
        assert pit.figures("USDT").balance == D("996.25")  # fees 2.5 and 1.25
        return pit, bitcoin, ether


class TestInverse:
    """100 USD a contract, settled in BTC."""

    def test_contracts_are_worth_their_dollars_over_the_price(self) -> None:
        pit = self.bought()
        figures = pit.figures("BTC")
        assert figures.fees == D("0.0001")  # 100 x 100 / 50 000 = 0.2, x 0.05 %
        assert figures.margin == D("0.01")  # 0.2 / 20
        pit.price(62_500)
        assert pit.figures("BTC").position_profit == D("0.04")  # 0.2 - 0.16
        assert pit.figures("BTC").margin == D("0.008")

    def test_funding_is_paid_in_coin_on_the_value_at_the_mark(self) -> None:
        pit = self.bought()
        pit.price(40_000)
        pit.fund("0.0001")
        assert pit.moved() == [("funding", D("-0.000025"))]  # 0.25 x 0.01 %

    def test_closing_half_pays_the_half_of_the_coin_value_kept(self) -> None:
        pit = self.bought()
        pit.sell(50, 62_500)
        pit.price(62_500)
        figures = pit.figures("BTC")
        assert figures.close_profit == D("0.02")  # 0.1 - 0.08
        assert figures.position_profit == D("0.02")
        assert figures.balance == D("1.03986")  # 1 + 0.04 - 0.0001 - 0.00004

    def test_what_rounding_left_over_stays_in_the_lot(self) -> None:
        pit = LeveragedPit(inverse(), cash=1)
        pit.buy(3, 70_000)
        pit.price(70_000)  # 300 / 70 000 = 0.00428571
        for _ in range(3):
            pit.sell(1, 70_000)
            pit.price(70_000)
        # Three times 100 / 70 000 = 0.00142857, and all of the lot: nothing is lost, nothing made.
        assert pit.figures("BTC").close_profit == D("0.00428571") - 3 * D("0.00142857")

    def test_an_isolated_position_is_liquidated_in_coin(self) -> None:
        pit = self.bought(ISOLATED)
        price = liquidation_price(pit.instrument, Side.BUY, D(100), D("0.2"), D("0.01"))
        assert price is not None
        assert price.quantize(D("0.01")) == D("47857.14")  # 10 000 x 1.005 / 0.21
        pit.price(47_860)
        assert pit.position().long == 100
        pit.price(47_850)
        figures = pit.figures("BTC")
        assert figures.close_profit == D("-0.00898642")  # 0.2 - 10 000 / 47 850
        assert pit.moved() == [("liquidation", D("-0.00062696"))]  # 0.20898642 x 0.3 %
        assert figures.balance == D("0.99028662")

    def test_an_isolated_loss_beyond_its_money_is_the_houses(self) -> None:
        pit = self.bought(ISOLATED)
        bankrupt = bankruptcy_price(pit.instrument, Side.BUY, D(100), D("0.2"), D("0.01"))
        assert bankrupt is not None
        assert bankrupt.quantize(D("0.01")) == D("47619.05")  # 10 000 / 0.21
        pit.price(40_000)
        assert pit.moved() == [("insurance", D("0.04"))]  # 0.05 - 0.01
        assert pit.figures("BTC").balance == D("0.9899")

    def bought(self, mode: MarginMode = MarginMode.CROSS) -> LeveragedPit:
        """Return a pit with 100 contracts bought at 50 000 with leverage 20 by an account of 1 BTC."""
        pit = LeveragedPit(inverse(), cash=1, mode=mode, leverage=20)
        pit.buy(100, 50_000)
        pit.price(50_000)
        return pit


class TestHedged:
    """Long and short side by side, each with its own margin."""

    def test_both_sides_are_margined_and_closed_by_themselves(self) -> None:
        pit = LeveragedPit(linear(), cash=2_000, hedged=True)
        pit.buy("0.1", 50_000)
        pit.price(50_000)
        pit.sell("0.1", 50_000, offset=Offset.OPEN)
        pit.price(50_000)
        assert (pit.position().long, pit.position().short) == (D("0.1"), D("0.1"))
        assert pit.figures("USDT").margin == D("1000")
        pit.sell("0.1", 51_000)
        pit.price(51_000)
        figures = pit.figures("USDT")
        assert figures.close_profit == D("100")
        assert figures.position_profit == D("-100")
        assert figures.margin == D("510")
        assert figures.balance == D("1992.45")  # 2000 - 2.5 - 2.5 - 2.55 + 100 - 100

    def test_netted_the_second_order_closes_the_first(self) -> None:
        pit = bought()
        pit.sell("0.1", 50_000, offset=Offset.OPEN)
        pit.price(50_000)
        assert pit.position().flat


class TestTiers:
    """Larger positions need more and may be levered less."""

    def test_maintenance_is_continuous_where_one_tier_becomes_the_next(self) -> None:
        unit = linear()
        assert maintenance(unit, D(9_800)) == D("49")  # x 0.5 %
        assert maintenance(unit, D(10_000)) == D("50")
        assert maintenance(unit, D(10_200)) == D("55")  # x 2.5 % - 200
        assert maintenance(unit, D(200_000)) == D("7300")  # x 5 % - 2700

    def test_an_order_above_what_the_leverage_allows_is_refused(self) -> None:
        pit = LeveragedPit(linear(), leverage=50)
        pit.price(50_000)
        working = pit.buy("0.15", 50_000)
        refused = pit.buy(
            "0.1", 50_000
        )  # 12 500 with the order that works; leverage 50 ends at 10 000
        assert pit.order(working).state == "open"
        assert "may be worth 10000" in pit.order(refused).reason


class TestDelivery:
    """A dated future is closed at its delivery price on its last day."""

    def test_profit_is_paid_at_the_end_of_the_last_day(self) -> None:
        pit = LeveragedPit(quarterly(), mode=ISOLATED)
        pit.buy("0.1", 50_000)
        pit.price(50_000)
        pit.price(51_000)
        pit.to("33:00")
        figures = pit.figures("USDT")
        assert pit.position().flat
        assert (figures.balance, figures.margin) == (D("1097.5"), 0)
        assert figures.available == D("1097.5")


class TestTwoCurrencies:
    """Contracts in USDT and in BTC side by side in one account."""

    def test_each_currency_backs_its_own_positions(self) -> None:
        usdt, coin = linear(), inverse()
        pit = LeveragedPit(usdt, coin, cash=1)
        pit.price(50_000, coin)
        pit.price(50_000)
        refused = pit.buy("0.1", 50_000)  # needs 502.5 USDT; the BTC are no help
        done = pit.buy(100, 50_000, of=coin)
        pit.price(50_000, coin)
        assert pit.order(refused).state == "rejected"
        assert pit.order(done).state == "filled"
        assert pit.figures("USDT").balance == 1
        assert pit.figures("BTC").margin == D("0.02")

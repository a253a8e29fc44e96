"""Price steps and lots: what is on a step, what is noise, and which neighbours an error names."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.model.enums import InstrumentKind, Side
from anyvenue.model.errors import InvalidOrder, OffLot, OffTick
from anyvenue.model.steps import BandedStep, FixedStep, LotRule, SignificantStep, floor_to, near
from builders import bank_share, perpetual, rebar

D = Decimal
HONG_KONG = BandedStep(
    (D(0), D("0.25"), D("0.5"), D(10), D(20)),
    (D("0.001"), D("0.005"), D("0.01"), D("0.02"), D("0.05")),
)
BITFINEX = SignificantStep(digits=5, decimals=8)
STEPS = st.sampled_from([D(1), D("0.5"), D("0.2"), D("0.01"), D("0.005"), D("25")])
VALUES = st.decimals(-10_000, 10_000, places=4)


class TestFixed:
    @pytest.mark.parametrize(
        ("price", "exact"),
        [("3500", "3500"), ("3500.2", "3500.2"), ("0.2", "0.2"), ("-0.4", "-0.4"), ("0", "0")],
    )
    def test_a_price_on_a_step_is_taken_as_it_is(self, price: str, exact: str) -> None:
        assert FixedStep(D("0.2")).accept(D(price)) == D(exact)

    @pytest.mark.parametrize("price", ["3500.2000001", "3500.1999999", "3500.20000000001"])
    def test_float_noise_is_taken_away(self, price: str) -> None:
        assert FixedStep(D("0.2")).accept(D(price)) == D("3500.2")

    def test_noise_of_a_negative_price_is_taken_away_too(self) -> None:
        step = FixedStep(D("0.2"))
        assert step.accept(D("-0.4000000001")) == step.accept(D("-0.3999999999")) == D("-0.4")

    @pytest.mark.parametrize("price", ["3500.21", "3500.1", "3500.2001"])
    def test_anything_else_is_not_taken(self, price: str) -> None:
        assert FixedStep(D("0.2")).accept(D(price)) is None

    def test_the_sum_of_floats_that_everybody_types_is_taken(self) -> None:
        assert bank_share().price(0.1 + 0.2) == D("0.3")


class TestBanded:
    @pytest.mark.parametrize(
        ("price", "step"),
        [("0.1", "0.001"), ("0.249", "0.001"), ("0.25", "0.005"), ("9.99", "0.01"), ("10", "0.02"),
         ("500", "0.05")],
    )  # fmt: skip
    def test_a_band_begins_at_its_lower_price(self, price: str, step: str) -> None:
        assert HONG_KONG.step_at(D(price)) == D(step)

    @pytest.mark.parametrize(
        ("price", "below", "above"),
        [("0.2495", "0.249", "0.250"), ("9.995", "9.99", "10.00"), ("10.01", "10.00", "10.02")],
    )
    def test_neighbours_at_the_edge_of_a_band_are_both_valid(
        self, price: str, below: str, above: str
    ) -> None:
        assert HONG_KONG.neighbours(D(price)) == (D(below), D(above))
        assert HONG_KONG.accept(D(below)) is not None
        assert HONG_KONG.accept(D(above)) is not None

    def test_noise_across_the_edge_of_a_band_is_taken_away(self) -> None:
        assert HONG_KONG.accept(D("9.999999999")) == 10


class TestSignificant:
    @pytest.mark.parametrize(
        ("price", "step"),
        [("67123", "1"), ("9999.9", "0.1"), ("1.2345", "0.0001"), ("0.00012345", "0.00000001"),
         ("0.0000123", "0.00000001"), ("123456", "10")],
    )  # fmt: skip
    def test_the_step_is_the_last_significant_digit_or_the_last_place(
        self, price: str, step: str
    ) -> None:
        assert BITFINEX.step_at(D(price)) == D(step)

    def test_a_sixth_digit_is_refused_with_both_neighbours(self) -> None:
        assert BITFINEX.accept(D("67123.4")) is None
        assert BITFINEX.neighbours(D("67123.4")) == (67123, 67124)


@given(VALUES, STEPS)
def test_a_value_lies_between_its_neighbours_a_step_apart(value: Decimal, step: Decimal) -> None:
    rule = FixedStep(step)
    below, above = rule.neighbours(value)
    assert below <= value <= above
    assert above - below in (0, step)
    assert rule.accept(below) == below
    assert rule.accept(above) == above


@given(VALUES, STEPS)
def test_snapping_is_never_worse_for_the_side_and_is_idempotent(
    value: Decimal, step: Decimal
) -> None:
    rule = FixedStep(step)
    buy, sell = rule.snap(value, Side.BUY), rule.snap(value, Side.SELL)
    noise = step / 1000
    assert buy <= value + noise
    assert sell >= value - noise
    assert rule.snap(buy, Side.SELL) == buy
    assert rule.snap(sell, Side.BUY) == sell


@given(VALUES, STEPS)
def test_flooring_and_nearness_agree(value: Decimal, step: Decimal) -> None:
    floor = floor_to(value, step)
    assert floor <= value < floor + step
    assert (near(value, step) == value) == (floor == value)


class TestInstrument:
    def test_an_off_tick_price_names_both_neighbours(self) -> None:
        with pytest.raises(OffTick, match=r"3500\.5 .* use 3500 or 3501") as caught:
            rebar().price(3500.5)
        assert (caught.value.below, caught.value.above, caught.value.tick) == (3500, 3501, 1)

    def test_an_off_lot_quantity_names_both_neighbours(self) -> None:
        with pytest.raises(OffLot, match="use 100 or 200") as caught:
            bank_share().quantity(150)
        assert (caught.value.below, caught.value.above) == (100, 200)

    @pytest.mark.parametrize("price", [0, -1, "-0.0"])
    def test_a_price_is_above_zero(self, price: float | str) -> None:
        with pytest.raises(InvalidOrder, match="above zero"):
            rebar().price(price)

    def test_a_spread_may_have_any_price(self) -> None:
        spread = rebar(kind=InstrumentKind.SPREAD)
        assert [spread.price(each) for each in (-5, 0, 5)] == [-5, 0, 5]

    @pytest.mark.parametrize("value", [1, 1.0, "1", D(1), " 1 "])
    def test_quantities_come_as_people_type_them(self, value: float | str | Decimal) -> None:
        assert rebar().quantity(value) == 1

    def test_snapping_is_down_for_a_buy_and_up_for_a_sell(self) -> None:
        assert rebar().snap(3500.4, Side.BUY) == 3500
        assert rebar().snap(3500.4, Side.SELL) == 3501


class TestQuantityForMoney:
    def test_it_floors_to_the_lot(self) -> None:
        assert bank_share().quantity_for(29_999, 10) == 2900
        assert perpetual().quantity_for(100, 67_123.4) == D("0.001")

    @given(st.integers(70_000, 10**9), st.integers(1, 7000))
    def test_it_never_costs_more_than_the_money(self, money: int, price: int) -> None:
        unit = rebar()
        quantity = unit.quantity_for(money, price)
        assert quantity * price * unit.multiplier <= money
        assert (quantity + 1) * price * unit.multiplier > money

    def test_too_little_money_names_the_minimum(self) -> None:
        with pytest.raises(InvalidOrder, match="minimum of 100 costs 1000 CNY"):
            bank_share().quantity_for(999, 10)

    @pytest.mark.parametrize("price", [0, -1])
    def test_a_price_that_is_none_is_refused(self, price: int) -> None:
        with pytest.raises(InvalidOrder, match="above zero"):
            rebar().quantity_for(1000, price)

    @pytest.mark.parametrize("amount", [-1000, 0])
    def test_no_money_buys_nothing(self, amount: int) -> None:
        with pytest.raises(InvalidOrder):
            rebar().quantity_for(amount, 3500)


def test_a_lot_rule_finds_the_lots_around_a_quantity() -> None:
    lot = LotRule(D("0.001"))
    assert lot.neighbours(D("0.0015")) == (D("0.001"), D("0.002"))
    assert lot.accept(D("0.3000000001")) == D("0.300")

"""Liquidation and bankruptcy prices are where the formulas' own definitions hold, checked with exact fractions."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from anyvenue.model.enums import Side
from anyvenue.model.instruments import Instrument
from anyvenue.oms.bankruptcy import bankruptcy_price, liquidation_price
from anyvenue.oms.tiers import maintenance
from leveraged import inverse, linear

UNITS = st.sampled_from([linear(), inverse()])
SIDES = st.sampled_from(Side)
QUANTITIES = st.integers(1, 3_000)
OPENED = st.integers(1_000, 90_000)
LEVERAGES = st.integers(2, 100)
CLOSE = Fraction(1, 10**20)


def value(unit: Instrument, price: Fraction, quantity: Decimal) -> Fraction:
    """Return what a position is worth."""
    size = Fraction(quantity) * Fraction(unit.multiplier)
    return size / price if unit.inverse else size * price


def equity(
    unit: Instrument, side: Side, quantity: Decimal, cost: Decimal, money: Decimal, at: Decimal
) -> Fraction:
    """Return money plus unrealised profit at a price."""
    gain = value(unit, Fraction(at), quantity) - Fraction(cost)
    return Fraction(money) + (gain if (side is Side.BUY) is not unit.inverse else -gain)


def opened(
    unit: Instrument, lots: int, price: int, leverage: int
) -> tuple[Decimal, Decimal, Decimal]:
    """Return quantity, cost and money of a position."""
    quantity = Decimal(lots) if unit.inverse else Decimal(lots) / 1000
    worth = value(unit, Fraction(price), quantity)
    cost = Decimal(int(worth * 10**8)) / 10**8
    return quantity, cost, Decimal(int(worth / leverage * 10**8)) / 10**8


@given(UNITS, SIDES, QUANTITIES, OPENED, LEVERAGES)
def test_at_the_bankruptcy_price_nothing_is_left(
    unit: Instrument, side: Side, lots: int, price: int, leverage: int
) -> None:
    quantity, cost, money = opened(unit, lots, price, leverage)
    at = bankruptcy_price(unit, side, quantity, cost, money)
    assert at is not None
    assert abs(equity(unit, side, quantity, cost, money, at)) < CLOSE
    assert (at < price) is (side is Side.BUY)


@given(UNITS, SIDES, QUANTITIES, OPENED, LEVERAGES)
def test_at_the_liquidation_price_the_maintenance_margin_is_left(
    unit: Instrument, side: Side, lots: int, price: int, leverage: int
) -> None:
    quantity, cost, money = opened(unit, lots, price, leverage)
    at = liquidation_price(unit, side, quantity, cost, money)
    assert at is not None
    worth = value(unit, Fraction(at), quantity)
    tier = next(
        (each for each in unit.tiers if worth <= Fraction(each.up_to) + CLOSE), unit.tiers[-1]
    )
    needed = worth * Fraction(tier.maintenance) - Fraction(tier.deduction)
    assert abs(equity(unit, side, quantity, cost, money, at) - needed) < CLOSE


@given(UNITS, SIDES, QUANTITIES, OPENED, LEVERAGES)
def test_liquidation_comes_before_bankruptcy(
    unit: Instrument, side: Side, lots: int, price: int, leverage: int
) -> None:
    quantity, cost, money = opened(unit, lots, price, leverage)
    first = liquidation_price(unit, side, quantity, cost, money)
    last = bankruptcy_price(unit, side, quantity, cost, money)
    assert first is not None
    assert last is not None
    assert (last < first) is (side is Side.BUY)


def test_a_long_position_that_is_paid_in_full_is_never_bankrupt() -> None:
    assert bankruptcy_price(linear(), Side.BUY, Decimal(1), Decimal(5_000), Decimal(5_000)) is None
    assert liquidation_price(linear(), Side.BUY, Decimal(1), Decimal(5_000), Decimal(9_000)) is None


def test_a_short_inverse_position_backed_by_its_whole_coin_is_never_bankrupt() -> None:
    # Short dollars' worth of coin with that coin: the loss of one is the gain of the other.
    assert (
        bankruptcy_price(inverse(), Side.SELL, Decimal(100), Decimal("0.2"), Decimal("0.2")) is None
    )


@given(st.integers(0, 1_000_000))
def test_maintenance_never_jumps_between_tiers(amount: int) -> None:
    unit = linear()
    step = maintenance(unit, Decimal(amount + 1)) - maintenance(unit, Decimal(amount))
    assert 0 <= step <= Decimal("0.05")

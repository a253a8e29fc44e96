"""Sizes from money: whatever the steps and prices, nothing is rounded up and nothing exceeds the amount."""

import random
import re
from decimal import Decimal

import pytest
from msgspec.structs import replace

from anyvenue.model.enums import InstrumentKind, Offset, Side
from anyvenue.model.errors import InvalidOrder, OffLot
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.instruments import HEDGED, NETTED, Instrument
from anyvenue.model.market import Quote
from anyvenue.model.numbers import plain
from anyvenue.model.orders import OrderRequest
from anyvenue.model.positions import Leg, Position
from anyvenue.model.sizing import closing_orders, missing_to
from anyvenue.model.steps import FixedStep, LotRule, floor_to
from anyvenue.oms.validation import validate

D = Decimal
STEPS = [D(each) for each in ("0.5", "0.25", "5", "1e-8", "0.1", "0.001", "1", "100", "0.03", "7")]
SEED = 20261120


def random_step(dice: random.Random) -> Decimal:
    """Return one of the steps that are known to be awkward, or one that nobody has thought of."""
    if dice.random() < 0.5:
        return dice.choice(STEPS)
    return D(dice.randint(1, 999)).scaleb(-dice.randint(0, 9))


def random_instrument(dice: random.Random) -> Instrument:
    step = random_step(dice)
    value = D(dice.choice((0, 0, 5, 100)))
    most = step * dice.choice((10, 1000)) if dice.random() < 0.2 else None
    return Instrument(
        id=InstrumentId("X-USDT-PERP.TEST"),
        kind=InstrumentKind.PERPETUAL,
        currency="USDT",
        price_step=FixedStep(random_step(dice)),
        lot=LotRule(step, step * dice.choice((1, 1, 10)), most, minimum_value=value),
        position_rule=dice.choice((NETTED, HEDGED)),
        sessions="always",
        multiplier=D(dice.choice(("1", "0.01", "10"))),
    )


def random_price(dice: random.Random, unit: Instrument) -> Decimal:
    step = unit.price_step.step_at(D(1))
    return step * dice.randint(1, 10 ** dice.randint(1, 7))


def test_ten_thousand_random_amounts_never_buy_too_much_and_name_the_minimum() -> None:
    dice, bought = random.Random(SEED), 0
    for _ in range(10_000):
        unit = random_instrument(dice)
        price = random_price(dice, unit)
        smallest = unit.smallest_at(price)
        amount = unit.worth(smallest, price) * D(dice.randint(1, 4000)) / 1000
        if amount < unit.worth(smallest, price):
            with pytest.raises(InvalidOrder, match=re.escape(f"minimum of {plain(smallest)} ")):
                unit.quantity_for(amount, price)
            continue
        quantity = unit.quantity_for(amount, price)
        bought += 1
        assert quantity % unit.lot.step == 0
        assert unit.worth(quantity, price) <= amount < unit.worth(quantity + unit.lot.step, price)
        assert quantity >= unit.lot.minimum
        assert unit.worth(quantity, price) >= unit.lot.minimum_value
        if unit.lot.maximum is None or quantity <= unit.lot.maximum:
            wish = OrderRequest(AccountId("a"), unit.id, Side.BUY, quantity, price)
            assert validate(unit, wish) == wish
            if unit.lot.minimum < smallest:
                small = replace(wish, quantity=smallest - unit.lot.step)
                with pytest.raises(InvalidOrder, match="an order is worth"):
                    validate(unit, small)
                assert validate(unit, replace(small, reduce_only=True)).quantity
    assert bought > 5000


def test_ten_thousand_random_prices_snap_to_a_tick_that_is_not_worse() -> None:
    dice = random.Random(SEED)
    for _ in range(10_000):
        unit = random_instrument(dice)
        price = D(repr(dice.uniform(0.001, 10 ** dice.randint(1, 6))))
        tick = unit.price_step.step_at(price)
        low, high = unit.snap(price, Side.BUY), unit.snap(price, Side.SELL)
        assert low % tick == high % tick == 0
        assert high - low in (0, tick)
        noise = tick * D("1e-6")
        assert low - noise <= price <= high + noise


def test_ten_thousand_random_quantities_are_floored_to_a_lot_and_those_between_refused() -> None:
    dice = random.Random(SEED)
    for _ in range(10_000):
        unit = random_instrument(dice)
        step = unit.lot.step
        lots = dice.randint(1, 10 ** dice.randint(1, 6))
        part = D(dice.randint(1, 999)) / 1000
        between = (lots + part) * step
        assert floor_to(between, step) == lots * step
        below, above = unit.lot.neighbours(between)
        assert (below, above) == (lots * step, (lots + 1) * step)
        assert unit.quantity(lots * step) == lots * step
        with pytest.raises(OffLot, match=re.escape(plain(below))):
            unit.quantity(between)


def test_ten_thousand_random_orders_are_taken_from_their_least_value_on_and_not_below() -> None:
    dice, refused = random.Random(SEED), 0
    for _ in range(10_000):
        unit = random_instrument(dice)
        price = random_price(dice, unit)
        least = D(dice.randint(1, 10_000)) / 100
        unit = replace(unit, lot=LotRule(unit.lot.step, unit.lot.step, minimum_value=least))
        smallest = unit.smallest_at(price)
        assert smallest % unit.lot.step == 0
        assert unit.worth(smallest, price) >= least
        wish = OrderRequest(AccountId("a"), unit.id, Side.SELL, smallest, price)
        assert validate(unit, wish).quantity == smallest
        if smallest > unit.lot.step:
            small = replace(wish, quantity=smallest - unit.lot.step)
            with pytest.raises(InvalidOrder, match=re.escape(f"at least {plain(smallest)} at")):
                validate(unit, small)
            assert validate(unit, replace(small, reduce_only=True)) == replace(
                small, reduce_only=True
            )
            refused += 1
    assert refused > 3000


def test_whatever_is_held_a_target_in_money_is_met_within_a_lot_and_never_exceeded() -> None:
    dice = random.Random(SEED)
    for _ in range(5_000):
        unit = random_instrument(dice)
        price = random_price(dice, unit)
        quote = Quote(unit.id, 0, 0, float(price), float(price), 1.0, 1.0)
        smallest = unit.smallest_at(price)
        held = unit.lot.step * dice.randint(-300, 300)
        sign = dice.choice((1, -1))
        amount = sign * unit.worth(smallest, price) * D(dice.randint(1000, 90_000)) / 1000
        missing = missing_to(unit, held, None, amount, quote)
        if missing is None:
            side, size = Side.BUY, D(0)
        else:
            side, size = missing
            assert size >= smallest
            assert size % unit.lot.step == 0
        after = held + (size if side is Side.BUY else -size)
        wanted = sign * unit.quantity_for(abs(amount), price)
        assert abs(after - wanted) < max(unit.lot.step, smallest)
        if missing is not None:
            assert unit.worth(abs(after), price) <= abs(amount)


def test_closing_orders_never_close_more_than_is_held_and_free() -> None:
    dice = random.Random(SEED)
    for _ in range(2_000):
        unit = random_instrument(dice)
        legs = []
        for _ in range(4):
            held = unit.lot.step * dice.choice((0, dice.randint(1, 3000))) / dice.choice((1, 1, 2))
            legs.append(Leg(held, held * dice.choice((0, 0, 1)) / 2, held * 10, held * 10))
        position = Position(AccountId("a"), unit.id, *legs)
        orders = closing_orders(unit, position, None)
        for side, free in (
            (Side.SELL, legs[0].closable + legs[1].closable),
            (Side.BUY, legs[2].closable + legs[3].closable),
        ):
            closed = sum((each.quantity for each in orders if each.side is side), D(0))
            assert closed <= free
            left = free - closed
            assert left < max(unit.lot.step, unit.lot.minimum)
        assert all(each.offset is Offset.CLOSE for each in orders)
        most = unit.lot.maximum
        assert most is None or all(each.quantity <= most for each in orders)

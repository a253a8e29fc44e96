"""The price behind a synthetic market: a path of its own, of its product, of its underlying or of its legs."""

from decimal import Decimal
from itertools import pairwise
from math import log, sqrt
from statistics import correlation, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.model.enums import InstrumentKind, OptionRight
from anyvenue.model.errors import UnknownInstrument
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.instruments import Instrument, SpreadLeg
from anyvenue.model.steps import BandedStep, FixedStep
from anyvenue.sim.synthetic import World, start_price
from anyvenue.sim.synthetic.grid import Ratio, scale, step_of, usual_lots
from anyvenue.sim.synthetic.options import option_value
from anyvenue.sim.synthetic.paths import LogPath
from builders import perpetual, rebar, us_share

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
ORIGIN = 1_789_430_400 * SECOND  # 2026-09-15 in China
RB, LATER = rebar(), rebar(id=make_instrument_id("rb2610", "SHFE"))


def option(right: OptionRight, strike: int = 3500, **changes: object) -> Instrument:
    return rebar(
        id=make_instrument_id(f"rb2605{right.value[0].upper()}{strike}", "SHFE"),
        kind=InstrumentKind.OPTION,
        underlying=RB.id,
        strike=Decimal(strike),
        right=right,
        expiry=20270115,
        **changes,
    )


def world(seed: int = 1) -> World:
    known = {each.id: each for each in (RB, LATER)}
    return World(seed, lambda _: ORIGIN, known.get)


# ---- paths


def test_a_path_begins_at_nothing_and_is_a_function_of_time() -> None:
    path = LogPath("a", 0.005, 0.0167, ORIGIN)
    assert path(ORIGIN - HOUR) == path(ORIGIN) == 0.0
    times = [ORIGIN + step * 977 * SECOND // 3 for step in range(300)]
    forward = [path(ts) for ts in times]
    fresh = LogPath("a", 0.005, 0.0167, ORIGIN)
    assert [fresh(ts) for ts in reversed(times)] == forward[::-1]
    assert [LogPath("b", 0.005, 0.0167, ORIGIN)(ts) for ts in times] != forward


def test_a_path_has_no_jumps_where_its_parts_meet() -> None:
    path = LogPath("a", 0.005, 0.0167, ORIGIN)
    for edge in (60 * SECOND, HOUR, 5 * HOUR):
        assert abs(path(ORIGIN + edge) - path(ORIGIN + edge - 1)) < 1e-9


def test_a_path_moves_as_much_as_it_was_told_to() -> None:
    path = LogPath("a", 0.005, 0.0167, ORIGIN)
    for step in (60, 300, 1800):
        values = [path(ORIGIN + number * step * SECOND) for number in range(200 * 3600 // step)]
        moves = [b - a for a, b in pairwise(values)]
        assert 0.8 < pstdev(moves) * sqrt(3600 / step) / 0.005 < 1.2


def test_a_path_stays_around_where_it_began() -> None:
    path = LogPath("a", 0.005, 0.0167, ORIGIN)
    values = [path(ORIGIN + hour * HOUR) for hour in range(24 * 365)]
    assert 0.8 < pstdev(values) / 0.0167 < 1.2
    assert max(map(abs, values)) < 0.09


# ---- what is behind an instrument


def test_contracts_of_one_product_move_together_and_other_products_do_not() -> None:
    ours = world()
    prices = [ours.fair(each) for each in (RB, LATER, us_share())]
    moves = [[log(price(ORIGIN + hour * HOUR)) for hour in range(500)] for price in prices]
    assert correlation(moves[0], moves[1]) > 0.9
    assert abs(correlation(moves[0], moves[2])) < 0.6


def test_a_perpetual_stays_close_to_its_spot_market() -> None:
    coin = perpetual(base="BTC")
    spot = perpetual(
        id=make_instrument_id("BTC-USDT", "BINANCE"), kind=InstrumentKind.SPOT, base="BTC"
    )
    ours = world()
    one, two = ours.fair(coin), ours.fair(spot)
    assert one(ORIGIN) == two(ORIGIN) == 95000
    for hour in range(0, 500, 7):
        ts = ORIGIN + hour * HOUR
        assert abs(one(ts) / two(ts) - 1) < 0.004


def test_an_option_is_worth_what_its_underlying_makes_of_it() -> None:
    ours = world()
    price, call, put = (
        ours.fair(each) for each in (RB, option(OptionRight.CALL), option(OptionRight.PUT))
    )
    for hour in range(100):
        ts = ORIGIN + hour * HOUR
        assert call(ts) > max(price(ts) - 3500, 0)
        assert call(ts) - put(ts) == pytest.approx(price(ts) - 3500)
    expired = ORIGIN + 400 * 24 * HOUR
    assert call(expired) == max(price(expired) - 3500, 0)


def test_an_option_without_a_known_underlying_says_so() -> None:
    with pytest.raises(UnknownInstrument, match=r"rb2605\.SHFE is not in the catalogue"):
        World(1, lambda _: ORIGIN).fair(option(OptionRight.CALL))


def test_a_spread_is_the_difference_of_its_legs() -> None:
    spread = rebar(
        id=make_instrument_id("SP rb2605&rb2610", "SHFE"),
        kind=InstrumentKind.SPREAD,
        legs=(SpreadLeg(RB.id, 1), SpreadLeg(LATER.id, -1)),
    )
    ours = world()
    price, near, far = (ours.fair(each) for each in (spread, RB, LATER))
    ts = ORIGIN + 30 * HOUR
    assert price(ORIGIN) == 0
    assert price(ts) == near(ts) - far(ts) != 0


@given(st.floats(1, 10_000), st.floats(1, 10_000), st.floats(0, 2), st.sampled_from([True, False]))
def test_an_option_is_worth_at_least_its_intrinsic_value_and_at_most_what_it_can_bring(
    price: float, strike: float, deviation: float, call: bool
) -> None:
    worth = option_value(price, strike, deviation, call)
    intrinsic = max(price - strike if call else strike - price, 0)
    assert intrinsic <= worth <= max(price if call else strike, intrinsic) * (1 + 1e-9)


def test_a_known_option_price_comes_out() -> None:
    # 100 at 100 with a deviation of 20 %: 100 x (2 N(0.1) - 1), by a table of the normal distribution.
    assert option_value(100, 100, 0.2, True) == pytest.approx(7.9656, abs=1e-3)


# ---- the grid


def test_prices_begin_where_people_expect_them() -> None:
    assert start_price(RB) == 3500
    assert start_price(us_share()) == 230
    assert start_price(us_share(id=make_instrument_id("ZZZ", "US"))) == 100


def test_a_step_that_changes_within_reach_holds_on_both_sides() -> None:
    bands = BandedStep(
        (Decimal(0), Decimal(20), Decimal(100)), (Decimal("0.02"), Decimal("0.05"), Decimal("0.1"))
    )
    share = us_share(price_step=bands)
    assert step_of(share, Decimal(10)) == Ratio(1, 50)
    assert step_of(share, Decimal(20)) == Ratio(1, 10)
    assert step_of(share, Decimal(50)) == Ratio(1, 20)
    assert step_of(us_share(price_step=FixedStep(Decimal(5))), Decimal(100)) == Ratio(5, 1)


def test_steps_become_the_float_of_the_shortest_text() -> None:
    price = scale(Ratio(1, 5))
    assert [repr(price(ticks)) for ticks in (3, 7, 19751)] == ["0.6", "1.4", "3950.2"]
    assert scale(Ratio(100, 1))(7) == 700.0


def test_dear_lots_come_in_small_numbers_and_cheap_ones_in_large() -> None:
    assert usual_lots(rebar(multiplier=Decimal(10_000)), 3500) == 3
    assert usual_lots(rebar(), 3500) == pytest.approx(28.57, abs=0.01)

"""What the synthetic markets promise: narrow spreads, full books, measured volatility, no sticking at a limit.

Seeds are fixed, so a failure is a change of the market and no bad luck.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from itertools import pairwise
from math import log, sqrt
from statistics import median

import pytest

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth
from anyvenue.model.steps import FixedStep, LotRule
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import SessionWindow
from anyvenue.reference.volatility import get_volatility
from anyvenue.sim.synthetic import synthetic_ticks
from builders import perpetual

CATALOG = Catalog(20260915)
ALWAYS = CATALOG.sessions("always")
SECOND = 1_000_000_000
BTC = perpetual(base="BTC")
EURUSD = perpetual(
    id=make_instrument_id("EURUSD", "FX"),
    kind=InstrumentKind.FX,
    base="EUR",
    currency="USD",
    price_step=FixedStep(Decimal("0.00001")),
    lot=LotRule(Decimal(1000), Decimal(1000)),
)
NAMES = [
    "rb2701.SHFE",
    "IF2609.CFFEX",
    "cu2701.SHFE",
    "TS2612.CFFEX",
    "600519.SSE",
    "AAPL.US",
    "00700.HK",
]
MARKETS = [*(CATALOG.get(name) for name in NAMES), BTC, EURUSD]
each_market = pytest.mark.parametrize("market", MARKETS, ids=lambda each: each.id)
each_seed = pytest.mark.parametrize("seed", [1, 2])


def windows(first: int, days: int) -> list[SessionWindow]:
    found: list[SessionWindow] = []
    while days:
        found += ALWAYS.windows(first)
        first = ALWAYS.calendar.next_day(first)
        days -= 1
    return found


@cache
def an_hour(market: Instrument, seed: int) -> Sequence[Depth]:
    whole = windows(20260915, 1)[0]
    hour = SessionWindow(whole.start, whole.start + 3600 * SECOND, whole.status, 20260915)
    return list(synthetic_ticks(market, [hour], seed, every_ns=2 * SECOND))


@each_seed
@each_market
def test_the_median_spread_is_one_or_two_ticks(market: Instrument, seed: int) -> None:
    events = an_hour(market, seed)
    step = float(market.price_step.step_at(Decimal(repr(events[0].last))))
    spreads = [round((event.ask - event.bid) / step) for event in events]
    assert 1 <= median(spreads) <= 2
    assert min(spreads) >= 1
    assert sorted(spreads)[len(spreads) * 99 // 100] <= 4


@each_seed
@each_market
def test_five_levels_stand_on_either_side(market: Instrument, seed: int) -> None:
    events = an_hour(market, seed)
    full = sum(len(event.bid_prices) == 5 == len(event.ask_prices) for event in events)
    assert full >= 0.99 * len(events)


@each_seed
@each_market
def test_prices_move_as_much_as_was_measured(market: Instrument, seed: int) -> None:
    events = synthetic_ticks(market, windows(20260915, 2), seed, every_ns=60 * SECOND)
    prices = [event.mid for number, event in enumerate(events) if not number % 5]
    moves = [log(b / a) for a, b in pairwise(prices)]
    per_hour = sqrt(sum(move * move for move in moves) / len(moves) * 12)
    assert 0.5 < per_hour / get_volatility(market).per_hour < 2


@each_seed
@each_market
def test_a_week_around_the_clock_never_comes_to_a_limit(market: Instrument, seed: int) -> None:
    events = synthetic_ticks(market, windows(20260914, 7), seed, every_ns=300 * SECOND)
    first = next(events)
    for event in events:
        assert abs(event.last / first.last - 1) < 0.1
        assert event.last not in (event.lower_limit, event.upper_limit)
        assert event.bid_prices
        assert event.ask_prices

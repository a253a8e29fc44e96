"""Snapshots of a synthetic market: what a venue could have sent, the same in every process."""

import os
import subprocess
import sys
from decimal import Decimal
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anyvenue.engine.synthetic import synthetic_source
from anyvenue.model.errors import DataError
from anyvenue.model.market import Depth, FundingRate, Trade
from anyvenue.reference.catalog import Catalog
from anyvenue.sim.synthetic import synthetic_events, synthetic_ticks, usual_interval
from builders import perpetual, us_share

CATALOG = Catalog(20260915)
RB = CATALOG.get("rb2701.SHFE")
SESSIONS = CATALOG.sessions(RB.sessions)
DAY = SESSIONS.windows(20260915)
ALWAYS = CATALOG.sessions("always")
SECOND = 1_000_000_000
HASH = """
import hashlib
from anyvenue.reference.catalog import Catalog
from anyvenue.sim.synthetic import synthetic_ticks
catalog = Catalog(20260915)
rb = catalog.get("rb2701.SHFE")
windows = catalog.sessions(rb.sessions).windows(20260915)
ticks = synthetic_ticks(rb, windows, 7, 3200, every_ns=10**10)
print(hashlib.blake2b(repr(list(ticks)).encode()).hexdigest())
"""


def ticks(seed: int = 7, every: int = 20) -> list[Depth]:
    return list(synthetic_ticks(RB, DAY, seed, 3200, every_ns=every * SECOND))


def test_there_is_a_snapshot_every_half_second_of_every_session() -> None:
    seconds = sum(window.end - window.start for window in DAY) // SECOND
    events = list(synthetic_ticks(RB, DAY, 7, 3200))
    assert len(events) == 2 * seconds
    assert events[0].ts_event == DAY[0].start
    assert all(SESSIONS.is_open(event.ts_event) for event in events[::100])


@settings(max_examples=40)
@given(st.integers(0, 1_000_000))
def test_every_snapshot_is_a_market_that_could_be(seed: int) -> None:
    events = ticks(seed)
    for event in events:
        assert event.bid < event.ask
        assert list(event.bid_prices) == sorted(set(event.bid_prices), reverse=True)
        assert list(event.ask_prices) == sorted(set(event.ask_prices))
        assert event.lower_limit <= event.bid_prices[-1]
        assert event.ask_prices[-1] <= event.upper_limit
        assert event.low <= event.last <= event.high
        assert event.low <= event.open <= event.high
        assert min(*event.bid_sizes, *event.ask_sizes) >= 1
        assert event.trading_day == 20260915
        assert event.pre_settlement == 3200.0
        assert event.open_interest >= 0
    assert all(a.volume <= b.volume and a.turnover <= b.turnover for a, b in pairwise(events))
    assert all(a.high <= b.high and a.low >= b.low for a, b in pairwise(events))


def test_another_seed_gives_another_market() -> None:
    assert repr(ticks(7)) == repr(ticks(7))
    assert repr(ticks(7)) != repr(ticks(8))


def test_the_market_is_the_same_in_every_process() -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-c", HASH],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_some_windows_alone_can_be_filled_and_none_gives_nothing() -> None:
    assert next(synthetic_ticks(RB, DAY[-1:], 7)).ts_event == DAY[-1].start
    assert list(synthetic_ticks(RB, [], 7)) == []


def test_prices_of_a_fine_tick_are_exact() -> None:
    gold = CATALOG.get("au2612.SHFE")
    windows = CATALOG.sessions(gold.sessions).windows(20260915)
    for event in islice(synthetic_ticks(gold, windows, 7, "480.02"), 500):
        for price in (event.last, *event.bid_prices, *event.ask_prices):
            assert repr(price) == repr(round(price, 2))


def test_sizes_are_whole_lots_and_exact() -> None:
    coin = perpetual(base="BTC")
    for event in islice(synthetic_ticks(coin, ALWAYS.windows(20260915), 7), 200):
        for size in (*event.bid_sizes, *event.ask_sizes, event.volume):
            assert coin.lot.accept(Decimal(repr(size))) is not None


def test_a_day_begins_where_the_last_one_ended() -> None:
    windows = [*DAY, *SESSIONS.windows(20260916)]
    events = list(synthetic_ticks(RB, windows, 7, 3200, every_ns=20 * SECOND))
    first = next(event for event in events if event.trading_day == 20260916)
    before = events[events.index(first) - 1]
    assert first.pre_settlement == before.last
    assert first.volume < before.volume
    assert first.open == first.last


def test_shares_abroad_have_no_price_limits_and_no_open_interest() -> None:
    first = next(synthetic_ticks(us_share(), ALWAYS.windows(20260915), 7))
    assert first.upper_limit != first.upper_limit
    assert first.open_interest != first.open_interest


def test_the_pace_is_the_venue_s() -> None:
    paces = {"rb2701.SHFE": 0.5, "600519.SSE": 3, "AAPL.US": 1}
    for name, seconds in paces.items():
        assert usual_interval(CATALOG.get(name)) == seconds * SECOND


def test_trades_add_up_to_the_volume_of_the_snapshots() -> None:
    traded, volume = 0.0, 0.0
    for event in islice(synthetic_events(RB, DAY, 7, trades=True), 3000):
        if isinstance(event, Trade):
            traded += event.size
            last = event.price
        elif isinstance(event, Depth):
            volume = event.volume
            assert traded == volume
            assert event.last == last
    assert volume > 1000


def test_a_perpetual_is_funded_every_eight_hours() -> None:
    windows = [window for day in (20260915, 20260916) for window in ALWAYS.windows(day)]
    coin = perpetual(base="BTC")
    events = list(synthetic_events(coin, windows, 7, every_ns=600 * SECOND))
    rates = [event for event in events if isinstance(event, FundingRate)]
    assert [rate.ts_due // (3600 * SECOND) % 24 for rate in rates] == [8, 16, 0, 8, 16]
    assert all(abs(rate.rate) < Decimal("0.0075") for rate in rates)
    assert [event.ts_recv for event in events] == sorted(event.ts_recv for event in events)


def test_a_source_says_that_it_is_synthetic_and_what_it_serves() -> None:
    source = synthetic_source(RB, [20260915, 20260916], SESSIONS, 7, 3200)
    assert source.synthetic
    assert source.serves("bars:1m")
    assert not source.serves("trades")
    other = synthetic_source(RB, [20260915, 20260916], SESSIONS, 8, 3200, trades=True)
    assert other.serves("trades")
    assert source.content_hash() != other.content_hash()
    days = {event.trading_day for event in source.events() if isinstance(event, Depth)}
    assert days == {20260915, 20260916}


def test_a_day_without_trading_is_refused() -> None:
    with pytest.raises(DataError, match="20260919 is no trading day of cn_commodity_2300"):
        synthetic_source(RB, [20260919], SESSIONS, 7, 3200)

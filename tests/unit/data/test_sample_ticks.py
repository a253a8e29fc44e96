import os
import subprocess
import sys
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.data.sample import SAMPLE_NOTE, sample_source, sample_ticks
from anyvenue.model.errors import DataError
from anyvenue.model.market import Depth
from anyvenue.reference.catalog import Catalog

CATALOG = Catalog(20260915)
RB = CATALOG.get("rb2701.SHFE")
SESSIONS = CATALOG.sessions(RB.sessions)
HASH_OF_SAMPLE = """
import hashlib
from anyvenue.data.sample import sample_ticks
from anyvenue.reference.catalog import Catalog
catalog = Catalog(20260915)
rb = catalog.get("rb2701.SHFE")
ticks = sample_ticks(rb, 20260915, catalog.sessions(rb.sessions), 7, 3200, every_ns=10**10)
print(hashlib.blake2b(repr(list(ticks)).encode()).hexdigest())
"""


def ticks(seed: int = 7, every_ns: int = 20_000_000_000) -> list[Depth]:
    return list(sample_ticks(RB, 20260915, SESSIONS, seed, 3200, every_ns=every_ns))


def test_there_is_a_tick_every_half_second_of_every_session() -> None:
    windows = SESSIONS.windows(20260915)
    seconds = sum(window.end - window.start for window in windows) // 1_000_000_000
    events = list(sample_ticks(RB, 20260915, SESSIONS, 7, 3200))
    assert len(events) == 2 * seconds
    assert events[0].ts_event == windows[0].start
    assert all(SESSIONS.is_open(event.ts_event) for event in events[::100])


@given(st.integers(0, 1_000_000))
def test_every_tick_is_a_market_that_could_be(seed: int) -> None:
    events = ticks(seed)
    for event in events:
        assert event.ask - event.bid in (1.0, 2.0)
        assert event.lower_limit <= event.bid < event.ask <= event.upper_limit
        assert event.low <= event.last <= event.high
        assert event.bid_sizes[0] >= 1
        assert event.ask_sizes[0] >= 1
        assert event.trading_day == 20260915
        assert event.pre_settlement == 3200.0
    assert all(a.volume <= b.volume and a.turnover <= b.turnover for a, b in pairwise(events))
    assert all(a.high <= b.high and a.low >= b.low for a, b in pairwise(events))


def test_prices_stay_around_the_start() -> None:
    assert all(abs(event.last - 3200) < 160 for event in ticks(every_ns=500_000_000))


def test_another_seed_gives_another_walk() -> None:
    assert repr(ticks(7)) == repr(ticks(7))
    assert repr(ticks(7)) != repr(ticks(8))


def test_the_walk_is_the_same_in_every_process() -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-c", HASH_OF_SAMPLE],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_some_windows_alone_can_be_filled() -> None:
    windows = SESSIONS.windows(20260915)[-1:]
    events = sample_ticks(RB, 20260915, SESSIONS, 7, 3200, windows=windows)
    assert next(events).ts_event == windows[0].start


def test_prices_of_a_fine_tick_are_exact() -> None:
    au = CATALOG.get("au2612.SHFE")
    walk = sample_ticks(au, 20260915, CATALOG.sessions(au.sessions), 7, "480.02")
    assert all(repr(event.last) == repr(round(event.last, 2)) for event in islice(walk, 500))


def test_a_day_without_trading_is_refused() -> None:
    with pytest.raises(DataError, match="20260919 is no trading day of cn_commodity_2300"):
        sample_ticks(RB, 20260919, SESSIONS, 7, 3200)


def test_a_source_of_samples_says_that_they_are_synthetic() -> None:
    source = sample_source(RB, [20260915, 20260916], SESSIONS, 7, 3200)
    assert source.assumptions == (SAMPLE_NOTE,)
    assert source.serves("bars:1m")
    other = sample_source(RB, [20260915, 20260916], SESSIONS, 8, 3200)
    assert source.content_hash() != other.content_hash()
    days = {event.trading_day for event in source.events() if isinstance(event, Depth)}
    assert days == {20260915, 20260916}

"""A run writes what it consumes into a store, with its fills, marks and account figures, and is not changed by it."""

from collections.abc import Iterator
from math import sin
from pathlib import Path

import pytest

from anyvenue.data.profiles import Record
from anyvenue.data.source import MemorySource, Source
from anyvenue.data.store import Mark, SeriesKey, Store, StoreKind, open_store
from anyvenue.engine.backtest import backtest
from anyvenue.engine.paper import paper
from anyvenue.model.accounts import Account
from anyvenue.model.errors import DataError
from anyvenue.model.market import Depth, MarketData
from anyvenue.reference.catalog import Catalog
from anyvenue.strategy.library import built_in

CATALOG = Catalog(20260914)
RB = CATALOG.get("rb2701.SHFE")
SESSIONS = CATALOG.sessions(RB.sessions)
CROSS = built_in("ema_cross")
QUICK = {"fast": 20, "slow": 60}
MINUTE = 60_000_000_000


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return an empty store."""
    return open_store(tmp_path / "recorded.sqlite")


@pytest.fixture(scope="module")
def ticks() -> Source:
    """Return ten minutes before the end of one trading day and ten from the begin of the next."""
    stretch = 600 * 10**9
    evening, night = SESSIONS.windows(20260914)[-1], SESSIONS.windows(20260915)[0]
    parts = [
        type(night)(start, start + stretch, night.status, window.trading_day)
        for window, start in ((evening, evening.end - stretch), (night, night.start))
    ]

    def make() -> Iterator[MarketData]:
        for part in parts:
            for number, ts in enumerate(range(part.start, part.end, 500_000_000)):
                bid = 3500.0 + round(12 * sin(number / 90) + 3 * sin(number / 17))
                prices = ((bid,), (50.0,), (bid + 1,), (50.0,))
                yield Depth(RB.id, ts, ts, *prices, last=bid, trading_day=part.trading_day)

    return MemorySource(RB, Record.DEPTH, make, identity="two stretches")


def test_what_was_recorded_is_what_was_consumed_and_booked(store: Store, ticks: Source) -> None:
    result = backtest(CROSS, ticks, parameters=QUICK, catalog=CATALOG, record=store)
    assert result.fills
    assert list(store.records(SeriesKey(RB.id, StoreKind.DEPTH))) == list(ticks.events())
    assert list(store.records(SeriesKey(RB.id, StoreKind.FILL))) == result.fills
    snapshots = list(store.records(SeriesKey("backtest", StoreKind.SNAPSHOT)))
    assert snapshots[-1] == result.accounts["CNY"]


def test_accounts_are_kept_once_a_minute_and_in_the_end(store: Store, ticks: Source) -> None:
    backtest(CROSS, ticks, parameters=QUICK, catalog=CATALOG, record=store)
    kept = store.records(SeriesKey("backtest", StoreKind.SNAPSHOT))
    times = [each.ts_as_of for each in kept if isinstance(each, Account)]
    assert len({ts // MINUTE for ts in times[:-1]}) == len(times) - 1
    assert 18 <= len(times) <= 24


def test_marks_of_what_is_held_and_settlement_prices_are_kept(store: Store, ticks: Source) -> None:
    backtest(CROSS, ticks, parameters=QUICK, catalog=CATALOG, record=store)
    marks = [
        each for each in store.records(SeriesKey(RB.id, StoreKind.MARK)) if isinstance(each, Mark)
    ]
    assert [each.trading_day for each in marks if each.settlement] == [20260914]
    assert sum(not each.settlement for each in marks) > 5


@pytest.mark.parametrize("run", [backtest, paper])
def test_recording_changes_nothing(store: Store, ticks: Source, run: object) -> None:
    more = {"speed": 0} if run is paper else {}
    recorded, plain = (
        run(CROSS, ticks, parameters=QUICK, catalog=CATALOG, record=each, **more)  # type: ignore[operator]
        for each in (store, None)
    )
    assert recorded.audit_hash == plain.audit_hash
    assert recorded.ledger_hash == plain.ledger_hash


def test_a_run_over_what_was_recorded_comes_to_the_same(store: Store, ticks: Source) -> None:
    live = paper(CROSS, ticks, parameters=QUICK, catalog=CATALOG, record=store, speed=0)
    again = backtest(CROSS, store.source(RB, StoreKind.DEPTH), parameters=QUICK, catalog=CATALOG)
    assert again.ledger_hash == live.ledger_hash


@pytest.mark.parametrize("run", [backtest, paper])
def test_what_is_there_is_not_recorded_again(store: Store, ticks: Source, run: object) -> None:
    more = {"speed": 0} if run is paper else {}
    backtest(CROSS, ticks, parameters=QUICK, catalog=CATALOG, record=store)
    before = store.list()
    with pytest.raises(DataError, match=r"already has records of rb2701.SHFE depth.*another store"):
        run(CROSS, ticks, catalog=CATALOG, record=store, **more)  # type: ignore[operator]
    assert store.list() == before

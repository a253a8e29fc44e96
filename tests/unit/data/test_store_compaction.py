"""Many small files of a series become few, and no record changes, whatever happens meanwhile."""

import random
import tracemalloc
from pathlib import Path

import pytest

from anyvenue.data.store import SeriesKey, Store, StoreKind, StoreRecord, open_store
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.market import Quote

pytest.importorskip("pyarrow", reason="Parquet needs pyarrow: pip install anyvenue[data]")

from anyvenue.data.store import parquet_compact

RB = make_instrument_id("rb2101", "SHFE")
QUOTES = SeriesKey(RB, StoreKind.QUOTE)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return an empty folder of Parquet files."""
    return open_store(tmp_path / "store")


def quote(ts: int, mark: float = 1.0) -> Quote:
    return Quote(RB, ts, ts, mark, mark, 1.0, 1.0)


def read(store: Store) -> list[StoreRecord]:
    return list(store.records(QUOTES))


def files(store: Store) -> list[str]:
    return sorted(path.name for path in store.path.rglob("*") if path.is_file())


def test_the_files_of_a_recorder_become_one(store: Store) -> None:
    for batch in range(20):
        store.append(quote(batch * 10 + at) for at in range(10))
    before = read(store)
    done = store.compact(QUOTES)
    assert (done.files_before, done.files_after) == (20, 1)
    assert done.size_after < done.size_before
    assert files(store) == ["000021.parquet"]
    assert read(store) == before
    store.append([quote(300)])
    assert [*before, quote(300)] == read(store)


@pytest.mark.parametrize("seed", range(10))
def test_files_that_overlap_in_any_way_read_the_same_afterwards(store: Store, seed: int) -> None:
    draw = random.Random(seed)
    for number in range(12):
        start = draw.randrange(60)
        times = sorted(draw.randrange(start, start + 15) for _ in range(draw.randrange(1, 30)))
        store.append(quote(ts, float(number)) for ts in times)
        if not draw.randrange(4):
            before = read(store)
            parquet_compact.compact(store.path, QUOTES, large=draw.choice([5, 20, 1_000]))
            assert read(store) == before


def test_a_large_file_stays_as_it_is_where_no_other_shares_an_instant_with_it(store: Store) -> None:
    store.append(quote(ts) for ts in (1, 2))
    store.append(quote(ts) for ts in range(10, 20))
    store.append(quote(ts) for ts in (30, 31))
    store.append(quote(ts) for ts in (2, 3))
    store.append(quote(ts) for ts in (31, 32))
    parquet_compact.compact(store.path, QUOTES, large=10)
    assert files(store) == ["000002.parquet", "000006.parquet", "000007.parquet"]
    store.append([quote(19, 7.0)])
    before = read(store)
    parquet_compact.compact(store.path, QUOTES, large=10)
    assert read(store) == before
    assert files(store) == ["000009.parquet"]


def test_nothing_is_doubled_where_it_was_cut_short_before_the_old_files_went(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for ts in range(5):
        store.append([quote(ts)])
    before = read(store)

    def cut(path: Path, missing_ok: bool = False) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", cut)
        with pytest.raises(KeyboardInterrupt):
            store.compact(QUOTES)
    assert len(files(store)) == 6
    assert read(store) == before
    assert store.entry(QUOTES).rows == 5
    store.append([quote(9)])
    store.compact(QUOTES)
    assert len(files(store)) == 1
    assert read(store) == [*before, quote(9)]


def test_nothing_is_lost_where_it_cannot_be_written(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for ts in range(5):
        store.append([quote(ts)])
    before = read(store)

    def full(kind: StoreKind, records: object) -> object:
        raise OSError("no space left on device")

    monkeypatch.setattr(parquet_compact, "table_of", full)
    with pytest.raises(OSError, match="no space left"):
        store.compact(QUOTES)
    assert len(files(store)) == 5
    assert read(store) == before


def test_memory_does_not_grow_with_the_series(tmp_path: Path) -> None:
    peaks = []
    for rows in (20_000, 80_000):
        store = open_store(tmp_path / str(rows))
        for start in range(0, rows, 10_000):
            store.append(quote(ts, ts % 97 + 0.5) for ts in range(start, start + 10_000))
        tracemalloc.start()
        store.compact(QUOTES)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.3


def test_of_an_sqlite_file_unused_space_is_given_back(tmp_path: Path) -> None:
    store = open_store(tmp_path / "s.sqlite")
    store.append(quote(ts) for ts in range(10))
    done = store.compact(QUOTES)
    assert (done.files_before, done.files_after) == (1, 1)
    assert len(read(store)) == 10

"""Stores keep every record exactly, in the order of time, in flat memory, in SQLite and in Parquet alike."""

import sqlite3
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from importlib.util import find_spec
from math import inf, nan
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.data.readers import open_source
from anyvenue.data.store import (
    Mark,
    Recorder,
    SeriesKey,
    Store,
    StoreKind,
    StoreRecord,
    open_store,
)
from anyvenue.engine.backtest import backtest
from anyvenue.kernel.kernel import Kernel
from anyvenue.model.accounts import Account
from anyvenue.model.enums import InstrumentStatus, Offset, Side
from anyvenue.model.errors import ConfigError, DataError
from anyvenue.model.events import DaySettled, OrderFilled
from anyvenue.model.ids import AccountId, OrderId, StrategyId, make_instrument_id
from anyvenue.model.market import Bar, BookDelta, Depth, FundingRate, Quote, Status, Trade
from anyvenue.model.orders import Fill, LegFill
from anyvenue.reference.catalog import Catalog
from anyvenue.strategy.library import built_in

RB = make_instrument_id("rb2101", "SHFE")
CU = make_instrument_id("cu2101", "SHFE")
ALICE = AccountId("alice/main")
QUOTES = SeriesKey(RB, StoreKind.QUOTE)
NEEDS_PYARROW = pytest.mark.skipif(
    find_spec("pyarrow") is None, reason="Parquet needs pyarrow: pip install anyvenue[data]"
)

OpenStore = Callable[[str], Store]


@pytest.fixture(params=["sqlite", pytest.param("parquet", marks=NEEDS_PYARROW)])
def open_at(request: pytest.FixtureRequest, tmp_path: Path) -> OpenStore:
    """Return a function that opens the store of a name, of either kind."""
    ending = ".sqlite" if request.param == "sqlite" else ""
    return lambda name: open_store(tmp_path / f"{name}{ending}")


@pytest.fixture
def store(open_at: OpenStore) -> Store:
    """Return an empty store."""
    return open_at("store")


def quote(ts: int, bid: float = 3500.0) -> Quote:
    return Quote(RB, ts, ts, bid, bid + 1.0, 5.0, 7.0)


def fill(ts: int, price: str = "3500.10") -> Fill:
    return Fill(
        OrderId(7), ALICE, RB, "t1", Side.SELL, Offset.CLOSE_TODAY, Decimal(price), Decimal(2), Decimal("1E-7"),
        "CNY", ts, ts + 1, 20210104, True, StrategyId("ema"),
    )  # fmt: skip


def one_of_each() -> list[StoreRecord]:
    return [
        quote(1),
        Quote(RB, 1, 2, nan, inf, -0.0, 5e-324),
        Quote(CU, 2, 2, 0.1, 0.2, 1.0, 1.0),
        Trade(RB, 1, 3, 3500.0, 2.0),
        Trade(RB, 1, 3, 3500.5, 2.5, Side.SELL, "t,1\n'"),
        Bar(RB, 60, 60, "1m", 0, 1.0, 2.0, 0.5, 1.5, 10.0),
        Bar(RB, 120, 121, "1m", 60, 1.0, 2.0, nan, -1.5, 0.0, 5.0, 6.0, 7.0, 20210104, False),
        Bar(RB, 300, 300, "5m", 0, 1.0, 2.0, 0.5, 1.5, 10.0),
        Depth(RB, 1, 301, (), (), (6.0,), (3.0,)),
        Depth(
            RB, 2, 303, (5.0, nan), (1.0, -0.0), (6.0, 7.0), (3.0, 4.0), 5.5, 10.0, 55.0, 8.0, 5.0, 6.0, 4.0, 5.0,
            5.0, nan, 7.0, 3.0, 20210104,
        ),
        BookDelta(RB, 310, 310, Side.BUY, 3500.0, -0.0, 17, True),
        BookDelta(RB, 310, 311, Side.SELL, 3501.5, 2.5, 18),
        FundingRate(RB, 320, 320, Decimal("0.000100"), 8 * 3600 * 10**9, 330),
        Status(RB, 330, 330, InstrumentStatus.HALTED, 20210104),
        fill(400),
        msgspec.structs.replace(
            fill(401), legs=(LegFill(CU, Side.BUY, Decimal("1.50"), Decimal(1), Decimal(0)),)
        ),
        Mark(RB, 410, 410, Decimal("3500.50")),
        Mark(RB, 410, 411, Decimal("3500.0"), 20210104, settlement=True),
        Account(ALICE, "CNY", 500, 20210104, Decimal("100.10"), balance=Decimal("-0.00")),
        Account(ALICE, "USD", 500, 20210104),
    ]  # fmt: skip


def read(store: Store, key: SeriesKey) -> list[StoreRecord]:
    return list(store.records(key))


def test_every_field_of_every_kind_comes_back_exactly(store: Store) -> None:
    records = one_of_each()
    assert store.append(records) == len(records)
    entries = store.list()
    back = [record for entry in entries for record in read(store, entry.key)]
    assert sorted(map(repr, back)) == sorted(map(repr, records))
    assert sum(entry.rows for entry in entries) == len(records)
    assert {entry.key.kind for entry in entries} == set(StoreKind)
    assert all(entry.size > 0 for entry in entries)


def test_the_instrument_of_a_record_read_is_the_interned_id(store: Store) -> None:
    store.append([quote(1)])
    (event,) = read(store, QUOTES)
    assert isinstance(event, Quote)
    assert event.instrument is RB


def test_a_fill_keeps_its_decimals_and_words(store: Store) -> None:
    store.append([fill(1)])
    (back,) = read(store, SeriesKey(RB, StoreKind.FILL))
    assert isinstance(back, Fill)
    assert (str(back.price), str(back.fee)) == ("3500.10", "1E-7")
    assert back.side is Side.SELL
    assert back.offset is Offset.CLOSE_TODAY
    assert back.maker is True


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2**62),
            st.integers(-(2**62), 2**62),
            st.floats(width=64),
            st.lists(st.floats(width=64), max_size=4),
            st.floats(width=64),
        ),
        max_size=30,
    ),
    st.integers(1, 5),
)
def test_any_snapshots_survive_any_batches(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[int, int, float, list[float], float]],
    size: int,
) -> None:
    rows.sort(key=lambda row: row[0])
    events = [
        Depth(RB, ts, recv, tuple(levels), (size,), (), tuple(levels), last, open=size)
        for recv, ts, last, levels, size in rows
    ]
    folder = tmp_path_factory.mktemp("store")
    for name in ("s.db", "parquet") if find_spec("pyarrow") else ("s.db",):
        store = open_store(folder / name)
        for at in range(0, len(events), size):
            store.append(events[at : at + size])
        assert repr(read(store, SeriesKey(RB, StoreKind.DEPTH))) == repr(events)


@pytest.mark.parametrize("levels", [0, 1, 5])
def test_many_snapshots_of_as_many_levels_come_back(store: Store, levels: int) -> None:
    events = [
        Depth(RB, ts, ts, (ts + 0.5,) * levels, (1.0,) * levels, (ts + 1.5,) * levels, (nan,) * levels)
        for ts in range(20_000)
    ]  # fmt: skip
    store.append(events)
    key = SeriesKey(RB, StoreKind.DEPTH)
    assert repr(read(store, key)) == repr(events)
    assert repr(list(store.records(key, 9_000, 9_100))) == repr(events[9_000:9_100])


def test_recorded_ticks_come_back_exactly(store: Store, shared_data: Path) -> None:
    path = shared_data / "cn_futures_ticks/CFFEX.IF_tick_20210104.csv.gz"
    if not path.exists():
        pytest.skip(f"{path.name} is not among the recorded data")
    source = open_source(path, catalog=Catalog(20210104))
    store.append(source.events())
    back = store.source(source.instrument)
    assert all(
        repr(one) == repr(two) for one, two in zip(source.events(), back.events(), strict=True)
    )


def test_what_is_appended_later_is_read_in_the_order_of_time(store: Store) -> None:
    store.append([quote(ts, 1.0) for ts in (10, 20, 30)])
    store.append([quote(ts, 2.0) for ts in (1, 2)])
    store.append([quote(ts, 3.0) for ts in (15, 20, 25)])
    store.append([quote(ts, 4.0) for ts in (30, 40)])
    back = [(each.ts_recv, each.bid) for each in read(store, QUOTES) if isinstance(each, Quote)]
    assert back == [
        (1, 2.0), (2, 2.0), (10, 1.0), (15, 3.0), (20, 1.0), (20, 3.0), (25, 3.0), (30, 1.0),
        (30, 4.0), (40, 4.0),
    ]  # fmt: skip
    (entry,) = store.list()
    assert (entry.rows, entry.first, entry.last) == (10, 1, 40)


def test_a_span_begins_with_its_start_and_ends_before_its_end(store: Store) -> None:
    store.append([quote(ts) for ts in range(100)])
    store.append([quote(ts) for ts in range(100, 200)])
    times = [each.ts_recv for each in store.records(QUOTES, 50, 150) if isinstance(each, Quote)]
    assert times == list(range(50, 150))
    assert list(store.records(QUOTES, 500)) == []


def test_records_of_one_instant_survive_the_end_of_a_chunk(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [quote(ts // 9_000, float(ts)) for ts in range(20_000)]
    store.append(events)
    assert read(store, QUOTES) == events


def test_records_out_of_order_are_refused_and_nothing_is_left(store: Store, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"record 2 of rb2101.SHFE quote is at 1, before the one"):
        store.append([quote(2), quote(1)])
    assert store.list() == []
    assert not list(tmp_path.rglob("*.part"))


def test_a_stream_that_breaks_leaves_the_store_as_it_was(store: Store) -> None:
    store.append([quote(1)])

    def broken() -> Iterator[Quote]:
        yield from (quote(ts) for ts in range(2, 20_000))
        raise RuntimeError("the feed broke")

    with pytest.raises(RuntimeError, match=r"the feed broke"):
        store.append(broken())
    assert read(store, QUOTES) == [quote(1)]


def test_the_same_records_are_not_taken_twice_where_that_is_forbidden(store: Store) -> None:
    events = [quote(ts) for ts in range(10, 20_010)]
    assert store.append(events, exclusive=True) == 20_000
    with pytest.raises(DataError, match=r"already has records of rb2101.SHFE quote"):
        store.append(events[:5], exclusive=True)
    assert store.append([quote(1), quote(9)], exclusive=True) == 2
    assert store.append(events[:1]) == 1
    assert store.entry(QUOTES).rows == 20_003


def test_a_record_that_is_no_market_data_is_refused(store: Store) -> None:
    with pytest.raises(ConfigError, match=r"a str cannot be stored"):
        store.append(["text"])  # type: ignore[list-item]


def test_a_store_opened_again_has_everything(open_at: OpenStore) -> None:
    open_at("again").append([quote(1)])
    with open_at("again") as store:
        store.append([quote(2)])
    assert len(read(open_at("again"), QUOTES)) == 2


def test_a_series_that_is_not_there_names_those_that_are(store: Store, catalog: Catalog) -> None:
    store.append([quote(1), Bar(RB, 60, 60, "1m", 0, 1.0, 2.0, 0.5, 1.5, 10.0)])
    rb = catalog.get(RB)
    with pytest.raises(DataError, match=r"has no cu2101.SHFE; it has rb2101.SHFE bar 1m"):
        store.source(catalog.get(CU))
    with pytest.raises(DataError, match=r"several series of rb2101.SHFE: .* name its kind"):
        store.source(rb)
    assert store.source(rb, StoreKind.BAR).interval == "1m"
    with pytest.raises(DataError, match=r"has no rb2101.SHFE bar 5m; it has rb2101.SHFE bar 1m"):
        store.entry(SeriesKey(RB, StoreKind.BAR, "5m"))
    store.append([fill(1)])
    with pytest.raises(DataError, match=r"is nothing that a run takes"):
        store.source(rb, StoreKind.FILL)


def test_a_series_is_a_source_that_a_backtest_takes(store: Store) -> None:
    catalog = Catalog(20260915)
    rebar = catalog.get("rb2701.SHFE")
    begin = 1_789_434_000 * 10**9
    quotes = [
        Quote(rebar.id, ts, ts, 3500.0 + at % 7, 3501.0 + at % 7, 9.0, 9.0)
        for at in range(300)
        for ts in [begin + at * 10**9]
    ]
    store.append(quotes)
    source = store.source(rebar)
    assert source.channels == {"quotes", "bars"}
    stored = backtest(built_in("ema_cross"), source)
    plain = backtest(built_in("ema_cross"), quotes)
    assert stored.summary.profit == plain.summary.profit
    assert stored.recount_holds


def test_the_content_hash_depends_on_the_records_alone(open_at: OpenStore) -> None:
    one, two, other = open_at("one"), open_at("two"), open_at("other")
    records = one_of_each()
    one.append(records)
    for record in records:
        two.append([record])
    other.append([msgspec.structs.replace(records[0], bid=1.0), *records[1:]])
    for entry in one.list():
        same = one.content_hash(entry.key) == two.content_hash(entry.key)
        assert same, entry.key
    assert one.content_hash(QUOTES) != other.content_hash(QUOTES)
    assert one.content_hash(QUOTES, 0, 2) != one.content_hash(QUOTES)


@NEEDS_PYARROW
def test_both_kinds_of_store_give_the_same_hashes(tmp_path: Path) -> None:
    stores = [open_store(tmp_path / "folder"), open_store(tmp_path / "s.sqlite")]
    for store in stores:
        store.append(one_of_each())
    folder, file = ([each.content_hash(e.key) for e in each.list()] for each in stores)
    assert folder == file


def test_the_memory_of_a_reader_does_not_grow_with_the_series(open_at: OpenStore) -> None:
    peaks = []
    for rows in (15_000, 60_000):
        store = open_at(f"rows{rows}")
        tracemalloc.start()
        store.append(quote(ts, ts % 97 + 0.5) for ts in range(rows))
        for _ in store.records(QUOTES):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.3


@NEEDS_PYARROW
def test_arrows_own_memory_does_not_grow_with_the_series(tmp_path: Path) -> None:
    import pyarrow

    peaks = []
    for rows in (20_000, 120_000):
        store = open_store(tmp_path / str(rows))
        store.append(quote(ts, ts % 977 * 0.37) for ts in range(rows))
        peak = 0
        for number, _ in enumerate(store.records(QUOTES)):
            if number % 4_000 == 0:
                peak = max(peak, pyarrow.total_allocated_bytes())
        peaks.append(peak)
    assert peaks[1] < peaks[0] * 1.5 + 100_000


# ---- opening


def test_without_pyarrow_a_folder_says_what_to_install(tmp_path: Path) -> None:
    if find_spec("pyarrow"):
        pytest.skip("pyarrow is installed")
    with pytest.raises(ConfigError, match=r"pip install 'anyvenue\[data\]'.*\.sqlite"):
        open_store(tmp_path / "folder")


def test_a_store_that_must_be_there_and_is_not_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no store at .*none.db"):
        open_store(tmp_path / "none.db", create=False)
    assert not (tmp_path / "none.db").exists()


def test_other_files_are_not_taken_for_stores(tmp_path: Path) -> None:
    text = tmp_path / "a.csv"
    text.write_text("a,b\n")
    with pytest.raises(ConfigError, match=r"is a file: a store is a folder, or a file that ends"):
        open_store(text)
    torn = tmp_path / "a.db"
    torn.write_text("no database at all, but long enough to be looked at" * 20)
    with pytest.raises(DataError, match=r"a.db cannot be used: file is not a database"):
        open_store(torn)
    with closing(sqlite3.connect(tmp_path / "b.db")) as db:
        db.execute("CREATE TABLE mine (x)")
    with pytest.raises(DataError, match=r"no store of this version"):
        open_store(tmp_path / "b.db")


@NEEDS_PYARROW
def test_a_damaged_parquet_file_is_named(tmp_path: Path) -> None:
    store = open_store(tmp_path / "folder")
    store.append([quote(1)])
    (path,) = tmp_path.rglob("*.parquet")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DataError, match=r"000001.parquet cannot be read") as caught:
        store.list()
    assert caught.value.file == str(path)


def test_a_store_in_sqlite_can_be_read_with_plain_sql(tmp_path: Path) -> None:
    open_store(tmp_path / "s.db").append([quote(1, 7.5), Quote(RB, 2, 2, nan, 1.0, 1.0, 1.0)])
    with closing(sqlite3.connect(tmp_path / "s.db")) as db:
        rows = db.execute(
            "SELECT instrument, ts_recv, bid FROM quote JOIN series ON series = id ORDER BY ts_recv"
        ).fetchall()
    assert rows == [(RB, 1, 7.5), (RB, 2, None)]


# ---- recording


def test_a_recorder_keeps_what_a_kernel_hands_out(store: Store) -> None:
    kernel = Kernel()
    with Recorder(store, batch=3) as recorder:
        recorder.follow(kernel, [RB])
        for ts in range(1, 8):
            kernel.process(quote(ts))
        kernel.process(Quote(CU, 8, 8, 1.0, 2.0, 1.0, 1.0))
        kernel.process(OrderFilled(ALICE, OrderId(7), 9, 9, fill(9)))
        assert store.entry(QUOTES).rows == 6
    assert read(store, QUOTES) == [quote(ts) for ts in range(1, 8)]
    assert read(store, SeriesKey(RB, StoreKind.FILL)) == [fill(9)]
    assert [entry.key.instrument for entry in store.list()] == [RB, RB]
    assert recorder.rows == 8


def test_a_recorder_keeps_in_memory_what_could_not_be_written(store: Store) -> None:
    recorder = Recorder(store, batch=2)
    recorder.record(quote(2))
    with pytest.raises(DataError, match="sort the records"):
        recorder.record(quote(1))
    assert recorder.rows == 0
    assert store.list() == []


def test_a_recorder_keeps_snapshots_by_account(store: Store) -> None:
    recorder = Recorder(store)
    for ts in (1, 2):
        recorder.snapshot([Account(ALICE, "CNY", ts, 20210104, balance=Decimal(ts))])
    recorder.close()
    back = read(store, SeriesKey(ALICE, StoreKind.SNAPSHOT))
    assert [each.balance for each in back if isinstance(each, Account)] == [1, 2]


def test_a_recorder_keeps_book_changes_funding_and_status(store: Store) -> None:
    kernel = Kernel()
    events = [
        BookDelta(RB, 1, 1, Side.BUY, 3500.0, 2.0, 1),
        FundingRate(RB, 2, 2, Decimal("0.0001"), 1, 3),
        Status(RB, 3, 3, InstrumentStatus.OPEN),
    ]
    with Recorder(store) as recorder:
        recorder.follow(kernel, [RB])
        for event in events:
            kernel.process(event)
    kinds = (StoreKind.DELTA, StoreKind.FUNDING, StoreKind.STATUS)
    assert [read(store, SeriesKey(RB, kind)) for kind in kinds] == [[each] for each in events]


def test_settlement_prices_are_kept_once_however_many_accounts_are_settled(store: Store) -> None:
    kernel = Kernel()
    bob = AccountId("bob")
    with Recorder(store) as recorder:
        recorder.follow(kernel, [RB])
        recorder.mark(Mark(RB, 7, 7, Decimal(3499)))
        for day, ts in ((20210104, 5), (20210105, 9)):
            for account in (ALICE, bob):
                prices = ((RB, Decimal(3500)), (CU, Decimal(60000)))
                kernel.process(DaySettled(account, "CNY", day, day + 1, prices, ts, ts))
    assert read(store, SeriesKey(RB, StoreKind.MARK)) == [
        Mark(RB, 7, 7, Decimal(3499)),
        # Told late: it counts as received with what was there already.
        Mark(RB, 5, 7, Decimal(3500), 20210104, True),
        Mark(RB, 9, 9, Decimal(3500), 20210105, True),
    ]
    assert len(read(store, SeriesKey(CU, StoreKind.MARK))) == 2


def test_reading_goes_on_while_a_recorder_writes(store: Store) -> None:
    store.append([quote(ts) for ts in range(20_000)])
    stream = store.records(QUOTES)
    next(stream)
    store.append([quote(30_000)])
    assert sum(1 for _ in stream) >= 19_999

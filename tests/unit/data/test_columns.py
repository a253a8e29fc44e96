import zlib
from collections.abc import Iterator
from math import nan
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.data.columns import (
    ColumnFile,
    ColumnHeader,
    is_column_file,
    quotes_from_columns,
    write_columns,
)
from anyvenue.data.profiles import Record
from anyvenue.data.readers import open_source
from anyvenue.model.enums import Side
from anyvenue.model.errors import DataError
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.market import Bar, Depth, MarketData, Quote, Trade
from anyvenue.reference.catalog import Catalog

RB = make_instrument_id("rb2101", "SHFE")
CU = make_instrument_id("cu2101", "SHFE")
QUOTES = ColumnHeader(kind=Record.QUOTE, instrument=RB)


def quote(ts: int, bid: float = 3500.0) -> Quote:
    return Quote(RB, ts, ts, bid, bid + 1.0, 5.0, 7.0)


def one_of_each() -> list[MarketData]:
    return [
        quote(1),
        Quote(RB, 1, 2, nan, 3501.0, 0.0, nan),
        Trade(RB, 1, 1, 3500.0, 2.0),
        Trade(RB, 1, 3, 3500.5, 2.5, Side.SELL, "t-1"),
        Bar(RB, 60, 60, "1m", 0, 1.0, 2.0, 0.5, 1.5, 10.0),
        Bar(RB, 120, 121, "1m", 60, 1.0, 2.0, 0.5, nan, 0.0, 5.0, 6.0, 7.0, 20210104, False),
        Depth(RB, 1, 1, (5.0, 4.0), (1.0, 2.0), (6.0, 7.0), (3.0, 4.0)),
        Depth(
            RB, 2, 3, (5.0, nan), (1.0, 0.0), (6.0, 7.0), (3.0, 4.0), 5.5, 10.0, 55.0, 8.0, 5.0, 6.0, 4.0, 5.0, 5.0,
            nan, 7.0, 3.0, 20210104,
        ),
    ]  # fmt: skip


def records_of(kind: Record) -> list[MarketData]:
    types = {Record.QUOTE: Quote, Record.TRADE: Trade, Record.BAR: Bar, Record.DEPTH: Depth}
    return [event for event in one_of_each() if isinstance(event, types[kind])]


@pytest.mark.parametrize("kind", list(Record))
@pytest.mark.parametrize("compressed", [False, True])
def test_records_come_back_exactly(tmp_path: Path, kind: Record, compressed: bool) -> None:
    events = records_of(kind)
    header = ColumnHeader(kind=kind, instrument=RB, interval="1m", compressed=compressed)
    assert write_columns(tmp_path / "f.avc", header, events) == 2
    file = ColumnFile(tmp_path / "f.avc")
    assert file.rows == 2
    assert repr(list(file.events())) == repr(events)
    assert repr(list(file.events())) == repr(events)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2**62),
            st.floats(width=64),
            st.floats(width=64),
            st.floats(0, 1e6),
            st.floats(0, 1e6),
        ),
        max_size=40,
    ),
    st.integers(1, 7),
    st.booleans(),
)
def test_any_quotes_survive_any_chunking(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[int, float, float, float, float]],
    chunk_rows: int,
    compressed: bool,
) -> None:
    path = tmp_path_factory.mktemp("columns") / "f.avc"
    events = [Quote(RB, ts, ts, *rest) for ts, *rest in sorted(rows, key=lambda row: row[0])]
    header = ColumnHeader(kind=Record.QUOTE, instrument=RB, compressed=compressed)
    write_columns(path, header, events, chunk_rows)
    assert repr(list(ColumnFile(path).events())) == repr(events)


def test_the_instrument_of_a_record_read_is_the_interned_id(tmp_path: Path) -> None:
    write_columns(tmp_path / "f.avc", QUOTES, [quote(1)])
    (event,) = ColumnFile(tmp_path / "f.avc").events()
    assert event.instrument is RB


def test_a_receive_time_equal_to_the_event_time_takes_no_room(tmp_path: Path) -> None:
    same = [quote(ts) for ts in range(1000)]
    later = [Quote(RB, ts, ts + ts % 7, 1.0, 2.0, ts % 5, 1.0) for ts in range(0, 10_000, 10)]
    write_columns(tmp_path / "same.avc", QUOTES, same)
    write_columns(tmp_path / "later.avc", QUOTES, later)
    assert (tmp_path / "same.avc").stat().st_size < 1000 * 9 + 200
    assert (tmp_path / "later.avc").stat().st_size > 1000 * 16


def test_an_empty_file_has_no_records(tmp_path: Path) -> None:
    assert write_columns(tmp_path / "f.avc", QUOTES, []) == 0
    assert list(ColumnFile(tmp_path / "f.avc").events()) == []


def test_a_snapshot_with_fewer_levels_is_filled_up_with_absent_ones(tmp_path: Path) -> None:
    header = ColumnHeader(kind=Record.DEPTH, instrument=RB, levels=2)
    write_columns(tmp_path / "f.avc", header, [Depth(RB, 1, 1, (5.0,), (1.0,), (), ())])
    (depth,) = ColumnFile(tmp_path / "f.avc").events()
    assert repr(depth) == repr(Depth(RB, 1, 1, (5.0, nan), (1.0, 0.0), (nan, nan), (0.0, 0.0)))


def test_quotes_are_made_from_columns_of_ones_own() -> None:
    quotes = list(quotes_from_columns(RB, [1, 2], [5.0, 6.0], [6.0, 7.0], [1.0, 1.0], [2.0, 2.0]))
    assert quotes == [
        Quote(RB, 1, 1, 5.0, 6.0, 1.0, 2.0),
        Quote(RB, 2, 2, 6.0, 7.0, 1.0, 2.0),
    ]


def test_the_content_hash_depends_on_the_content_and_not_on_compression(tmp_path: Path) -> None:
    events = [quote(ts, 3500.0 + ts % 9) for ts in range(100)]
    names = ("plain", "zipped", "other")
    headers = (QUOTES, ColumnHeader(kind=Record.QUOTE, instrument=RB, compressed=True), QUOTES)
    for name, header in zip(names, headers, strict=True):
        write_columns(tmp_path / name, header, events[:99] if name == "other" else events, 30)
    plain, zipped, other = (ColumnFile(tmp_path / name) for name in names)
    assert len(plain.chunk_hashes) == 4
    assert plain.content_hash() == zipped.content_hash() != other.content_hash()


@pytest.mark.parametrize(
    ("event", "what"),
    [
        (quote(0), "is at 0, before the one at 1: sort the records"),
        (Quote(CU, 5, 5, 1.0, 2.0, 1.0, 1.0), "is of cu2101.SHFE; the file is of rb2101.SHFE"),
        (Trade(RB, 5, 5, 1.0, 1.0), "is a trade; the file is of quote records"),
    ],
)
def test_a_record_that_does_not_belong_is_refused_and_no_file_is_left(
    tmp_path: Path, event: MarketData, what: str
) -> None:
    with pytest.raises(DataError, match="record 2") as caught:
        write_columns(tmp_path / "f.avc", QUOTES, [quote(1), event])
    assert what in caught.value.text
    assert list(tmp_path.iterdir()) == []


def test_a_snapshot_with_more_levels_than_the_file_is_refused(tmp_path: Path) -> None:
    header = ColumnHeader(kind=Record.DEPTH, instrument=RB, levels=1)
    deep = Depth(RB, 1, 1, (5.0, 4.0), (1.0, 1.0), (6.0, 7.0), (1.0, 1.0))
    with pytest.raises(DataError, match="has 2 levels; the file has 1"):
        write_columns(tmp_path / "f.avc", header, [deep])


def test_a_writer_that_is_interrupted_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "f.avc"
    write_columns(path, QUOTES, [quote(1)])

    def broken() -> Iterator[Quote]:
        yield quote(2)
        raise RuntimeError("the feed broke")

    with pytest.raises(RuntimeError, match="the feed broke"):
        write_columns(path, QUOTES, broken())
    assert list(ColumnFile(path).events()) == [quote(1)]
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """Return a column file of three chunks."""
    path = tmp_path / "f.avc"
    write_columns(path, QUOTES, [quote(ts, 3500.0 + ts) for ts in range(30)], 10)
    return path


@pytest.mark.parametrize("keep", [9, 20, 60, 400, -1, -20, -30])
def test_a_file_cut_short_is_refused(stored: Path, keep: int) -> None:
    stored.write_bytes(stored.read_bytes()[:keep])
    with pytest.raises(DataError) as caught:
        list(ColumnFile(stored).events())
    assert caught.value.file == str(stored)
    assert caught.value.expected


def test_a_flipped_bit_names_the_chunk(stored: Path) -> None:
    data = bytearray(stored.read_bytes())
    data[-60] ^= 1
    stored.write_bytes(data)
    with pytest.raises(DataError, match=r"chunk 3: the checksum does not fit") as caught:
        list(ColumnFile(stored).events())
    assert caught.value.chunk == 3


def test_every_single_flipped_bit_is_noticed_or_harmless(stored: Path) -> None:
    events = list(ColumnFile(stored).events())
    data = stored.read_bytes()
    for at in range(0, len(data), 3):
        changed = bytearray(data)
        changed[at] ^= 0x10
        stored.write_bytes(changed)
        try:
            assert list(ColumnFile(stored).events()) == events
        except DataError:
            continue


def test_columns_with_a_fitting_checksum_that_do_not_decode_are_refused(stored: Path) -> None:
    data = bytearray(stored.read_bytes())
    front = 8 + 6 + int.from_bytes(data[10:14], "little") + 4
    length = int.from_bytes(data[front + 4 : front + 8], "little")
    body = front + 28
    data[body] = 7
    data[body + length - 1] = 9
    data[front : front + 4] = (9).to_bytes(4, "little")
    data[front + 8 : front + 12] = zlib.crc32(data[body : body + length]).to_bytes(4, "little")
    stored.write_bytes(data)
    with pytest.raises(DataError, match=r"chunk 1: the columns do not decode \(.*are there\)"):
        list(ColumnFile(stored).events())


def test_a_file_of_another_version_asks_for_a_conversion(stored: Path) -> None:
    data = bytearray(stored.read_bytes())
    data[8] = 9
    stored.write_bytes(data)
    with pytest.raises(
        DataError, match="it has version 9; expected version 1: convert the data again"
    ):
        ColumnFile(stored)


def test_another_file_is_not_taken_for_a_column_file(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("a,b\n")
    assert not is_column_file(path)
    assert not is_column_file(tmp_path / "none")
    with pytest.raises(DataError, match="does not begin as a column file"):
        ColumnFile(path)
    with pytest.raises(DataError, match="cannot be read"):
        ColumnFile(tmp_path / "none")


def test_a_column_file_is_a_source(stored: Path, catalog: Catalog) -> None:
    source = open_source(stored, catalog=catalog, instrument="rb2101")
    assert source.instrument.id == RB
    assert source.channels == {"quotes", "bars"}
    assert len(list(source.events())) == 30
    assert source.content_hash() == ColumnFile(stored).content_hash()


def test_a_column_file_of_another_instrument_than_asked_for_is_refused(
    stored: Path, catalog: Catalog
) -> None:
    with pytest.raises(DataError, match=r"holds rb2101\.SHFE, not cu2101\.SHFE"):
        open_source(stored, catalog=catalog, instrument="cu2101")

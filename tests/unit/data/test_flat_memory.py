"""Streams must not grow with the length of the data."""

import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

from anyvenue.data.columns import ColumnFile, ColumnHeader, write_columns
from anyvenue.data.profiles import Record
from anyvenue.data.readers import open_source
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.market import MarketData, Quote
from anyvenue.reference.catalog import Catalog

EURUSD = make_instrument_id("EURUSD", "FX")
ROWS = 60_000


def quotes(rows: int) -> Iterator[MarketData]:
    return (
        Quote(EURUSD, ts, ts, ts % 97 + 0.5, ts % 97 + 1.5, 1.0, 2.0) for ts in range(1, rows + 1)
    )


def peak_of(events: Callable[[], Iterator[MarketData]]) -> int:
    tracemalloc.start()
    try:
        for _ in events():
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_reading_columns_takes_the_memory_of_a_chunk(tmp_path: Path) -> None:
    header = ColumnHeader(kind=Record.QUOTE, instrument=EURUSD)
    write_columns(tmp_path / "short.avc", header, quotes(ROWS // 4), 5000)
    write_columns(tmp_path / "long.avc", header, quotes(ROWS), 5000)
    short = peak_of(ColumnFile(tmp_path / "short.avc").events)
    long = peak_of(ColumnFile(tmp_path / "long.avc").events)
    assert long < short * 1.2


def test_writing_columns_takes_the_memory_of_a_chunk(tmp_path: Path) -> None:
    header = ColumnHeader(kind=Record.QUOTE, instrument=EURUSD)
    peaks = []
    for rows in (ROWS // 4, ROWS):
        tracemalloc.start()
        write_columns(tmp_path / "f.avc", header, quotes(rows), 5000)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.2


def test_reading_csv_takes_the_same_memory_at_any_length(tmp_path: Path, catalog: Catalog) -> None:
    peaks = []
    for rows in (ROWS // 4, ROWS):
        path = tmp_path / f"t{rows}_20140506.csv"
        lines = (f"{ms},1.{ms % 89:03},2.{ms % 97:03}\n" for ms in range(rows))
        path.write_text("ms_since_midnight,bid,ask\n" + "".join(lines))
        source = open_source(
            path, catalog=catalog, profile="lean-fx-tick-utc", instrument="EURUSD.FX"
        )
        peaks.append(peak_of(source.events))
    assert peaks[1] < peaks[0] * 1.2

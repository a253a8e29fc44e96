from collections.abc import Callable
from pathlib import Path

import pytest
from market_file_samples import SAMPLES, Sample

from anyvenue.data.convert import convert, convert_source
from anyvenue.data.profiles import Record
from anyvenue.data.readers import open_source
from anyvenue.data.source import MemorySource
from anyvenue.model.enums import Side
from anyvenue.model.errors import ConfigError, DataError
from anyvenue.model.market import MarketData, Trade
from anyvenue.reference.catalog import Catalog

WriteFile = Callable[[str, str], Path]
PROVISIONAL = "ignore::anyvenue.reference.calendar.ProvisionalCalendarWarning"


def read(path: Path, catalog: Catalog) -> list[MarketData]:
    return list(open_source(path, catalog=catalog).events())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.profile)
@pytest.mark.filterwarnings(PROVISIONAL)
def test_every_layout_survives_csv_and_columns_and_back_exactly(
    sample: Sample, catalog: Catalog, write_file: WriteFile, tmp_path: Path
) -> None:
    path = write_file(sample.name, sample.text)
    source = open_source(path, catalog=catalog, **sample.options)
    events = repr(list(source.events()))
    csv, columns, again = tmp_path / "a.csv.gz", tmp_path / "a.avc", tmp_path / "b.csv.gz"
    assert convert_source(source, csv) == sample.rows
    assert repr(read(csv, catalog)) == events
    assert convert(csv, columns, catalog) == sample.rows
    assert repr(read(columns, catalog)) == events
    convert(columns, again, catalog)
    assert again.read_bytes() == csv.read_bytes()


@pytest.mark.filterwarnings(PROVISIONAL)
def test_a_converted_file_remembers_what_was_assumed(
    catalog: Catalog, write_file: WriteFile, tmp_path: Path
) -> None:
    sample = next(sample for sample in SAMPLES if sample.profile == "tqsdk-bar")
    convert(write_file(sample.name, sample.text), tmp_path / "a.avc", catalog)
    source = open_source(tmp_path / "a.avc", catalog=catalog)
    assert "bars are stamped with their start" in source.assumptions
    assert f"converted from {sample.name} (tqsdk-bar)" in source.assumptions
    assert (source.interval, source.zone) == ("1m", "Asia/Shanghai")


def test_compression_makes_a_smaller_file_of_the_same_content(
    catalog: Catalog, write_file: WriteFile, tmp_path: Path
) -> None:
    header, row = (
        "date,time,open,high,low,close,volume\n",
        "2019-08-01,{:02}:{:02}:00,3888,3897,3882,3897,1{:02}\n",
    )
    text = header + "".join(row.format(9, minute, minute) for minute in range(1, 60))
    path = write_file("wt_SHFE.rb.HOT_m1.csv", text)
    convert(path, tmp_path / "plain.avc", catalog)
    convert(path, tmp_path / "zipped.avc", catalog, compress=True)
    assert (tmp_path / "zipped.avc").stat().st_size < (tmp_path / "plain.avc").stat().st_size
    plain = open_source(tmp_path / "plain.avc", catalog=catalog)
    zipped = open_source(tmp_path / "zipped.avc", catalog=catalog)
    assert plain.content_hash() == zipped.content_hash()


def test_progress_is_told_with_the_number_of_records(catalog: Catalog, tmp_path: Path) -> None:
    instrument = catalog.get("EURUSD.FX")
    trades = [Trade(instrument.id, ts, ts, 1.0, 1.0, Side.BUY, str(ts)) for ts in range(25_000)]
    source = MemorySource(instrument, Record.TRADE, lambda: iter(trades), identity="x")
    told: list[int] = []
    convert_source(source, tmp_path / "a.avc", progress=told.append)
    assert told == [10_000, 20_000, 25_000]
    assert list(open_source(tmp_path / "a.avc", catalog=catalog).events()) == trades


def test_a_file_without_records_converts_to_one_without_records(
    catalog: Catalog, write_file: WriteFile, tmp_path: Path
) -> None:
    path = write_file("wt_SHFE.rb.HOT_m5.csv", "date,time,open,high,low,close,volume\n")
    for name in ("a.csv", "a.avc"):
        assert convert(path, tmp_path / name, catalog) == 0
    assert read(tmp_path / "a.avc", catalog) == []


def test_another_ending_is_refused(catalog: Catalog, write_file: WriteFile, tmp_path: Path) -> None:
    sample = SAMPLES[0]
    with pytest.raises(ConfigError, match=r"use \.csv, \.csv\.gz or \.avc"):
        convert(write_file(sample.name, sample.text), tmp_path / "a.parquet", catalog)


def test_a_file_is_not_converted_onto_itself(catalog: Catalog, write_file: WriteFile) -> None:
    sample = SAMPLES[0]
    path = write_file(sample.name, sample.text)
    with pytest.raises(ConfigError, match="is the file to be read"):
        convert(path, path, catalog)


def test_a_file_that_breaks_off_leaves_nothing_behind(
    catalog: Catalog, write_file: WriteFile, tmp_path: Path
) -> None:
    sample = next(sample for sample in SAMPLES if sample.profile == "tqsdk-bar")
    path = write_file(sample.name, sample.text + "21,2019-10-25")
    for name in ("a.csv.gz", "a.avc"):
        with pytest.raises(DataError, match="line 5"):
            convert(path, tmp_path / name, catalog)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        ("ts_event", "soon", "a whole number"),
        ("price", "dear", "a number, or nothing"),
        ("aggressor", "me", "buy, sell or nothing"),
    ],
)
def test_a_broken_file_of_our_own_names_line_and_column(
    catalog: Catalog, write_file: WriteFile, column: str, text: str, expected: str
) -> None:
    row = {
        "instrument": "EURUSD.FX", "ts_event": "1", "ts_recv": "1", "price": "1.1", "size": "2",
        "aggressor": "buy", "trade_id": "",
    }  # fmt: skip
    lines = [",".join(row), ",".join(row.values()), ",".join({**row, column: text}.values())]
    path = write_file("trades.csv", "\n".join(lines) + "\n")
    with pytest.raises(DataError) as caught:
        read(path, catalog)
    assert (caught.value.line, caught.value.column, caught.value.expected) == (3, column, expected)

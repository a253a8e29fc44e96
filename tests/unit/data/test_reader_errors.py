import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from market_file_samples import SAMPLES

from anyvenue.data.readers import open_source
from anyvenue.model.errors import ConfigError, DataError, UnknownInstrument
from anyvenue.reference.catalog import Catalog

WriteFile = Callable[[str, str], Path]
TEXTS = {sample.profile: sample.text for sample in SAMPLES}
WT_HEADER = "date,time,open,high,low,close,volume\n"


def failure(path: Path, catalog: Catalog, **options: str) -> DataError:
    with pytest.raises(DataError) as caught:
        list(open_source(path, catalog=catalog, **options).events())
    assert caught.value.expected
    return caught.value


def test_a_missing_file_is_named(catalog: Catalog, tmp_path: Path) -> None:
    error = failure(tmp_path / "none.csv", catalog)
    assert "none.csv cannot be read (No such file or directory)" in error.text


def test_an_empty_file_has_no_header(catalog: Catalog, write_file: WriteFile) -> None:
    error = failure(write_file("f.csv", ""), catalog)
    assert (error.text, error.line) == (
        "f.csv, line 1: the file is empty; expected a header line",
        1,
    )


def test_a_truncated_gzip_file_is_told_apart_from_its_end(
    catalog: Catalog, write_file: WriteFile
) -> None:
    text = TEXTS["ctp-tick"] + TEXTS["ctp-tick"].splitlines(keepends=True)[-1] * 3000
    path = write_file("if.csv.gz", text)
    path.write_bytes(path.read_bytes()[:-12])
    error = failure(path, catalog)
    assert "the gzip stream is broken or cut short" in error.text
    assert error.line > 1


def test_a_broken_gzip_stream_is_refused(catalog: Catalog, tmp_path: Path) -> None:
    data = bytearray(gzip.compress(TEXTS["ctp-tick"].encode() * 50))
    data[40:60] = bytes(20)
    path = tmp_path / "if.csv.gz"
    path.write_bytes(data)
    assert "gzip stream is broken" in failure(path, catalog).text


def test_text_that_is_not_utf8_is_refused(catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes("日期,开盘\n".encode("gbk"))
    assert "not UTF-8" in failure(path, catalog).text


def test_a_row_with_too_few_fields_names_its_line(catalog: Catalog, write_file: WriteFile) -> None:
    path = write_file(
        "wt_SHFE.rb.HOT_m5.csv", WT_HEADER + "2019-07-31,21:05:00,1,1,1,1,1\n2019-07\n"
    )
    error = failure(path, catalog, interval="5m")
    assert error.line == 3
    assert "the row has 1 fields: '2019-07'; expected 7 fields" in error.text


@pytest.mark.parametrize(
    ("row", "column", "what"),
    [
        ("2019-07-31,21:05:00,1,x,1,1,1", "high", "'x'; expected a number"),
        ("2019-07-31,21:05:00,1,1,1,nan,1", "close", "'nan'; expected a price, or nothing"),
        ("2019-07-31,21:05:00,1,1,2,1,1", "high", "the high 1 is below the low 2"),
        ("2019-07-31,21h05,1,1,1,1,1", "time", "the time was '2019-07-31 21h05'"),
        ("2019-17-31,21:05:00,1,1,1,1,1", "time", "expected YYYY-MM-DD HH:MM:SS"),
        ("2019-07-31,21:00:00,1,1,1,1,1", "time", "time steps back from 2019-07-31 21:05:00 to"),
    ],
)
def test_a_bad_bar_names_line_column_and_what_was_expected(
    catalog: Catalog, write_file: WriteFile, row: str, column: str, what: str
) -> None:
    text = f"{WT_HEADER}2019-07-31,21:05:00,1,1,1,1,1\n{row}\n"
    error = failure(write_file("wt_SHFE.rb.HOT_m5.csv", text), catalog, interval="5m")
    assert (error.line, error.column) == (3, column)
    assert what in error.text


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("5231.4,2,", "abc,2,", "bid1"),
        ("09:30:00.400", "09-30", "time"),
        ("09:30:00.400", "09:28:00.000", "time"),
        ("IF2101,20210104,20210104,09:30", "IF2102,20210104,20210104,09:30", "instrument"),
        ("20210104,20210104,09:30", "202101,20210104,09:30", "trading_day"),
    ],
)
def test_a_bad_snapshot_names_line_and_column(
    catalog: Catalog, write_file: WriteFile, old: str, new: str, column: str
) -> None:
    text = TEXTS["ctp-tick"]
    assert old in text
    error = failure(write_file("if.csv", text.replace(old, new)), catalog)
    assert (error.line, error.column) == (3, column)


def test_a_bad_quote_names_line_and_column(catalog: Catalog, write_file: WriteFile) -> None:
    path = write_file("x_20140506.csv", "ms_since_midnight,bid,ask\n1,1.1,1.2\n2,1.1,one\n")
    error = failure(path, catalog, profile="lean-fx-tick-utc", instrument="EURUSD.FX")
    assert (error.line, error.column) == (3, "ask")


def test_daily_rows_must_be_one_a_day(catalog: Catalog, write_file: WriteFile) -> None:
    text = TEXTS["wt-day"].replace("2021/01/05", "2021/01/04")
    error = failure(write_file("wt_CFFEX.IF.HOT_d.csv", text), catalog)
    assert "there is another row of 20210104" in error.text
    assert error.line == 3


def test_a_file_that_does_not_say_its_instrument_asks_for_it(
    catalog: Catalog, write_file: WriteFile
) -> None:
    error = failure(write_file("bars.csv", TEXTS["wt-bar"]), catalog)
    assert "expected the instrument from you: --instrument ID" in error.text


def test_a_file_that_does_not_say_its_date_asks_for_it(
    catalog: Catalog, write_file: WriteFile
) -> None:
    path = write_file("ticks.csv", "ms_since_midnight,bid,ask\n1,1.1,1.2\n")
    error = failure(path, catalog, profile="lean-fx-tick-utc", instrument="EURUSD.FX")
    assert "expected the date from you: --date yyyymmdd" in error.text


def test_one_row_does_not_tell_an_interval(catalog: Catalog, write_file: WriteFile) -> None:
    path = write_file("wt_SHFE.rb.HOT.csv", WT_HEADER + "2019-07-31,21:05:00,1,1,1,1,1\n")
    assert "expected the interval from you: --interval 1m" in failure(path, catalog).text


def test_weekly_bars_are_refused(catalog: Catalog, write_file: WriteFile) -> None:
    rows = "".join(f"2021-01-{day:02},15:00:00,1,1,1,1,1\n" for day in (8, 15, 22))
    error = failure(write_file("wt_SHFE.rb.HOT.csv", WT_HEADER + rows), catalog)
    assert "interval cannot be told" in error.text


def test_an_index_that_is_no_instrument_is_refused(catalog: Catalog, write_file: WriteFile) -> None:
    path = write_file("mootdx_sh000001_index_1d.csv", TEXTS["mootdx-day"])
    with pytest.raises(UnknownInstrument):
        open_source(path, catalog=catalog)


def test_a_named_layout_whose_columns_are_not_there_says_which(
    catalog: Catalog, write_file: WriteFile
) -> None:
    error = failure(write_file("f.csv", TEXTS["wt-bar"]), catalog, profile="tqsdk-bar")
    assert "lacks datetime, close_oi" in error.text


def test_an_unknown_layout_name_is_a_configuration_error(
    catalog: Catalog, write_file: WriteFile
) -> None:
    with pytest.raises(ConfigError, match="there is no file layout 'ctp'"):
        open_source(write_file("f.csv", TEXTS["wt-bar"]), catalog=catalog, profile="ctp")


def test_a_file_of_a_header_alone_has_no_records(catalog: Catalog, write_file: WriteFile) -> None:
    path = write_file("wt_SHFE.rb.HOT_m5.csv", WT_HEADER)
    assert list(open_source(path, catalog=catalog).events()) == []

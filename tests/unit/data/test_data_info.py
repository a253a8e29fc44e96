from collections.abc import Callable
from pathlib import Path

import pytest
from market_file_samples import SAMPLES

from anyvenue.data.convert import describe
from anyvenue.data.info import DataInfo
from anyvenue.model.errors import DataError
from anyvenue.reference.catalog import Catalog

WriteFile = Callable[[str, str], Path]
HEADER = "id,datetime,open,high,low,close,volume,open_oi,close_oi\n"


@pytest.fixture
def about(catalog: Catalog, write_file: WriteFile) -> Callable[[str], DataInfo]:
    """Return a function that describes one-minute bars of rb2105 given as rows."""

    def describe_rows(rows: str) -> DataInfo:
        return describe(write_file("tqsdk_SHFE.rb2105_1m.csv", HEADER + rows), catalog)

    return describe_rows


def test_a_file_of_snapshots_is_described(catalog: Catalog, write_file: WriteFile) -> None:
    sample = SAMPLES[0]
    info = describe(write_file(sample.name, sample.text), catalog)
    assert (info.profile, info.instrument, info.kind) == ("ctp-tick", "IF2101.CFFEX", "depth")
    assert (info.rows, info.trading_days, info.outside_sessions) == (3, 1, 2)
    assert info.first_local == "2021-01-04 09:29:00.4"
    assert info.last_local == "2021-01-04 15:35:19.4"
    assert info.missing_prices == 1
    assert info.channels == ("bars", "depth", "quotes")
    assert info.to_dict()["rows"] == 3


def test_missing_bars_within_a_session_are_a_gap(about: Callable[[str], DataInfo]) -> None:
    info = about(
        "1,2021-01-05 09:00:00,1,1,1,1,5,0,0\n"
        "2,2021-01-05 09:01:00,1,1,1,1,0,0,0\n"
        "3,2021-01-05 09:05:00,1,1,1,1,5,0,0\n"
        "4,2021-01-05 09:06:00,1,1,1,1,5,0,0\n"
    )
    assert (info.gaps, info.missing_bars, info.longest_gap_ns) == (1, 3, 180 * 1_000_000_000)
    assert info.longest_gap_at == "2021-01-05 09:02:00"
    assert info.zero_volume_bars == 1


def test_a_break_and_a_night_are_no_gaps(about: Callable[[str], DataInfo]) -> None:
    info = about(
        "1,2021-01-05 10:13:00,1,1,1,1,5,0,0\n"
        "2,2021-01-05 10:14:00,1,1,1,1,5,0,0\n"
        "3,2021-01-05 10:30:00,1,1,1,1,5,0,0\n"
        "4,2021-01-05 14:59:00,1,1,1,1,5,0,0\n"
        "5,2021-01-05 21:00:00,1,1,1,1,5,0,0\n"
    )
    assert info.missing_bars == 0
    assert info.trading_days == 2
    assert info.warnings == ()


def test_trading_days_left_out_are_counted_without_holidays(
    about: Callable[[str], DataInfo],
) -> None:
    info = about(
        "1,2020-12-30 10:00:00,1,1,1,1,5,0,0\n"
        "2,2020-12-30 10:01:00,1,1,1,1,5,0,0\n"
        "3,2021-01-05 10:00:00,1,1,1,1,5,0,0\n"
    )
    assert info.missing_days == 2
    assert "trading days missing between the first record and the last: 2" in info.warnings


def test_a_jump_of_the_row_number_is_told(about: Callable[[str], DataInfo]) -> None:
    info = about(
        "1,2021-01-05 09:00:00,1,1,1,1,5,0,0\n"
        "2,2021-01-05 09:01:00,1,1,1,1,5,0,0\n"
        "300,2021-01-05 14:59:00,1,1,1,1,5,0,0\n"
    )
    assert (
        "the column id jumps once at line 4: rows are missing there; the last row stands alone"
        in info.warnings
    )


def test_a_row_number_that_is_none_is_an_error(about: Callable[[str], DataInfo]) -> None:
    rows = "1,2021-01-05 09:00:00,1,1,1,1,5,0,0\nx,2021-01-05 09:01:00,1,1,1,1,5,0,0\n"
    with pytest.raises(DataError, match="the row number was 'x'"):
        about(rows)


def test_crossed_and_locked_quotes_are_counted(catalog: Catalog, write_file: WriteFile) -> None:
    text = "ms_since_midnight,bid,ask\n1,1.1,1.2\n2,1.3,1.2\n3,1.2,1.2\n4,0,1.2\n100000,1.1,1.2\n"
    path = write_file("t_20140506.csv", text)
    info = describe(path, catalog, profile="lean-fx-tick-utc", instrument="EURUSD.FX")
    assert (info.crossed_quotes, info.locked_quotes, info.missing_prices, info.gaps) == (1, 1, 1, 1)
    assert "1 of 5 quotes are crossed (bid above ask)" in info.warnings


def test_records_outside_of_trading_hours_are_told(about: Callable[[str], DataInfo]) -> None:
    info = about("1,2021-01-05 07:00:00,1,1,1,1,5,0,0\n2,2021-01-05 07:01:00,1,1,1,1,5,0,0\n")
    assert "2 of 2 records are at times when cn_commodity_2300 is closed" in info.warnings


def test_a_file_without_records_says_so(about: Callable[[str], DataInfo]) -> None:
    info = about("")
    assert (info.rows, info.warnings) == (0, ("the file has no records",))

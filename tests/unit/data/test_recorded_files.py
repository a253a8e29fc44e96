"""Recorded files of every vendor: each is recognised, or refused as ambiguous and read by naming its layout."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from anyvenue.data.bars import BarBuilder
from anyvenue.data.convert import convert, describe
from anyvenue.data.readers import open_source
from anyvenue.model.errors import DataError, UnknownInstrument
from anyvenue.model.market import Bar
from anyvenue.reference.catalog import Catalog

pytestmark = pytest.mark.filterwarnings(
    "ignore::anyvenue.reference.calendar.ProvisionalCalendarWarning"
)

FOLDERS = ("cn_futures_ticks", "cn_futures_bars", "cn_stocks", "us_stocks", "fx", "hk_stocks")
OTHER_KINDS = re.compile(r"factor_file|_option_|_future_hkfe_|_index_hkfe_|sh000001_index")
NAMED = (
    ("lean_equity_usa_daily", "lean-daily", ""),
    (r"lean_equity_usa_minute_.*_trade", "lean-minute-trade", ""),
    (r"lean_equity_usa_minute_.*_quote", "lean-minute-quote", ""),
    ("lean_cfd_oanda", "lean-fx-tick-utc", "XAUUSD.FX"),
    ("lean_forex_oanda", "lean-fx-tick-utc", "EURUSD.FX"),
    ("lean_forex_fxcm_tick_eurusd", "lean-fx-tick-utc-05", "EURUSD.FX"),
    ("lean_forex_fxcm_tick_nzdusd", "lean-fx-tick-utc-05", "NZDUSD.FX"),
    ("nautilus_fxcm", "", "GBPUSD.FX"),
    ("nautilus_truefx", "", "USDJPY.FX"),
)


def row_counts(shared_data: Path) -> dict[str, int]:
    """Return the number of rows of each file as its collector counted them."""
    rows = re.findall(
        r"^\| (\S+\.csv\.gz) \| (\d+) \|", (shared_data / "README.md").read_text(), re.M
    )
    return {name: int(count) for name, count in rows}


def options_of(name: str) -> tuple[str, dict[str, str]]:
    for pattern, profile, instrument in NAMED:
        if re.search(pattern, name):
            return profile, {"instrument": instrument} if instrument else {}
    return "", {}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_is_read_whole_and_in_order(
    folder: str, shared_data: Path, catalog: Catalog
) -> None:
    counts = row_counts(shared_data)
    files = [
        p for p in sorted((shared_data / folder).glob("*.csv.gz")) if not OTHER_KINDS.search(p.name)
    ]
    assert files
    for path in files:
        profile, options = options_of(path.name)
        if profile:
            with pytest.raises(DataError, match="--profile") as caught:
                open_source(path, catalog=catalog, **options)
            assert profile in caught.value.candidates
            options["profile"] = profile
        events = list(open_source(path, catalog=catalog, **options).events())
        assert len(events) == counts[path.name], path.name
        assert all(a.ts_recv <= b.ts_recv for a, b in pairwise(events)), path.name


def test_an_index_needs_an_instrument_from_the_user(shared_data: Path, catalog: Catalog) -> None:
    with pytest.raises(UnknownInstrument):
        open_source(shared_data / "cn_stocks/mootdx_sh000001_index_1d.csv.gz", catalog=catalog)


def test_the_daily_bar_built_from_a_day_of_ticks_is_the_vendor_s(
    shared_data: Path, catalog: Catalog
) -> None:
    daily = open_source(shared_data / "cn_futures_bars/wt_CFFEX.IF.HOT_d.csv.gz", catalog=catalog)
    theirs = {bar.trading_day: bar for bar in daily.events() if isinstance(bar, Bar)}
    files = sorted((shared_data / "cn_futures_ticks").glob("CFFEX.IF_tick_*.csv.gz"))
    assert len(files) == 8
    for path in files:
        source = open_source(path, catalog=catalog)
        builder = BarBuilder(source.instrument, "1d", catalog.sessions(source.instrument.sessions))
        (ours,) = [bar for event in source.events() if (bar := builder.update(event)) is not None]
        fields = [*Bar.__struct_fields__[1:2], *Bar.__struct_fields__[4:12], "trading_day"]
        their = theirs[ours.trading_day]
        assert [getattr(ours, name) for name in fields] == [getattr(their, name) for name in fields]


def test_a_quarter_of_the_fxcm_quotes_are_locked_or_crossed(
    shared_data: Path, catalog: Catalog
) -> None:
    info = describe(
        shared_data / "fx/lean_forex_fxcm_tick_eurusd_20140507_quote.csv.gz",
        catalog,
        profile="lean-fx-tick-utc-05",
        instrument="EURUSD.FX",
    )
    assert 0.2 < (info.crossed_quotes + info.locked_quotes) / info.rows < 0.3


def test_the_hole_in_m2005_is_found(shared_data: Path, catalog: Catalog) -> None:
    info = describe(shared_data / "cn_futures_bars/tqsdk_DCE.m2005_1m.csv.gz", catalog)
    assert info.missing_days > 10
    assert any("the last row stands alone" in text for text in info.warnings)


def test_a_day_of_ticks_survives_csv_and_columns_exactly(
    shared_data: Path, catalog: Catalog, tmp_path: Path
) -> None:
    path = shared_data / "cn_futures_ticks/CFFEX.IF_tick_20210104.csv.gz"
    convert(path, tmp_path / "a.csv", catalog)
    convert(tmp_path / "a.csv", tmp_path / "a.avc", catalog)
    there = repr(list(open_source(path, catalog=catalog).events()))
    assert repr(list(open_source(tmp_path / "a.avc", catalog=catalog).events())) == there

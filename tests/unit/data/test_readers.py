from collections.abc import Callable
from itertools import pairwise
from math import isnan, nan
from pathlib import Path

import pytest
from market_file_samples import SAMPLES, Sample, ns

from anyvenue.data.profiles import Record, generic_profile
from anyvenue.data.readers import open_source
from anyvenue.data.source import MemorySource, Source
from anyvenue.model.market import Bar, Depth, MarketData, Quote, Trade
from anyvenue.reference.catalog import Catalog

WriteFile = Callable[[str, str], Path]


@pytest.fixture
def read(catalog: Catalog, write_file: WriteFile) -> Callable[[str], Source]:
    """Return a function that writes the sample of a layout and opens it."""

    def open_sample(profile: str) -> Source:
        sample = next(sample for sample in SAMPLES if sample.profile == profile)
        return open_source(write_file(sample.name, sample.text), catalog=catalog, **sample.options)

    return open_sample


def records(source: Source) -> list[MarketData]:
    return list(source.events())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.profile)
@pytest.mark.filterwarnings("ignore::anyvenue.reference.calendar.ProvisionalCalendarWarning")
def test_every_layout_is_read_in_order_and_as_often_as_asked(
    sample: Sample, catalog: Catalog, write_file: WriteFile
) -> None:
    source = open_source(write_file(sample.name, sample.text), catalog=catalog, **sample.options)
    events = records(source)
    assert source.profile == sample.profile
    assert source.instrument.id == sample.instrument
    assert len(events) == sample.rows
    assert {event.instrument for event in events} == {sample.instrument}
    assert all(event.ts_recv == event.ts_event for event in events)
    assert all(a.ts_recv <= b.ts_recv for a, b in pairwise(events))
    assert repr(records(source)) == repr(events)
    assert source.assumptions


def test_a_ctp_snapshot_keeps_every_figure_of_the_day(read: Callable[[str], Source]) -> None:
    first, _, last = records(read("ctp-tick"))
    assert isinstance(first, Depth)
    assert isinstance(last, Depth)
    moment = ns("2021-01-04T09:29:00.400+08:00")
    expected = Depth(
        "IF2101.CFFEX", moment, moment, (5230.0,), (1.0,), (5230.8,), (2.0,), 5230.0, 240.0, 376560000.0, 90767.0,
        5230.0, 5230.0, 5230.0, 5227.0, 5216.2, nan, 5737.8, 4694.6, 20210104,
    )  # fmt: skip
    assert repr(first) == repr(expected)
    assert last.settlement == 5278.6


def test_a_price_of_dbl_max_is_absent(read: Callable[[str], Source]) -> None:
    last = records(read("ctp-tick"))[-1]
    assert isinstance(last, Depth)
    assert isnan(last.ask)
    assert last.bid == 5259.2


def test_single_precision_prices_are_put_back_on_the_tick(read: Callable[[str], Source]) -> None:
    first, second = records(read("ctp-tick-classified"))
    assert isinstance(first, Depth)
    assert isinstance(second, Depth)
    assert (first.last, first.high, second.bid) == (6436.2, 6436.4, 6424.2)
    assert first.trading_day == 20210427


@pytest.mark.parametrize(
    ("contract", "trading_day", "action_day"),
    [
        ("SHFE,rb2105", "20210111", "20210108"),
        ("DCE,m2105", "20210111", "20210111"),
        ("CZCE,MA105", "20210108", "20210108"),
    ],
)
def test_friday_night_is_told_right_whatever_days_the_exchange_sends(
    catalog: Catalog, write_file: WriteFile, contract: str, trading_day: str, action_day: str
) -> None:
    header, row = next(s.text for s in SAMPLES if s.profile == "ctp-tick").splitlines()[:2]
    night = row.replace("CFFEX,IF2101,20210104,20210104", f"{contract},{trading_day},{action_day}")
    text = f"{header}\n{night.replace('09:29:00.400', '21:00:00.500')}\n"
    (event,) = records(open_source(write_file("night.csv", text), catalog=catalog))
    assert isinstance(event, Depth)
    assert event.ts_event == ns("2021-01-08T21:00:00.500+08:00")
    assert event.trading_day == 20210111


def test_five_levels_come_best_first_and_an_empty_one_is_absent(
    read: Callable[[str], Source],
) -> None:
    first, last = records(read("tqsdk-tick5"))
    assert isinstance(first, Depth)
    assert isinstance(last, Depth)
    assert first.bid_prices == (47260.0, 47250.0, 47240.0, 47230.0, 47220.0)
    assert first.ask_sizes == (20.0, 140.0, 20.0, 60.0, 50.0)
    assert isnan(last.ask_prices[4])
    assert last.ask_sizes[4] == 0.0


def test_a_bar_stamped_with_its_start_closes_an_interval_later(
    read: Callable[[str], Source],
) -> None:
    source = read("tqsdk-bar")
    first = records(source)[0]
    assert isinstance(first, Bar)
    assert (source.interval, first.interval) == ("1m", "1m")
    assert first.ts_start == ns("2019-10-24T21:06:00+08:00")
    assert first.ts_event == ns("2019-10-24T21:07:00+08:00")
    assert first.trading_day == 20191025
    assert isnan(first.turnover)


def test_a_bar_stamped_with_its_end_began_an_interval_before(
    read: Callable[[str], Source],
) -> None:
    first = records(read("wt-bar"))[0]
    assert isinstance(first, Bar)
    assert first.ts_start == ns("2019-07-31T21:00:00+08:00")
    assert first.ts_event == ns("2019-07-31T21:05:00+08:00")
    assert (first.interval, first.trading_day) == ("5m", 20190801)


def test_a_daily_bar_closes_with_the_last_session_of_its_day(
    read: Callable[[str], Source],
) -> None:
    first = records(read("wt-day"))[0]
    assert isinstance(first, Bar)
    assert first.ts_start == ns("2021-01-04T09:30:00+08:00")
    assert first.ts_event == ns("2021-01-04T15:00:00+08:00")
    assert (first.settlement, first.turnover, first.trading_day) == (
        5278.6,
        132807388020.0,
        20210104,
    )


def test_a_daily_bar_of_a_product_with_a_night_session_begins_the_evening_before(
    catalog: Catalog, write_file: WriteFile
) -> None:
    text = (
        "id,datetime,open,high,low,close,volume,open_oi,close_oi\n"
        "0,2021-01-08 00:00:00,1,2,1,2,6,0,3\n1,2021-01-11 00:00:00,2,3,2,3,6,3,5\n"
    )
    path = write_file("tqsdk_SHFE.au2106_1d.csv", text)
    _, monday = records(open_source(path, catalog=catalog))
    assert isinstance(monday, Bar)
    assert monday.interval == "1d"
    assert monday.ts_start == ns("2021-01-08T21:00:00+08:00")
    assert monday.ts_event == ns("2021-01-11T15:00:00+08:00")


def test_prices_in_ten_thousandths_are_scaled(read: Callable[[str], Source]) -> None:
    bar = records(read("lean-daily"))[0]
    assert isinstance(bar, Bar)
    assert (bar.open, bar.high, bar.low, bar.close) == (13.63, 16.25, 13.5, 16.25)
    assert bar.ts_event == ns("2014-06-02T16:00:00-04:00")


def test_minute_bars_keep_their_length_outside_of_regular_hours(
    read: Callable[[str], Source],
) -> None:
    early, regular = records(read("lean-minute-trade"))
    assert isinstance(early, Bar)
    assert isinstance(regular, Bar)
    assert early.ts_start == ns("2014-06-05T04:15:00-04:00")
    assert early.ts_event == ns("2014-06-05T04:16:00-04:00")
    assert regular.ts_event == ns("2014-06-05T09:31:00-04:00")
    assert regular.close == 645.6


def test_a_minute_of_quotes_gives_its_closing_quote_at_its_end(
    read: Callable[[str], Source],
) -> None:
    first, second = records(read("lean-minute-quote"))
    assert isinstance(first, Quote)
    assert isinstance(second, Quote)
    assert (first.bid, first.ask, first.ask_size) == (644.06, 646.0, 100.0)
    assert first.ts_event == ns("2014-06-05T09:31:00-04:00")
    assert isnan(second.bid)
    assert second.ask == 645.99


def test_a_one_sided_quote_has_nan_for_the_absent_side(read: Callable[[str], Source]) -> None:
    first, second = records(read("lean-tick-quote"))
    assert isinstance(first, Quote)
    assert isinstance(second, Quote)
    assert isnan(first.bid)
    assert (first.ask, second.bid) == (183.63, 180.01)


def test_trade_ticks_have_price_and_size(read: Callable[[str], Source]) -> None:
    trade = records(read("lean-us-tick-trade"))[0]
    assert isinstance(trade, Trade)
    assert (trade.price, trade.size, trade.aggressor) == (181.52, 283.0, None)


def test_the_named_layout_decides_the_time_zone(read: Callable[[str], Source]) -> None:
    utc = records(read("lean-fx-tick-utc"))[0]
    west = records(read("lean-fx-tick-utc-05"))[0]
    assert west.ts_event - utc.ts_event == 5 * 3600 * 1_000_000_000
    assert isinstance(utc, Quote)
    assert isnan(utc.bid_size)


def test_an_adjusted_price_of_zero_is_a_price(read: Callable[[str], Source]) -> None:
    bar = records(read("mootdx-day-adjusted"))[1]
    assert isinstance(bar, Bar)
    assert (bar.open, bar.high, bar.low) == (-0.15, 0.0, -0.18)


def test_elsewhere_a_bar_price_of_zero_or_nothing_is_absent(
    catalog: Catalog, write_file: WriteFile
) -> None:
    text = "date,time,open,high,low,close,volume\n2019-07-31,21:05:00,0,0,0,0,0\n2019-07-31,21:10:00,,,,,0\n"
    for event in records(open_source(write_file("wt_SHFE.rb.HOT_m5.csv", text), catalog=catalog)):
        assert isinstance(event, Bar)
        assert all(map(isnan, (event.open, event.high, event.low, event.close)))


def test_a_continuous_series_comes_with_a_warning(read: Callable[[str], Source]) -> None:
    assert any("continuous series:" in text for text in read("wt-bar").warnings)
    assert read("tqsdk-bar").warnings == ()


def test_what_was_taken_from_the_file_name_is_among_the_assumptions(
    read: Callable[[str], Source],
) -> None:
    assumptions = read("tqsdk-bar").assumptions
    assert "instrument rb2002.SHFE: from the file's name" in assumptions
    assert "interval 1m: the most common step between rows" in assumptions
    assert "date 20140605: from the file's name" in read("lean-us-tick-trade").assumptions


def test_a_file_name_that_disagrees_with_the_rows_about_the_interval_is_told(
    catalog: Catalog, write_file: WriteFile
) -> None:
    sample = next(sample for sample in SAMPLES if sample.profile == "wt-bar")
    source = open_source(write_file("wt_SHFE.rb.HOT_m1.csv", sample.text), catalog=catalog)
    assert "the file's name says 1m, its rows are 5m apart" in source.warnings


def test_the_caller_overrides_instrument_and_interval(
    catalog: Catalog, write_file: WriteFile
) -> None:
    sample = next(sample for sample in SAMPLES if sample.profile == "wt-bar")
    path = write_file(sample.name, sample.text)
    source = open_source(path, catalog=catalog, instrument="hc2010", interval="1m")
    assert source.instrument.id == "hc2010.SHFE"
    assert records(source)[0].ts_event - records(source)[0].ts_start == 60 * 1_000_000_000  # type: ignore[union-attr]


def test_snapshots_serve_bars_of_any_interval_and_bars_their_multiples(
    read: Callable[[str], Source],
) -> None:
    snapshots, bars = read("ctp-tick"), read("wt-bar")
    assert snapshots.channels == {"depth", "quotes", "bars"}
    assert snapshots.serves("bars:7s")
    assert not snapshots.serves("trades")
    assert not snapshots.serves("bars:soon")
    assert bars.channels == {"bars:5m"}
    assert bars.serves("bars:5m")
    assert bars.serves("bars:15m")
    assert bars.serves("bars:1d")
    assert not bars.serves("bars:1m")
    assert not bars.serves("bars:7m")
    assert not bars.serves("quotes")


def test_a_file_of_ones_own_is_read_by_naming_its_columns(
    catalog: Catalog, write_file: WriteFile
) -> None:
    path = write_file("own.csv", "when;x,p,q\n20260915 09:30,10.5,3\n20260915 09:31,10.6,4\n")
    profile = generic_profile(
        "trade",
        {"time": "when;x", "price": "p", "size": "q"},
        time_form="compact",
        zone="Asia/Shanghai",
    )
    trades = records(open_source(path, catalog=catalog, profile=profile, instrument="600519"))
    assert [(t.price, t.size) for t in trades if isinstance(t, Trade)] == [(10.5, 3.0), (10.6, 4.0)]
    assert trades[0].ts_event == ns("2026-09-15T09:30:00+08:00")


def test_a_generic_depth_file_need_not_have_volumes(
    catalog: Catalog, write_file: WriteFile
) -> None:
    path = write_file("own.csv", "t,b,bs,a,as\n2026-09-15 09:30:00,10.5,3,10.6,4\n")
    columns = {"time": "t", "bid1": "b", "bid_size1": "bs", "ask1": "a", "ask_size1": "as"}
    profile = generic_profile("depth", columns)
    (depth,) = records(open_source(path, catalog=catalog, profile=profile, instrument="600519"))
    assert isinstance(depth, Depth)
    assert (depth.bid, depth.ask, depth.ask_sizes) == (10.5, 10.6, (4.0,))
    assert isnan(depth.volume)
    assert depth.trading_day == 20260915


def test_blank_lines_are_passed_over(catalog: Catalog, write_file: WriteFile) -> None:
    text = "\ndate,time,open,high,low,close,volume\n"[1:] + "2019-07-31,21:05:00,1,1,1,1,1\n\n\n"
    path = write_file("wt_SHFE.rb.HOT_m5.csv", text)
    assert len(records(open_source(path, catalog=catalog))) == 1


def test_the_content_hash_follows_the_content(read: Callable[[str], Source]) -> None:
    assert read("wt-bar").content_hash() == read("wt-bar").content_hash()
    assert read("wt-bar").content_hash() != read("wt-day").content_hash()


def test_a_memory_source_makes_its_records_anew_each_time(catalog: Catalog) -> None:
    instrument = catalog.get("EURUSD.FX")
    quote = Quote(instrument.id, 1, 1, 1.1, 1.2, 1.0, 1.0)
    source = MemorySource(instrument, Record.QUOTE, lambda: iter([quote]), identity="one quote")
    assert records(source) == records(source) == [quote]
    assert source.serves("quotes")
    assert len(source.content_hash()) == 32

import pytest
from market_file_samples import SAMPLES, Sample

from anyvenue.data.layouts import LAYOUTS, depth_columns
from anyvenue.data.profiles import (
    generic_profile,
    get_profile,
    parse_columns,
    profile_names,
    recognise,
)
from anyvenue.model.errors import ConfigError, DataError


def header_of(sample: Sample) -> list[str]:
    return sample.text.partition("\n")[0].split(",")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.profile)
def test_a_layout_is_recognised_by_its_header_or_refused_with_the_candidates(
    sample: Sample,
) -> None:
    if "profile" not in sample.options:
        assert recognise(header_of(sample), "f.csv").name == sample.profile
        return
    with pytest.raises(DataError, match="--profile") as caught:
        recognise(header_of(sample), "f.csv")
    assert sample.profile in caught.value.candidates


def test_there_is_a_sample_of_every_foreign_layout() -> None:
    foreign = {
        name for name, profile in LAYOUTS.items() if profile.header and not profile.canonical
    }
    assert foreign == {sample.profile for sample in SAMPLES}


def test_milliseconds_bid_ask_are_refused_because_their_time_zone_is_not_in_them() -> None:
    with pytest.raises(DataError) as caught:
        recognise(["ms_since_midnight", "bid", "ask"], "eurusd.csv")
    assert caught.value.candidates == ("lean-fx-tick-utc", "lean-fx-tick-utc-05")
    assert caught.value.file == "eurusd.csv"


def test_an_unknown_header_names_the_nearest_layout() -> None:
    with pytest.raises(DataError, match="nearest: wt-bar"):
        recognise(["date", "time", "open", "high", "low", "close", "vol"], "f.csv")


def test_a_header_like_no_other_lists_the_known_layouts() -> None:
    with pytest.raises(DataError, match="known: ctp-tick, "):
        recognise(["a", "b"], "f.csv")


def test_our_depth_header_is_recognised_with_any_number_of_levels() -> None:
    assert recognise(depth_columns(5), "f.csv").levels == 5
    assert recognise(depth_columns(1), "f.csv").levels == 1


def test_a_layout_is_found_by_name() -> None:
    assert get_profile("wt-bar").name == "wt-bar"
    assert "ctp-tick" in profile_names()


def test_a_misspelt_layout_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean tqsdk-bar"):
        get_profile("tqsdk-bars")


def test_a_generic_layout_takes_the_columns_it_is_given() -> None:
    profile = generic_profile(
        "bar",
        {"time": "d+t", "open": "o", "high": "h", "low": "l", "close": "c"},
        stamp="end",
        zone="Asia/Shanghai",
        interval="1m",
    )
    assert profile.time == ("d", "t")
    assert profile.columns == {"open": "o", "high": "h", "low": "l", "close": "c"}


def test_a_generic_layout_names_the_columns_that_are_missing() -> None:
    with pytest.raises(ConfigError, match="low, close not given: add for example low=COLUMN"):
        generic_profile("bar", {"time": "t", "open": "o", "high": "h"}, stamp="end")


def test_generic_bars_must_say_what_their_stamp_means() -> None:
    columns = {name: name for name in ("time", "open", "high", "low", "close")}
    with pytest.raises(ConfigError, match="stamp was ''; use one of moment, start, end"):
        generic_profile("bar", columns)
    with pytest.raises(ConfigError, match="a bar is stamped with its start or its end"):
        generic_profile("bar", columns, stamp="moment")


def test_an_unknown_kind_of_record_is_refused() -> None:
    with pytest.raises(ConfigError, match="use one of depth, quote, trade, bar"):
        generic_profile("candle", {})


def test_a_field_that_a_record_does_not_have_is_refused_with_the_nearest() -> None:
    columns = {"time": "t", "bid": "b", "ask": "a", "bidsize": "s"}
    with pytest.raises(ConfigError, match="a quote has no field 'bidsize'; did you mean bid_size"):
        generic_profile("quote", columns)


def test_columns_are_read_from_a_text() -> None:
    assert parse_columns("time=d+t, open = o") == {"time": "d+t", "open": "o"}


@pytest.mark.parametrize("text", ["", "time", "time=", "=t", "time=t,time=u"])
def test_columns_that_are_not_pairs_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="write each field once as FIELD=COLUMN"):
        parse_columns(text)

"""The figures behind a report: drawdown, positions, exposure, periods, costs, idle stretches."""

from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.engine.results import RunResult
from anyvenue.report.costs import costs
from anyvenue.report.idle import breaks
from anyvenue.report.numbers import multiple, percent, signed, tone
from anyvenue.report.periods import days, months
from anyvenue.report.timeline import drawdowns, exposure, local, positions, thinned

ZONE = "Asia/Shanghai"
HOUR = 3600 * 1_000_000_000
MINUTE = HOUR // 60


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).timestamp()) * 10**9


# ---- along time


def test_a_drawdown_counts_from_the_money_paid_in() -> None:
    assert drawdowns([90.0, 120.0, 60.0, 130.0], 100.0) == pytest.approx([-0.1, 0, -0.5, 0])


@given(st.lists(st.floats(1, 1e9), min_size=1), st.floats(1, 1e9))
def test_a_drawdown_is_never_a_gain_and_never_more_than_all(
    values: list[float], start: float
) -> None:
    assert all(-1 <= each <= 0 for each in drawdowns(values, start))


def test_the_deepest_drawdown_is_the_summary_s(result: RunResult) -> None:
    falls = [fall for _, fall in result.drawdown_in(result.currency)]
    assert -min(falls) == result.summary.max_drawdown
    # Of the samples that are left alone it may be less, never more.
    left = drawdowns([value for _, value in result.equity], float(result.summary.paid_in))
    assert all(fall <= each + 1e-12 for fall, each in zip(falls, left, strict=True))


def test_positions_end_where_the_books_end(result: RunResult) -> None:
    (instrument,) = result.instruments
    points = positions(result.fills, instrument)
    held = {each.instrument: each.net for each in result.positions}
    assert len(points) == len(result.fills)
    assert points[-1][1] == float(held.get(instrument, 0))


def test_exposure_is_worth_held_over_equity(result: RunResult) -> None:
    found = exposure(result, "CNY")
    assert len(found.times) == len(result.equity)
    # One lot of the index is some 3,950 points of 300 yuan.
    assert found.highest == pytest.approx(3950 * 300 / 5_000_000, rel=0.05)
    assert 0 < found.mean <= found.highest
    assert 0 < found.in_market <= 1
    assert all(abs(net) <= gross + 1e-9 for gross, net in zip(found.gross, found.net, strict=True))


def test_without_fills_there_is_no_exposure(empty: RunResult) -> None:
    found = exposure(empty, "CNY")
    assert (found.highest, found.mean, found.in_market) == (0, 0, 0)


@given(st.lists(st.integers(), max_size=400), st.integers(2, 50))
def test_thinning_keeps_the_ends_and_the_order(items: list[int], most: int) -> None:
    numbered = list(enumerate(items))
    kept = thinned(numbered, most)
    assert len(kept) == min(len(items), most)
    assert kept == sorted(set(kept))
    assert kept[:1] + kept[-1:] == numbered[:1] + numbered[-1:]


# ---- idle stretches


def minutes(start: str, end: str) -> list[int]:
    return list(range(ns(start), ns(end) + 1, MINUTE))


def test_a_night_is_left_out_but_for_a_step_at_either_end() -> None:
    times = [
        *minutes("2026-09-14 14:00", "2026-09-14 15:00"),
        *minutes("2026-09-15 09:00", "2026-09-15 10:00"),
    ]
    (night,) = breaks(times, ZONE)
    assert night["bounds"] == ["2026-09-14 15:01:00", "2026-09-15 08:59:00"]


def test_a_long_run_leaves_out_the_same_hours_every_day_and_weekends() -> None:
    dates = [f"2026-{month:02}-{day:02}" for month in range(3, 9) for day in range(1, 29)]
    weekdays = [each for each in dates if datetime.fromisoformat(each).weekday() < 5]
    times = [ts for day in weekdays for ts in minutes(f"{day} 09:30", f"{day} 15:00")]
    found = breaks(times, ZONE)
    assert found[0]["pattern"] == "hour"
    start, end = found[0]["bounds"]  # type: ignore[misc]
    assert 15 < start <= 15.5
    assert 9 <= end <= 9.5
    assert {"bounds": ["sat", "mon"]} in found


def test_with_a_holiday_no_two_breaks_overlap() -> None:
    dates = [f"2026-{month:02}-{day:02}" for month in (3, 4, 5, 8) for day in range(1, 29)]
    times = [ts for day in dates for ts in minutes(f"{day} 09:30", f"{day} 15:00")]
    bounds = [each["bounds"] for each in breaks(times, ZONE)]
    assert ["2026-05-28 15:01:00", "2026-08-01 09:29:00"] in bounds
    assert all("pattern" not in each for each in breaks(times, ZONE))
    assert all(before[1] < after[0] for before, after in pairwise(bounds))  # type: ignore[index]


def test_a_market_that_never_sleeps_has_no_breaks() -> None:
    times = [ns("2026-09-01 00:00") + at * HOUR for at in range(24 * 90)]
    assert breaks(times, ZONE) == []
    assert breaks([], ZONE) == []
    assert breaks(times[:1], ZONE) == []


@given(st.lists(st.integers(1, 3000), min_size=2, max_size=60))
def test_no_sample_is_ever_left_out(gaps: list[int]) -> None:
    times = [ns("2026-09-01 00:00") + sum(gaps[:at]) * MINUTE for at in range(len(gaps))]
    shown = [local(ts, ZONE) for ts in times]
    for each in breaks(times, ZONE):
        start, end = each["bounds"]  # type: ignore[misc]
        assert not [ts for ts in shown if start < ts < end]


# ---- months, days, costs


def test_months_and_days_add_up_to_the_whole(result: RunResult) -> None:
    for periods in (months(result, "CNY", ZONE), days(result, "CNY", ZONE)):
        assert sum(each.profit for each in periods) == pytest.approx(float(result.summary.profit))
        assert sum(each.fees for each in periods) == result.summary.fees
        assert sum(each.fills for each in periods) == result.summary.fills
        assert sum(each.trades for each in periods) == result.summary.trades
    assert [each.name for each in days(result, "CNY", ZONE)] == ["2026-09-14", "2026-09-15"]
    assert [each.name for each in months(result, "CNY", ZONE)] == ["2026-09"]


def test_costs_add_up_to_the_fees_the_dearest_first(result: RunResult) -> None:
    found = costs(result, "CNY")
    assert sum((each.fees for each in found), Decimal(0)) == result.summary.fees
    assert sum(each.fills for each in found) == result.summary.fills
    assert all(one.fees >= other.fees for one, other in pairwise(found))
    assert all(each.rate is not None and 0 < each.rate < 0.01 for each in found)
    assert costs(result, "USD") == []


# ---- numbers


def test_numbers_are_written_for_people() -> None:
    assert signed(Decimal("-1234.5")) == "−1,234.50"
    assert signed(-0.001) == "0.00"
    assert (percent(0.12345, True), percent(-0.00001, True), percent(None)) == (
        "+12.35%",
        "0.00%",
        "–",
    )
    assert (multiple(1.5, "×"), multiple(None)) == ("1.50×", "–")
    assert (tone(1), tone(-1.0), tone(0), tone(None)) == ("gain", "loss", "", "")

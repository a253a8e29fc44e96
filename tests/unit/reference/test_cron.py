"""Hours by cron: open between a start and the next stop, in the time of a place, clocks that change among it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from anyvenue.reference.cron import CronHours, CronSchedule

NEW_YORK = ZoneInfo("America/New_York")
SECOND = 1_000_000_000


def ns(text: str, zone: str = "Asia/Shanghai") -> int:
    """Return the instant of a local time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND


def schedule(start: str, stop: str, zone: str = "Asia/Shanghai") -> CronSchedule:
    return CronSchedule(CronHours(start=start, stop=stop, zone=zone))


def test_it_is_open_from_a_start_to_the_next_stop() -> None:
    day = schedule("55 8 * * 1-5", "15 15 * * 1-5")
    assert not day.is_open(ns("2026-11-19T08:54:59"))
    assert day.is_open(ns("2026-11-19T08:55:00"))
    assert day.is_open(ns("2026-11-19T15:14:59"))
    assert not day.is_open(ns("2026-11-19T15:15:00"))
    # A node that starts at noon is within; on Saturday the next start is Monday's.
    assert day.is_open(ns("2026-11-20T12:00:00"))
    assert day.next_stop(ns("2026-11-20T12:00:00")) == ns("2026-11-20T15:15:00")
    assert not day.is_open(ns("2026-11-21T10:00:00"))
    assert day.next_start(ns("2026-11-21T10:00:00")) == ns("2026-11-23T08:55:00")


def test_hours_may_run_over_midnight_and_over_the_weekend() -> None:
    night = schedule("55 20 * * 1-5", "35 2 * * 2-6")
    assert night.is_open(ns("2026-11-20T23:00:00"))
    assert night.is_open(ns("2026-11-21T02:00:00"))
    assert not night.is_open(ns("2026-11-21T02:35:00"))
    week = schedule("0 18 * * 0", "0 17 * * 5")
    assert week.is_open(ns("2026-11-17T04:00:00"))
    assert not week.is_open(ns("2026-11-21T04:00:00"))


def test_a_clock_that_steps_back_finds_the_schedule_as_it_was() -> None:
    day = schedule("55 8 * * 1-5", "15 15 * * 1-5")
    assert not day.is_open(ns("2026-11-19T15:20:00"))
    assert day.is_open(ns("2026-11-19T15:10:00"))


def test_a_time_is_the_places_own_when_clocks_change() -> None:
    day = schedule("30 9 * * *", "0 16 * * *", "America/New_York")
    # In November New York goes back by an hour: half past nine is 14:30 UTC instead of 13:30.
    before = int(datetime(2026, 10, 31, 12, tzinfo=UTC).timestamp()) * SECOND
    after = int(datetime(2026, 11, 1, 12, tzinfo=UTC).timestamp()) * SECOND
    assert day.next_start(before) == ns("2026-10-31T13:30:00", "UTC")
    assert day.next_start(after) == ns("2026-11-01T14:30:00", "UTC")


def test_a_time_that_does_not_exist_is_the_next_and_one_that_comes_twice_the_first() -> None:
    gap = schedule("30 2 * * *", "0 5 * * *", "America/New_York")
    assert gap.next_start(ns("2026-03-08T01:00:00", "America/New_York")) == ns(
        "2026-03-08T07:00:00", "UTC"
    )
    twice = schedule("30 1 * * *", "0 5 * * *", "America/New_York")
    assert twice.next_start(ns("2026-11-01T00:00:00", "America/New_York")) == ns(
        "2026-11-01T05:30:00", "UTC"
    )
    # In the second half past one it has begun already, and does not begin again.
    second = ns("2026-11-01T06:40:00", "UTC")
    assert twice.is_open(second)
    assert twice.next_start(second) == ns("2026-11-02T06:30:00", "UTC")


def test_rare_days_are_found() -> None:
    leap = schedule("0 0 29 2 *", "0 0 1 3 *", "UTC")
    assert leap.is_open(ns("2028-02-29T12:00:00", "UTC"))
    assert not leap.is_open(ns("2026-11-20T00:00:00", "UTC"))
    assert leap.next_start(ns("2026-11-20T00:00:00", "UTC")) == ns("2028-02-29T00:00:00", "UTC")


@given(
    some.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
    some.integers(0, 23),
    some.integers(0, 59),
    some.integers(0, 23),
)
def test_it_is_open_just_when_the_last_change_was_a_start(
    at: datetime, start: int, minute: int, stop: int
) -> None:
    found = schedule(f"{minute} {start} * * *", f"{minute} {stop} * * *", "America/New_York")
    now = int(at.replace(tzinfo=UTC).timestamp()) * SECOND
    asked = found.is_open(now)
    begins, ends = found.next_start(now), found.next_stop(now)
    assert begins > now
    assert ends > now
    # The next change ends it if it is open, begins it if it is not.
    assert asked == (ends < begins)
    day = timedelta(hours=26).total_seconds() * SECOND
    assert begins - now <= day
    assert ends - now <= day


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"start": "55 8 * *"}, r"start was '55 8 \* \*': it has 4 fields, not 5"),
        ({"stop": "60 8 * * *"}, r"stop was '60 8 \* \* \*': bad minute"),
        ({"stop": "0 0 31 2 *"}, "stop was '0 0 31 2"),
        ({"zone": "Asia/Peking"}, "zone was 'Asia/Peking'; the name of a time zone is expected"),
        ({"zone": "../etc/passwd"}, "zone was"),
    ],
)
def test_what_is_wrong_is_named(keys: dict[str, str], says: str) -> None:
    given = {"start": "0 9 * * *", "stop": "0 15 * * *", "zone": "UTC", **keys}
    with pytest.raises(ValueError, match=says):
        CronHours(**given)

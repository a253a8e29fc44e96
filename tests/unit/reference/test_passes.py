import pytest

from anyvenue.model.enums import InstrumentStatus
from anyvenue.model.errors import ConfigError
from anyvenue.reference.passes import PassCalendar

HOUR = 3600 * 1_000_000_000
START = 1_700_000_000_000_000_000


@pytest.fixture
def passes() -> PassCalendar:
    """Return days of three hours and of one, in turn, from 30 December on."""
    return PassCalendar(START, [3 * HOUR, HOUR], 20231230)


@pytest.mark.parametrize(
    ("hours", "day"), [(0, 20231230), (2.9, 20231230), (3, 20231231), (4, 20240101), (7, 20240102)]
)
def test_days_follow_each_other_whatever_the_clock_says(
    hours: float, day: int, passes: PassCalendar
) -> None:
    ts = START + int(hours * HOUR)
    assert passes.trading_day(ts) == day
    assert passes.is_open(ts)


def test_a_day_is_settled_where_the_next_one_begins(passes: PassCalendar) -> None:
    assert passes.settle_time(20231230) == START + 3 * HOUR
    assert passes.settle_time(20240101) == START + 7 * HOUR
    [window] = passes.all_windows(20231231)
    assert (window.start, window.end) == (START + 3 * HOUR, START + 4 * HOUR)
    assert window.status is InstrumentStatus.OPEN


def test_days_before_the_first_one_exist_too(passes: PassCalendar) -> None:
    assert passes.trading_day(START - 1) == 20231229
    assert passes.settle_time(20231229) == START


def test_bars_are_cut_from_the_beginning_of_each_day(passes: PassCalendar) -> None:
    minute = HOUR // 60
    start = START + 3 * HOUR + 25 * minute
    assert passes.bar_window(start, 10 * minute) == (start - 5 * minute, start + 5 * minute)
    assert passes.bar_window(START + 3 * HOUR - 1, 7 * minute)[1] == START + 3 * HOUR


def test_a_long_run_needs_no_long_search(passes: PassCalendar) -> None:
    far = START + 4 * HOUR * 10_000
    assert passes.window(far).start == far
    assert passes.next_open(far + 1).start == far


@pytest.mark.parametrize("lengths", [[], [HOUR, 0]])
def test_days_without_length_are_refused(lengths: list[int]) -> None:
    with pytest.raises(ConfigError, match="must be above zero"):
        PassCalendar(START, lengths, 20231230)

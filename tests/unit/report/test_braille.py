"""Charts of letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.report.braille import chart_lines, resampled

VALUES = st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=300)


def test_a_rising_line_rises_from_the_lower_left_to_the_upper_right() -> None:
    assert chart_lines([1.0, 2.0, 3.0, 4.0], 4, 4, plain=True) == ["   *", "  * ", " *  ", "*   "]


def test_a_letter_holds_two_points_by_four() -> None:
    assert chart_lines([0.0, 3.0], 1, 1) == ["⡸"]


def test_a_flat_line_is_drawn_in_the_middle() -> None:
    assert chart_lines([5.0] * 9, 3, 3, plain=True) == ["   ", "***", "   "]


def test_a_spike_between_two_points_is_not_lost() -> None:
    values = [0.0] * 500 + [9.0] + [0.0] * 499
    assert (0.0, 9.0) in resampled(values, 10)


@given(VALUES, st.integers(1, 60), st.integers(1, 12), st.booleans())
def test_a_chart_has_the_size_asked_for_and_no_hole(
    values: list[float], width: int, height: int, plain: bool
) -> None:
    lines = chart_lines(values, width, height, plain=plain)
    assert [len(line) for line in lines] == [width] * height
    columns = ["".join(line[at] for line in lines).strip() for at in range(width)]
    assert all(columns)


@pytest.mark.parametrize("plain", [True, False])
def test_the_extremes_touch_top_and_bottom(plain: bool) -> None:
    lines = chart_lines([3.0, 1.0, 9.0, 2.0], 8, 5, plain=plain)
    assert lines[0].strip()
    assert lines[-1].strip()

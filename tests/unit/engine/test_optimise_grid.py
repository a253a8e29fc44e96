"""The grid of an optimisation: values, conditions, and what is refused."""

from contextlib import suppress
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.engine.optimise.grid import axes_of, combinations, parse_axis
from anyvenue.engine.optimise.where import Condition
from anyvenue.model.errors import ConfigError
from anyvenue.strategy.base import Strategy


class Typed(Strategy):
    fast: int = 1
    slow: int = 2
    stop: Decimal = Decimal(1)
    ratio: float = 0.5
    mode: str = "trend"
    on: bool = True


def test_a_range_has_both_its_ends() -> None:
    assert parse_axis("fast=5:20:5") == ("fast", ["5", "10", "15", "20"])
    assert parse_axis("fast=5:7") == ("fast", ["5", "6", "7"])
    assert parse_axis("fast=9:1:-4") == ("fast", ["9", "5", "1"])


def test_a_range_of_decimals_does_not_drift() -> None:
    assert parse_axis("stop=0.1:1:0.1")[1][-1] == "1"
    assert len(parse_axis("stop=0.1:1:0.1")[1]) == 10


def test_values_get_the_types_of_the_parameters() -> None:
    grid = {"fast": "1,2,2", "stop": "0.5:1:0.5", "mode": ["a", "b"], "on": "true,false"}
    assert axes_of(Typed, grid, {}) == {
        "fast": (1, 2),
        "stop": (Decimal("0.5"), Decimal(1)),
        "mode": ("a", "b"),
        "on": (True, False),
    }


@pytest.mark.parametrize(
    "text",
    ["fast", "=1", "fast=", "fast=1:5:0", "fast=5:1:1", "fast=a:b", "fast=1:2:3:4", "x=1:inf:1"],
)
def test_what_is_no_grid_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="the grid was"):
        parse_axis(text)


def test_unknown_doubled_empty_and_huge_grids_are_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean fast"):
        axes_of(Typed, {"fats": [1]}, {})
    with pytest.raises(ConfigError, match="take one away"):
        axes_of(Typed, {"fast": [1]}, {"fast": 2})
    with pytest.raises(ConfigError, match="the grid is empty"):
        axes_of(Typed, {}, {})
    with pytest.raises(ConfigError, match="larger steps"):
        axes_of(Typed, {"fast": "1:2000", "slow": "1:2000"}, {})


def test_the_last_parameter_changes_fastest_and_conditions_leave_points_out() -> None:
    axes = {"fast": (1, 2), "slow": (1, 2, 3)}
    found = combinations(axes, {"size": 1}, ["fast < slow", "slow != 3"])
    assert found == [{"size": 1, "fast": 1, "slow": 2}]
    assert len(combinations(axes, {}, None)) == 6
    assert len(combinations(axes, {}, lambda values: values["fast"] == 1)) == 3
    with pytest.raises(ConfigError, match="loosen it"):
        combinations(axes, {}, "fast > slow + 9")


VALUES = {"fast": 5, "slow": 20, "stop": Decimal("0.1"), "mode": "trend", "on": True, "none": None}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("fast<slow", True),
        ("2 * fast <= slow - 10", True),
        ("slow / fast == 4", True),
        ("0 < fast < slow <= 20", True),
        ("fast < slow and slow < 10", False),
        ("(fast + 1) * 3 > -slow", True),
        ("stop == 0.1", True),
        ("mode == 'trend'", True),
        ('mode != "trend"', False),
        ("on == 1", True),
        ("none == 1", False),
        ("-fast < .5", True),
    ],
)
def test_conditions_compare_exactly(text: str, holds: bool) -> None:
    assert Condition(text).holds(VALUES) is holds


@pytest.mark.parametrize(
    "text",
    [
        "", "fast", "fast <", "< slow", "fast < slow slow", "(fast < slow", "fast = slow", "fast and slow",
        "__import__('os') < 1", "fast.real < 1", "fast if 1 else 2", "fast < slow and", "fast[0] < 1", "fast ** 2 < 1",
    ],
)  # fmt: skip
def test_what_is_no_comparison_is_refused_and_never_run(text: str) -> None:
    with pytest.raises(ConfigError, match="the condition was"):
        Condition(text)


@pytest.mark.parametrize("text", ["fats < slow", "mode < 3", "none < 3", "fast / (fast - 5) < 1"])
def test_a_condition_that_cannot_be_judged_says_so(text: str) -> None:
    with pytest.raises(ConfigError, match="the condition was"):
        Condition(text).holds(VALUES)


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(1, 50))
def test_arithmetic_is_that_of_fractions(a: int, b: int, c: int) -> None:
    expected = Fraction(a) + Fraction(b) * a / c - 1 <= b
    assert Condition("a + b * a / c - 1 <= b").holds({"a": a, "b": b, "c": c}) is expected


@given(st.text("fastslow<>=!()+-*/ 0123456789.'and", max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(ConfigError):
        assert Condition(text).holds({"fast": 1, "slow": 2}) in (True, False)

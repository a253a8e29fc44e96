"""Strategy parameters: what counts as one, how text becomes a value, and what is refused in which words."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.model.errors import ConfigError
from anyvenue.model.ids import InstrumentId
from anyvenue.strategy.parameters import (
    Parameter,
    check_value,
    coerce,
    parameters_of,
    require_all,
)

if TYPE_CHECKING:
    from anyvenue.strategy.indicators import EMA


class Base:
    _reserved = frozenset({"instrument", "context"})

    instrument: InstrumentId
    context: object


class Cross(Base):
    """Two averages."""

    fast: int = 20
    """Bars in the fast
    average."""
    slow: Annotated[int, "Bars in the slow average."] = 50
    share: float = 1
    stop: Decimal | None = None
    live: bool = False
    side: Literal["long", "short", "both"] = "both"
    label: str = "cross"
    hours: tuple[int, ...] = (9, 21)
    band: tuple[float, float] = (0.5, 1.5)
    legs: list[str] = ["rb2701.SHFE"]
    hedge: InstrumentId | None = None
    kinds: ClassVar[int] = 3
    _hidden: int = 1
    average: EMA | None = None
    notes: dict[str, int] = {}
    untyped = 5


class Tuned(Cross):
    fast: int = 10
    depth: int


def value_of(name: str, raw: object) -> object:
    return coerce(Cross, {name: raw})[name]


def test_parameters_are_the_annotated_public_names_of_supported_types() -> None:
    names = "fast slow share stop live side label hours band legs hedge"
    assert list(parameters_of(Cross)) == names.split()


def test_a_subclass_inherits_parameters_and_its_defaults_win() -> None:
    parameters = parameters_of(Tuned)
    assert parameters["fast"].default == 10
    assert parameters["slow"].default == 50
    assert parameters["slow"].strategy == "Tuned"
    assert list(parameters)[-1] == "depth"


def test_docs_come_from_the_text_below_or_from_the_annotation() -> None:
    parameters = parameters_of(Cross)
    assert parameters["fast"].doc == "Bars in the fast\naverage."
    assert parameters["slow"].doc == "Bars in the slow average."
    assert parameters["share"].doc == ""
    assert parameters_of(Tuned)["fast"].doc == "Bars in the fast\naverage."


def test_a_class_without_source_has_parameters_without_docs() -> None:
    typed: dict[str, Any] = {}
    exec("class Typed:\n    fast: int = 3\n    'Bars.'", typed)
    assert parameters_of(typed["Typed"])["fast"] == Parameter("fast", int, 3, "", "Typed")


def test_a_default_is_held_in_its_declared_type() -> None:
    share = parameters_of(Cross)["share"].default
    assert share == 1.0
    assert isinstance(share, float)


def test_a_parameter_without_default_is_required() -> None:
    depth = parameters_of(Tuned)["depth"]
    assert depth.required
    assert depth.default is msgspec.UNSET
    with pytest.raises(ConfigError, match=r"strategy Tuned needs depth \(int\)"):
        require_all(Tuned, {"fast": 3})
    require_all(Tuned, {"depth": 3})


def test_a_default_of_the_wrong_type_is_refused() -> None:
    class Wrong:
        fast: int = 2.5  # type: ignore[assignment]

    with pytest.raises(ConfigError, match=r"Wrong: parameter fast was 2\.5; int is expected"):
        parameters_of(Wrong)


def test_changing_the_answer_does_not_change_the_class() -> None:
    parameters_of(Cross).clear()
    assert parameters_of(Cross)


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("fast", "20", 20),
        ("fast", " -3 ", -3),
        ("fast", 7, 7),
        ("share", "0.25", 0.25),
        ("share", "1e-3", 0.001),
        ("share", 2, 2.0),
        ("stop", "3500.5", Decimal("3500.5")),
        ("stop", 0.1, Decimal("0.1")),
        ("stop", "none", None),
        ("stop", None, None),
        ("live", "yes", True),
        ("live", "TRUE", True),
        ("live", "1", True),
        ("live", 1, True),
        ("live", "no", False),
        ("live", "0", False),
        ("live", "false", False),
        ("side", "short", "short"),
        ("label", "none", "none"),
        ("label", "", ""),
        ("hours", "9, 10,21", (9, 10, 21)),
        ("hours", "(9,)", (9,)),
        ("hours", "", ()),
        ("hours", [9, "10"], (9, 10)),
        ("band", "1,2", (1.0, 2.0)),
        ("legs", "rb2701.SHFE,hc2701.SHFE", ["rb2701.SHFE", "hc2701.SHFE"]),
        ("legs", '["a", "b"]', ["a", "b"]),
        ("legs", ("a",), ["a"]),
        ("hedge", "hc2701.SHFE", "hc2701.SHFE"),
        ("hedge", "none", None),
    ],
)
def test_texts_and_values_become_the_declared_type(name: str, raw: object, value: object) -> None:
    found = value_of(name, raw)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("fast", "2.5", "int is expected"),
        ("fast", 2.5, "int is expected"),
        ("fast", 20.0, "int is expected"),
        ("fast", True, "int is expected"),
        ("fast", "", "int is expected"),
        ("fast", None, "int is expected"),
        ("share", "half", "float is expected"),
        ("share", True, "float is expected"),
        ("share", Decimal(1), "float is expected"),
        ("share", 10**400, "float is expected"),
        ("stop", "nan", r"Decimal \| None is expected"),
        ("stop", True, r"Decimal \| None is expected"),
        ("live", "maybe", "bool is expected"),
        ("live", 2, "bool is expected"),
        ("live", 1.0, "bool is expected"),
        ("side", "sideways", r"'long' \| 'short' \| 'both' is expected"),
        ("label", 600519, "str is expected"),
        ("hours", "9,x", r"tuple\[int, \.\.\.\] is expected \(item 2 was 'x'\)"),
        ("hours", 9, r"tuple\[int, \.\.\.\] is expected"),
        ("band", "1", r"tuple\[float, float\] is expected \(2 items, not 1\)"),
        ("legs", [1], r"list\[str\] is expected \(item 1 was 1\)"),
    ],
)
def test_an_ill_typed_value_is_refused_with_strategy_parameter_value_and_type(
    name: str, raw: object, expected: str
) -> None:
    with pytest.raises(
        ConfigError, match=f"strategy Cross: parameter {name} was .*; {expected}"
    ) as caught:
        value_of(name, raw)
    error = caught.value
    assert (error.code, error.strategy, error.parameter) == ("config.parameter_type", "Cross", name)
    assert error.value == repr(raw)


def test_an_unknown_name_is_refused_with_the_nearest_and_all_names() -> None:
    with pytest.raises(ConfigError, match=r"no parameter 'fsat'; did you mean fast\?") as caught:
        coerce(Cross, {"fsat": "20"})
    assert caught.value.nearest == "fast"
    assert "fast (int), slow (int), share (float)" in caught.value.known


def test_an_unknown_name_like_no_other_is_refused_without_a_guess() -> None:
    with pytest.raises(
        ConfigError, match=r"no parameter 'zzzz'; its parameters are: fast"
    ) as caught:
        coerce(Cross, {"zzzz": "20"})
    assert "nearest" not in caught.value.fields


def test_setting_state_from_outside_says_why_it_cannot_be_set() -> None:
    with pytest.raises(ConfigError, match=r"notes is declared as dict\[str, int\], which cannot"):
        coerce(Cross, {"notes": "1"})
    with pytest.raises(ConfigError, match=r"average is declared as EMA \| None, which cannot"):
        coerce(Cross, {"average": "1"})


@pytest.mark.parametrize("name", ["instrument", "_hidden", "kinds", "untyped"])
def test_reserved_private_class_and_untyped_names_are_no_parameters(name: str) -> None:
    with pytest.raises(ConfigError, match="no parameter"):
        coerce(Cross, {name: "1"})


def test_literals_of_numbers_and_truth_values_are_read_from_text() -> None:
    class Choices:
        level: Literal[1, 2] = 1
        mode: Literal["auto", True, None] = "auto"

    assert coerce(Choices, {"level": "2", "mode": "true"}) == {"level": 2, "mode": True}
    assert coerce(Choices, {"mode": "none"}) == {"mode": None}
    assert coerce(Choices, {"level": 2}) == {"level": 2}
    with pytest.raises(ConfigError, match=r"1 \| 2 is expected"):
        coerce(Choices, {"level": True})


def test_a_union_takes_the_first_member_that_fits() -> None:
    class Either:
        size: int | Literal["all"] | tuple[int, ...] = 1

    assert coerce(Either, {"size": "5"}) == {"size": 5}
    assert coerce(Either, {"size": "all"}) == {"size": "all"}
    assert coerce(Either, {"size": "1,2"}) == {"size": (1, 2)}


def test_lists_without_item_type_hold_texts() -> None:
    class Loose:
        names: list = []  # type: ignore[type-arg]
        pairs: tuple = ()  # type: ignore[type-arg]

    assert coerce(Loose, {"names": "a,b", "pairs": "c"}) == {"names": ["a", "b"], "pairs": ("c",)}


def test_a_value_set_on_an_instance_must_already_have_the_type() -> None:
    parameters = parameters_of(Cross)
    assert check_value(parameters["fast"], 30) == 30
    assert isinstance(check_value(parameters["share"], 1), float)
    assert check_value(parameters["stop"], None) is None
    for name, value in (("fast", "30"), ("fast", 2.5), ("live", 1), ("share", "1"), ("hours", "1")):
        with pytest.raises(ConfigError, match=f"parameter {name} was"):
            check_value(parameters[name], value)


@given(st.integers())
def test_every_integer_survives_as_text(number: int) -> None:
    assert value_of("fast", str(number)) == number


@given(st.floats(allow_nan=False))
def test_every_float_survives_as_text(number: float) -> None:
    assert value_of("share", repr(number)) == number


@given(st.lists(st.integers()))
def test_every_tuple_survives_as_text(numbers: list[int]) -> None:
    assert value_of("hours", str(tuple(numbers))) == tuple(numbers)

"""The grid: which values each parameter takes, and every combination of them that a condition lets through."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from itertools import product
from math import prod

from anyvenue.engine.optimise.where import Condition
from anyvenue.model.errors import ConfigError
from anyvenue.model.numbers import plain
from anyvenue.strategy.base import Strategy
from anyvenue.strategy.parameters import coerce, require_all

__all__ = ["MOST_POINTS", "Axis", "Parameters", "Where", "axes_of", "combinations", "parse_axis"]

MOST_POINTS = 1_000_000
"""More combinations than anybody waits for; a grid that large is a slip of the pen."""

Parameters = dict[str, object]
Axis = str | Iterable[object]
"""What one may write for the values of a parameter: ``5:50:5`` (the end included), ``5,10,20``, or the values."""

Where = str | Sequence[str] | Callable[[Mapping[str, object]], bool]


def parse_axis(text: str) -> tuple[str, list[object]]:
    """Return name and values of ``fast=5:50:5`` or ``fast=5,10,20``, the values as texts; raise ConfigError."""
    name, equals, values = text.partition("=")
    if not equals or not name.strip():
        raise _refused(text)
    return name.strip().replace("-", "_"), _values(values, text)


def axes_of(
    strategy: type[Strategy], grid: Mapping[str, Axis], fixed: Mapping[str, object]
) -> dict[str, tuple[object, ...]]:
    """Return the typed values of each parameter of the grid, each value once; raise ConfigError."""
    if not grid:
        raise ConfigError(
            "the grid is empty; name a parameter and its values, such as fast=5:50:5",
            code="config.grid_empty",
        )
    both = sorted(set(grid) & set(fixed))
    if both:
        raise ConfigError(
            f"{both[0]} is in the grid and set to {fixed[both[0]]!r}; take one away",
            code="config.grid_twice",
            parameter=both[0],
        )
    found = {name: _typed(strategy, name, axis) for name, axis in grid.items()}
    require_all(strategy, {**found, **fixed})
    count = prod(map(len, found.values()))
    if count > MOST_POINTS:
        raise ConfigError(
            f"the grid has {count:,} points; {MOST_POINTS:,} are the most: take larger steps",
            code="config.grid_large",
            count=count,
            limit=MOST_POINTS,
        )
    return found


def combinations(
    axes: Mapping[str, Sequence[object]], fixed: Mapping[str, object], where: Where | None
) -> list[Parameters]:
    """Return the combinations that `where` lets through, the last parameter changing fastest; raise ConfigError."""
    passes = _test(where)
    made = (dict(zip(axes, values, strict=True)) for values in product(*axes.values()))
    found = [{**fixed, **each} for each in made if passes({**fixed, **each})]
    if not found:
        raise ConfigError(
            f"no point of the grid is left by the condition {where!r}; loosen it",
            code="config.grid_none",
            condition=str(where),
        )
    return found


def _test(where: Where | None) -> Callable[[Mapping[str, object]], bool]:
    if where is None:
        return lambda _: True
    if callable(where):
        return where
    conditions = [Condition(each) for each in ([where] if isinstance(where, str) else where)]
    return lambda values: all(condition.holds(values) for condition in conditions)


def _typed(strategy: type[Strategy], name: str, axis: Axis) -> tuple[object, ...]:
    raw = _values(axis, f"{name}={axis}") if isinstance(axis, str) else list(axis)
    values = [coerce(strategy, {name: value})[name] for value in raw]
    once = {repr(value): value for value in values}
    if not once:
        raise _refused(f"{name}=")
    return tuple(once.values())


def _values(text: str, whole: str) -> list[object]:
    if ":" not in text:
        values: list[object] = [part.strip() for part in text.split(",") if part.strip()]
        if not values:
            raise _refused(whole)
        return values
    try:
        first, last, step = _bounds(text)
    except (InvalidOperation, ValueError):
        raise _refused(whole) from None
    if step == 0 or (last - first) / step < 0 or (last - first) / step > MOST_POINTS:
        raise _refused(whole)
    return list(_range(first, last, step))


def _bounds(text: str) -> tuple[Decimal, Decimal, Decimal]:
    first, last, step = map(
        Decimal, text.split(":") if text.count(":") == 2 else f"{text}:1".split(":")
    )
    if not (first.is_finite() and last.is_finite() and step.is_finite()):
        raise ValueError(text)
    return first, last, step


def _range(first: Decimal, last: Decimal, step: Decimal) -> Iterator[str]:
    """Count in decimals: ten steps of 0.1 end at 1 and not beside it."""
    for number in range(int((last - first) / step) + 1):
        yield plain(first + number * step)


def _refused(text: str) -> ConfigError:
    return ConfigError(
        f"the grid was {text!r}; expected name=first:last:step (fast=5:50:5) or a list (fast=5,10,20)",
        code="config.grid",
        value=text,
    )

"""What all indicators share: their value, their count, and how their periods are checked."""

from math import isfinite, nan

from anyvenue.model.errors import ConfigError

__all__ = ["Indicator", "check_period", "check_width"]


class Indicator:
    """Base of the indicators: `value` is NaN until `ready`; `count` inputs have been taken.

    An input that is NaN or infinite is ignored: it changes nothing, is not counted, and the last value is returned.
    """

    __slots__ = ("count", "value")

    value: float
    count: int

    def __init__(self) -> None:
        self.value = nan
        self.count = 0

    @property
    def ready(self) -> bool:
        """Tell whether enough inputs have come for `value` to be a number."""
        return self.value == self.value

    def __repr__(self) -> str:
        return f"<{type(self).__name__} value={self.value} count={self.count}>"


def check_period(indicator: str, name: str, value: int) -> int:
    """Return `value`; raise ConfigError unless it is a whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigError(
            f"{indicator}: {name} was {value!r}; use a whole number of at least 1",
            code="config.indicator_period",
            indicator=indicator,
            parameter=name,
            value=repr(value),
        )
    return value


def check_width(indicator: str, name: str, value: float) -> float:
    """Return `value` as a float; raise ConfigError unless it is a finite number above 0."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not isfinite(value) or value <= 0:
        raise ConfigError(
            f"{indicator}: {name} was {value!r}; use a number above 0",
            code="config.indicator_width",
            indicator=indicator,
            parameter=name,
            value=repr(value),
        )
    return float(value)

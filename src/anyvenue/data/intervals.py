"""Bar intervals: ``10s``, ``1m``, ``1h``, ``1d`` and the same in nanoseconds."""

import re

from anyvenue.model.errors import ConfigError

__all__ = ["DAY_NS", "SECOND_NS", "interval_text", "parse_interval"]

SECOND_NS = 1_000_000_000
DAY_NS = 86_400 * SECOND_NS

_UNITS = {"d": DAY_NS, "h": 3600 * SECOND_NS, "m": 60 * SECOND_NS, "s": SECOND_NS}
_FORM = re.compile(r"([1-9][0-9]*)([smhd])")


def parse_interval(text: str) -> int:
    """Return the interval in ns: a whole number and ``s``, ``m``, ``h`` or ``d``; raise ConfigError otherwise.

    The longest is ``1d``, the trading day with its night session: no bar spans two trading days.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise ConfigError(
            f"interval {text!r} is not understood: write a whole number and s, m, h or d, "
            f"such as 10s, 1m, 5m, 1h or 1d",
            interval=text,
        )
    interval = int(match[1]) * _UNITS[match[2]]
    if interval > DAY_NS:
        raise ConfigError(
            f"interval {text!r} is longer than one trading day: the longest bar is 1d",
            interval=text,
        )
    return interval


def interval_text(interval: int) -> str:
    """Return the shortest text of an interval in ns: 60 s is ``1m``; raise ConfigError below a whole second."""
    if interval <= 0 or interval % SECOND_NS:
        raise ConfigError(
            f"interval of {interval} ns is not a whole number of seconds above zero",
            interval=interval,
        )
    unit = next(unit for unit, size in _UNITS.items() if interval % size == 0)
    return f"{interval // _UNITS[unit]}{unit}"

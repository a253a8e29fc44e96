"""Seeded paths of a log price: pulled back to where they began, and the same whoever looks at them, and whenever.

A path is a function of its name and the time alone. So an option finds the price of its underlying without a word
between the two markets, and an instrument that joins late finds the price that all others have seen.
"""

from collections.abc import Sequence
from math import exp, sqrt
from random import Random

__all__ = ["LogPath"]

_SECOND = 1_000_000_000
_MEMORY = 0.9
_SWING = 0.4


class LogPath:
    """An Ornstein-Uhlenbeck process around 0, int ns UTC to log price, 0 up to `origin`.

    It is laid out hour by hour, within an hour by the minute and within a minute by the second, each finer step pinned
    to the coarser ones. Calm and busy minutes alternate; over time the volatility is `per_hour`. In the long run
    `spread` is the standard deviation around 0.
    """

    def __init__(self, name: str, per_hour: float, spread: float, origin: int) -> None:
        self._name = name
        self._origin = origin
        self._per_minute = per_hour / sqrt(60)
        pull = (per_hour / spread) ** 2 / 2
        self._keeps = exp(-pull)
        self._hourly = spread * sqrt(1 - self._keeps**2)
        self._walk = Random(f"{name} hours")
        self._hours = [0.0]
        self._hour = self._minute = -1
        self._paces: list[float] = []
        self._minutes: list[float] = []
        self._seconds: list[float] = []

    def __call__(self, ts: int) -> float:
        second, rest = divmod(ts - self._origin, _SECOND)
        if second < 0:
            return 0.0
        minute, at = divmod(second, 60)
        if minute != self._minute:
            if not at and not rest:
                return self._at_minute(minute)
            self._lay_out(minute)
        now, then = self._seconds[at], self._seconds[at + 1]
        return now + (then - now) * rest / _SECOND

    def _at_minute(self, minute: int) -> float:
        """Return where a minute begins: whoever looks once a minute or less often needs no seconds."""
        hour, at = divmod(minute, 60)
        if hour != self._hour:
            self._lay_out_hour(hour)
        return self._minutes[at]

    def _lay_out(self, minute: int) -> None:
        start, at = self._at_minute(minute), minute % 60
        pace = self._paces[at] * self._per_minute / sqrt(60)
        random = Random(f"{self._name} minute {minute}")
        self._seconds = _between(random, start, self._minutes[at + 1], [pace] * 60)
        self._minute = minute

    def _lay_out_hour(self, hour: int) -> None:
        hours, gauss = self._hours, self._walk.gauss
        while len(hours) < hour + 2:
            hours.append(hours[-1] * self._keeps + gauss(0.0, self._hourly))
        random = Random(f"{self._name} hour {hour}")
        self._paces = _paces(random)
        steps = [pace * self._per_minute for pace in self._paces]
        self._minutes = _between(random, hours[hour], hours[hour + 1], steps)
        self._hour = hour


def _between(random: Random, start: float, end: float, steps: Sequence[float]) -> list[float]:
    """Return a path of normal steps of those sizes from `start` to exactly `end`."""
    gauss, at = random.gauss, 0.0
    walk = [0.0]
    for step in steps:
        at += gauss(0.0, step)
        walk.append(at)
    slope = (end - start - at) / len(steps)
    return [start + each + slope * number for number, each in enumerate(walk)]


def _paces(random: Random) -> list[float]:
    """Return how busy each minute of an hour is; the mean of the squares is 1."""
    gauss, fresh = random.gauss, sqrt(1 - _MEMORY**2)
    mood = gauss(0.0, 1.0)
    paces = []
    for _ in range(60):
        mood = _MEMORY * mood + gauss(0.0, fresh)
        paces.append(exp(_SWING * mood - _SWING**2))
    return paces

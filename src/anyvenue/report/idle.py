"""Stretches without samples, which a chart's time axis leaves out: nights, weekends, holidays."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from statistics import median

from anyvenue.data.clock import zone_of
from anyvenue.report.timeline import local

__all__ = ["breaks"]

Break = dict[str, object]

_SECOND = 1_000_000_000
_MINUTE = 60 * _SECOND
_DAY = 24 * 60 * _MINUTE
# More single breaks than this make a chart slow; then a rule for every day and one for weekends take their place.
_MOST_SINGLE = 60
# An idle stretch is longer than so many usual steps.
_IDLE_STEPS = 5
# Samples may lie a second apart: a quiet minute stays on the axis.
_SHORTEST = 5 * _MINUTE
# A week of holidays; shorter ones may stay on the axis.
_LONG = 6 * _DAY
_SLOT_MINUTES = 15
_SLOTS = 24 * 60 // _SLOT_MINUTES
_SATURDAY, _SUNDAY = 5, 6


def breaks(times: Sequence[int], zone: str) -> list[Break]:
    """Return what plotly.js calls range breaks for samples at `times`, int ns UTC, rising.

    A usual step is kept at either end of a stretch: a fill may lie between two samples.
    """
    gaps = [after - before for before, after in pairwise(times)]
    usual = int(median(gaps)) if gaps else 0
    if not usual:
        return []
    least = max(_IDLE_STEPS * usual, _SHORTEST)
    idle = [pair for pair in pairwise(times) if pair[1] - pair[0] > least]
    if len(idle) <= _MOST_SINGLE:
        return _single(idle, usual, zone)
    if any(after - before > _LONG for before, after in idle):
        # Breaks that overlap make plotly.js hide what lies between them: with a holiday only the longest are left out.
        longest = sorted(idle, key=lambda pair: pair[0] - pair[1])[:_MOST_SINGLE]
        return _single(sorted(longest), usual, zone)
    daily = _daily(times, usual, zone) if usual < _DAY // 8 else []
    return daily + _weekends(times, zone)


def _single(pairs: Sequence[tuple[int, int]], usual: int, zone: str) -> list[Break]:
    return [
        {"bounds": [local(before + usual, zone), local(after - usual, zone)]}
        for before, after in pairs
    ]


def _daily(times: Sequence[int], usual: int, zone: str) -> list[Break]:
    """Return the hours in which there never is a sample, nor anything a usual step after one."""
    busy = [False] * _SLOTS
    for ts in times:
        first = _slot(ts - usual, zone)
        for at in range(2 * usual // (_SLOT_MINUTES * _MINUTE) + 2):
            busy[(first + at) % _SLOTS] = True
    edges = [at for at in range(_SLOTS) if busy[at] != busy[at - 1]]
    starts = [at for at in edges if not busy[at]]
    ends = [at for at in edges if busy[at]]
    return [
        {"pattern": "hour", "bounds": [_hour(start), _hour(_end(start, ends))]} for start in starts
    ]


def _end(start: int, ends: Sequence[int]) -> int:
    """Return the next end after `start`, round the clock."""
    return min(ends, key=lambda end: (end - start) % _SLOTS)


def _hour(slot: int) -> float:
    return slot * _SLOT_MINUTES / 60


def _slot(ts: int, zone: str) -> int:
    time = datetime.fromtimestamp(ts // _SECOND, zone_of(zone))
    return (time.hour * 60 + time.minute) // _SLOT_MINUTES


def _weekends(times: Sequence[int], zone: str) -> list[Break]:
    """Return the break for weekends, none where there is a sample in one."""
    tz = zone_of(zone)
    for ts in times:
        if datetime.fromtimestamp(ts // _SECOND, tz).weekday() in (_SATURDAY, _SUNDAY):
            return []
    return [{"bounds": ["sat", "mon"]}]

"""Adjusted continuous series: the bars of single contracts strung together without the jumps between them.

The roll is decided on the close of one trading day and done on the next, so no bar knows of anything later. The
adjustment of a roll is the difference (or ratio) of both contracts' last closes on the last day before it that both
have, and all earlier prices are moved by it: the newest prices are the real ones.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

import msgspec

from anyvenue.data.continuous import Roll
from anyvenue.data.merge import merge
from anyvenue.data.source import Source
from anyvenue.model.errors import ConfigError, DataError
from anyvenue.model.ids import symbol_of
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar
from anyvenue.reference.sessions import SessionCalendar

__all__ = [
    "AdjustedSeries",
    "Adjustment",
    "RollRule",
    "SeriesRoll",
    "adjusted_series",
    "write_roll_table",
]


class RollRule(StrEnum):
    """When to go over to a later contract: once it closes a day with more open interest, or more volume."""

    OPEN_INTEREST = "open_interest"
    VOLUME = "volume"


class Adjustment(StrEnum):
    """How earlier prices are moved: by the difference at the roll, by its ratio, or not at all."""

    DIFFERENCE = "difference"
    RATIO = "ratio"
    NONE = "none"


class SeriesRoll(msgspec.Struct, frozen=True):
    """From trading day `day` on the series follows `contract`.

    `old_close` and `new_close` are the closes of the contract before and of this one on trading day `measured`; for
    the first contract both are NaN and the day is 0.
    """

    day: int
    contract: str
    measured: int
    old_close: float
    new_close: float


class AdjustedSeries(msgspec.Struct, frozen=True):
    """A continuous series: `rolls` is its roll table, `bars()` its bars."""

    instrument: Instrument
    adjustment: Adjustment
    rolls: tuple[SeriesRoll, ...]
    contracts: Mapping[str, Source]
    sessions: SessionCalendar

    def bars(self) -> Iterator[Bar]:
        """Yield the bars in the order of time; each call reads the contracts anew, in flat memory.

        Volume and open interest are the contract's own. Turnover and settlement are absent where prices were moved:
        they would not fit them.
        """
        shifts = _shifts(self.rolls, self.adjustment)
        ends = [roll.day for roll in self.rolls[1:]] + [99_999_999]
        parts = [
            self._part(roll, end, shift)
            for roll, end, shift in zip(self.rolls, ends, shifts, strict=True)
        ]
        for bar in merge(parts):
            assert isinstance(bar, Bar)
            yield bar

    def _part(self, roll: SeriesRoll, end: int, shift: tuple[float, float]) -> Iterator[Bar]:
        factor, offset = shift
        moved = shift != (1.0, 0.0)
        for bar in _bars_of(self.contracts[roll.contract]):
            day = bar.trading_day or self.sessions.trading_day(bar.ts_start)
            if day >= end:
                return
            if day < roll.day:
                continue
            changes: dict[str, object] = {"instrument": self.instrument.id, "trading_day": day}
            if moved:
                for name in ("open", "high", "low", "close"):
                    changes[name] = getattr(bar, name) * factor + offset
                changes["turnover"] = changes["settlement"] = float("nan")
            yield msgspec.structs.replace(bar, **changes)


class _Day(msgspec.Struct):
    """One trading day of one contract."""

    close: float
    open_interest: float
    volume: float


_Days = dict[int, _Day]


def adjusted_series(
    instrument: Instrument,
    contracts: Sequence[Source],
    sessions: SessionCalendar,
    rule: RollRule | Sequence[Roll] = RollRule.OPEN_INTEREST,
    adjustment: Adjustment = Adjustment.DIFFERENCE,
) -> AdjustedSeries:
    """Return the continuous series `instrument` of bars of single contracts, given in the order of their delivery.

    `rule` is a crossing of figures or a table of rolls, whose contracts are symbols or ids. A roll never goes back to
    an earlier contract. Raises ConfigError for sources that are no bars of one interval, DataError where two contracts
    have no common day to measure a roll on.
    """
    _check_contracts(contracts)
    by_name = {symbol_of(source.instrument.id): source for source in contracts}
    days = {name: _days_of(source, sessions) for name, source in by_name.items()}
    plan = _crossings(days, rule) if isinstance(rule, RollRule) else _by_table(rule, by_name, days)
    rolls: list[SeriesRoll] = []
    for roll in plan:
        before = rolls[-1].contract if rolls else ""
        rolls.append(_measured(roll, before, days))
    return AdjustedSeries(instrument, adjustment, tuple(rolls), by_name, sessions)


def write_roll_table(path: str | Path, rolls: Sequence[SeriesRoll]) -> None:
    """Write rolls as CSV that `load_rolls` and ``--rolls`` read."""
    lines = ["date,contract,measured,old_close,new_close"]
    for roll in rolls:
        first = not roll.measured
        closes = "," if first else f"{roll.old_close!r},{roll.new_close!r}"
        lines.append(f"{roll.day},{roll.contract},{roll.measured or ''},{closes}")
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _check_contracts(contracts: Sequence[Source]) -> None:
    intervals = {source.interval for source in contracts}
    if len(intervals) != 1 or "" in intervals:
        raise ConfigError(
            "a continuous series is made of bars of one interval; there are "
            + (", ".join(sorted(each or "ticks" for each in intervals)) or "no contracts"),
            option="contracts",
            value=sorted(intervals),
        )


def _bars_of(source: Source) -> Iterator[Bar]:
    return (event for event in source.events() if isinstance(event, Bar))


def _days_of(source: Source, sessions: SessionCalendar) -> _Days:
    days: _Days = {}
    for bar in _bars_of(source):
        number = bar.trading_day or sessions.trading_day(bar.ts_start)
        day = days.get(number)
        if day is None:
            day = days[number] = _Day(bar.close, bar.open_interest, 0.0)
        day.close = bar.close if bar.close == bar.close else day.close
        day.open_interest = bar.open_interest
        day.volume += bar.volume if bar.volume == bar.volume else 0.0
    return days


def _crossings(days: Mapping[str, _Days], rule: RollRule) -> list[Roll]:
    """Return the rolls: on the day after a later contract closed with the larger figure."""
    names = list(days)
    calendar = sorted({day for each in days.values() for day in each})
    rolls: list[Roll] = []
    at = next((i for i, name in enumerate(names) if calendar and calendar[0] in days[name]), 0)
    if calendar:
        rolls.append(Roll(calendar[0], names[at]))
    for yesterday, today in pairwise(calendar):
        figures = [_figure(days[name].get(yesterday), rule) for name in names]
        best = max(range(at, len(names)), key=lambda i: (figures[i], -i))
        gone = today not in days[names[at]]
        if best == at and gone:
            best = next((i for i in range(at, len(names)) if today in days[names[i]]), at)
        if best > at and today in days[names[best]]:
            at = best
            rolls.append(Roll(today, names[at]))
    return rolls


def _figure(day: _Day | None, rule: RollRule) -> float:
    value = getattr(day, rule.value) if day is not None else 0.0
    return value if value == value else 0.0


def _by_table(
    table: Sequence[Roll], known: Mapping[str, Source], days: Mapping[str, _Days]
) -> list[Roll]:
    rolls = [Roll(roll.day, roll.contract.partition(".")[0]) for roll in table]
    lacking = sorted({roll.contract for roll in rolls} - set(known))
    if lacking:
        raise DataError(
            f"the roll table names {', '.join(lacking)}, of which there is no data; there is of {', '.join(known)}",
            file="",
            line=0,
            expected="data of every contract of the table",
        )
    return rolls


def _measured(roll: Roll, before: str, days: Mapping[str, _Days]) -> SeriesRoll:
    nan = float("nan")
    if not before:
        return SeriesRoll(roll.day, roll.contract, 0, nan, nan)
    old, new = days[before], days[roll.contract]
    common = [day for day in old if day < roll.day and day in new]
    if not common:
        raise DataError(
            f"{before} and {roll.contract} have no common trading day before {roll.day}: their difference cannot be "
            "measured",
            file="",
            line=0,
            expected=f"bars of {roll.contract} before {roll.day}",
        )
    day = max(common)
    return SeriesRoll(roll.day, roll.contract, day, old[day].close, new[day].close)


def _shifts(rolls: Sequence[SeriesRoll], how: Adjustment) -> list[tuple[float, float]]:
    """Return (factor, offset) of each stretch, from the newest back."""
    factor, offset = 1.0, 0.0
    found = [(factor, offset)]
    for roll in reversed(rolls[1:]):
        if how is Adjustment.DIFFERENCE:
            offset += roll.new_close - roll.old_close
        elif how is Adjustment.RATIO:
            factor *= roll.new_close / roll.old_close
        found.append((factor, offset))
    return found[::-1]

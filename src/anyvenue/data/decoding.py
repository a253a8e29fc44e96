"""What all row decoders share: the plan, the clock of a row, columns of floats and the errors about them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from math import isnan, nan
from operator import itemgetter

import msgspec

from anyvenue.data.clock import (
    day_number,
    local_text,
    millisecond_parser,
    night_aware_parser,
    stamp_parser,
    zone_of,
)
from anyvenue.data.intervals import SECOND_NS
from anyvenue.data.profiles import Profile, TimeForm
from anyvenue.data.spans import zone_of_sessions
from anyvenue.data.table import Table
from anyvenue.model.errors import DataError
from anyvenue.model.instruments import Instrument
from anyvenue.reference.sessions import SessionCalendar

__all__ = [
    "ABSENT_FIELD",
    "FloatColumns",
    "Plan",
    "Row",
    "RowClock",
    "identity_column",
    "mixed_instruments",
    "row_clock",
    "step_back",
    "time_error",
]

ABSENT_FIELD = "0"
"""Appended to every row by decoders: absent columns read it, and a zero price is an absent one."""

# At night these two send the trading day as the action day; Shanghai sends the calendar day (observed on CTP).
_TRADING_DAY_AS_ACTION_DAY = ("DCE", "GFEX")

Row = list[str]
RowClock = Callable[[Row], int]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How one file is read. `interval` is ns, 0 for ticks; `day` is yyyymmdd where the rows have no date.

    `identity` is what the instrument column says in the first row, where there is such a column.
    """

    profile: Profile
    instrument: Instrument
    sessions: SessionCalendar
    interval: int = 0
    interval_text: str = ""
    day: int = 0
    identity: str = ""

    @property
    def zone(self) -> str:
        """The time zone of the file's stamps."""
        return self.profile.zone or zone_of_sessions(self.sessions.name)


def row_clock(plan: Plan, table: Table) -> RowClock:
    """Return a function from a row to its stamp in int ns UTC; it raises ValueError or KeyError."""
    at = table.positions(plan.profile.time)
    form = plan.profile.time_form
    first = at[0]
    if form is TimeForm.CTP:
        second, third = at[1], at[2]
        renames = plan.instrument.exchange in _TRADING_DAY_AS_ACTION_DAY
        moment = night_aware_parser(
            plan.zone, lambda day: _night_begins(plan, day) if renames else day
        )
        return lambda row: moment(row[first], row[second], row[third])
    if form is TimeForm.NANOSECONDS:
        return lambda row: int(row[first])
    if form is TimeForm.DAY:
        # Where single rows must be timed all the same, a date is its midnight.
        midnight = stamp_parser(plan.zone)
        return lambda row: midnight(_dashed(row[first]) + " 00:00")
    if form is TimeForm.DAY_MS:
        parse = millisecond_parser(plan.day, plan.zone)
    else:
        parse = stamp_parser(plan.zone, 8 if form is TimeForm.COMPACT else 10)
    if len(at) > 1:
        second = at[1]
        return lambda row: parse(f"{row[first]} {row[second]}")
    return lambda row: parse(row[first])


def _dashed(text: str) -> str:
    day = day_number(text.partition(" ")[0])
    return f"{day // 10000:04}-{day // 100 % 100:02}-{day % 100:02}"


def _night_begins(plan: Plan, trading_day: int) -> int:
    windows = plan.sessions.windows(trading_day)
    if not windows:
        return trading_day
    begin = datetime.fromtimestamp(windows[0].start // SECOND_NS, zone_of(plan.zone))
    return begin.year * 10000 + begin.month * 100 + begin.day


_TIME_TEXTS = {
    TimeForm.DATETIME: "YYYY-MM-DD HH:MM:SS",
    TimeForm.COMPACT: "YYYYMMDD HH:MM",
    TimeForm.CTP: "yyyymmdd, yyyymmdd and HH:MM:SS.mmm",
    TimeForm.DAY_MS: "milliseconds since midnight",
    TimeForm.DAY: "a date",
    TimeForm.NANOSECONDS: "int ns UTC",
}


def time_error(plan: Plan, table: Table, row: Row) -> DataError:
    """Return the error for a row whose time could not be read."""
    columns = plan.profile.time
    texts = " ".join(row[at] for at in table.positions(columns))
    return table.error(
        f"the time was {texts!r}",
        expected=_TIME_TEXTS[plan.profile.time_form],
        column=columns[-1],
    )


def step_back(plan: Plan, table: Table, ts: int, last: int) -> DataError:
    """Return the error for a row that is earlier than the one before."""
    return table.error(
        f"time steps back from {local_text(last, plan.zone)} to {local_text(ts, plan.zone)}",
        expected="rows in the order of time: sort the file",
        column=plan.profile.time[-1],
    )


def identity_column(plan: Plan, table: Table) -> tuple[int, str]:
    """Return the position of the instrument column and the text every row must have there.

    Where there is none it is the field "0" that decoders append to a row, which equals itself.
    """
    names = plan.profile.instrument
    return (table.positions(names)[0], plan.identity) if names else (-1, ABSENT_FIELD)


def mixed_instruments(plan: Plan, table: Table, text: str) -> DataError:
    """Return the error for a row about another instrument than the first."""
    return table.error(
        f"the instrument changes from {plan.identity!r} to {text!r}",
        expected="one instrument a file: split the file",
        column=plan.profile.instrument[0],
    )


class FloatColumns:
    """Some columns of a row as floats; those that are None are absent and read the appended field."""

    def __init__(self, table: Table, columns: Sequence[str | None]) -> None:
        self._table = table
        self._columns = columns
        found = iter(table.positions([name for name in columns if name is not None]))
        self.at = [table.width if name is None else next(found) for name in columns]
        self.pick: Callable[[Row], tuple[str, ...]] = itemgetter(*self.at)

    def relaxed(self, row: Row) -> tuple[float, ...]:
        """Return the floats with NaN for empty fields; raise DataError naming the column that is no number."""
        return tuple(map(self._number, self.pick(row), self._columns))

    @property
    def absent(self) -> tuple[int, ...]:
        """Which of the columns are absent, by number."""
        return tuple(n for n, name in enumerate(self._columns) if name is None)

    def text_nan(self, row: Row, upto: int) -> DataError | None:
        """Return the error for the first of `upto` columns that says NaN in words, if any does."""
        for text, column in zip(self.pick(row)[:upto], self._columns, strict=False):
            if column is not None and text and isnan(float(text)):
                return self._table.error(
                    f"the price was {text!r}", expected="a price, or nothing", column=column
                )
        return None

    def _number(self, text: str, column: str | None) -> float:
        if not text.strip():
            return nan
        try:
            return float(text)
        except ValueError:
            raise self._table.error(
                f"the value was {text!r}", expected="a number", column=column or ""
            ) from None

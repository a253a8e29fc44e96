"""Rows of bar files into Bar."""

from collections.abc import Callable, Iterator
from math import nan

from anyvenue.data.clock import day_parser
from anyvenue.data.decoding import (
    ABSENT_FIELD,
    FloatColumns,
    Plan,
    Row,
    identity_column,
    mixed_instruments,
    row_clock,
    step_back,
    time_error,
)
from anyvenue.data.intervals import DAY_NS
from anyvenue.data.spans import BarSpans, Span, day_span
from anyvenue.data.table import Table
from anyvenue.model.errors import DataError
from anyvenue.model.market import Bar
from anyvenue.model.numbers import ABSENT_ABOVE, observed

__all__ = ["BarDecoder"]

_FIELDS = ("open", "high", "low", "close", "volume", "turnover", "open_interest", "settlement")
_NEVER = 1 << 63


class BarDecoder:
    """Turns the rows of one table into Bar: stamped with its start, `ts_event` when it closed."""

    def __init__(self, plan: Plan, table: Table) -> None:
        self.plan = plan
        self.table = table
        self._floats = FloatColumns(table, [plan.profile.columns.get(name) for name in _FIELDS])
        self._span = self._day_spans() if plan.interval == DAY_NS else self._intraday_spans()

    def events(self) -> Iterator[Bar]:
        """Give one Bar a row; raise DataError naming file, line and column."""
        table, pick, span, width = self.table, self._floats.pick, self._span, self.table.width
        instrument, interval = self.plan.instrument.id, self.plan.interval_text
        divisor, absent = self.plan.profile.price_divisor, self._floats.absent
        same_at, same = identity_column(self.plan, table)
        apart = 1 if self.plan.interval == DAY_NS else 0
        next_end = -_NEVER
        with table.guard():
            for row in table.rows:
                if len(row) != width:
                    if not row:
                        continue
                    raise table.wrong_width(row)
                row.append(ABSENT_FIELD)
                try:
                    start, end, day = span(row)
                    values = list(map(float, pick(row)))
                except (ValueError, KeyError):
                    (start, end, day), values = self._relaxed(row)
                if not (
                    0.0 < values[2] <= values[1] < ABSENT_ABOVE
                    and values[0] == values[0]
                    and values[3] == values[3]
                ):
                    self._check(row, values)
                if end < next_end:
                    raise self._order_error(end, day, next_end)
                if row[same_at] != same:
                    raise mixed_instruments(self.plan, table, row[same_at])
                next_end = end + apart
                for at in absent:
                    values[at] = nan
                opening, high, low, close, volume, turnover, interest, settlement = values
                yield Bar(
                    instrument, end, end, interval, start, opening / divisor, high / divisor, low / divisor,
                    close / divisor, volume, turnover, interest, settlement / divisor or nan, day,
                )  # fmt: skip

    def _order_error(self, end: int, day: int, next_end: int) -> DataError:
        if self.plan.interval == DAY_NS and end == next_end - 1:
            return self.table.error(
                f"there is another row of {day}",
                expected="one row a day",
                column=self.plan.profile.time[0],
            )
        latest = next_end - 1 if self.plan.interval == DAY_NS else next_end
        return step_back(self.plan, self.table, end, latest)

    def _check(self, row: Row, values: list[float]) -> None:
        """Turn absent prices into NaN in place; raise DataError for NaN in words and a high below the low."""
        error = self._floats.text_nan(row, 4)
        if error is not None:
            raise error
        if values[1] < values[2]:
            raise self.table.error(
                f"the high {values[1]:g} is below the low {values[2]:g}",
                expected="low <= high",
                column=self.plan.profile.columns["high"],
            )
        if not self.plan.profile.zero_is_price:
            values[:4] = map(observed, values[:4])

    def _relaxed(self, row: Row) -> tuple[Span, list[float]]:
        try:
            span = self._span(row)
        except (ValueError, KeyError):
            raise time_error(self.plan, self.table, row) from None
        return span, list(self._floats.relaxed(row))

    def _day_spans(self) -> Callable[[Row], Span]:
        sessions, parse = self.plan.sessions, day_parser()
        at = self.table.positions(self.plan.profile.time)[0]
        return lambda row: day_span(sessions, parse(row[at]))

    def _intraday_spans(self) -> Callable[[Row], Span]:
        clock = row_clock(self.plan, self.table)
        spans = BarSpans(self.plan.sessions, self.plan.interval, self.plan.profile.stamp)
        return lambda row: spans.span(clock(row))

"""Rows of snapshot files into Depth."""

from collections.abc import Iterator
from decimal import Decimal
from math import nan

from anyvenue.data.clock import day_number
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
from anyvenue.data.table import Table
from anyvenue.model.market import Depth
from anyvenue.model.numbers import ABSENT_ABOVE, observed
from anyvenue.model.steps import FixedStep

__all__ = ["DepthDecoder"]

_PRICES = (
    *("last", "open", "high", "low", "pre_close"),
    *("pre_settlement", "settlement", "upper_limit", "lower_limit"),
)
_AMOUNTS = ("volume", "turnover", "open_interest")
_BOOK = ("bid", "ask", "bid_size", "ask_size")
_BOOK_AT = len(_PRICES) + len(_AMOUNTS)
_NEVER = 1 << 63
# 32-bit prices are off by at most a few hundredths of a tick.
_NOISE = 0.02


class DepthDecoder:
    """Turns the rows of one table into Depth; absent prices (0, DBL_MAX, nothing) become NaN."""

    def __init__(self, plan: Plan, table: Table) -> None:
        self.plan = plan
        self.table = table
        columns, self.levels = plan.profile.columns, plan.profile.levels
        book = (f"{name}{n + 1}" for name in _BOOK for n in range(self.levels))
        self._fields = (*_PRICES, *_AMOUNTS, *book)
        self._floats = FloatColumns(table, [columns.get(name) for name in self._fields])
        self._clock = row_clock(plan, table)
        # CZCE sends the calendar day as the trading day at night (observed on CTP): the sessions know better.
        day_column = None if plan.instrument.exchange == "CZCE" else columns.get("trading_day")
        self._day_at = table.positions([day_column])[0] if day_column else -1
        self._tick = _tick_of(plan)
        amounts = {self._fields.index(name) for name in _AMOUNTS}
        self._unknown = amounts.intersection(self._floats.absent)

    def events(self) -> Iterator[Depth]:
        """Give one Depth a row; raise DataError naming file, line and column."""
        table, clock, pick = self.table, self._clock, self._floats.pick
        instrument, width, day_at = self.plan.instrument.id, self.table.width, self._day_at
        same_at, same = identity_column(self.plan, table)
        careful = bool(self._unknown) or self._tick is not None
        a, b, c, d, e = (_BOOK_AT + n * self.levels for n in range(5))
        day, day_end, day_text = 0, -_NEVER, ""
        latest = -_NEVER
        with table.guard():
            for row in table.rows:
                if len(row) != width:
                    if not row:
                        continue
                    raise table.wrong_width(row)
                row.append(ABSENT_FIELD)
                try:
                    ts = clock(row)
                    values = tuple(map(float, pick(row)))
                except (ValueError, KeyError):
                    ts, values = self._relaxed(row)
                if careful or not -ABSENT_ABOVE < sum(values) < ABSENT_ABOVE or 0.0 in values[a:c]:
                    values = self._cleaned(values)
                if ts < latest:
                    raise step_back(self.plan, table, ts, latest)
                if row[same_at] != same:
                    raise mixed_instruments(self.plan, table, row[same_at])
                if ts >= day_end or row[day_at] != day_text:
                    day, day_end, day_text = self._day(row, ts)
                latest = ts
                yield Depth(
                    instrument, ts, ts, values[a:b], values[c:d], values[b:c], values[d:e], values[0] or nan,
                    values[9], values[10], values[11], values[1] or nan, values[2] or nan, values[3] or nan,
                    values[4] or nan, values[5] or nan, values[6] or nan, values[7] or nan, values[8] or nan, day,
                )  # fmt: skip

    def _relaxed(self, row: Row) -> tuple[int, tuple[float, ...]]:
        try:
            ts = self._clock(row)
        except (ValueError, KeyError):
            raise time_error(self.plan, self.table, row) from None
        return ts, self._floats.relaxed(row)

    def _day(self, row: Row, ts: int) -> tuple[int, int, str]:
        text = row[self._day_at]
        if self._day_at < 0:
            window = self.plan.sessions.window(ts)
            return window.trading_day, window.end, text
        try:
            return day_number(text), _NEVER, text
        except ValueError:
            raise self.table.error(
                f"the trading day was {text!r}",
                expected="yyyymmdd",
                column=self.plan.profile.columns["trading_day"],
            ) from None

    def _cleaned(self, values: tuple[float, ...]) -> tuple[float, ...]:
        cleaned = list(values)
        for at in (*range(len(_PRICES)), *range(_BOOK_AT, _BOOK_AT + 2 * self.levels)):
            cleaned[at] = self._on_tick(observed(values[at]))
        for at in self._unknown:
            cleaned[at] = nan
        return tuple(cleaned)

    def _on_tick(self, price: float) -> float:
        if not self._tick or price != price:
            return price
        count = price / self._tick
        steps = round(count)
        return round(steps * self._tick, 10) if abs(count - steps) < _NOISE else price


def _tick_of(plan: Plan) -> float | None:
    step = plan.instrument.price_step
    if plan.profile.single_precision and isinstance(step, FixedStep):
        return float(step.step_at(Decimal(1)))
    return None

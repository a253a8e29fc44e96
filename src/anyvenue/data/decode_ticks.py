"""Rows of quote and trade files into Quote and Trade."""

from collections.abc import Iterator
from math import nan

from anyvenue.data.decoding import (
    ABSENT_FIELD,
    FloatColumns,
    Plan,
    Row,
    RowClock,
    identity_column,
    mixed_instruments,
    row_clock,
    step_back,
    time_error,
)
from anyvenue.data.profiles import Stamp
from anyvenue.data.spans import BarSpans
from anyvenue.data.table import Table
from anyvenue.model.market import Quote, Trade
from anyvenue.model.numbers import observed

__all__ = ["QuoteDecoder", "TradeDecoder"]

_NEVER = 1 << 63
_Timed = tuple[int, tuple[float, ...]]


class _TickDecoder:
    """Reads the time and some columns of each row."""

    fields: tuple[str, ...] = ()

    def __init__(self, plan: Plan, table: Table) -> None:
        self.plan = plan
        self.table = table
        columns = plan.profile.columns
        self._floats = FloatColumns(table, [columns.get(name) for name in self.fields])
        self._clock = row_clock(plan, table)
        if plan.profile.stamp is not Stamp.MOMENT:
            self._clock = self._at_bar_end()

    def timed_rows(self) -> Iterator[_Timed]:
        """Give (ts, floats) a row; raise DataError naming file, line and column."""
        table, clock, pick, width = self.table, self._clock, self._floats.pick, self.table.width
        same_at, same = identity_column(self.plan, table)
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
                if ts < latest:
                    raise step_back(self.plan, table, ts, latest)
                if row[same_at] != same:
                    raise mixed_instruments(self.plan, table, row[same_at])
                latest = ts
                yield ts, values

    def _relaxed(self, row: Row) -> _Timed:
        try:
            ts = self._clock(row)
        except (ValueError, KeyError):
            raise time_error(self.plan, self.table, row) from None
        return ts, self._floats.relaxed(row)

    def _at_bar_end(self) -> RowClock:
        stamped = self._clock
        if self.plan.profile.stamp is Stamp.END:
            return stamped
        spans = BarSpans(self.plan.sessions, self.plan.interval, Stamp.START)
        return lambda row: spans.span(stamped(row))[1]


class QuoteDecoder(_TickDecoder):
    """Turns rows into Quote: an absent side has NaN as its price; sizes a file does not have are NaN."""

    fields = ("bid", "ask", "bid_size", "ask_size")

    def events(self) -> Iterator[Quote]:
        """Give one Quote a row; raise DataError."""
        instrument, divisor = self.plan.instrument.id, self.plan.profile.price_divisor
        sizeless = bool(self._floats.absent)
        for ts, (bid, ask, bid_size, ask_size) in self.timed_rows():
            if sizeless:
                bid_size = ask_size = nan
            yield Quote(
                instrument,
                ts,
                ts,
                observed(bid / divisor),
                observed(ask / divisor),
                bid_size,
                ask_size,
            )


class TradeDecoder(_TickDecoder):
    """Turns rows into Trade; these layouts do not tell the aggressor."""

    fields = ("price", "size")

    def events(self) -> Iterator[Trade]:
        """Give one Trade a row; raise DataError."""
        instrument, divisor = self.plan.instrument.id, self.plan.profile.price_divisor
        for ts, (price, size) in self.timed_rows():
            yield Trade(instrument, ts, ts, observed(price / divisor), size)

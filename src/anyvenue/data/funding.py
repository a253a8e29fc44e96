"""Recorded funding rates of a perpetual."""

from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path

from anyvenue.data.clock import StampParser, stamp_parser
from anyvenue.data.table import Table, open_table
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import FundingRate

__all__ = ["load_funding"]

_MS = 1_000_000
_HOUR = 3_600_000 * _MS
# How files name the columns: ours, the archive of Binance, its answer to a query.
_TIMES = ("time", "calc_time", "fundingTime")
_RATES = ("rate", "last_funding_rate", "fundingRate")


def load_funding(path: str | Path, instrument: InstrumentId) -> tuple[FundingRate, ...]:
    """Read a table of funding rates: CSV with a time and a rate column; raise DataError.

    Times are milliseconds since 1970 or ``YYYY-MM-DD HH:MM[:SS]`` in UTC and must rise. A rate of 0.0001 is 0.01 % of
    the value, from long to short. Columns are ``time`` and ``rate``, or as Binance's archive names them.
    """
    parse = stamp_parser("UTC")
    found: list[tuple[int, Decimal]] = []
    with open_table(Path(path)) as table, table.guard():
        time_at, rate_at = table.positions((_pick(table, _TIMES), _pick(table, _RATES)))
        for row in table.rows:
            if not row:
                continue
            if len(row) != table.width:
                raise table.wrong_width(row)
            due = _time(table, row[time_at], parse)
            if found and due <= found[-1][0]:
                raise table.error(
                    f"the time {row[time_at]!r} does not come after the one before it",
                    expected="rising times: sort the table",
                    column=table.header[time_at],
                )
            found.append((due, _rate(table, row[rate_at], rate_at)))
    steps = [later[0] - earlier[0] for earlier, later in pairwise(found)]
    return tuple(
        FundingRate(instrument, due, due, rate, step, due)
        for (due, rate), step in zip(found, [*steps[:1], *steps] or [8 * _HOUR], strict=True)
    )


def _pick(table: Table, names: tuple[str, ...]) -> str:
    """Return the first of the names that the header has, else the first, which will be missed."""
    return next((name for name in names if name in table.header), names[0])


def _time(table: Table, text: str, parse: StampParser) -> int:
    try:
        return int(text) * _MS if text.isdecimal() else parse(text)
    except ValueError:
        raise table.error(
            f"the time was {text!r}",
            expected="milliseconds since 1970, or YYYY-MM-DD HH:MM in UTC",
            column="time",
        ) from None


def _rate(table: Table, text: str, at: int) -> Decimal:
    try:
        rate = Decimal(text.strip())
    except InvalidOperation:
        rate = Decimal("NaN")
    if not rate.is_finite():
        raise table.error(
            f"the rate was {text!r}", expected="a fraction such as 0.0001", column=table.header[at]
        )
    return rate

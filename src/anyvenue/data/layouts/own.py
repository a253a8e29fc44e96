"""Layouts of our own CSV files: int ns UTC, floats in their shortest exact text, absent numbers empty."""

from collections.abc import Iterable

from anyvenue.data.layouts.shared import comma
from anyvenue.data.profiles import Profile, Record, Stamp, TimeForm

__all__ = [
    "BAR_COLUMNS",
    "DAY_COLUMNS",
    "QUOTE_COLUMNS",
    "TRADE_COLUMNS",
    "depth_columns",
    "depth_layout",
    "own",
]

_HEAD = ("instrument", "ts_event", "ts_recv")
QUOTE_COLUMNS = (*_HEAD, *comma("bid,ask,bid_size,ask_size"))
TRADE_COLUMNS = (*_HEAD, *comma("price,size,aggressor,trade_id"))
BAR_COLUMNS = (
    *_HEAD,
    *comma(
        "interval,ts_start,open,high,low,close,volume,turnover,open_interest,settlement,trading_day,closed"
    ),
)
DAY_COLUMNS = comma(
    "last,volume,turnover,open_interest,open,high,low,pre_close,pre_settlement,settlement,upper_limit,lower_limit"
)


def depth_columns(levels: int) -> tuple[str, ...]:
    """Return the header of our own depth CSV with so many levels, best first."""
    book = tuple(
        f"{name}{level}"
        for level in range(1, levels + 1)
        for name in ("bid", "bid_size", "ask", "ask_size")
    )
    return (*_HEAD, "trading_day", *DAY_COLUMNS, *book)


def depth_layout(columns: tuple[str, ...]) -> Profile | None:
    """Return our own depth layout where `columns` are its header with any number of levels."""
    levels, rest = divmod(len(columns) - len(depth_columns(0)), 4)
    if levels < 1 or rest or columns != depth_columns(levels):
        return None
    return _own("anyvenue-depth", "snapshots", Record.DEPTH, columns, levels)


def _own(name: str, what: str, record: Record, header: tuple[str, ...], levels: int = 1) -> Profile:
    return Profile(
        name=name,
        title=f"our own {what}",
        record=record,
        header=header,
        columns={column: column for column in header[3:]},
        time=("ts_event", "ts_recv"),
        time_form=TimeForm.NANOSECONDS,
        stamp=Stamp.END if record is Record.BAR else Stamp.MOMENT,
        zone="UTC",
        levels=levels,
        instrument=("instrument",),
        canonical=True,
    )


def own() -> Iterable[Profile]:
    """Give the layouts this library writes."""
    yield _own("anyvenue-quotes", "quotes", Record.QUOTE, QUOTE_COLUMNS)
    yield _own("anyvenue-trades", "trades", Record.TRADE, TRADE_COLUMNS)
    yield _own("anyvenue-bars", "bars", Record.BAR, BAR_COLUMNS)
    yield _own("anyvenue-depth", "snapshots", Record.DEPTH, depth_columns(1))

"""Layouts of plain, FX and Yahoo files."""

from collections.abc import Iterable

from anyvenue.data.layouts.shared import OHLC, OHLCV, comma
from anyvenue.data.profiles import Profile, Record, Stamp, TimeForm

__all__ = ["others"]


def others() -> Iterable[Profile]:
    """Give the layouts that belong to no larger family."""
    for stamp in (Stamp.START, Stamp.END):
        yield _plain_bars(stamp)
    yield _nautilus_bars()
    yield _truefx_ticks()
    yield _yahoo_days()


def _plain_bars(stamp: Stamp) -> Profile:
    return Profile(
        name=f"plain-bar-{stamp}",
        title=f"plain bars, prices as they are, the exchange's time, stamped with their {stamp}",
        record=Record.BAR,
        header=comma("datetime,open,high,low,close,volume"),
        columns=OHLCV,
        time=("datetime",),
        time_form=TimeForm.DATETIME,
        stamp=stamp,
        assumptions=("times are the exchange's", f"bars are stamped with their {stamp}"),
    )


def _nautilus_bars() -> Profile:
    return Profile(
        name="nautilus-bar",
        title="bars of one side (bid or ask) without volume, stamped with their start, UTC",
        record=Record.BAR,
        header=comma("timestamp,open,high,low,close"),
        columns=OHLC,
        time=("timestamp",),
        time_form=TimeForm.DATETIME,
        stamp=Stamp.START,
        zone="UTC",
        assumptions=(
            "times are UTC",
            "bars are stamped with their start (the last of a Friday is 21:59)",
            "prices are of one side, bid or ask; no volume",
        ),
    )


def _truefx_ticks() -> Profile:
    return Profile(
        name="truefx",
        title="TrueFX quote ticks, UTC",
        record=Record.QUOTE,
        header=comma("timestamp,bid,ask"),
        columns={"bid": "bid", "ask": "ask"},
        time=("timestamp",),
        time_form=TimeForm.DATETIME,
        zone="UTC",
        assumptions=("times are UTC", "no sizes in the file"),
    )


def _yahoo_days() -> Profile:
    return Profile(
        name="yfinance-day",
        title="Yahoo daily bars with adjusted close and dividends",
        record=Record.BAR,
        header=comma(
            "Datetime,Open,High,Low,Close,Adj Close,Volume,Dividends,Stock Splits,Repaired?"
        ),
        columns={name: name.title() for name in OHLCV},
        time=("Datetime",),
        time_form=TimeForm.DAY,
        stamp=Stamp.START,
        interval="1d",
        naming="yahoo",
        assumptions=(
            "prices are adjusted for splits, not for dividends; Adj Close is not read",
            "volume in shares",
        ),
    )

"""Layouts of the files of the Lean engine's data folder, with a header line added."""

from collections.abc import Iterable

from anyvenue.data.layouts.shared import OHLCV, comma
from anyvenue.data.profiles import Profile, Record, Stamp, TimeForm

__all__ = ["lean_equity", "lean_other"]

_NEW_YORK = "America/New_York"
_QUOTE_BAR = {
    "bid": "bid_close",
    "ask": "ask_close",
    "bid_size": "bid_size",
    "ask_size": "ask_size",
}
_TRADE_BAR_HEADER = comma("ms_since_midnight,open,high,low,close,volume")
_QUOTE_BAR_HEADER = comma(
    "ms_since_midnight,bid_open,bid_high,bid_low,bid_close,bid_size,ask_open,ask_high,ask_low,ask_close,ask_size"
)
_SCALED = "prices in the file are dollars x 10,000"
_NEW_YORK_TIME = "times are New York time, extended hours included"
_START = "bars are stamped with their start"
_CLOSING_QUOTE = "one quote a minute: the closing bid and ask, stamped with the end of the minute"


def lean_equity() -> Iterable[Profile]:
    """Give the layouts of US stocks, whose prices are in ten-thousandths."""
    yield Profile(
        name="lean-daily",
        title="Lean US equity daily bars, prices x 10,000",
        record=Record.BAR,
        header=comma("datetime,open,high,low,close,volume"),
        columns=OHLCV,
        time=("datetime",),
        time_form=TimeForm.DAY,
        stamp=Stamp.START,
        zone=_NEW_YORK,
        interval="1d",
        price_divisor=10_000.0,
        naming="lean_us",
        assumptions=(_SCALED, "prices are unadjusted", "volume in shares"),
    )
    yield Profile(
        name="lean-minute-trade",
        title="Lean US equity minute bars, prices x 10,000, New York time",
        record=Record.BAR,
        header=_TRADE_BAR_HEADER,
        columns=OHLCV,
        time=("ms_since_midnight",),
        time_form=TimeForm.DAY_MS,
        stamp=Stamp.START,
        zone=_NEW_YORK,
        interval="1m",
        price_divisor=10_000.0,
        naming="lean_us",
        assumptions=(_SCALED, _NEW_YORK_TIME, _START, "volume in shares"),
    )
    yield Profile(
        name="lean-minute-quote",
        title="Lean US equity minute bid and ask bars, prices x 10,000, New York time",
        record=Record.QUOTE,
        header=_QUOTE_BAR_HEADER,
        columns=_QUOTE_BAR,
        time=("ms_since_midnight",),
        time_form=TimeForm.DAY_MS,
        stamp=Stamp.START,
        zone=_NEW_YORK,
        interval="1m",
        price_divisor=10_000.0,
        naming="lean_us",
        assumptions=(_SCALED, _NEW_YORK_TIME, _CLOSING_QUOTE),
    )
    yield from _equity_ticks()


def _equity_ticks() -> Iterable[Profile]:
    yield Profile(
        name="lean-tick-quote",
        title="Lean US equity quote ticks, prices x 10,000, New York time",
        record=Record.QUOTE,
        header=comma(
            "ms_since_midnight,bid,bid_size,ask,ask_size,exchange,quote_condition,suspicious"
        ),
        columns={name: name for name in ("bid", "ask", "bid_size", "ask_size")},
        time=("ms_since_midnight",),
        time_form=TimeForm.DAY_MS,
        zone=_NEW_YORK,
        price_divisor=10_000.0,
        naming="lean_us",
        assumptions=(
            _SCALED,
            _NEW_YORK_TIME,
            "one-sided updates of single exchanges, not the best bid and offer",
        ),
    )
    yield Profile(
        name="lean-us-tick-trade",
        title="Lean US equity trade ticks, prices x 10,000, New York time",
        record=Record.TRADE,
        header=comma("ms_since_midnight,price,size,exchange,sale_condition,suspicious"),
        columns={"price": "price", "size": "size"},
        time=("ms_since_midnight",),
        time_form=TimeForm.DAY_MS,
        zone=_NEW_YORK,
        price_divisor=10_000.0,
        naming="lean_us",
        assumptions=(
            _SCALED,
            _NEW_YORK_TIME,
            "trades of all exchanges; those marked suspicious are kept",
        ),
    )


def lean_other() -> Iterable[Profile]:
    """Give the layouts of crypto and FX files, whose prices are as they are."""
    yield Profile(
        name="lean-crypto-minute-trade",
        title="Lean crypto minute bars, prices as they are, UTC",
        record=Record.BAR,
        header=_TRADE_BAR_HEADER,
        columns=OHLCV,
        time=("ms_since_midnight",),
        time_form=TimeForm.DAY_MS,
        stamp=Stamp.START,
        zone="UTC",
        interval="1m",
        assumptions=("times are UTC", _START, "volume in the base currency"),
    )
    yield Profile(
        name="lean-crypto-minute-quote",
        title="Lean crypto minute bid and ask bars, prices as they are, UTC",
        record=Record.QUOTE,
        header=_QUOTE_BAR_HEADER,
        columns=_QUOTE_BAR,
        time=("ms_since_midnight",),
        time_form=TimeForm.DAY_MS,
        stamp=Stamp.START,
        zone="UTC",
        interval="1m",
        assumptions=("times are UTC", _CLOSING_QUOTE),
    )
    for name, zone in (("lean-fx-tick-utc", "UTC"), ("lean-fx-tick-utc-05", "UTC-05")):
        yield Profile(
            name=name,
            title=f"Lean FX quote ticks, {zone}",
            record=Record.QUOTE,
            header=comma("ms_since_midnight,bid,ask"),
            columns={"bid": "bid", "ask": "ask"},
            time=("ms_since_midnight",),
            time_form=TimeForm.DAY_MS,
            zone=zone,
            assumptions=(f"times are {zone}", "no sizes in the file"),
        )

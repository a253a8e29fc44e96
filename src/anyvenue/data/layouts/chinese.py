"""Layouts of Chinese futures and stock files."""

from collections.abc import Iterable

from anyvenue.data.layouts.shared import OHLC, OHLCV, comma
from anyvenue.data.profiles import Profile, Record, Stamp, TimeForm

__all__ = ["chinese_bars", "chinese_stocks", "chinese_ticks"]

_CHINA = "Asia/Shanghai"
_LEVEL_1 = {"bid1": "bid1", "bid_size1": "bid_vol1", "ask1": "ask1", "ask_size1": "ask_vol1"}
_BEIJING = "times are Beijing time"
_ROLLING = "level 1 snapshots: what traded between two of them is not seen"
_LOTS = "volume in lots, turnover in CNY"


def chinese_ticks() -> Iterable[Profile]:
    """Give the layouts of snapshots of Chinese futures."""
    yield _ctp()
    yield _ctp_classified()
    yield _tqsdk_ticks()


def _ctp() -> Profile:
    return Profile(
        name="ctp-tick",
        title="CTP level 1 snapshots, cumulative and per-snapshot volume",
        record=Record.DEPTH,
        header=comma(
            "exchange,instrument,trading_day,action_day,time,last,open,high,low,volume_total,volume,"
            "turnover_total,turnover,open_interest,oi_change,pre_close,pre_settle,pre_open_interest,"
            "upper_limit,lower_limit,settle,bid1,bid_vol1,ask1,ask_vol1"
        ),
        columns={
            **{name: name for name in ("last", "open", "high", "low", "open_interest")},
            **{name: name for name in ("pre_close", "upper_limit", "lower_limit")},
            "volume": "volume_total",
            "turnover": "turnover_total",
            "pre_settlement": "pre_settle",
            "settlement": "settle",
            "trading_day": "trading_day",
            **_LEVEL_1,
        },
        time=("trading_day", "action_day", "time"),
        time_form=TimeForm.CTP,
        zone=_CHINA,
        instrument=("instrument", "exchange"),
        assumptions=(_BEIJING, _ROLLING, _LOTS, "a settlement of 0 means not settled yet"),
    )


def _ctp_classified() -> Profile:
    return Profile(
        name="ctp-tick-classified",
        title="CTP level 1 snapshots with a trade type, date and time in one column",
        record=Record.DEPTH,
        header=comma(
            "exchange,instrument,time,last,open,high,low,volume_total,volume,turnover_total,turnover,"
            "open_interest,trade_type,bid1,bid_vol1,ask1,ask_vol1"
        ),
        columns={
            **{name: name for name in ("last", "open", "high", "low", "open_interest")},
            "volume": "volume_total",
            "turnover": "turnover_total",
            **_LEVEL_1,
        },
        time=("time",),
        time_form=TimeForm.DATETIME,
        zone=_CHINA,
        instrument=("instrument", "exchange"),
        single_precision=True,
        assumptions=(
            _BEIJING,
            _ROLLING,
            _LOTS,
            "no price limits and no settlement in the file",
            "prices went through 32-bit floats and are put back on the tick",
        ),
    )


def _tqsdk_ticks() -> Profile:
    sides = [
        f"{side}_{what}{level}"
        for side in ("ask", "bid")
        for level in range(1, 6)
        for what in ("price", "volume")
    ]
    book = {
        ours: f"{side}_{theirs}{level}"
        for level in range(1, 6)
        for side in ("bid", "ask")
        for ours, theirs in ((f"{side}{level}", "price"), (f"{side}_size{level}", "volume"))
    }
    return Profile(
        name="tqsdk-tick5",
        title="TqSdk snapshots with five levels",
        record=Record.DEPTH,
        header=(
            *comma("id,datetime"),
            *sides,
            *comma("last_price,average,highest,lowest,open_interest,volume,amount"),
        ),
        columns={
            "last": "last_price",
            "high": "highest",
            "low": "lowest",
            "volume": "volume",
            "turnover": "amount",
            "open_interest": "open_interest",
            **book,
        },
        time=("datetime",),
        time_form=TimeForm.DATETIME,
        zone=_CHINA,
        levels=5,
        naming="cn_future",
        serial="id",
        assumptions=(_BEIJING, _LOTS, "an empty level is absent"),
    )


def chinese_bars() -> Iterable[Profile]:
    """Give the layouts of bars of Chinese futures."""
    yield _tqsdk_bars()
    yield _vnpy_bars()
    yield _wt_bars()
    yield _wt_days()


def _tqsdk_bars() -> Profile:
    return Profile(
        name="tqsdk-bar",
        title="TqSdk bars with open interest, stamped with their start",
        record=Record.BAR,
        header=comma("id,datetime,open,high,low,close,volume,open_oi,close_oi"),
        columns={**OHLCV, "open_interest": "close_oi"},
        time=("datetime",),
        time_form=TimeForm.DATETIME,
        stamp=Stamp.START,
        zone=_CHINA,
        naming="cn_future",
        serial="id",
        assumptions=(_BEIJING, "bars are stamped with their start", "volume in lots"),
    )


def _vnpy_bars() -> Profile:
    return Profile(
        name="vnpy-bar",
        title="vn.py bars (local_symbol, open_price ...), stamped with their end",
        record=Record.BAR,
        header=comma(
            "local_symbol,datetime,open_price,close_price,high_price,low_price,volume,turnover,open_interest"
        ),
        columns={
            **{name: f"{name}_price" for name in OHLC},
            **{name: name for name in ("volume", "turnover", "open_interest")},
        },
        time=("datetime",),
        time_form=TimeForm.DATETIME,
        stamp=Stamp.END,
        zone=_CHINA,
        instrument=("local_symbol",),
        assumptions=(_BEIJING, "bars are stamped with their end", _LOTS),
    )


def _wt_bars() -> Profile:
    return Profile(
        name="wt-bar",
        title="WonderTrader bars, stamped with their end",
        record=Record.BAR,
        header=comma("date,time,open,high,low,close,volume"),
        columns=OHLCV,
        time=("date", "time"),
        time_form=TimeForm.DATETIME,
        stamp=Stamp.END,
        zone=_CHINA,
        naming="cn_future",
        assumptions=(_BEIJING, "bars are stamped with their end", "volume in lots"),
    )


def _wt_days() -> Profile:
    return Profile(
        name="wt-day",
        title="WonderTrader daily bars with settlement",
        record=Record.BAR,
        header=comma("date,time,open,high,low,close,volume,turnover,settlement,open_interest"),
        columns={**OHLCV, **{name: name for name in ("turnover", "settlement", "open_interest")}},
        time=("date",),
        time_form=TimeForm.DAY,
        stamp=Stamp.START,
        zone=_CHINA,
        interval="1d",
        naming="cn_future",
        assumptions=("the date is the trading day", _LOTS),
    )


def chinese_stocks() -> Iterable[Profile]:
    """Give the layouts of bars of Chinese stocks."""
    yield _tdx_days()
    yield _tdx_adjusted_days()
    yield _tdx_minutes()


def _tdx_days() -> Profile:
    return Profile(
        name="mootdx-day",
        title="TDX daily bars (date as yyyymmdd, amount before volume), unadjusted",
        record=Record.BAR,
        header=comma("date,open,high,low,close,amount,volume"),
        columns={**OHLCV, "turnover": "amount"},
        time=("date",),
        time_form=TimeForm.DAY,
        stamp=Stamp.START,
        zone=_CHINA,
        interval="1d",
        naming="cn_stock",
        assumptions=(
            "prices are unadjusted",
            "volume in shares; in lots of 100 for an index such as sh000001",
        ),
    )


def _tdx_adjusted_days() -> Profile:
    return Profile(
        name="mootdx-day-adjusted",
        title="TDX daily bars as exported (volume before amount), forward-adjusted",
        record=Record.BAR,
        header=comma("date,open,high,low,close,volume,amount"),
        columns={**OHLCV, "turnover": "amount"},
        time=("date",),
        time_form=TimeForm.DAY,
        stamp=Stamp.START,
        zone=_CHINA,
        interval="1d",
        naming="cn_stock",
        zero_is_price=True,
        assumptions=(
            "prices are forward-adjusted: early ones are not the traded prices",
            "volume in shares",
        ),
    )


def _tdx_minutes() -> Profile:
    return Profile(
        name="mootdx-minute",
        title="TDX minute bars, stamped with their end",
        record=Record.BAR,
        header=comma("datetime,open,high,low,close,amount,volume"),
        columns={**OHLCV, "turnover": "amount"},
        time=("datetime",),
        time_form=TimeForm.DATETIME,
        stamp=Stamp.END,
        zone=_CHINA,
        naming="cn_stock",
        assumptions=(_BEIJING, "bars are stamped with their end", "volume in shares"),
    )

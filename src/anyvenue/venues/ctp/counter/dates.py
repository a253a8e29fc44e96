"""The dates that exchanges write at night: each has its own habit."""

from typing import Protocol

from anyvenue.model.instruments import Instrument
from anyvenue.venues.ctp.counter.profile import Profile
from anyvenue.venues.ctp.counter.times import clock_text, day_text

__all__ = ["HasDay", "action_day", "md_trading_day", "trade_date"]

_NS = 1_000_000_000
_BY_TRADING_DAY = frozenset({"DCE", "GFEX"})


class HasDay(Protocol):
    """What knows the terms and the open day."""

    @property
    def profile(self) -> Profile:
        """The counter's terms."""
        ...

    @property
    def trading_day(self) -> int:
        """The open day, yyyymmdd."""
        ...


def action_day(profile: Profile, exchange: str, ts: int, trading_day: int) -> str:
    """Return the date beside a time: Dalian and Guangzhou write the trading day, the others the calendar's."""
    if profile.night_dates == "exchange" and exchange in _BY_TRADING_DAY and trading_day:
        return day_text(trading_day)
    return clock_text(ts // _NS)[0]


def md_trading_day(profile: Profile, exchange: str, ts: int, trading_day: int) -> str:
    """Return TradingDay as the quotes of an exchange have it: Zhengzhou's is the calendar day."""
    if (profile.night_dates == "exchange" and exchange == "CZCE") or not trading_day:
        return clock_text(ts // _NS)[0]
    return day_text(trading_day)


def trade_date(terms: HasDay, instrument: Instrument, ts: int) -> str:
    """Return the date of an order or trade."""
    return action_day(terms.profile, instrument.exchange, ts, terms.trading_day)

"""When what trades: phases of instruments and products by their sessions and auctions."""

from collections.abc import Callable
from functools import cache

import msgspec

from anyvenue.model.enums import InstrumentStatus
from anyvenue.model.instruments import Instrument
from anyvenue.reference.auctions import auctions_of
from anyvenue.reference.sessions import SessionCalendar, get_sessions
from anyvenue.venues.ctp.counter.names import exchange_id
from anyvenue.venues.ctp.counter.times import time_text

__all__ = ["Phase", "SessionsOf", "TradingHours"]

BEFORE, NO_TRADING, CONTINUOUS, ORDERING, MATCHING, CLOSED = "0", "1", "2", "3", "5", "6"
SessionsOf = Callable[[Instrument], SessionCalendar]


class Phase(msgspec.Struct, frozen=True, order=True):
    """A product enters a phase at `start` (int ns UTC): InstrumentStatus in CTP's code, the `number`th of the day."""

    start: int
    exchange: str
    product: str
    number: int
    status: str

    def fields(self) -> dict[str, str | int | float | bytes]:
        """Return ``InstrumentStatus``."""
        return {
            "ExchangeID": self.exchange,
            "SettlementGroupID": "",
            "InstrumentStatus": self.status,
            "TradingSegmentSN": self.number,
            "EnterTime": time_text(self.start),
            "EnterReason": "1",
            "ExchangeInstID": self.product,
            "InstrumentID": self.product,
        }


class TradingHours:
    """The hours of a counter's instruments."""

    def __init__(self, sessions_of: SessionsOf | None = None) -> None:
        """Take hours from `sessions_of`, by default the real ones."""
        self._sessions_of = sessions_of or _real_sessions

    def phases(self, instruments: list[Instrument], trading_day: int) -> list[Phase]:
        """Return every phase of the products of `instruments` on a trading day, in time."""
        found: list[Phase] = []
        seen: set[tuple[str, str]] = set()
        for each in instruments:
            exchange = exchange_id(each.exchange)
            if each.product and (exchange, each.product) not in seen:
                seen.add((exchange, each.product))
                starts = _starts(self._sessions_of(each), trading_day)
                found += [
                    Phase(start, exchange, each.product, number, status)
                    for number, (start, status) in enumerate(starts, 1)
                ]
        return sorted(found)

    def next_start(self, instrument: Instrument, now: int) -> int:
        """Return when `instrument` begins to trade next after `now`, int ns UTC."""
        sessions = self._sessions_of(instrument)
        window = sessions.next_open(now)
        while window.start <= now:
            window = sessions.next_open(window.end)
        return window.start

    def trading_day(self, instrument: Instrument, now: int) -> int:
        """Return the trading day that `now` counts to."""
        return self._sessions_of(instrument).trading_day(now)

    def status(self, instrument: Instrument, now: int) -> str:
        """Return the phase of an instrument in CTP's code."""
        sessions = self._sessions_of(instrument)
        day = sessions.trading_day(now)
        status = BEFORE
        for start, entered in _starts(sessions, day):
            if start <= now:
                status = entered
        return status


def _real_sessions(instrument: Instrument) -> SessionCalendar:
    return get_sessions(instrument.sessions)


@cache
def _starts(sessions: SessionCalendar, trading_day: int) -> tuple[tuple[int, str], ...]:
    """Return (start, status) of each phase of a day in order."""
    windows = sessions.all_windows(trading_day)
    starts: list[tuple[int, str]] = []
    for number, window in enumerate(windows):
        last = number == len(windows) - 1
        starts.append((window.start, _status(window.status, first=number == 0, last=last)))
    for auction in auctions_of(sessions, trading_day):
        begins = [(auction.start, ORDERING)]
        if auction.fixed < auction.end:
            begins.append((auction.fixed, MATCHING))
        starts = [each for each in starts if not auction.start <= each[0] < auction.end] + begins
    return tuple(sorted(starts))


def _status(status: InstrumentStatus, first: bool, last: bool) -> str:
    if status is InstrumentStatus.OPEN:
        return CONTINUOUS
    if first:
        return BEFORE
    return CLOSED if last else NO_TRADING

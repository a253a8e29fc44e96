"""Continuous series: the jump where one contract follows another is nobody's profit.

With a roll table the jump of the roll days is taken out. Without one a roll cannot be told from a move, so the change
between any two trading days is taken out, real gains and losses over night with it.
"""

from collections.abc import Iterable
from decimal import Decimal

from anyvenue.model.events import SeriesRolled
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, MarketEvent
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.marks import exact_price, mark_price
from anyvenue.reference.sessions import SessionCalendar

__all__ = ["SeriesRolls"]


class SeriesRolls:
    """Finds where a continuous series may have rolled; `tables` has the roll days (yyyymmdd) by instrument."""

    def __init__(self, tables: dict[InstrumentId, frozenset[int]]) -> None:
        """Take the roll days; an instrument without an entry may roll on any day."""
        self._tables = tables
        self._days: dict[InstrumentId, int] = {}

    def check(
        self,
        instrument: Instrument,
        sessions: SessionCalendar,
        event: MarketEvent,
        before: Decimal | None,
        accounts: Iterable[AccountState],
    ) -> list[SeriesRolled]:
        """Return what to take out of each account that holds the series, applied to its books already."""
        day = _trading_day(event, sessions)
        last = self._days.get(instrument.id)
        self._days[instrument.id] = day
        if last is None or day == last or before is None:
            return []
        table = self._tables.get(instrument.id)
        if table is not None and not any(last < roll <= day for roll in table):
            return []
        price = event.open if isinstance(event, Bar) else mark_price(event)
        if price is None:
            self._days[instrument.id] = last
            return []
        gap = exact_price(price, instrument) - before
        return [
            each for state in accounts if (each := _take_out(state, instrument, gap, day, event))
        ]


def _trading_day(event: MarketEvent, sessions: SessionCalendar) -> int:
    told = getattr(event, "trading_day", 0)
    ts = event.ts_start if isinstance(event, Bar) else event.ts_event
    return told or sessions.trading_day(ts)


def _take_out(
    state: AccountState, instrument: Instrument, gap: Decimal, day: int, event: MarketEvent
) -> SeriesRolled | None:
    holding = state.holding(instrument.id)
    if not gap or holding is None or not (holding.long.quantity or holding.short.quantity):
        return None
    ts = event.ts_start if isinstance(event, Bar) else event.ts_recv
    rolled = SeriesRolled(state.account, instrument.id, gap, day, ts, event.ts_recv)
    state.roll_series(rolled)
    return rolled

"""What an exchange remembers of one account's days: details of the open one, statements of those before.

Nothing is worked out before somebody asks, and then of the asked day alone: what happened stands in the account's log,
and the lots that a day began with are kept when the one before it ends.
"""

from collections.abc import Sequence
from decimal import Decimal

from anyvenue.model.errors import UnknownMargin
from anyvenue.model.events import DaySettled, Event
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.protocols import Cursor
from anyvenue.model.statements import Funds, LegDetail, LotDetail, Rates, Statement
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.bookings.options import future_margin
from anyvenue.oms.days.details import Valuation, funds_of, legs_of, lots_of
from anyvenue.oms.days.record import DayRecord, opening_of
from anyvenue.oms.days.statements import Page, statement_of
from anyvenue.oms.options import seller_risk, terms_of

__all__ = ["Diary"]


class _Open:
    """The open day of a currency: how much of the log it has followed."""

    def __init__(self, record: DayRecord, start: int) -> None:
        self.record = record
        self.start = self.taken = start


class Diary:
    """Reads the log of an account: `log` is the list that its events are appended to."""

    def __init__(self, state: AccountState, log: Sequence[tuple[Cursor, Event]]) -> None:
        """Begin with an account that has just been made."""
        self._state = state
        self._log = log
        self._open: dict[str, _Open] = {}
        self._pages: dict[int, list[Page]] = {}
        self._statements: dict[int, list[Statement]] = {}

    def end_day(self, event: DaySettled) -> None:
        """Turn the page of a currency; `event` is the last of the log. A day ends once, however often it is told."""
        state, currency, day = self._state, event.currency, event.trading_day
        ended = state.ended.get(currency, ())
        figures = next((each for each in ended if each.trading_day == day), None)
        told = any(page.event.currency == currency for page in self._pages.get(day, ()))
        if figures is None or told:
            return
        start, opening = self._beginning(currency)
        page = Page(start, len(self._log), opening, event, figures, self._margins(currency))
        self._pages.setdefault(day, []).append(page)
        record = DayRecord(state, currency, opening_of(state, currency))
        self._open[currency] = _Open(record, page.end)

    # ---- reads

    def funds(self, ts: int) -> list[Funds]:
        """Return the money of every currency."""
        return funds_of(self._state, self.legs(ts), ts)

    def legs(self, ts: int) -> list[LegDetail]:
        """Return the legs in detail, by instrument."""
        found = [leg for record in self._records() for leg in legs_of(record, self._view(record, ts))]
        return sorted(found, key=lambda leg: leg.instrument)

    def lots(self, ts: int) -> list[LotDetail]:
        """Return the lots in detail, by instrument."""
        found = [lot for record in self._records() for lot in lots_of(record, self._view(record, ts))]
        return sorted(found, key=lambda lot: lot.instrument)

    def statements(self, day: int = 0) -> list[Statement]:
        """Return the statements of a day, of the latest settled one for 0."""
        if not day and self._pages:
            day = max(self._pages)
        pages, made = self._pages.get(day, []), self._statements.setdefault(day, [])
        made += [self._statement(page) for page in pages[len(made) :]]
        return list(made)

    def rates(self, instrument: InstrumentId, ts: int) -> Rates:
        """Return the fees and the margin of an instrument in this account; raise UnknownInstrument."""
        state = self._state
        found = state.instrument(instrument)
        fees, margin = state.rates.known(found)
        risk, least = self._seller(found) if found.option is not None else (None, None)
        return Rates(state.account, found.id, ts, fees, margin, risk, least)

    # ---- inside

"""What an exchange remembers of one account's days: details of the open one, statements of those before.

Nothing is worked out before somebody asks, and then of the asked day alone: what happened stands in the account's log,
and the lots that a day began with are kept when the one before it ends.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from anyvenue.model.errors import UnknownMargin
from anyvenue.model.events import DaySettled, Event
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.protocols import Cursor
from anyvenue.model.statements import Funds, LegDetail, LotDetail, Rates, Statement
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.bookings.options import future_margin
from anyvenue.oms.days.details import funds_of, legs_of, lots_of
from anyvenue.oms.days.margins import Valuation
from anyvenue.oms.days.record import DayRecord, Opening, opening_of
from anyvenue.oms.days.statements import Page, statement_of
from anyvenue.oms.options import seller_risk, terms_of

__all__ = ["Diary"]


class _Open:
    """The open day of a currency: the lots it began with, where in the log, and how far it was followed."""

    def __init__(self, start: int, opening: Opening) -> None:
        self.start = self.taken = start
        self.opening = opening
        self.record: DayRecord | None = None


class Diary:
    """Reads the log of an account: `log` is the list that its events are appended to."""

    def __init__(
        self,
        state: AccountState,
        log: Sequence[tuple[Cursor, Event]],
        begun: Mapping[str, tuple[int, Opening]] | None = None,
    ) -> None:
        """Begin with an account that has just been made.

        `begun` are days that are open already, by currency: where in the log, and with which lots.
        """
        self._state = state
        self._log = log
        self._open: dict[str, _Open] = {
            currency: _Open(*each) for currency, each in (begun or {}).items()
        }
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
        began, end = self._opened(currency), len(self._log)
        page = Page(began.start, end, began.opening, event, figures, self._margins(currency))
        self._pages.setdefault(day, []).append(page)
        self._open[currency] = _Open(end, opening_of(state, currency))

    # ---- reads

    def funds(self, ts: int) -> list[Funds]:
        """Return the money of every currency."""
        return funds_of(self._state, self.legs(ts), ts)

    def legs(self, ts: int) -> list[LegDetail]:
        """Return the legs in detail, by instrument."""
        found = [
            leg for record in self._records() for leg in legs_of(record, self._view(record, ts))
        ]
        return sorted(found, key=lambda leg: leg.instrument)

    def lots(self, ts: int) -> list[LotDetail]:
        """Return the lots in detail, by instrument."""
        found = [
            lot for record in self._records() for lot in lots_of(record, self._view(record, ts))
        ]
        return sorted(found, key=lambda lot: lot.instrument)

    def statements(self, day: int = 0) -> list[Statement]:
        """Return the statements of a day; for 0 the latest of each currency."""
        if day:
            return list(self._of_day(day))
        latest: dict[str, int] = {}
        for settled in sorted(self._pages):
            latest |= {page.event.currency: settled for page in self._pages[settled]}
        return [
            each
            for settled in sorted(set(latest.values()))
            for each in self._of_day(settled)
            if latest[each.currency] == settled
        ]

    def _of_day(self, day: int) -> list[Statement]:
        if day not in self._pages:
            return []
        made = self._statements.setdefault(day, [])
        made += [self._statement(page) for page in self._pages[day][len(made) :]]
        return made

    def rates(self, instrument: InstrumentId, ts: int) -> Rates:
        """Return the fees and the margin of an instrument in this account; raise UnknownInstrument."""
        state = self._state
        found = state.instrument(instrument)
        fees, margin = state.rates.known(found)
        risk, least = self._seller(found) if found.option is not None else (None, None)
        return Rates(state.account, found.id, ts, fees, margin, risk, least)

    # ---- inside

    def _opened(self, currency: str) -> _Open:
        found = self._open.get(currency)
        if found is None:
            found = self._open[currency] = _Open(0, {})
        return found

    def _records(self) -> list[DayRecord]:
        """Return the open day of every currency, brought up to the end of the log."""
        found = []
        for currency in sorted({*self._open, *self._state.currencies()}):
            day = self._opened(currency)
            if day.record is None:
                day.record = DayRecord(self._state, currency, day.opening)
            for _, event in self._log[day.taken :]:
                day.record.follow(event)
            day.taken = len(self._log)
            found.append(day.record)
        return found

    def _statement(self, page: Page) -> Statement:
        record = DayRecord(self._state, page.event.currency, page.opening)
        for _, event in self._log[page.start : page.end]:
            record.follow(event)
        return statement_of(self._state, record, page)

    def _margins(self, currency: str) -> dict[InstrumentId, Decimal]:
        """Return the margins that follow current prices, which nobody can work out later."""
        state = self._state
        return {
            instrument.id: booking.margin(state, instrument, holding)
            for instrument, holding, booking in state.held(currency)
            if booking.floating and not instrument.legs
        }

    def _view(self, record: DayRecord, ts: int) -> Valuation:
        return Valuation(self._state, record.side, self._state.mark, ts)

    def _seller(self, option: Instrument) -> tuple[Decimal | None, Decimal | None]:
        mark = self._state.mark(terms_of(option)[1])
        if mark is None:
            return None, None
        try:
            return seller_risk(option, mark, future_margin(self._state, option, mark))
        except UnknownMargin:
            return None, None

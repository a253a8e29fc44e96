"""The statement of a settled day, made of what happened on it."""

from decimal import Decimal

import msgspec

from anyvenue.model.accounts import Account
from anyvenue.model.events import DaySettled
from anyvenue.model.ids import InstrumentId
from anyvenue.model.statements import Statement
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.days.details import legs_of, lots_of
from anyvenue.oms.days.margins import Valuation
from anyvenue.oms.days.record import DayRecord, Opening

__all__ = ["Page", "statement_of"]


class Page(msgspec.Struct, frozen=True):
    """What must be kept of a day to tell of it later.

    Its events are those of the account's log from `start` to `end`, the last of them its settlement `event`; `opening`
    are the lots it began with, `figures` its last, and `margins` those of what has no fixed rate.
    """

    start: int
    end: int
    opening: Opening
    event: DaySettled
    figures: Account
    margins: dict[InstrumentId, Decimal]


def statement_of(state: AccountState, record: DayRecord, page: Page) -> Statement:
    """Return the statement of a page, all of whose events `record` has followed."""
    event = page.event
    view = Valuation(state, record.raw_side, dict(event.prices).get, event.ts_event, page.margins)
    return Statement(
        account=state.account,
        currency=event.currency,
        trading_day=event.trading_day,
        ts_as_of=event.ts_event,
        figures=page.figures,
        transfers=tuple(record.transfers),
        fills=tuple(record.fills),
        closed=tuple(record.closed),
        lots=tuple(lot for lot in lots_of(record, view) if lot.quantity),
        legs=tuple(legs_of(record, view)),
    )

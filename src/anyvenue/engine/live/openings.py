"""The lots that the open day of an account began with: what it did today is told by that and the day's events."""

from collections.abc import Sequence

import msgspec

from anyvenue.model.events import DaySettled
from anyvenue.model.ids import InstrumentId
from anyvenue.model.protocols import Cursor
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.days.diary import Diary
from anyvenue.oms.days.record import Opening, opening_of
from anyvenue.oms.legs import SideBook
from anyvenue.oms.memory import SideRecord, fill_side, remember_side

__all__ = ["LotsRecord", "Openings"]


class LotsRecord(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What was held of an instrument when a day began."""

    instrument: InstrumentId
    long: SideRecord
    short: SideRecord


class Openings:
    """The opening lots of one account's open days by currency; none where no settlement was seen."""

    def __init__(self) -> None:
        """Begin with no day."""
        self._lots: dict[str, Opening] = {}

    def begin(self, state: AccountState, currency: str) -> None:
        """Take what is held in a currency now: its day begins."""
        self._lots[currency] = opening_of(state, currency)

    def diary(self, state: AccountState, log: Sequence[tuple[Cursor, object]]) -> Diary:
        """Return the diary of the open days, whose events are in `log`; later ones are appended there."""
        begun = {
            event.currency: (at + 1, self._lots.get(event.currency, {}))
            for at, (_, event) in enumerate(log)
            if isinstance(event, DaySettled)
        }
        return Diary(state, log, begun)  # type: ignore[arg-type]

    def records(self) -> dict[str, tuple[LotsRecord, ...]]:
        """Return what a snapshot has to hold."""
        return {
            currency: tuple(
                LotsRecord(name, remember_side(long), remember_side(short))
                for name, (long, short) in opening.items()
            )
            for currency, opening in self._lots.items()
        }

    def restore(self, records: dict[str, tuple[LotsRecord, ...]]) -> None:
        """Take up what a snapshot holds."""
        for currency, lots in records.items():
            self._lots[currency] = {
                each.instrument: (_book(each.long), _book(each.short)) for each in lots
            }


def _book(record: SideRecord) -> SideBook:
    book = SideBook()
    fill_side(book, record)
    return book

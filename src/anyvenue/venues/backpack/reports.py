"""What Backpack tells of orders, made into events, with its own ways of linking one order to another."""

from collections.abc import Callable
from decimal import Decimal

from msgspec.structs import replace

from anyvenue.model.events import Event
from anyvenue.model.instruments import Instrument
from anyvenue.venues.backpack.naming import Names
from anyvenue.venues.backpack.told import BEGINNINGS, created_ns, of_row, of_update
from anyvenue.venues.backpack.wire import OrderUpdate
from anyvenue.venues.backpack.wire_rest import OrderRow
from anyvenue.venues.tracking.records import OrderRecord, Records
from anyvenue.venues.tracking.reports import Reports
from anyvenue.venues.tracking.told import Told

__all__ = ["BackpackReports"]


class BackpackReports(Reports):
    """A stop goes on under its own number when it is set off, or becomes another order that names it.

    `missed` is called with symbol and number of an order whose beginning was not heard.
    """

    def __init__(
        self,
        records: Records,
        names: Names,
        find: Callable[[str], Instrument | None],
        post: Callable[[Event], None],
        lacking: Callable[[OrderRecord], None],
        missed: Callable[[str, str], None],
    ) -> None:
        """Tell through `post`; see `Reports`."""
        super().__init__(records, find, post, lacking)
        self._names, self._missed = names, missed
        self._ended: set[tuple[str, str]] = set()

    def hear_update(self, update: OrderUpdate, now: int) -> None:
        """Take what the account's stream tells of an order."""
        ts = (update.ts_us or update.event_us) * 1_000
        told = of_update(update, self._names.find(update.symbol, update.client_id, ts))
        records, parent = self.records, (told.symbol, told.parent)
        known = records.find(told) is not None or parent in records.by_venue
        # A stop that is set off is accepted once more, long after it was placed.
        begins = update.event in BEGINNINGS and (told.conditional or told.stop_price is None)
        if known or begins:
            self.hear(told, now)
        else:
            self._missed(update.symbol, update.venue_id)

    def hear_row(self, row: OrderRow, now: int) -> OrderRecord | None:
        """Take what an answer tells of an order; return its record, None for an unknown symbol."""
        return self.hear(self.told_of(row), now)

    def told_of(self, row: OrderRow) -> Told:
        """Return an answer's order in our words, ours by its name."""
        return of_row(row, self._names.find(row.symbol, row.client_id, created_ns(row)))

    def hear(self, told: Told, now: int, *, waited: bool = False) -> OrderRecord | None:
        """Take what the venue says of an order at `now`; return its record, None for an unknown symbol."""
        by_venue, key = self.records.by_venue, (told.symbol, told.venue_id)
        parent = by_venue.get((told.symbol, told.parent)) if told.parent else None
        if parent is not None and _becomes(parent, told):
            by_venue[key] = parent
        known = by_venue.get(key)
        if known is not None and told.conditional and known.triggered:
            if known.venue_id != told.venue_id:
                return known  # the stop itself, after it has become another order
            told = replace(told, conditional=False)
        set_off = told.stop_price is not None and not told.conditional
        sent = self.records.find(told)
        if sent is not None and set_off and not sent.algo_id:
            sent.algo_id = told.venue_id  # it was set off before it was heard of
            self._accept(sent, told.venue_id, told.ts, now)
        record = super().hear(told, now, waited=waited)
        if record is None:
            return None
        by_venue[key] = record
        record.triggered = record.triggered or set_off
        if record.replacing and told.done and told.venue_id != record.venue_id:
            self._ended.add(key)
        return record

    def take_over(
        self, record: OrderRecord, new: Told, quantity: Decimal, price: Decimal | None, now: int
    ) -> bool:
        """Let an order go on as the one that has taken its place; return whether its end was told already."""
        self.records.by_venue[new.symbol, new.venue_id] = record
        record.venue_id = new.venue_id
        record.replacing = False
        self.modified(record, quantity, price, new.ts, now)
        over = (new.symbol, new.venue_id) in self._ended
        self._ended = {
            each for each in self._ended if self.records.by_venue.get(each) is not record
        }
        return over

    def _may_be_ours(self, told: Told) -> bool:
        """An order that came of a stop goes by its number or names it: there is nothing to wait for."""
        return False


def _becomes(parent: OrderRecord, told: Told) -> bool:
    """Tell whether an order is what a stop that waited has become."""
    waited = parent.algo_id == told.parent and not parent.triggered and not parent.ended
    return waited and not told.conditional and parent.request.side is told.side

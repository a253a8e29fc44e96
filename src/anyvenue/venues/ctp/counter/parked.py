"""Parked orders and parked cancels: kept in the counter and sent when their contract begins to trade next."""

from collections.abc import Callable
from heapq import heappop, heappush

from anyvenue.model.instruments import Instrument
from anyvenue.venues.ctp.counter.book import AccountBook
from anyvenue.venues.ctp.counter.context import Context, Row
from anyvenue.venues.ctp.counter.desk import OrderDesk
from anyvenue.venues.ctp.counter.errors import Refused
from anyvenue.venues.ctp.counter.hours import TradingHours
from anyvenue.venues.ctp.counter.identity import Origin
from anyvenue.venues.ctp.counter.members import Member
from anyvenue.venues.ctp.counter.seam import Fields
from anyvenue.venues.ctp.counter.validation import check_investor, draft_of, find_instrument

__all__ = ["PARKED_ACTION", "PARKED_ORDER", "Parked"]

PARKED_ORDER, PARKED_ACTION = "ParkedOrder", "ParkedOrderAction"
_IDS = {PARKED_ORDER: "ParkedOrderID", PARKED_ACTION: "ParkedOrderActionID"}
_NOT_SENT, _SENT, _DELETED = "1", "2", "3"
_INVESTOR = "0"
_SESSION = 0


class Parked:
    """The parked orders and cancels of all accounts."""

    def __init__(
        self,
        context: Context,
        desk: OrderDesk,
        hours: TradingHours,
        member_of: Callable[[AccountBook], Member],
        next_ref: Callable[[AccountBook], str],
    ) -> None:
        """Send them at `desk` by `hours`."""
        self.context = context
        self.desk = desk
        self.hours = hours
        self._member_of = member_of
        self._next_ref = next_ref
        self._queue: list[tuple[int, int, AccountBook, str, str]] = []
        self._number = 0

    @property
    def due(self) -> int:
        """When the next one is sent, int ns UTC."""
        return self._queue[0][0] if self._queue else 1 << 62

    def insert(self, book: AccountBook, member: Member, struct: str, fields: Fields) -> Row:
        """Park an order (`struct` ParkedOrder) or a cancel; return its record; raise Refused."""
        check_investor(self.context, member, fields)
        instrument = find_instrument(self.context, fields)
        limit = self.context.profile.parked_orders
        waiting = [each for each in book.records(struct) if each["Status"] == _NOT_SENT]
        if len(waiting) >= limit:
            raise Refused("OVER_INVST_PARKED_ORDER_LIMIT")
        if struct == PARKED_ORDER and fields.get("ContingentCondition", "1") not in ("", "1", "4"):
            raise Refused("PARKED_ORDER_WRONG_TYPE")
        self._number += 1
        number = f"{self._number:>12}"
        row: Row = {**fields, _IDS[struct]: number, "Status": _NOT_SENT, "UserType": _INVESTOR}
        book.keep(struct, number.strip(), row)
        self.wait(book, struct, number.strip(), instrument)
        return row

    def wait(self, book: AccountBook, struct: str, number: str, instrument: Instrument) -> None:
        """Send a parked record when its contract trades next."""
        self._number = max(self._number, int(number))
        at = self.hours.next_start(instrument, self.context.now())
        heappush(self._queue, (at, int(number), book, struct, number))

    def resume(self, book: AccountBook) -> None:
        """Wait again for what was parked before a restart."""
        for struct, name in _IDS.items():
            for row in book.records(struct):
                instrument = self.context.names.find(
                    str(row.get("InstrumentID", "")), str(row.get("ExchangeID", ""))
                )
                self._number = max(self._number, int(str(row[name])))
                if row["Status"] == _NOT_SENT and instrument is not None:
                    self.wait(book, struct, str(row[name]).strip(), instrument)

    def remove(self, book: AccountBook, struct: str, fields: Fields) -> Row:
        """Take one back; return the answer's fields; raise Refused."""
        number = str(fields.get(_IDS[struct], "")).strip()
        row = book.record(struct, number)
        if row is None:
            raise Refused("PARKEDORDER_NOT_FOUND")
        if row["Status"] == _SENT:
            raise Refused("PARKEDORDER_HASSENDED")
        if row["Status"] == _DELETED:
            raise Refused("PARKEDORDER_HASDELETE")
        book.keep(struct, number, {**row, "Status": _DELETED})
        return dict(fields)

    def run_due(self, now: int) -> None:
        """Send what has come due."""
        while self._queue and self._queue[0][0] <= now:
            _, _, book, struct, number = heappop(self._queue)
            row = book.record(struct, number)
            if row is not None and row["Status"] == _NOT_SENT:
                self._send(book, struct, number, row)

    def _send(self, book: AccountBook, struct: str, number: str, row: Row) -> None:
        member = self._member_of(book)
        user = str(row.get("UserID") or book.account)
        origin = Origin(book.account, user, self.context.profile.front_id, _SESSION)
        error = (0, "")
        try:
            if struct == PARKED_ORDER:
                fields: Row = {**row, "ContingentCondition": "1"}
                draft = draft_of(self.context, member, fields, user)
                self.desk.place(book, draft, origin, fields, self._next_ref(book))
            else:
                self.desk.cancel(book, member, origin, row)
        except Refused as refused:
            error = refused.error
        book.keep(
            struct, number, {**row, "Status": _SENT, "ErrorID": error[0], "ErrorMsg": error[1]}
        )

"""What happened to each account on its open trading day, in order, under numbers that a restart does not change.

The number of an event is made of its record's in the journal, so nothing besides is written: a start only has to know
where in the journal the day began, and which records the books had had before and passed over. It is made of the number
of the start, too: after a loss of power the journal may have lost its last records, and others get their numbers.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import cast, get_args

import msgspec

from anyvenue.engine.live.openings import LotsRecord, Openings
from anyvenue.model.events import (
    AccountEvent,
    DaySettled,
    Event,
    OrderEvent,
    OrderFilled,
    OrderSubmitted,
)
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.protocols import Cursor
from anyvenue.oms.account_state import AccountState
from anyvenue.runtime.journal import ConfigNoted, JournalReader, Record

__all__ = ["MOST_KEPT", "Entry", "Trail", "TrailRecord", "Trails", "TrailsRecord"]

MOST_KEPT = 100_000
"""So many events of an account are kept where no settlement ever ends a day."""

_PER_START = 10**12  # more records than a journal ever has
Entry = tuple[Cursor, Event]
Told = OrderEvent | AccountEvent
_TOLD = frozenset(get_args(OrderEvent) + get_args(AccountEvent))
_KINDS = frozenset(each.__name__ for each in _TOLD)
_DATED = frozenset({OrderSubmitted, OrderFilled, DaySettled})
_BEGINS = ConfigNoted.__name__


class TrailRecord(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where an account's day began in the journal, by currency, with the day it was then, and what was passed over.

    `openings` are the lots that were held then; `start` is from where on events are known at all.
    """

    account: AccountId
    day: int
    settled: dict[str, Cursor]
    passed_over: tuple[int, ...]
    openings: dict[str, tuple[LotsRecord, ...]] = {}
    start: Cursor = (0, 0)


class TrailsRecord(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """How often the node has started, and its accounts' trails."""

    starts: int
    trails: tuple[TrailRecord, ...]


class Trail:
    """One account's events since the earliest of its currencies' last settlements; that settlement is the first."""

    def __init__(self, account: AccountId, most: int = MOST_KEPT) -> None:
        """Begin with nothing, and keep so many events at most."""
        self.account = account
        self._most = most
        self.entries: list[Entry] = []
        self.openings = Openings()
        self._day = self._number = 0
        self._start: Cursor = (0, 0)
        self._settled: dict[str, Cursor] = {}
        self._passed_over: dict[int, None] = {}
        self._placed: set[OrderId] = set()

    @property
    def begin(self) -> Cursor:
        """The place of the first event of the open day; where none has ended, from where on events are known."""
        return min(self._settled.values(), key=_number, default=self._start)

    def take(self, event: Told, number: int, changed: bool) -> Entry | None:
        """Take an event; return its entry, None for one that the books had had before."""
        kind = type(event)
        if changed and kind not in _DATED and number > self._number:
            self._number = number  # as `_next` does, without a look at the day
            return (self._day, number), event
        if not changed:
            if type(event) is not OrderSubmitted or event.order_id not in self._placed:
                self._make_room(number)
                self._passed_over[number] = None
            return None
        if kind is OrderSubmitted:
            self._make_room(number)
        cursor = self._next(event, number)
        if kind is DaySettled:
            self._settle(event, cursor)  # type: ignore[arg-type]
        return cursor, event

    def append(self, entry: Entry) -> None:
        """Keep an entry."""
        self.entries.append(entry)
        if len(self.entries) > self._most:
            self.entries = self.entries[self._most // 10 or 1 :]

    def read(self, records: Iterable[tuple[int, Told]]) -> None:
        """Fill the entries with what the journal has of the open day: (number, event), which begins with `begin`."""
        self._day, first = self.begin
        self._number = first - 1
        self._placed.clear()
        self.entries = []
        for number, event in records:
            again = type(event) is OrderSubmitted and event.order_id in self._placed
            if not again and number not in self._passed_over:
                self.append((self._next(event, number), event))

    def record(self) -> TrailRecord:
        """Return what a start must know."""
        return TrailRecord(
            self.account,
            self._day,
            dict(self._settled),
            tuple(self._passed_over),
            self.openings.records(),
            self._start,
        )

    def restore(self, record: TrailRecord) -> None:
        """Take up what a snapshot holds."""
        self._day, self._start = record.day, record.start
        self._settled = dict(record.settled)
        self._passed_over = dict.fromkeys(record.passed_over)
        self.openings.restore(record.openings)

    def begin_after(self, number: int) -> None:
        """Know nothing of what happened up to an event."""
        self._start = (0, number + 1)

    def _make_room(self, number: int) -> None:
        """Let a start know nothing of what was before, where no settlement ends a day for very long."""
        if len(self._placed) + len(self._passed_over) <= self._most:
            return
        self._settled.clear()
        self._passed_over.clear()
        self._placed.clear()
        self._start = (self._day, number)

    def _next(self, event: Told, number: int) -> Cursor:
        # Where the journal has failed, numbers stand still; what happens after that no start will know of.
        self._number = number if number > self._number else self._number + 1
        kind, day = type(event), 0
        if kind is OrderSubmitted:
            self._placed.add(event.order_id)  # type: ignore[union-attr]
            day = event.trading_day  # type: ignore[union-attr]
        elif kind is OrderFilled:
            day = event.fill.trading_day  # type: ignore[union-attr]
        if day > self._day:
            self._day = day
        cursor = (self._day, self._number)
        if kind is DaySettled:
            self._day = max(self._day, event.next_day)  # type: ignore[union-attr]
        return cursor

    def _settle(self, event: DaySettled, cursor: Cursor) -> None:
        before = _number(self.begin)
        self._settled[event.currency] = cursor
        begin = _number(self.begin)
        if begin > before:
            self.entries = [each for each in self.entries if each[0][1] >= begin]
            self._passed_over = dict.fromkeys(each for each in self._passed_over if each >= begin)
            self._placed = {
                each.order_id for _, each in self.entries if type(each) is OrderSubmitted
            }


class Trails:
    """The trails of a node's accounts; the events themselves are kept once somebody asks for it."""

    def __init__(self, books: Mapping[AccountId, AccountState] | None = None) -> None:
        """Begin with no account; `books` are those that the events are in by the time they are taken."""
        self._books = {} if books is None else books
        self.starts = 0
        self.listeners: list[Callable[[AccountId, Entry], None]] = []
        self._trails: dict[AccountId, Trail] = {}
        self._kept = False

    def of(self, account: AccountId) -> Trail:
        """Return the trail of an account."""
        found = self._trails.get(account)
        if found is None:
            found = self._trails[account] = Trail(account)
        return found

    def take(self, event: Told, record: int, changed: bool) -> None:
        """Take an event that is in the books, with its record's number, and tell the listeners of what is new."""
        trail = self._trails.get(event.account) or self.of(event.account)
        entry = trail.take(event, self.starts * _PER_START + record, changed)
        if type(event) is DaySettled and event.account in self._books:
            trail.openings.begin(self._books[event.account], event.currency)
        if entry is not None and self._kept:
            trail.append(entry)
            for listener in self.listeners:
                listener(event.account, entry)

    def keep(self, reader: JournalReader | None) -> None:
        """Keep events from now on, and read those of the open days from the journal, if there is one."""
        if self._kept:
            return
        self._kept = True
        if reader is None or not self._trails:
            return
        begins = {account: _number(trail.begin) for account, trail in self._trails.items()}
        read: dict[AccountId, list[tuple[int, Told]]] = {}
        for number, event in _told(reader, min(begins.values())):
            if number >= begins.get(event.account, 0):
                read.setdefault(event.account, []).append((number, event))
        for account, found in read.items():
            self.of(account).read(found)

    # ---- over a restart

    def replay(self, record: Record, value: msgspec.Struct | None) -> None:
        """Take a record of the journal as `take` did when it was written; `value` is None for what changed nothing."""
        if type(value) in _TOLD:
            self.take(cast(Told, value), record.seq, True)
        elif record.kind == _BEGINS:
            self.starts += 1
        elif record.kind in _KINDS:
            self.take(cast(Told, record.value), record.seq, False)

    def record(self) -> TrailsRecord:
        """Return what a snapshot has to hold."""
        return TrailsRecord(self.starts, tuple(each.record() for each in self._trails.values()))

    def restore(
        self, record: TrailsRecord | None, accounts: Iterable[AccountId], number: int
    ) -> None:
        """Take up what a snapshot after record `number` holds of some `accounts`, None for one that holds nothing."""
        record = record or TrailsRecord(0, ())
        self.starts = record.starts
        found = {each.account: each for each in record.trails}
        for account in accounts:
            if account in found:
                self.of(account).restore(found[account])
            else:
                self.of(account).begin_after(self.starts * _PER_START + number)


def _number(cursor: Cursor) -> int:
    return cursor[1]


def _told(reader: JournalReader, first: int) -> Iterator[tuple[int, Told]]:
    """Yield (number, event) from the event `first` on, whose record may be gone."""
    starts, record = divmod(first, _PER_START)
    for each in reader.records(max(0, record - 1)):
        if each.kind == _BEGINS:
            starts += 1
        elif each.kind in _KINDS:
            yield starts * _PER_START + each.seq, cast(Told, each.value)

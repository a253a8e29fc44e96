"""What an account did on the open trading day, in CTP's fields, and the stream that tells its sessions."""

from collections.abc import Sequence
from typing import Protocol

from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.protocols import Cursor
from anyvenue.venues.ctp.counter.codes import ALL_TRADED, CANCELED, TOUCHED
from anyvenue.venues.ctp.counter.context import Row
from anyvenue.venues.ctp.counter.daylog import (
    DayLog,
    Message,
    Noted,
    Plain,
    as_plain,
    encode_messages,
)
from anyvenue.venues.ctp.counter.seam import Answer, Fields, Topic
from anyvenue.venues.ctp.counter.shapes import fitting
from anyvenue.venues.ctp.counter.stream import Known, PrivateStream, answer_of

__all__ = ["AccountBook", "Follower", "OrderRecord", "Telling"]

_DONE = frozenset({ALL_TRADED, CANCELED, TOUCHED})
_PRIVATE = Topic.PRIVATE
_ORDER, _TRADE = "OnRtnOrder", "OnRtnTrade"

Telling = tuple[Message, Row]
"""A message for the stream and the whole of its fields."""


class Follower(Protocol):
    """A session that hears an account's private stream."""

    def tell(self, answer: Answer) -> None:
        """Deliver one message."""
        ...


class OrderRecord:
    """One order: `key` is what the broker calls our reference, `fields` its latest ``Order``."""

    __slots__ = ("asked_back", "cancel_later", "fields", "instrument", "key", "order_id", "told")

    def __init__(self, key: str, fields: Row, instrument: Instrument | None = None) -> None:
        """Begin with the fields as they will be told first."""
        self.key = key
        self.fields = fields
        self.instrument = instrument
        self.order_id = OrderId(0)
        self.told = False
        self.asked_back: Row | None = None
        self.cancel_later = False

    @property
    def done(self) -> bool:
        """Tell whether nothing more can happen to it."""
        return self.fields["OrderStatus"] in _DONE

    def report(self, **changes: Plain) -> Telling:
        """Change the fields; return what tells of it."""
        fields = self.fields = {**self.fields, **changes}
        if self.told:
            return Message(_ORDER, self.key, changes, fresh=False), fields
        self.told = True
        return Message(_ORDER, self.key, as_plain(fields)), fields


class AccountBook:
    """The day of one account. Everything told of it goes through `publish`."""

    def __init__(self, account: AccountId, day: int, log: DayLog) -> None:
        """Begin an empty day."""
        self.account = account
        self.log = log
        self.cursor: Cursor = (0, 0)
        self.followers: dict[Follower, None] = {}
        self.listening = False
        self.caught_up = False
        self.messages_sent = 0
        self._begin(day)

    def _begin(self, day: int) -> None:
        self.stream = PrivateStream(day)
        self.by_key: dict[str, OrderRecord] = {}
        self.by_id: dict[OrderId, OrderRecord] = {}
        self._by_system: dict[tuple[str, str], OrderRecord] = {}
        self._trades: list[Row] = []
        self._records: dict[str, dict[str, Row]] = {}
        self.messages_sent = 0

    @property
    def day(self) -> int:
        """The account's open trading day."""
        return self.stream.day

    # ---- DayRecords

    def orders(self) -> Sequence[Fields]:
        """Return the orders as they are now, oldest first."""
        return [each.fields for each in self.by_key.values() if each.told]

    def trades(self) -> Sequence[Fields]:
        """Return the trades, oldest first."""
        return list(self._trades)

    def records(self, struct: str) -> Sequence[Fields]:
        """Return other records, oldest first."""
        return list(self._records.get(struct, {}).values())

    # ---- orders

    def add(self, record: OrderRecord) -> None:
        """Know an order by its key."""
        self.by_key[record.key] = record

    def drop(self, record: OrderRecord) -> None:
        """Forget an order that was refused before anybody heard of it."""
        self.by_key.pop(record.key, None)
        self.by_id.pop(record.order_id, None)

    def bind(self, record: OrderRecord, order_id: OrderId) -> None:
        """Know an order by the broker's id, too."""
        record.order_id = order_id
        self.by_id[order_id] = record

    def name(self, record: OrderRecord, system_id: str) -> None:
        """Know an order by OrderSysID, too."""
        self._by_system[str(record.fields["ExchangeID"]), system_id.strip()] = record

    def of_system_id(self, exchange: str, system_id: str) -> OrderRecord | None:
        """Return the order of an OrderSysID, with or without leading blanks."""
        return self._by_system.get((exchange, system_id.strip()))

    def of_ref(self, ref: str) -> OrderRecord | None:
        """Return the latest order of an OrderRef, whichever session sent it."""
        found = reversed(list(self.by_key.values()))
        return next((each for each in found if str(each.fields["OrderRef"]).strip() == ref), None)

    # ---- records

    def keep(self, struct: str, key: str, fields: Row) -> Row:
        """Keep a record, or a later state of it, and write it down."""
        self._records.setdefault(struct, {})[key] = fields
        self.log.note(
            Noted(self.account, self.day, self.cursor, b"", struct, key, as_plain(fields))
        )
        return fields

    def record(self, struct: str, key: str) -> Row | None:
        """Return a record."""
        return self._records.get(struct, {}).get(key)

    def count(self, struct: str) -> int:
        """Return how many records of a kind there are."""
        return len(self._records.get(struct, ()))

    # ---- telling

    def publish(self, tellings: list[Telling]) -> None:
        """Write messages down that came of one thing, then tell them to everybody who follows."""
        if not tellings:
            return
        packed = encode_messages([message for message, _ in tellings])
        stream, log = self.stream, self.log
        if log.keeps:
            log.note(Noted(self.account, stream.day, self.cursor, packed))
        number = stream.count
        stream.add(packed, len(tellings))
        for message, fields in tellings:
            number += 1
            if message.callback == _TRADE:
                self._trades.append(fields)
            if self.followers:
                answer = Answer(message.callback, fields, message.error, 0, True, _PRIVATE, number)
                for follower in list(self.followers):
                    follower.tell(answer)

    def tell_error(self, callback: str, fields: Fields, error: tuple[int, str]) -> None:
        """Publish an ``OnErrRtn`` message."""
        row = fitting(callback, fields)
        self.publish([(Message(callback, "", as_plain(row), True, error), row)])

    def tell(self, callback: str, fields: Row) -> None:
        """Publish another message that stands for itself."""
        row = fitting(callback, fields)
        self.publish([(Message(callback, "", as_plain(row)), row)])

    # ---- days and restarts

    def roll(self, day: int) -> None:
        """Begin the next day: streams and records start anew."""
        self._begin(day)

    def restore(self, noted: Noted) -> None:
        """Take up what the file holds of this account and day."""
        self.cursor = max(self.cursor, noted.cursor)
        if noted.record:
            self._records.setdefault(noted.record, {})[noted.key] = dict(noted.fields)
            return
        before = self.stream.count
        packed = PrivateStream(self.day)
        packed.add(noted.messages, 0)
        count = 0
        for message in packed.messages():
            count += 1
            record = self.by_key.get(message.key)
            known: Known = {message.key: as_plain(record.fields)} if record else {}
            self._restore(message, answer_of(message, before + count, known))
        self.stream.add(noted.messages, count)

    def _restore(self, message: Message, answer: Answer) -> None:
        fields: Row = dict(answer.fields or {})
        if message.callback == _TRADE:
            self._trades.append(fields)
        if message.callback != _ORDER:
            return
        record = self.by_key.get(message.key)
        if record is None:
            record = OrderRecord(message.key, fields)
            self.add(record)
        record.fields, record.told = fields, True
        if fields.get("OrderSysID"):
            self.name(record, str(fields["OrderSysID"]))

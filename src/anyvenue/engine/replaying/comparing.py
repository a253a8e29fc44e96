"""What a node does when it is run again, beside what its journal says that it did."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b

import msgspec

from anyvenue.engine.replaying.reading import NOTES
from anyvenue.model.commands import CancelOrder, ModifyOrder, SubmitOrder
from anyvenue.model.events import OrderSubmitted
from anyvenue.runtime.journal import Record
from anyvenue.runtime.journal.codec import encode_value, kind_of

__all__ = ["Comparer", "Difference"]

_decode = msgspec.msgpack.decode
_COUNTED = (
    SubmitOrder.__name__,
    OrderSubmitted.__name__,
    CancelOrder.__name__,
    ModifyOrder.__name__,
)


class Difference(msgspec.Struct, frozen=True):
    """Where two runs part: at record `seq` of the journal, of `ts` (int ns UTC), with both sides' text, empty for none.

    `fields` are those that differ: name, recorded, replayed.
    """

    seq: int
    ts: int
    recorded: str
    replayed: str
    fields: tuple[tuple[str, str, str], ...] = ()


class Comparer:
    """Takes the records of a replay and compares them with the journal's, one by one.

    The hashes are over commands and order events in the bytes that the journal has of them.
    """

    def __init__(self, recorded: Sequence[Record]) -> None:
        """Compare with `recorded`, which has no notes."""
        self.difference: Difference | None = None
        self.compared = 0
        self.like: set[int] = set()
        self._recorded = recorded
        self._submitted = dict(_submitted(recorded))
        self._replayed = _Counts()
        self._hash = blake2b(digest_size=16)
        self._beyond: Difference | None = None

    @property
    def hash_replayed(self) -> str:
        """The audit hash of the replay."""
        return self._hash.hexdigest()

    def hash_recorded(self, whole: bool) -> str:
        """Return the audit hash of the journal's part, or of what was compared of it."""
        found = blake2b(digest_size=16)
        for each in self._recorded if whole else self._recorded[: self.compared]:
            found.update(each.kind.encode())
            found.update(each.payload)
        return found.hexdigest()

    @property
    def recorded(self) -> dict[str, int]:
        """How many commands of each strategy and kind the journal has."""
        counts = _Counts()
        for each in self._recorded:
            counts.add(each.kind, bytes(each.payload))
        return dict(counts.found)

    @property
    def replayed(self) -> dict[str, int]:
        """How many commands of each strategy and kind the replay gave."""
        return dict(self._replayed.found)

    def take(self, values: Sequence[msgspec.Struct]) -> None:
        """Take what the replay would write."""
        for value in values:
            kind = kind_of(value)
            if kind not in NOTES:
                self._take(kind, encode_value(value))

    def finish(self, *, more: bool, less: bool) -> None:
        """Say that the replay has ended, and whether it may have done `more` or `less` than the journal has."""
        if self.difference is not None:
            return
        if self._beyond is not None and not more:
            self.difference = self._beyond
        elif self.compared < len(self._recorded) and not less:
            self.difference = _difference(self._recorded[self.compared], "", b"")

    def _take(self, kind: str, body: bytes) -> None:
        beyond = self.difference is None and self.compared == len(self._recorded)
        if not beyond:
            self._hash.update(kind.encode())
            self._hash.update(body)
        self._replayed.add(kind, body)
        order_id = self._submitted.get(body)
        if order_id is not None:
            self.like.add(order_id)
        if self.difference is not None:
            return
        if beyond:
            self._beyond = self._beyond or _extra(kind, body)
            return
        record = self._recorded[self.compared]
        if record.kind != kind or bytes(record.payload) != body:
            self.difference = _difference(record, kind, body)
            return
        self.compared += 1


class _Counts:
    """Counts commands by strategy and kind."""

    def __init__(self) -> None:
        self.found: Counter[str] = Counter()
        self._owners: dict[int, str] = {}

    def add(self, kind: str, body: bytes) -> None:
        if kind not in _COUNTED:
            return
        fields = _decode(body)
        order_id = fields["order_id"]
        if "request" in fields:
            self._owners[order_id] = fields["request"].get("strategy", "")
        self.found[f"{self._owners.get(order_id, '')} {kind}".strip()] += 1


def _submitted(recorded: Sequence[Record]) -> Iterator[tuple[bytes, int]]:
    """Give the orders by what the journal says of them."""
    for each in recorded:
        if each.kind == OrderSubmitted.__name__:
            yield bytes(each.payload), _decode(each.payload)["order_id"]


def _difference(record: Record, kind: str, body: bytes) -> Difference:
    before = _flat(_decode(record.payload))
    after = _flat(_decode(body)) if body else {}
    same = kind == record.kind
    fields = tuple(
        (name, before.get(name, ""), after.get(name, ""))
        for name in dict.fromkeys((*before, *after))
        if same and before.get(name) != after.get(name)
    )
    replayed = _text(kind, after) if body else ""
    return Difference(record.seq, record.ts, _text(record.kind, before), replayed, fields)


def _extra(kind: str, body: bytes) -> Difference:
    fields = _flat(_decode(body))
    return Difference(0, int(fields.get("ts_event", 0) or 0), "", _text(kind, fields))


def _text(kind: str, fields: Mapping[str, str]) -> str:
    return " ".join([kind, *(f"{name}={value}" for name, value in fields.items() if value)])


def _flat(value: object) -> dict[str, str]:
    """Return the fields of a record by name, those of records in it among them, empty ones left out."""
    found: dict[str, str] = {}
    for name, each in value.items() if isinstance(value, dict) else ():
        if isinstance(each, dict):
            found |= _flat(each)
        elif each not in (None, "", False, [], "0"):
            found[str(name)] = str(each)
    return found

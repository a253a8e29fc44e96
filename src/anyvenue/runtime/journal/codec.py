"""One encoding for everything a journal holds: MessagePack maps with the field names, and the type's name beside.

Field names make a record three times as long as its values alone. In return a journal can be read by any MessagePack
reader and by later versions of anyvenue: a new field has its default in old records. The bytes of a record are the
same as those that the audit hash is made of.
"""

from collections.abc import Callable
from functools import cache
from types import UnionType
from typing import get_args

import msgspec

from anyvenue.model.commands import Command
from anyvenue.model.errors import JournalError
from anyvenue.model.events import Event
from anyvenue.model.orders import Fill, Order
from anyvenue.model.protocols import Snapshot
from anyvenue.runtime.journal.notes import JournalNote

__all__ = ["KINDS", "Record", "decode_value", "encode_value", "kind_of", "kinds_of"]


def kinds_of(*unions: UnionType | type[msgspec.Struct]) -> dict[str, type[msgspec.Struct]]:
    """Return the record types of some unions by name."""
    types = [each for union in unions for each in get_args(union) or (union,)]
    return {each.__name__: each for each in types}


KINDS = kinds_of(Command, Event, JournalNote, Order, Fill, Snapshot)
"""Every type a journal can hold, by its name."""

_NAMES = {each: name for name, each in KINDS.items()}
_ENCODER = msgspec.msgpack.Encoder()
encode_value = _ENCODER.encode


class Record(msgspec.Struct, frozen=True, gc=False):
    """One record of a journal; `seq` rises by one, `ts` is int ns UTC and may step back with the machine's clock.

    `payload` is the encoded value. `chain` is the hash of this record and all before it.
    """

    seq: int
    ts: int
    kind: str
    payload: msgspec.Raw
    chain: bytes

    @property
    def value(self) -> msgspec.Struct:
        """The command, event, order or note, decoded anew each time; raise JournalError."""
        return decode_value(self.kind, self.payload)


def kind_of(value: msgspec.Struct) -> str:
    """Return the name a value's type has in a journal; raise JournalError for a type it cannot hold."""
    name = _NAMES.get(type(value))
    if name is None:
        raise JournalError(
            f"a journal cannot hold a {type(value).__name__}; it holds commands, events, orders and notes",
            code="journal.kind",
            kind=type(value).__name__,
        )
    return name


def decode_value(kind: str, payload: bytes | msgspec.Raw) -> msgspec.Struct:
    """Return the value of an encoded record; raise JournalError for one that this version does not know."""
    try:
        value: msgspec.Struct = _decode_as(kind)(payload)
    except KeyError:
        raise JournalError(
            f"record type {kind!r} is not known to this version of anyvenue; read the journal with the version "
            "that wrote it",
            code="journal.kind",
            kind=kind,
        ) from None
    except msgspec.DecodeError as error:
        raise JournalError(
            f"a record of type {kind} cannot be decoded ({error}); read the journal with the version of "
            "anyvenue that wrote it",
            code="journal.kind",
            kind=kind,
        ) from None
    return value


@cache
def _decode_as(kind: str) -> Callable[[bytes | msgspec.Raw], msgspec.Struct]:
    return msgspec.msgpack.Decoder(KINDS[kind]).decode

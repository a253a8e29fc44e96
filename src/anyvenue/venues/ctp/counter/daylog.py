"""The counter's own file of a trading day: what it told, before it is told, so that a restart can go on from there."""

from collections.abc import Iterator
from typing import cast
from zlib import crc32

import msgspec

from anyvenue.model.protocols import Cursor, FileStore
from anyvenue.venues.ctp.counter.context import Row

__all__ = [
    "DayLog",
    "Message",
    "Noted",
    "Plain",
    "as_plain",
    "decode_messages",
    "encode_messages",
]

Plain = str | int | float
"""What is written down; pieces of statements, which are bytes, are in no stream."""

_PREFIX, _SUFFIX = "day-", ".log"
_HEAD = 8
_KEPT_DAYS = 2


def as_plain(row: Row) -> dict[str, Plain]:
    """Return the fields as what can be written down."""
    return cast("dict[str, Plain]", row)


class Message(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One message of a private stream: a callback about the record `key`, and what of its fields is new.

    `fresh` says that the fields are all there are, not a change of earlier ones.
    """

    callback: str
    key: str
    fields: dict[str, Plain]
    fresh: bool = True
    error: tuple[int, str] | None = None


class Noted(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One entry of the file: the messages that came of one thing, and how far the broker's events were heard.

    `account` is "" for the counter's own notes, whose `record` says what they are about.
    """

    account: str
    day: int
    cursor: Cursor
    messages: bytes = b""
    record: str = ""
    key: str = ""
    fields: dict[str, Plain] = {}


_messages = msgspec.msgpack.Decoder(list[Message])
_noted = msgspec.msgpack.Decoder(Noted)
_encoder = msgspec.msgpack.Encoder()
encode_messages = _encoder.encode
decode_messages = _messages.decode


class DayLog:
    """Appends entries to the file of the open day; without files it keeps nothing."""

    def __init__(self, files: FileStore | None) -> None:
        """Write to `files`; `begin` says which day."""
        self._files = files
        self._name = ""

    @property
    def keeps(self) -> bool:
        """Tell whether anything is written at all."""
        return self._files is not None

    def begin(self, day: int) -> None:
        """Go on with the file of `day` and let go of those long past."""
        self._name = f"{_PREFIX}{day:08}{_SUFFIX}"
        if self._files is not None:
            old = [name for name in self._files.names() if name.startswith(_PREFIX)]
            for name in [name for name in old if name < self._name][:-_KEPT_DAYS]:
                self._files.remove(name)

    def last_day(self) -> int:
        """Return the latest day there is a file of, 0 for none."""
        if self._files is None:
            return 0
        days = [name for name in self._files.names() if name.startswith(_PREFIX)]
        return int(days[-1][len(_PREFIX) : -len(_SUFFIX)]) if days else 0

    def note(self, noted: Noted) -> None:
        """Append an entry; raise JournalError."""
        if self._files is not None:
            body = _encoder.encode(noted)
            head = len(body).to_bytes(4, "little") + crc32(body).to_bytes(4, "little")
            self._files.append(self._name, head + body)

    def close(self) -> None:
        """Let go of the files."""
        if self._files is not None:
            self._files.close()

    def entries(self) -> Iterator[Noted]:
        """Yield what the day's file holds; a torn end is cut off."""
        if self._files is None:
            return
        raw = self._files.read(self._name)
        at = 0
        while at + _HEAD <= len(raw):
            size = int.from_bytes(raw[at : at + 4], "little")
            body = raw[at + _HEAD : at + _HEAD + size]
            if len(body) < size or crc32(body) != int.from_bytes(raw[at + 4 : at + 8], "little"):
                break
            yield _noted.decode(body)
            at += _HEAD + size
        if at < len(raw):
            self._files.truncate(self._name, at)

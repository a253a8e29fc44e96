"""What proves that a journal is the one it was: its head, kept where the journal's keeper cannot write.

The head alone says whether the records up to it are the same. A head file also has the first four bytes of every
record's chain value, so that the first record which is not the same can be named even when somebody changed it and
worked out all later chain values anew.
"""

from base64 import b64decode, b64encode
from pathlib import Path

import msgspec

from anyvenue.model.errors import AnyvenueError, ConfigError, JournalError
from anyvenue.runtime.journal.reading import JournalReader

__all__ = ["Head", "Verification", "head_of", "parse_head", "read_head", "verify", "write_head"]

_FORMAT = "anyvenue journal head 1"
_MARK = 4


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Record `seq` and its chain value as hexadecimal digits; `marks` has four bytes for each record up to it."""

    format: str = _FORMAT
    node: str = ""
    first_seq: int = 1
    seq: int
    chain: str
    marks: str = ""


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What was found: `intact` is about all records, or those up to the head's.

    `first_changed` is the first record that is not as it was, None when that cannot be told; `text` says why.
    `torn` are bytes at the end that were not written whole; `matched` is whether a head was given and met.
    """

    intact: bool
    records: int
    seq: int
    head: str
    node: str = ""
    first_changed: int | None = None
    text: str = ""
    code: str = ""
    torn: int = 0
    matched: bool = False


def head_of(reader: JournalReader) -> Head:
    """Return the head of a journal, with marks; raise JournalError where it is damaged."""
    marks = bytearray()
    for record in reader.records():
        marks += record.chain[:_MARK]
    end = reader.end
    return Head(
        node=reader.node,
        first_seq=reader.first_seq,
        seq=end.seq,
        chain=end.chain.hex(),
        marks=b64encode(marks).decode(),
    )


def parse_head(text: str) -> Head:
    """Return the head that ``NUMBER:HEX`` says; raise ConfigError."""
    number, colon, chain = text.strip().partition(":")
    if (
        not colon
        or not number.isdigit()
        or len(chain) != 32
        or set(chain.lower()) - set("0123456789abcdef")
    ):
        raise _bad_head(text)
    return Head(seq=int(number), chain=chain.lower())


def read_head(path: Path) -> Head:
    """Return the head in a file: JSON as `write_head` makes it, or a line ``NUMBER:HEX``; raise ConfigError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"cannot read {path}: {error.strerror}", code="journal.head", value=str(path)
        ) from None
    if not data.lstrip().startswith(b"{"):
        return parse_head(data.decode("utf-8", "replace"))
    try:
        head = msgspec.json.decode(data, type=Head)
    except msgspec.DecodeError:
        raise _bad_head(str(path)) from None
    if head.format != _FORMAT:
        raise _bad_head(str(path))
    return head


def write_head(path: Path, head: Head) -> None:
    """Write a head with its marks to a file."""
    path.write_bytes(msgspec.json.encode(head) + b"\n")


def verify(reader: JournalReader, head: Head | None = None) -> Verification:
    """Read a whole journal and compare it with a head; never raise for what is found."""
    marks = b64decode(head.marks) if head is not None else b""
    first = head.first_seq if head is not None else 1
    wanted = head.seq if head is not None else 0
    suspect, met = None, head is None
    count = 0
    try:
        for record in reader.records():
            count += 1
            seq = record.seq
            if seq <= wanted and suspect is None:
                at = (seq - first) * _MARK
                mark = marks[at : at + _MARK] if at >= 0 else b""
                if mark and mark != record.chain[:_MARK]:
                    suspect = seq
            if head is not None and seq == wanted:
                met = record.chain.hex() == head.chain
    except JournalError as error:
        return _damaged(reader, count, suspect, error)
    return _compared(reader, count, suspect, head, met)


def _damaged(
    reader: JournalReader, count: int, suspect: int | None, error: AnyvenueError
) -> Verification:
    seq = error.fields.get("seq")
    found = seq if isinstance(seq, int) else None
    if suspect is not None:
        found = suspect if found is None else min(suspect, found)
    return Verification(
        intact=False,
        records=count,
        seq=reader.first_seq + count - 1,
        head="",
        node=reader.node,
        first_changed=found,
        text=error.text,
        code=error.code,
    )


def _compared(
    reader: JournalReader, count: int, suspect: int | None, head: Head | None, met: bool
) -> Verification:
    end = reader.end
    text = code = ""
    first = suspect
    if head is not None and end.seq < head.seq:
        first = suspect or end.seq + 1
        code, text = (
            "journal.short",
            f"the journal ends at record {end.seq}, the head is of {head.seq}",
        )
    elif head is not None and not met:
        code, text = (
            "journal.head_differs",
            f"record {head.seq} does not have the head's chain value",
        )
    elif suspect is not None:
        code, text = (
            "journal.head_differs",
            "the head's marks differ: the head file itself was changed",
        )
    return Verification(
        intact=not code,
        records=count,
        seq=end.seq,
        head=f"{end.seq}:{end.chain.hex()}",
        node=reader.node,
        first_changed=first,
        text=text,
        code=code,
        torn=end.torn,
        matched=head is not None and not code,
    )


def _bad_head(value: str) -> ConfigError:
    return ConfigError(
        f"{value!r} is not a journal's head; a file made by `anyvenue journal export --head` or NUMBER:HEX is expected",
        code="journal.head",
        value=value,
    )

"""What was recorded of a node: its sessions, each with its tape and its part of the journal."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from anyvenue.engine.live.tape import FOLDER, TOPIC
from anyvenue.engine.live.tape_entries import FORMAT, Began, unpack_entries
from anyvenue.model.errors import JournalError
from anyvenue.runtime.journal import (
    ConfigNoted,
    InputNoted,
    JournalNote,
    Record,
    RemarkNoted,
    read_journal,
)
from anyvenue.runtime.journal.codec import kinds_of

__all__ = ["NOTES", "JournalPart", "RecordedSession", "journal_part", "recorded_sessions"]

NOTES = frozenset(kinds_of(JournalNote))
"""What a journal holds besides commands and events: none of it is the outcome of a decision."""


class JournalPart(msgspec.Struct, frozen=True):
    """What the journal has of one session: commands and events, and what it says of the tape."""

    records: tuple[Record, ...]
    head: str = ""
    failed: str = ""
    stopped: bool = False


class RecordedSession:
    """One start of a node, from its recovery to its end. `number` counts those that were recorded, from 1."""

    def __init__(self, number: int, journal: Path, tape: Path) -> None:
        """Read from the folders of journal and tape; raise JournalError for what is no tape."""
        self.number = number
        self.folder = journal
        self.tape = tape
        found = next(self.entries(), None)
        if not isinstance(found, Began):
            raise JournalError(
                f"{tape} has no beginning; remove it, or restore it from a copy",
                code="journal.record_beginning",
                folder=str(tape),
            )
        if found.format != FORMAT:
            raise JournalError(
                f"{tape} was recorded by anyvenue {found.version}; replay it with that version",
                code="journal.record_version",
                version=found.version,
            )
        self.began = found

    def entries(self, head: str = "") -> Iterator[msgspec.Struct]:
        """Give all entries; raise JournalError where the tape is not what was written, or its end is not at `head`."""
        try:
            reader = read_journal(self.tape)
            for record in reader.records():
                if record.kind == InputNoted.__name__:
                    value = record.value
                    assert isinstance(value, InputNoted)
                    yield from unpack_entries(value.body)
        except JournalError as error:
            if error.code in ("journal.changed", "journal.damaged", "journal.missing"):
                raise self._changed(error) from error
            raise
        if head and f"{reader.end.seq}:{reader.end.chain.hex()}" != head:
            raise self._changed(None)

    def _changed(self, error: JournalError | None) -> JournalError:
        fields = error.fields if error is not None else {}
        place = (
            f"{fields['file']}, byte {fields.get('offset', 0)}" if "file" in fields else "its end"
        )
        return JournalError(
            f"the recorded market data in {self.tape} is not what the node wrote: {place}; restore it from a copy",
            code="journal.record_changed",
            folder=str(self.tape),
            place=place,
        )


def recorded_sessions(folder: Path) -> list[RecordedSession]:
    """Return the recorded sessions of a node's folder, oldest first; raise JournalError when there is none."""
    read_journal(folder)
    tapes = folder / FOLDER
    found = (
        sorted(each for each in tapes.glob("*") if each.name.isdigit()) if tapes.is_dir() else []
    )
    if not found:
        raise JournalError(
            f"nothing was recorded in {folder}; set record = true in [node] before the node starts",
            code="journal.record_none",
            folder=str(folder),
        )
    return [RecordedSession(number, folder, tape) for number, tape in enumerate(found, 1)]


def journal_part(folder: Path, began: Began) -> JournalPart:
    """Return what the journal has of a session; raise JournalError."""
    kept: list[Record] = []
    head = failed = ""
    stopped = False
    records = read_journal(folder).records(after=began.seq - 1)
    _check_beginning(folder, began, next(records, None))
    for record in records:
        if record.kind == ConfigNoted.__name__:
            break
        if record.kind == RemarkNoted.__name__:
            value = record.value
            if isinstance(value, RemarkNoted) and value.topic == TOPIC:
                fields = dict(value.fields)
                head, failed = fields.get("head", head), fields.get("failed", failed)
                if failed:
                    break  # nothing after it can be run again
        elif record.kind == "NodeStopped":
            stopped = True
        if record.kind not in NOTES:
            kept.append(record)
    return JournalPart(tuple(kept), head, failed, stopped)


def _check_beginning(folder: Path, began: Began, record: Record | None) -> None:
    """Raise JournalError unless the journal has the beginning that was recorded."""
    note = record.value if record is not None and record.kind == ConfigNoted.__name__ else None
    same = isinstance(note, ConfigNoted) and (note.node, note.ts_event) == (began.node, began.now)
    if record is None or record.seq != began.seq or not same:
        raise JournalError(
            f"the journal in {folder} does not have the start of {began.node} that was recorded after its record "
            f"{began.seq}; put the journal's segments of that time back",
            code="journal.record_foreign",
            folder=str(folder),
            node=began.node,
            seq=began.seq,
        )

"""The journal: what a node wished and what came of it, on the disk before it is sent."""

from anyvenue.runtime.journal.codec import KINDS, Record
from anyvenue.runtime.journal.files import DiskFiles
from anyvenue.runtime.journal.heads import (
    Head,
    Verification,
    head_of,
    parse_head,
    read_head,
    verify,
    write_head,
)
from anyvenue.runtime.journal.memory import MemoryFiles
from anyvenue.runtime.journal.notes import (
    ConfigNoted,
    CursorNoted,
    DayRolled,
    DayStartNoted,
    InputNoted,
    JournalNote,
    NodeStopped,
    PeakNoted,
    RemarkNoted,
    TailCut,
)
from anyvenue.runtime.journal.opening import open_journal, read_journal
from anyvenue.runtime.journal.reading import JournalEnd, JournalReader, Recovery
from anyvenue.runtime.journal.snapshots import StoredSnapshot
from anyvenue.runtime.journal.writing import Journal, Sync

__all__ = [
    "KINDS",
    "ConfigNoted",
    "CursorNoted",
    "DayRolled",
    "DayStartNoted",
    "DiskFiles",
    "Head",
    "InputNoted",
    "Journal",
    "JournalEnd",
    "JournalNote",
    "JournalReader",
    "MemoryFiles",
    "NodeStopped",
    "PeakNoted",
    "Record",
    "Recovery",
    "RemarkNoted",
    "StoredSnapshot",
    "Sync",
    "TailCut",
    "Verification",
    "head_of",
    "open_journal",
    "parse_head",
    "read_head",
    "read_journal",
    "verify",
    "write_head",
]

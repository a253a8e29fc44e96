"""From a folder to a journal that is locked, checked, recovered and ready for writing."""

from collections.abc import Callable
from pathlib import Path

from anyvenue.model.errors import JournalError
from anyvenue.model.protocols import FileStore
from anyvenue.runtime.journal.codec import Record
from anyvenue.runtime.journal.files import DiskFiles
from anyvenue.runtime.journal.reading import JournalReader, Recovery
from anyvenue.runtime.journal.snapshots import StoredSnapshot
from anyvenue.runtime.journal.writing import SNAPSHOT_EVERY, Journal, Sync

__all__ = ["open_journal", "read_journal"]


def open_journal(
    folder: str | Path | FileStore,
    *,
    node: str,
    ts: int,
    config_hash: str = "",
    version: str = "",
    sync: Sync = "group",
    restore: Callable[[StoredSnapshot], bool | None] | None = None,
    replay: Callable[[Record], None] | None = None,
    on_failure: Callable[[JournalError], None] | None = None,
    snapshot_every: int = SNAPSHOT_EVERY,
) -> Journal:
    """Lock `folder`, hand the latest snapshot to `restore` and each record after it to `replay`, and go on from there.

    Without `restore`, or where it returns False because it cannot read the snapshot, every record is replayed.
    Raise JournalError when another node has the folder, the journal is damaged, or it cannot be written. The folder is
    let go again by `Journal.close`. In place of a folder there may be files of any kind.
    """
    files = DiskFiles.locked(folder, node) if isinstance(folder, str | Path) else folder
    try:
        recovery = Recovery(files)
        found = recovery.snapshot
        if found is not None and (restore is None or restore(found) is False):
            recovery.pass_over()
        if replay is not None:
            recovery.replay(replay)
        return Journal(
            files,
            recovery,
            node=node,
            config_hash=config_hash,
            version=version,
            ts=ts,
            sync=sync,
            on_failure=on_failure,
            snapshot_every=snapshot_every,
        )
    except BaseException:
        files.close()
        raise


def read_journal(folder: str | Path) -> JournalReader:
    """Return a reader of a folder's journal, which needs no lock; raise JournalError when there is none."""
    reader = JournalReader(DiskFiles(folder))
    if not reader.segments:
        raise JournalError(
            f"there is no journal in {folder}; name the folder that a node writes its journal to",
            code="journal.none",
            folder=str(folder),
        )
    return reader

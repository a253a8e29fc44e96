"""Snapshots: what a node remembered at a record, as bytes of its own, so that a start need not read all records."""

from struct import Struct as Layout
from zlib import crc32

import msgspec

from anyvenue.model.protocols import FileStore

__all__ = [
    "StoredSnapshot",
    "latest_snapshot",
    "prune_snapshots",
    "snapshot_name",
    "write_snapshot",
]

_MAGIC = b"AVSNAP\r\n"
_CRC = Layout("<I")
_PREFIX, _SUFFIX = "snapshot-", ".avs"


class StoredSnapshot(msgspec.Struct, frozen=True, array_like=True):
    """What was so after record `seq`; `chain` is that record's chain value, `data` means something to the node only."""

    version: int
    node: str
    seq: int
    ts: int
    chain: bytes
    data: bytes


_decode = msgspec.msgpack.Decoder(StoredSnapshot).decode


def snapshot_name(seq: int) -> str:
    """Return the file name of the snapshot after a record."""
    return f"{_PREFIX}{seq:020d}{_SUFFIX}"


def write_snapshot(files: FileStore, snapshot: StoredSnapshot) -> None:
    """Write a snapshot and return once it is on the disk; raise JournalError."""
    body = msgspec.msgpack.encode(snapshot)
    files.write(snapshot_name(snapshot.seq), _MAGIC + _CRC.pack(crc32(body)) + body)


def latest_snapshot(files: FileStore) -> tuple[StoredSnapshot | None, list[str]]:
    """Return the latest snapshot that is whole, and the names of later ones that are not."""
    broken: list[str] = []
    for name in reversed(_names(files)):
        found = _unpack(files.read(name))
        if found is not None and snapshot_name(found.seq) == name:
            return found, broken
        broken.append(name)
    return None, broken


def prune_snapshots(files: FileStore, keep: int = 2) -> None:
    """Delete all but the `keep` latest snapshots."""
    for name in _names(files)[:-keep]:
        files.remove(name)


def _names(files: FileStore) -> list[str]:
    return [name for name in files.names() if name.startswith(_PREFIX) and name.endswith(_SUFFIX)]


def _unpack(data: bytes) -> StoredSnapshot | None:
    begin = len(_MAGIC) + _CRC.size
    if len(data) < begin or not data.startswith(_MAGIC):
        return None
    body = data[begin:]
    if crc32(body) != _CRC.unpack_from(data, len(_MAGIC))[0]:
        return None
    try:
        return _decode(body)
    except msgspec.DecodeError:
        return None

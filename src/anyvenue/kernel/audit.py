"""The audit hash: what was decided and what came of it, in one short text.

Two runs of the same thing give the same hash, in any process, with any hash seed.
"""

from hashlib import blake2b

import msgspec

from anyvenue.model.commands import SubmitOrder
from anyvenue.model.events import OrderSubmitted

__all__ = ["AuditHash"]


class AuditHash:
    """A running hash over commands and order events, plus one content hash per chunk of data."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._hash = blake2b(digest_size=16)
        self._encode = msgspec.msgpack.Encoder().encode
        self.count = 0

    def add(self, record: msgspec.Struct) -> None:
        """Add a command or an event."""
        self._hash.update(type(record).__name__.encode())
        self._hash.update(self._encode(record))
        self.count += 1

    def add_sent(self, command: SubmitOrder, submitted: OrderSubmitted) -> None:
        """Add an order before it is sent; `submitted` is the event that the books begin it with."""
        self.add(command)

    def add_data(self, digest: str) -> None:
        """Add the content hash of a chunk of data."""
        self._hash.update(b"data" + digest.encode())

    @property
    def place(self) -> int:
        """Where the latest record is among all: its number."""
        return self.count

    def hexdigest(self) -> str:
        """Return the hash so far."""
        return self._hash.hexdigest()

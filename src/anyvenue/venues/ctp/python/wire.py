"""The socket under a link: sent from any thread without waiting, read by one thread, both until it is cut."""

import selectors
import socket
from contextlib import suppress
from threading import Condition

__all__ = ["Cut", "Wire"]

_MOST_PENDING = 16 << 20
_ROOM = 1 << 16


class Cut(Exception):
    """The connection has ended."""


class Wire:
    """One connection. `changed` is told when there is something left to write."""

    def __init__(self, made: socket.socket, changed: Condition) -> None:
        """Take over a connected socket; `changed` also guards what is written."""
        made.setblocking(False)
        self._socket = made
        self._changed = changed
        self._pending = bytearray()
        self._selector = selectors.DefaultSelector()
        self._selector.register(made, selectors.EVENT_READ)
        self.write_failed = False
        self.sent = False
        self._open = True

    @property
    def pending(self) -> int:
        """How many bytes could not be written yet."""
        return len(self._pending)

    def send(self, data: bytes) -> bool:
        """Write, or keep what does not go at once; False when too much waits or the connection has ended."""
        with self._changed:
            if not self._open or len(self._pending) + len(data) > _MOST_PENDING:
                return False
            self.sent = True
            if self._pending:
                self._pending += data
                return True
            gone = self._write(data)
            if gone < len(data) and not self.write_failed:
                self._pending += memoryview(data)[gone:]
                self._changed.notify_all()
            return not self.write_failed

    def flush(self) -> None:
        """Write what waits, as far as it goes; `changed` is held."""
        if self._pending and self._open:
            gone = self._write(self._pending)
            del self._pending[:gone]

    def _write(self, data: bytes | bytearray) -> int:
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self.write_failed = True
            self.shut()
            return 0

    def read(self, patience_s: float) -> bytes:
        """Return what has arrived, b"" when nothing has within `patience_s`; raise Cut at the end."""
        try:
            data = self._socket.recv(_ROOM)
        except BlockingIOError:
            if not self._selector.select(patience_s):
                return b""
            try:
                data = self._socket.recv(_ROOM)
            except BlockingIOError:
                return b""
            except OSError as error:
                raise Cut from error
        except OSError as error:
            raise Cut from error
        if not data:
            raise Cut
        return data

    def shut(self) -> None:
        """End the connection: whoever reads is told."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self, *, end: bool = True) -> None:
        """Give the socket back; without `end` the connection goes on for a process that shares it."""
        with self._changed:
            if self._open and end:
                self.shut()
            self._open = False
            self._pending.clear()
        self._selector.close()
        self._socket.close()

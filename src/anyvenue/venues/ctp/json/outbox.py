"""What waits for one client: reports in full and in order, of each instrument's quotes the latest."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

from anyvenue.venues.ctp.json.frames import Coding, Shared, close_frame

__all__ = ["Outbox", "Outboxes", "Wire"]

_HIGH = 256 << 10
_LOW = 64 << 10
_TURN_S = 0.005
_FAREWELL_S = 1.0


class Wire(Protocol):
    """The part of a transport that an outbox needs."""

    def write(self, data: bytes) -> None:
        """Send, or keep in the transport's buffer."""
        ...

    def get_write_buffer_size(self) -> int:
        """Return how many bytes the peer has not taken yet."""
        ...

    def is_closing(self) -> bool:
        """Tell whether it is over."""
        ...

    def abort(self) -> None:
        """Close at once."""
        ...


class Outboxes:
    """What all outboxes of a service share: one flush a turn of the loop, one look at the slow ones."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, longest_wait: int = 32 << 20, stalled_s: float = 30.0
    ) -> None:
        """Cut a client for which more than `longest_wait` bytes wait, or that takes nothing for `stalled_s`."""
        self.loop = loop
        self.longest_wait = longest_wait
        self.stalled_s = stalled_s
        self.dirty: list[Outbox] = []
        self.slow: dict[Outbox, None] = {}
        self._scheduled = self._looking = False

    def soon(self, outbox: "Outbox") -> None:
        """Flush an outbox when this turn is over."""
        self.dirty.append(outbox)
        if not self._scheduled:
            self._scheduled = True
            self.loop.call_soon(self._flush)

    def watch(self, outbox: "Outbox") -> None:
        """Look after a client that does not keep up."""
        self.slow[outbox] = None
        if not self._looking:
            self._looking = True
            self.loop.call_later(_TURN_S, self._look)

    def _flush(self) -> None:
        self._scheduled = False
        dirty, self.dirty = self.dirty, []
        for outbox in dirty:
            outbox.flush()

    def _look(self) -> None:
        self._looking = False
        now = self.loop.time()
        for outbox in list(self.slow):
            if outbox.recovered(now):
                del self.slow[outbox]
        if self.slow and not self._looking:
            self._looking = True
            self.loop.call_later(_TURN_S, self._look)


class Outbox:
    """Writes to one client without waiting for it.

    While more than 256 KiB are on their way, quotes are kept by instrument, the latest alone, and reports queue up.
    With `batch_s` quotes are collected that long and go as one array.
    """

    __slots__ = (
        "_batch_due", "_keeps", "_moved_at", "_parts", "_pending", "_quotes", "_reports", "_seen", "_size", "_turn",
        "batch_s", "coding", "conflated", "cut", "on_slow", "wire",
    )  # fmt: skip

    def __init__(
        self,
        outboxes: Outboxes,
        wire: Wire,
        coding: Coding,
        on_slow: Callable[[], None],
        batch_s: float = 0.0,
    ) -> None:
        """Call `on_slow` once when the client has to be cut."""
        self.wire = wire
        self.coding = coding
        self.on_slow = on_slow
        self.batch_s = batch_s
        self.conflated = 0
        self.cut = False
        self._turn = outboxes
        self._parts: list[bytes] = []
        self._size = 0
        self._reports: deque[bytes] = deque()
        self._pending = 0
        self._quotes: dict[str, Shared] = {}
        self._keeps = False
        self._batch_due = False
        self._seen = 0
        self._moved_at = 0.0

    @property
    def waiting(self) -> int:
        """Bytes of reports that wait, the transport's buffer not counted."""
        return self._pending

    def put(self, data: bytes) -> None:
        """Send a frame that may not be lost."""
        if self.cut:
            return
        if self._keeps:
            self._reports.append(data)
            self._pending += len(data)
            if self._pending > self._turn.longest_wait:
                self._give_up()
            return
        self._send(data)

    def quote(self, code: str, quote: Shared) -> None:
        """Send a quote, or keep it until the client keeps up."""
        if self._keeps or self.batch_s:
            self._keep(code, quote)
        elif not self.cut:
            self._send(quote.quote(self.coding))

    def flush(self) -> None:
        """Hand over what this turn brought."""
        parts, self._parts = self._parts, []
        self._size = 0
        wire = self.wire
        if wire.is_closing():
            self.cut = True
            return
        if not self.cut and parts:
            wire.write(parts[0] if len(parts) == 1 else b"".join(parts))
            waits = wire.get_write_buffer_size()
            if waits > _HIGH and not self._keeps:
                self._hold_back(waits)

    def end(self, code: int, reason: str) -> None:
        """Say goodbye; the client has a second to take it and to answer, which closes the connection."""
        if self.cut:
            return
        self.flush()
        self.cut = True
        self._reports.clear()
        self._quotes.clear()
        if not self.wire.is_closing():
            self.wire.write(close_frame(code, reason))
            self._turn.loop.call_later(_FAREWELL_S, self.wire.abort)

    def recovered(self, now: float) -> bool:
        """Go on where the client has read; tell whether it keeps up again or is lost."""
        if self.cut or self.wire.is_closing():
            self.cut = True
            return True
        waits = self.wire.get_write_buffer_size()
        if waits != self._seen:
            self._seen, self._moved_at = waits, now
        elif waits and now - self._moved_at > self._turn.stalled_s:
            self._give_up()
            return True
        while waits < _HIGH and self._reports:
            part = self._some_reports()
            self.wire.write(part)
            waits += len(part)
        if waits >= _LOW or self._reports:
            return False
        self._keeps = False
        self._release_quotes()
        return not self._keeps

    # ---- inside

    def _send(self, data: bytes) -> None:
        parts = self._parts
        if not parts:
            self._turn.soon(self)
        parts.append(data)
        self._size += len(data)
        if self._size > _HIGH:
            self.flush()

    def _some_reports(self) -> bytes:
        parts, size = [], 0
        while self._reports and size < _LOW:
            part = self._reports.popleft()
            size += len(part)
            parts.append(part)
        self._pending -= size
        return b"".join(parts)

    def _hold_back(self, waits: int) -> None:
        self._keeps = True
        self._seen, self._moved_at = waits, self._turn.loop.time()
        self._turn.watch(self)

    def _keep(self, code: str, quote: Shared) -> None:
        if not self._keeps:
            # A batch has every quote; a number makes its key another than the instrument's.
            self._quotes[f"{len(self._quotes)} {code}"] = quote
            if not self._batch_due:
                self._batch_due = True
                self._turn.loop.call_later(self.batch_s, self._batch)
            return
        if code in self._quotes:
            del self._quotes[code]
            self.conflated += 1
        self._quotes[code] = quote

    def _batch(self) -> None:
        self._batch_due = False
        if not self._keeps and not self.cut:
            self._release_quotes()

    def _release_quotes(self) -> None:
        quotes, self._quotes = self._quotes, {}
        if self.cut or not quotes:
            return
        if self.batch_s:
            self._send(self.coding.batch([each.message for each in quotes.values()]))
            return
        for code, quote in quotes.items():
            self.quote(code, quote)

    def _give_up(self) -> None:
        if not self.cut:
            self.on_slow()

"""What one client is still to be sent: reports in order and none left out, of each quote the latest only.

While a client does not read as fast as it is written to, quotes wait here and a newer one takes the place of an older
one. Reports wait in the connection's buffer; a client that lets too many pile up, or reads nothing for long, is cut.
"""

import asyncio
from collections.abc import Callable

from anyvenue.venues.ctp.counter.seam import Answer

__all__ = ["Outbox"]


class Outbox:
    """The outgoing side of a connection; `cut(why)` is called when the client is too slow."""

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        cut: Callable[[str], None],
        limit: int,
        stalled_s: float,
    ) -> None:
        """Let up to `limit` bytes wait for the client, none of them longer than `stalled_s` with nothing read."""
        self.conflated = 0
        self.quiet = True
        self._transport = transport
        self._loop = loop
        self._cut = cut
        self._limit = limit
        self._stalled_s = stalled_s
        self._buffer: list[bytes] = []
        self._quotes: dict[str, Answer] = {}
        self._paused = False
        self._stalled: asyncio.TimerHandle | None = None

    @property
    def paused(self) -> bool:
        """Whether the client is behind."""
        return self._paused

    def put(self, frame: bytes) -> None:
        """Send a frame, together with the others of this turn of the loop."""
        if not self._buffer:
            self._loop.call_soon(self.flush)
        self._buffer.append(frame)

    def keep(self, instrument: str, quote: Answer) -> None:
        """Keep a quote until the client has caught up, in place of an older one."""
        self.conflated += instrument in self._quotes
        self._quotes[instrument] = quote

    def kept(self) -> list[Answer]:
        """Return the quotes that were kept, and keep them no longer."""
        quotes, self._quotes = self._quotes, {}
        return list(quotes.values())

    def pause(self) -> None:
        """Take note that the client does not keep up."""
        self._paused = True
        self._stalled = self._loop.call_later(
            self._stalled_s, self._cut, f"nothing was read for {self._stalled_s:g} seconds"
        )

    def resume(self) -> None:
        """Take note that the client has caught up."""
        self._paused = False
        self._calm()

    def flush(self) -> None:
        """Hand everything over to the connection now."""
        buffer = self._buffer
        if not buffer or self._transport.is_closing():
            buffer.clear()
            return
        data = buffer[0] if len(buffer) == 1 else b"".join(buffer)
        buffer.clear()
        self.quiet = False
        self._transport.write(data)
        if self._paused:
            waiting = self._transport.get_write_buffer_size()
            if waiting > self._limit:
                self._cut(f"{waiting} bytes are waiting for the client; it reads too slowly")

    def close(self) -> None:
        """Send nothing more."""
        self._calm()
        self._buffer.clear()
        self._quotes.clear()

    def _calm(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

"""What waits to be sent to one WebSocket client."""

import asyncio
from collections import deque

from aiohttp import web

__all__ = ["Outlet"]


class Outlet:
    """Sends in order from a task of its own; a client that leaves more than `longest` bytes waiting is cut."""

    def __init__(self, socket: web.WebSocketResponse, longest: int) -> None:
        """Begin to send."""
        self.socket = socket
        self._longest, self._size = longest, 0
        self._waiting: deque[bytes] = deque()
        self._more = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    def push(self, payload: bytes) -> None:
        """Queue a message."""
        if self._task.done():
            return
        self._size += len(payload)
        if self._size > self._longest:
            self._task.cancel()
            return
        self._waiting.append(payload)
        self._more.set()

    async def close(self) -> None:
        """Send no more."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        try:
            while True:
                while self._waiting:
                    payload = self._waiting.popleft()
                    self._size -= len(payload)
                    await self.socket.send_str(payload.decode())
                self._more.clear()
                await self._more.wait()
        except ConnectionError:
            return
        except asyncio.CancelledError:
            if self._size > self._longest and not self.socket.closed:
                await self.socket.close(code=1008, message=b"too slow")
            raise

"""Requests that the counter will not take yet: the client's library has paced them by its own clock."""

import asyncio
from collections import deque

from anyvenue.venues.ctp.counter.seam import MdSession, TraderSession
from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.door.framing import FrameError

__all__ = ["Waiting"]

_TOO_MANY = (-2, -3)
_RETRY_S = 0.02
_MOST = 4_096

Request = tuple[str, dict[str, Value], int]


class Waiting:
    """Asks a session, again and in order where it says that it is too early; queries wait behind queries."""

    def __init__(self, session: TraderSession | MdSession, loop: asyncio.AbstractEventLoop) -> None:
        """Ask `session`."""
        self._session = session
        self._loop = loop
        self._waiting: deque[Request] = deque()
        self._retry: asyncio.TimerHandle | None = None

    def ask(self, request: Request) -> None:
        """Ask now or when the session takes it; raise FrameError when too many wait."""
        queued = bool(self._waiting) and request[0].startswith("ReqQry")
        if not queued and self._session.request(*request) not in _TOO_MANY:
            return
        if len(self._waiting) >= _MOST:
            raise FrameError(f"{_MOST} requests are waiting")
        self._waiting.append(request)
        if self._retry is None:
            self._retry = self._loop.call_later(_RETRY_S, self._again)

    def close(self) -> None:
        """Ask nothing more."""
        self._waiting.clear()
        if self._retry is not None:
            self._retry.cancel()

    def _again(self) -> None:
        self._retry = None
        while self._waiting:
            if self._session.request(*self._waiting[0]) in _TOO_MANY:
                self._retry = self._loop.call_later(_RETRY_S, self._again)
                return
            # The request may have ended the connection, and what waited with it.
            if self._waiting:
                self._waiting.popleft()

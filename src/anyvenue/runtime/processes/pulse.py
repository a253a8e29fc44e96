"""Whether a child still gives signs of life; one that does not is ended."""

import asyncio
from typing import Any

from anyvenue.runtime.processes.spawning import ChildLink, HostOptions

__all__ = ["Pulse"]


class Pulse:
    """Counts beats without a sign of life; one check is one beat, however late the loop comes to it."""

    def __init__(self, link: ChildLink[Any, Any], options: HostOptions) -> None:
        """Watch a child that is attached to the running loop, until `stop`."""
        self._link = link
        self._options = options
        self._silent = 0
        self._check: asyncio.TimerHandle | None = None
        self._look()

    def stop(self) -> None:
        """Watch no more."""
        if self._check is not None:
            self._check.cancel()

    def _look(self) -> None:
        link, options = self._link, self._options
        self._silent = 0 if link.heard else self._silent + 1
        link.heard = False
        limit = options.silent_beats
        if self._silent >= limit or (self._silent and link.is_dead):
            seconds = limit * options.heartbeat_s
            link.end("" if link.is_dead else f"it gave no sign of life for {seconds:g} s")
            return
        loop = asyncio.get_running_loop()
        self._check = loop.call_later(options.heartbeat_s, self._look)

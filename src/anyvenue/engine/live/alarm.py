"""The one timer of a live node: it rings when the kernel has something to do by itself."""

import asyncio
from collections.abc import Callable

from anyvenue.kernel.kernel import FAR

__all__ = ["Alarm"]


class Alarm:
    """Set anew after everything that may have changed when it must ring."""

    def __init__(
        self, due: Callable[[], int], now: Callable[[], int], ring: Callable[[], None]
    ) -> None:
        """Call `ring` on the running loop when `now` reaches `due` (int ns UTC, FAR for never)."""
        self._due = due
        self._now = now
        self._ring = ring
        self._timer: asyncio.TimerHandle | None = None
        self._at = FAR

    def set(self) -> None:
        """Look when to ring next; asked after every event, so nothing is done when that has not changed."""
        due = self._due()
        if self._timer is not None and due == self._at:
            return
        self.cancel()
        if due < FAR:
            self._at = due
            delay = max(due - self._now(), 0) / 1e9
            self._timer = asyncio.get_running_loop().call_later(delay, self._rung)

    def cancel(self) -> None:
        """Do not ring."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _rung(self) -> None:
        self._timer = None
        self._ring()

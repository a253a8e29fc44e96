"""How many requests a venue takes: counted as it counts, so that it need not refuse."""

from collections.abc import Callable

import msgspec

from anyvenue.model.errors import RateLimited

__all__ = ["Limits", "Window"]

_NS = 1_000_000_000


class Window(msgspec.Struct):
    """So much (`limit`) of a `kind` in every `seconds`, counted from the clock's whole multiples of them."""

    kind: str
    limit: int
    seconds: int
    began: int = 0
    used: int = 0


class Limits:
    """Accounts of requests by kinds: their weight, orders. `now` is int ns UTC, by the venue's clock.

    A share of each limit, `reserve`, is left for what may not wait: cancels.
    """

    def __init__(self, now: Callable[[], int], windows: list[Window] | None = None) -> None:
        """Begin with nothing used."""
        self._now = now
        self.windows: list[Window] = windows or []
        self._banned_until = 0

    def take(self, kinds: dict[str, int], reserve: float = 0.0) -> None:
        """Count one request that weighs so much of each kind; raise RateLimited, where nothing was counted."""
        now = self._now()
        wait = self._banned_until - now
        for window in self.windows:
            cost = kinds.get(window.kind, 0)
            if not cost:
                continue
            self._roll(window, now)
            if window.used + cost > window.limit * (1 - reserve):
                wait = max(wait, window.began + window.seconds * _NS - now)
        if wait > 0:
            seconds = wait / _NS
            raise RateLimited(
                f"the venue takes no more requests for {seconds:.1f} s; nothing was sent",
                retry_after=seconds,
            )
        for window in self.windows:
            window.used += kinds.get(window.kind, 0)

    def told(self, kind: str, seconds: int, used: int) -> None:
        """Take over what the venue has counted: others may use the same account or address."""
        now = self._now()
        for window in self.windows:
            if (window.kind, window.seconds) == (kind, seconds):
                self._roll(window, now)
                window.used = max(window.used, used)

    def fill(self, kind: str) -> None:
        """Take nothing more of a kind until its shortest window is over: the venue has said so."""
        windows = [each for each in self.windows if each.kind == kind]
        for window in sorted(windows, key=lambda each: each.seconds)[:1]:
            self._roll(window, self._now())
            window.used = window.limit

    def ban(self, seconds: float) -> None:
        """Send nothing for so long: the venue has said so."""
        self._banned_until = max(self._banned_until, self._now() + int(seconds * _NS))

    def _roll(self, window: Window, now: int) -> None:
        began = now - now % (window.seconds * _NS)
        if began > window.began:
            window.began, window.used = began, 0

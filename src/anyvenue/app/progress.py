"""A line on standard error that is written over, on a terminal only."""

import sys
from time import monotonic
from types import TracebackType

__all__ = ["ProgressLine"]

_EVERY_S = 0.2


class ProgressLine:
    """Shows how far something long is; leaving the ``with`` takes the line away."""

    def __init__(self) -> None:
        """Look whether somebody would see it."""
        self.shown = sys.stderr.isatty()
        self._next = 0.0
        self._written = False

    def due(self) -> bool:
        """Tell whether it is time for another text, at most five times a second."""
        now = monotonic()
        if now < self._next:
            return False
        self._next = now + _EVERY_S
        return True

    def show(self, text: str) -> None:
        """Write `text` over the last one."""
        if self.shown:
            self._written = True
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._written:
            self.show("")

"""The door of one connection to the counter, for as long as it is the one that counts."""

from typing import Protocol

from anyvenue.venues.ctp.counter.seam import Answer, Reason

__all__ = ["Line"]


class _Owner(Protocol):
    line: "Line | None"

    def heard(self, answer: Answer) -> None: ...

    def lost(self, reason: int) -> None: ...


class Line:
    """Implements `seam.Door`: what a connection says that its owner has replaced is not heard any more."""

    def __init__(self, owner: _Owner) -> None:
        """Tell `owner`, while its `line` is this one."""
        self._owner = owner

    def answer(self, answer: Answer) -> None:
        """Pass an answer on."""
        if self._owner.line is self:
            self._owner.heard(answer)

    def cut(self, reason: Reason) -> None:
        """Pass on that the connection has ended."""
        if self._owner.line is self:
            self._owner.lost(int(reason))

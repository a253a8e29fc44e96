"""What becomes of a request, in our words: done, refused, or nobody knows."""

from collections.abc import Callable

import msgspec

from anyvenue.model.errors import AnyvenueError

__all__ = ["Answer", "Answered", "Refused"]


class Refused(msgspec.Struct, frozen=True):
    """The venue's code and text, and the code of our error that they are.

    `unsure` where it may have been done all the same, `clock` where our time was wrong, `duplicate` where there is an
    order of that name already.
    """

    code: str
    text: str
    kind: str = ""
    unsure: bool = False
    clock: bool = False
    duplicate: bool = False


class Answer(msgspec.Struct, frozen=True):
    """The answer to a request: a result, or the venue's refusal; or, where none came, why (`lost`).

    `sent` is False only with proof that nothing left. `retry_after` is in seconds.
    """

    status: int = 200
    result: bytes = b""
    refused: Refused | None = None
    lost: AnyvenueError | None = None
    sent: bool = True
    retry_after: float = 0.0

    @property
    def done(self) -> bool:
        """Whether the venue said yes."""
        return self.lost is None and self.refused is None

    @property
    def may_be_done(self) -> bool:
        """Whether nobody knows if it was done."""
        if self.lost is not None:
            return self.sent
        return self.refused is not None and self.refused.unsure

    @property
    def said(self) -> str:
        """Why it was not done, "" where it was."""
        if self.lost is not None:
            return self.lost.text
        return f"[{self.refused.code}] {self.refused.text}" if self.refused is not None else ""


Answered = Callable[[Answer], None]

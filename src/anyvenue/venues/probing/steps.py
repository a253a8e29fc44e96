"""What a probe tells of each thing it tried; the command line shows it in the user's language."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from anyvenue.model.errors import AnyvenueError

__all__ = ["State", "Step"]

State = Literal["good", "warning", "failed"]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was tried at one `side` of a venue (rest, stream, ..., trader, md), and what came of it.

    `found` is the same in every language; `told` is the key of a catalogue text with `fields`, `advice` that of what
    to do. `number` is the counter's own of an error.
    """

    side: str
    step: str
    state: State = "good"
    found: str = ""
    told: str = ""
    fields: Mapping[str, object] = {}
    seconds: float = 0.0
    number: int = 0
    advice: str = ""
    error: AnyvenueError | None = None

    @property
    def good(self) -> bool:
        """True unless it failed."""
        return self.state != "failed"

"""Answers as bytes: once for each API and version, however many clients of it there are."""

from collections.abc import Callable

import msgspec

from anyvenue.venues.ctp.counter.seam import Answer, Topic
from anyvenue.venues.ctp.description import Description
from anyvenue.venues.ctp.door.framing import HEAD, Flag, Kind
from anyvenue.venues.ctp.door.greeting import Side, side_of

__all__ = ["Packer"]

_KEPT = 512
_STREAM = {Topic.DIALOG: 0, Topic.PRIVATE: int(Flag.PRIVATE), Topic.PUBLIC: int(Flag.PUBLIC)}


class _Callback(msgspec.Struct, frozen=True):
    index: int
    pack: Callable[..., bytes] | None
    size: int
    padding: bytes


class Packer:
    """Makes the frames for clients of one API at one version."""

    def __init__(
        self,
        description: Description,
        side: Side,
        told: Callable[[Answer], tuple[Answer, ...]] | None = None,
    ) -> None:
        """Pack for one side of a description; `told` puts an answer into the words of its dialect."""
        self._told = told
        self._callbacks: dict[str, _Callback] = {}
        for index, method in enumerate(side_of(description, side).spi):
            struct = method.struct
            layout = description.layout(struct) if struct else None
            size = layout.size if layout else 0
            self._callbacks[method.name] = _Callback(
                index, layout.pack if layout else None, size, bytes(-size % 8)
            )
        info = description.layout("RspInfo")
        self._pack_info, self._info_padding = info.pack, bytes(-info.size % 8)
        self._kept: dict[int, tuple[Answer, bytes]] = {}

    def frame(self, answer: Answer, day: int) -> bytes:
        """Return the frame of an answer, b"" for a callback that this version does not have.

        Raise TypeError or OverflowError for a value that does not fit its field.
        """
        # The answer is kept with its bytes: while it lives nothing else has its id.
        kept = self._kept.get(id(answer))
        if kept is not None:
            return kept[1]
        if self._told is None:
            made = self._make(answer, day)
        else:
            made = b"".join(self._make(each, day) for each in self._told(answer))
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        self._kept[id(answer)] = (answer, made)
        return made

    def _make(self, answer: Answer, day: int) -> bytes:
        callback = self._callbacks.get(answer.callback)
        if callback is None:
            return b""
        flags = _STREAM[answer.topic]
        if answer.is_last:
            flags |= 4
        body = b""
        length = 0
        if answer.fields is not None and callback.pack is not None:
            flags |= 1
            length = callback.size
            body = callback.pack(answer.fields) + callback.padding
        if answer.error is not None:
            flags |= 2
            number, text = answer.error
            body += self._pack_info({"ErrorID": number, "ErrorMsg": text}) + self._info_padding
        return (
            HEAD.pack(
                24 + len(body),
                Kind.ANSWER,
                flags,
                callback.index,
                answer.request_id,
                answer.number,
                day,
                length,
            )
            + body
        )

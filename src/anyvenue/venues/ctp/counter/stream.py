"""Numbered messages of an account's trading day, to be told live and again from any of them."""

from collections.abc import Iterator

from anyvenue.venues.ctp.counter.daylog import Message, Plain, decode_messages
from anyvenue.venues.ctp.counter.seam import Answer, Topic

__all__ = ["PrivateStream", "answer_of"]

Known = dict[str, dict[str, Plain]]


def answer_of(message: Message, number: int, known: Known) -> Answer:
    """Return the answer of a message; `known` are the fields of each record by key, brought up to date."""
    fields = message.fields
    if not message.fresh:
        fields = {**known.get(message.key, {}), **fields}
    if message.key:
        known[message.key] = fields
    return Answer(message.callback, dict(fields), message.error, 0, True, Topic.PRIVATE, number)


class PrivateStream:
    """The messages of one day. They are held packed, as they were written: a few hundred bytes each, changes only."""

    def __init__(self, day: int) -> None:
        """Begin a day (yyyymmdd) with no message."""
        self.day = day
        self.count = 0
        self._packed: list[bytes] = []

    def add(self, packed: bytes, count: int) -> None:
        """Take `count` messages that belong together, packed."""
        self._packed.append(packed)
        self.count += count

    def messages(self) -> Iterator[Message]:
        """Yield every message of the day."""
        for packed in self._packed:
            yield from decode_messages(packed)

    def answers(self, after: int) -> Iterator[Answer]:
        """Yield the answers whose number is above `after`, oldest first."""
        known: Known = {}
        for number, message in enumerate(self.messages(), 1):
            answer = answer_of(message, number, known)
            if number > after:
                yield answer

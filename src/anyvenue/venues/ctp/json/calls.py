"""Requests on their way to the counter: whose they are, and under which number."""

from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator

import msgspec

from anyvenue.venues.ctp.counter.seam import Answer
from anyvenue.venues.ctp.json.queries import Query
from anyvenue.venues.ctp.json.terms import Guest

__all__ = ["Call", "Calls"]

_MOST = 50_000
_LARGEST = 0x7FFF_FFFF
_Decoder = getincrementaldecoder("gb18030")


class Call(msgspec.Struct, eq=False):
    """One request: whose it is, under which id, or what is done with the answer."""

    guest: Guest | None
    name: str
    request_id: int = 0
    then: Callable[[Answer], None] | None = None
    query: Query | None = None
    answered: bool = False
    _text: Callable[[bytes], str] | None = None

    @property
    def text(self) -> Callable[[bytes], str]:
        """Decodes the pieces of a statement, which end anywhere, also within a character."""
        if self._text is None:
            self._text = _Decoder("replace").decode
        return self._text


class Calls:
    """What has been asked and not been answered to the end."""

    def __init__(self) -> None:
        """Begin with number 1."""
        self._calls: dict[int, Call] = {}
        self._last = 0

    def __iter__(self) -> Iterator[Call]:
        return iter(list(self._calls.values()))

    def number(self) -> int:
        """Return the next request id."""
        self._last = self._last % _LARGEST + 1
        return self._last

    def add(self, number: int, call: Call) -> None:
        """Take a call; the oldest of 50,000 is forgotten, for an order that goes well has no answer."""
        self._calls[number] = call
        if len(self._calls) > _MOST:
            del self._calls[next(iter(self._calls))]

    def drop(self, number: int) -> None:
        """Forget a call that was not taken."""
        self._calls.pop(number, None)

    def of(self, answer: Answer) -> Call | None:
        """Return whose an answer is; the last one ends the call."""
        call = self._calls.get(answer.request_id)
        if call is not None and answer.is_last:
            del self._calls[answer.request_id]
        return call

    def clear(self) -> None:
        """Forget all."""
        self._calls.clear()

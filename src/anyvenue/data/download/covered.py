"""Which stretches of time of a series were downloaded: a silent market and a hole look alike without it."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from anyvenue.data.download.pages import Span
from anyvenue.data.store.keys import SeriesKey
from anyvenue.model.errors import DataError

__all__ = ["Covered", "joined", "without"]


class Covered:
    """The stretches of each series of a store, in a file beside it (``prices.sqlite.covered.json``).

    Where the file is lost, downloads ask for everything again and still double nothing.
    """

    def __init__(self, store: Path) -> None:
        """Read the file; raise DataError where it is broken."""
        self.path = store.with_name(store.name + ".covered.json")
        self._spans: dict[str, list[Span]] = {}
        if self.path.exists():
            try:
                self._spans = msgspec.json.decode(
                    self.path.read_bytes(), type=dict[str, list[Span]]
                )
            except msgspec.DecodeError as error:
                raise DataError(
                    f"{self.path} cannot be read ({error}): delete it; what is asked for is then fetched again",
                    file=str(self.path),
                    line=0,
                    expected="stretches of time by series",
                ) from None

    def spans(self, key: SeriesKey) -> list[Span]:
        """Return the stretches of a series, in their order and apart from each other."""
        return list(self._spans.get(str(key), ()))

    def add(self, key: SeriesKey, spans: Iterable[Span]) -> None:
        """Take in stretches that are in the store now, and write the file in one piece."""
        self._spans[str(key)] = joined([*self.spans(key), *spans])
        draft = self.path.with_name(self.path.name + ".new")
        draft.write_bytes(msgspec.json.encode(self._spans))
        draft.replace(self.path)


def joined(spans: Sequence[Span]) -> list[Span]:
    """Return stretches in their order, those that touch made one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif start < end:
            found.append((start, end))
    return found


def without(whole: Span, taken: Sequence[Span]) -> list[Span]:
    """Return what is left of `whole` outside of `taken`, which are in their order and apart."""
    found: list[Span] = []
    at, last = whole
    for start, end in taken:
        if end <= at or start >= last:
            continue
        if start > at:
            found.append((at, start))
        at = max(at, end)
    if at < last:
        found.append((at, last))
    return found

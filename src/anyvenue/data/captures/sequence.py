"""The order of depth messages, checked by Binance's rules, so that a book is whole or not there.

A book begins with a snapshot of update L. Of the changes that follow, those that end before L are passed over. The
first one must hold L: for spot U <= L + 1 <= u, for futures U <= L <= u. After it nothing may be missing: spot's U is
the u before plus 1, a futures message's pu is the u before. Source: Binance, "How to manage a local order book
correctly" of the three venues. Where a futures snapshot lies between two messages (pu <= L < U) nothing is missing
either, though the documentation would have one ask for another snapshot.
"""

from collections import deque
from collections.abc import Iterator

from anyvenue.data.captures.binance import Message, Snapshot
from anyvenue.data.captures.lines import Line

__all__ = ["HELD", "BookSequence"]

HELD = 10_000
"""How many changes are kept while there is no book, for a snapshot that turns out to be older than they are."""

_Change = tuple[Line, Message]


class BookSequence:
    """Tells which changes continue the book; `whole` while nothing is missing, `last` is the update it is at.

    `gaps` says in words where something was missing, with file, line and numbers.
    """

    def __init__(self) -> None:
        """Begin without a book."""
        self.whole = False
        self.last = 0
        self.snapshots = 0
        self.gaps: list[str] = []
        self._fresh = False
        self._held: deque[_Change] = deque(maxlen=HELD)

    def begin(self, line: Line, snapshot: Snapshot) -> Iterator[_Change] | None:
        """Take a snapshot; return the changes already here that continue it, None when the book is newer than it."""
        if self.whole and snapshot.last < self.last:
            return None
        self.whole = self._fresh = True
        self.last = snapshot.last
        self.snapshots += 1
        held, self._held = self._held, deque(maxlen=HELD)
        return (change for change in held if self.continues(*change))

    def continues(self, line: Line, change: Message) -> bool:
        """Tell whether a change is to be applied now; where something is missing the book is whole no more."""
        if not self.whole:
            self._held.append((line, change))
            return False
        before = self.last if change.pu is not None else self.last + 1
        if change.u < before or (change.u == self.last and not self._fresh):
            return False  # a repeat, or older than the snapshot
        if not self._joins(change, before):
            self._told(line, change)
            self.lose((line, change))
            return False
        self.last = change.u
        self._fresh = False
        return True

    def lose(self, change: tuple[Line, Message] | None = None) -> None:
        """Give the book up until the next snapshot, with `change` as the first of those that may continue that."""
        self.whole = False
        if change is not None:
            self._held.append(change)

    def _joins(self, change: Message, wanted: int) -> bool:
        first = change.U if change.pu is None else change.pu
        return first <= wanted if self._fresh else first == wanted

    def _told(self, line: Line, change: Message) -> None:
        found = f"U {change.U}" if change.pu is None else f"pu {change.pu}"
        wanted = self.last + 1 if change.pu is None else self.last
        after = "the snapshot" if self._fresh else "the message before"
        self.gaps.append(
            f"{line.path.name}, line {line.number}: depth messages are missing: {found}, after {after} it must be "
            f"{wanted}; there is no book until the next snapshot"
        )

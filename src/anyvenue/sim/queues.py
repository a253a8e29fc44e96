"""The parts of an order book: resting orders, the queue at one price, and the prices of one side in order."""

from bisect import bisect_left
from collections.abc import Hashable, Iterator

import msgspec

__all__ = ["BookSide", "Level", "Resting"]


class Resting(msgspec.Struct, eq=False):
    """One order in the book: `shown` lots stand in the queue, `hidden` ones come after them."""

    order_id: int
    owner: Hashable
    side: "BookSide"
    level: "Level"
    key: int
    shown: int
    hidden: int
    peak: int
    before: "Resting | None" = None
    behind: "Resting | None" = None


class Level:
    """The queue at one price, a linked list: any order leaves it at once, wherever it stands."""

    __slots__ = ("first", "last", "size")

    def __init__(self) -> None:
        self.first: Resting | None = None
        self.last: Resting | None = None
        self.size = 0

    def append(self, order: Resting) -> None:
        """Put an order at the back."""
        last = self.last
        order.before = last
        order.behind = None
        if last is None:
            self.first = order
        else:
            last.behind = order
        self.last = order

    def remove(self, order: Resting) -> None:
        """Take an order out."""
        before, behind = order.before, order.behind
        if before is None:
            self.first = behind
        else:
            before.behind = behind
        if behind is None:
            self.last = before
        else:
            behind.before = before

    def __iter__(self) -> Iterator[Resting]:
        order = self.first
        while order is not None:
            yield order
            order = order.behind


class BookSide:
    """One side: its levels by key, and the keys in order, the best at the end."""

    __slots__ = ("keys", "levels", "sign")

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.keys: list[int] = []
        self.levels: dict[int, Level] = {}

    def drop(self, key: int) -> None:
        """Forget a level that has become empty."""
        del self.levels[key]
        keys = self.keys
        if keys[-1] == key:
            keys.pop()
        else:
            del keys[bisect_left(keys, key)]

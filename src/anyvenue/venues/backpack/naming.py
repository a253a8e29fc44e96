"""Which order a client id means: those that were given are remembered, others are found by the clock."""

from collections.abc import Callable

from anyvenue.model.ids import OrderId
from anyvenue.venues.backpack.requests import our_order_id, part_client_id
from anyvenue.venues.backpack.told import NOT_OURS, Ours
from anyvenue.venues.tracking.records import Records

__all__ = ["Names"]

_SPARE = 1000


class Names:
    """Client ids of one account; `ahead_ns` is how far the venue's clock is ahead of ours."""

    def __init__(self, records: Records, ahead_ns: Callable[[], int]) -> None:
        """Know the orders of `records`."""
        self._records, self._ahead_ns = records, ahead_ns
        self._ours: dict[tuple[str, int], Ours] = {}
        self._names: dict[Ours, int] = {}

    def give(self, symbol: str, ours: Ours, now_ns: int = 0) -> int:
        """Return what an order, or a part of it, is called at the venue, and remember it."""
        return self.learn(symbol, part_client_id(*ours, now_ns), ours)

    def learn(self, symbol: str, name: int, ours: Ours) -> int:
        """Remember that an order, or a part of it, is called so; return that."""
        if len(self._ours) > 2 * len(self._records.by_id) + _SPARE:
            self._forget()
        self._ours[symbol, name] = ours
        self._names[ours] = name
        return name

    def _forget(self) -> None:
        known = self._records.by_id
        self._ours = {key: each for key, each in self._ours.items() if each[0] in known}
        self._names = {each: name for (_, name), each in self._ours.items()}

    def of(self, order_id: OrderId, part: int) -> int:
        """Return what an order, or a part of it that was named, is called."""
        ours = order_id, part
        return self._names.get(ours) or part_client_id(order_id, 0, 0)

    def find(self, symbol: str, name: int | None, created: int) -> Ours:
        """Return which of our orders is called so, taken at `created` (int ns UTC, the venue's)."""
        if name is None:
            return NOT_OURS
        given = self._ours.get((symbol, name))
        return given or (our_order_id(name, created - self._ahead_ns()), 0)

"""Which order a client id means: those that were given are remembered, others are found by the clock."""

from collections.abc import Callable

from anyvenue.model.ids import OrderId
from anyvenue.venues.backpack.requests import client_id, our_order_id
from anyvenue.venues.tracking.records import Records

__all__ = ["Names"]

_SPARE = 1000


class Names:
    """Client ids of one account; `ahead_ns` is how far the venue's clock is ahead of ours."""

    def __init__(self, records: Records, ahead_ns: Callable[[], int]) -> None:
        """Know the orders of `records`."""
        self._records, self._ahead_ns = records, ahead_ns
        self._given: dict[tuple[str, int], OrderId] = {}

    def give(self, symbol: str, order_id: OrderId) -> int:
        """Return what an order is called at the venue, and remember it."""
        given, known = self._given, self._records.by_id
        if len(given) > 2 * len(known) + _SPARE:
            self._given = {key: each for key, each in given.items() if each in known}
        name = client_id(order_id)
        self._given[symbol, name] = order_id
        return name

    def find(self, symbol: str, name: int | None, created: int) -> OrderId:
        """Return our order of that name, taken at `created` (int ns UTC, the venue's); 0 for somebody else's."""
        if name is None:
            return OrderId(0)
        given = self._given.get((symbol, name))
        return given or our_order_id(name, created - self._ahead_ns())

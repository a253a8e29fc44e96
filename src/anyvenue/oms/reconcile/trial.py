"""Books to try a correction on: what is found out there becomes the list of events for the real ones."""

from copy import deepcopy

from anyvenue.model.events import AccountEvent, OrderEvent
from anyvenue.model.ids import OrderId
from anyvenue.model.orders import Order
from anyvenue.model.protocols import Snapshot
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.reconcile.records import Correction, Note

__all__ = ["Trial", "copy_of"]


def copy_of(state: AccountState) -> AccountState:
    """Return books that are the same and share nothing that changes with `state`."""
    shared: list[object] = [state._lookup, state.mark, state.rates, state.settings]
    for found, own, booking in state._terms.values():
        shared += [found, own, booking]
    return deepcopy(state, {id(each): each for each in shared})


class Trial:
    """A copy of the books, and all that was done to it."""

    def __init__(self, state: AccountState, snapshot: Snapshot, now: int) -> None:
        """Begin with the books as they are."""
        self.state = copy_of(state)
        self.snapshot = snapshot
        self.now = now
        self.ts = snapshot.ts_as_of
        self._events: list[OrderEvent | AccountEvent] = []
        self._notes: list[Note] = []
        self._queries: dict[OrderId, None] = {}

    def order(self, order_id: OrderId) -> Order:
        """Return the record of an order on trial."""
        return self.state.orders.get(order_id)

    def tell(self, event: OrderEvent) -> bool:
        """Apply an event about an order; keep it if it changed anything, and tell whether it did."""
        changed = self.state.apply(event) is not None
        if changed:
            self._events.append(event)
        return changed

    def book(self, event: AccountEvent) -> None:
        """Apply an event about the account, and keep it."""
        self.state.apply_account(event)
        self._events.append(event)

    def note(self, code: str, text: str, **fields: object) -> None:
        """Say what was done; places such as ``{order_id}`` in `text` are filled from `fields`."""
        shown = tuple((name, str(value)) for name, value in fields.items())
        self._notes.append(Note(f"reconcile.{code}", text.format(**dict(shown)), shown))

    def ask(self, order_id: OrderId) -> None:
        """Have the venue asked about an order."""
        self._queries[order_id] = None

    def correction(self) -> Correction:
        """Return what was found."""
        return Correction(tuple(self._events), tuple(self._notes), tuple(self._queries))

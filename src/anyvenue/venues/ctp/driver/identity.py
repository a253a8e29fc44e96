"""What an order is called: its OrderRef is our order id; Front, Session and OrderRef together are CTP's own name."""

from collections.abc import Iterable

from anyvenue.model.ids import OrderId, external_order_id, next_order_id
from anyvenue.venues.ctp.driver.link import Row

__all__ = ["Identities", "Key", "key_of", "system_key"]

Key = tuple[int, int, str]
"""FrontID, SessionID and OrderRef without blanks."""

_NS_PER_DAY = 86_400_000_000_000
_DAYS = 3
_LONGEST = 10**12


def key_of(row: Row) -> Key:
    """Return an order's first identity."""
    return int(row.get("FrontID", 0)), int(row.get("SessionID", 0)), str(row["OrderRef"]).strip()


def system_key(row: Row) -> tuple[str, str]:
    """Return ExchangeID and OrderSysID of an order or trade, the latter "" before the exchange has numbered it."""
    return str(row.get("ExchangeID", "")), str(row.get("OrderSysID", "")).strip()


class Identities:
    """Tells our orders from others', and gives those an id that everybody would give them.

    Ours are those of our own sessions, those somebody said are ours, and those whose OrderRef is an id that a node
    gave within some days: its ids are made of the time.
    """

    def __init__(self) -> None:
        """Know no session."""
        self._sessions: set[tuple[int, int]] = set()
        self._known: set[int] = set()

    def add_session(self, front_id: int, session_id: int) -> None:
        """Take orders of this session for ours."""
        self._sessions.add((front_id, session_id))

    def add_known(self, orders: Iterable[OrderId]) -> None:
        """Take these orders for ours, whatever session sent them."""
        self._known.update(orders)

    def order_id(self, key: Key, now: int, note: str = "") -> OrderId:
        """Return the id of an order, seen at `now` (int ns UTC).

        `note` is its BusinessUnit, which has the id of an order whose OrderRef had to be another.
        """
        front, session, ref = key
        if note.isdigit() and self.order_id((front, session, note), now) == int(note):
            return OrderId(int(note))
        if ref.isdigit() and 0 < int(ref) < _LONGEST:
            number = int(ref)
            if (
                (front, session) in self._sessions
                or number in self._known
                or _is_recent(number, now)
            ):
                return OrderId(number)
        return external_order_id(f"{front}.{session}.{ref}")


def _is_recent(number: int, now: int) -> bool:
    earliest = next_order_id(OrderId(0), now - _DAYS * _NS_PER_DAY)
    return earliest <= number <= next_order_id(OrderId(0), now + _NS_PER_DAY)

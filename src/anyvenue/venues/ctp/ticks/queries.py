"""Queries one after the other, at the pace that counters allow, again where one came too early."""

from collections import deque
from collections.abc import Callable, Mapping

from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.native.seam import Called, LibrarySession

__all__ = ["Queries"]

_NS = 1_000_000_000
_FAR = 1 << 62
_TOO_EARLY = (90, 154)  # NEED_RETRY, QK_BUSY
_LOST = 10 * _NS  # a query of which nothing is heard for so long is made again

Row = Mapping[str, Value]
OnAnswered = Callable[[list[bytes]], None]


class _Query:
    __slots__ = ("answered", "fields", "name", "rows")

    def __init__(self, name: str, fields: Row, answered: OnAnswered) -> None:
        self.name = name
        self.fields = fields
        self.answered = answered
        self.rows: list[bytes] = []


class Queries:
    """One query is in flight at a time; the next one goes `gap_s` after the last was sent."""

    def __init__(self, session: LibrarySession, now: Callable[[], int], gap_s: float) -> None:
        """Ask through `session`."""
        self._session = session
        self._now = now
        self._gap = int(gap_s * _NS)
        self._waiting: deque[_Query] = deque()
        self._flying: _Query | None = None
        self._next = self._heard = 0
        self._number = 1_000_000

    @property
    def idle(self) -> bool:
        """Whether everything has been answered."""
        return self._flying is None and not self._waiting

    @property
    def due(self) -> int:
        """When `run_due` has something to do, int ns."""
        if self._flying is not None:
            return self._heard + _LOST
        return self._next if self._waiting else _FAR

    def ask(self, name: str, fields: Row, answered: OnAnswered) -> None:
        """Make a query in its turn; `answered` gets the structs of its rows, none for an empty answer or a refusal."""
        self._waiting.append(_Query(name, fields, answered))
        self.run_due()

    def drop(self) -> None:
        """Forget everything: the connection is lost."""
        self._waiting.clear()
        self._flying = None

    def run_due(self) -> None:
        """Send the next query when it may go."""
        now = self._now()
        if self._flying is not None and now >= self._heard + _LOST:
            self._waiting.appendleft(self._flying)
            self._flying = None
        if self._flying is not None or not self._waiting or now < self._next:
            return
        query = self._flying = self._waiting.popleft()
        query.rows.clear()
        self._number += 1
        self._next, self._heard = now + self._gap, now
        if self._session.request(query.name, query.fields, self._number) != 0:
            self._again(query)

    def _again(self, query: _Query) -> None:
        self._flying = None
        self._waiting.appendleft(query)
        self._next = self._now() + max(self._gap, _NS // 10)

    def take(self, called: Called, error: int) -> bool:
        """Take a callback that answers the query in flight; return False for another."""
        query = self._flying
        if query is None or called.number != self._number:
            return False
        self._heard = self._now()
        if error in _TOO_EARLY:
            self._again(query)
            return True
        if called.data is not None and not error:
            query.rows.append(called.data)
        if called.is_last:
            self._flying = None
            query.answered(query.rows)
            self.run_due()
        return True

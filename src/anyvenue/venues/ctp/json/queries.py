"""Queries of many clients through one pace: each client in turn, and what was too fast again."""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable

import msgspec

__all__ = ["FairQueue", "Query"]


class Query(msgspec.Struct, eq=False):
    """One query: `send` asks and returns CTP's code, `refuse` answers with a code."""

    send: Callable[[], int]
    refuse: Callable[[int], None]


class FairQueue:
    """Lets one query through every `gap_s`, the clients taking turns; 0 lets all through at once.

    With a pace one query is on its way at a time, as CTP's library has it: `done` says that it has been answered.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        gap_s: float = 0.0,
        most_waiting: int = 200,
        patience_s: float = 10.0,
    ) -> None:
        """Refuse (-2) what a client asks beyond `most_waiting`; wait for an answer `patience_s` at most."""
        self._loop = loop
        self._gap = gap_s
        self._most = most_waiting
        self._patience = patience_s
        self._waiting: dict[Hashable, deque[Query]] = {}
        self._next_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._flying: Query | None = None

    @property
    def paced(self) -> bool:
        """Tell whether there is a pace."""
        return bool(self._gap)

    @property
    def waiting(self) -> int:
        """How many queries wait."""
        return sum(map(len, self._waiting.values()))

    def ask(self, client: Hashable, query: Query) -> None:
        """Send a query as soon as its turn comes."""
        if not self._gap:
            code = query.send()
            if code:
                query.refuse(code)
            return
        line = self._waiting.setdefault(client, deque())
        if len(line) >= self._most:
            query.refuse(-2)
            return
        line.append(query)
        self._go_on()

    def again(self, client: Hashable, query: Query) -> None:
        """Put a query that was too fast back in front."""
        self._flying = None
        self._waiting.setdefault(client, deque()).appendleft(query)
        self._go_on()

    def done(self) -> None:
        """Hear that the query on its way was answered."""
        if self._flying is not None:
            self._flying = None
            self._go_on()

    def leave(self, client: Hashable) -> None:
        """Forget a client's queries."""
        self._waiting.pop(client, None)

    def clear(self) -> None:
        """Refuse everything that waits (-1): the connection is lost."""
        waiting, self._waiting = self._waiting, {}
        self._flying = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for line in waiting.values():
            for query in line:
                query.refuse(-1)

    def _go_on(self) -> None:
        if not self._waiting or self._timer is not None or self._flying is not None:
            return
        now = self._loop.time()
        if now < self._next_at:
            self._timer = self._loop.call_at(self._next_at, self._wake)
        else:
            self._take(now)

    def _wake(self) -> None:
        self._timer = None
        self._go_on()

    def _take(self, now: float) -> None:
        client, line = next(iter(self._waiting.items()))
        query = line.popleft()
        # To the end of the row: the others are next.
        del self._waiting[client]
        if line:
            self._waiting[client] = line
        self._next_at = now + self._gap
        self._flying = query
        code = query.send()
        if code in (-2, -3):
            self.again(client, query)
        elif code:
            self._flying = None
            query.refuse(code)
            self._go_on()
        elif self._flying is query:
            self._loop.call_later(self._patience, self._overdue, query)

    def _overdue(self, query: Query) -> None:
        """Go on after a query that nobody answered."""
        if self._flying is query:
            self.done()

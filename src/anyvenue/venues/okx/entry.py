"""The two ways in which orders are sent: over the WebSocket, and by REST. Conditional ones go by REST alone."""

from collections.abc import Coroutine
from typing import Protocol

import msgspec

from anyvenue.venues.okx.api import BATCH, ORDER, Arguments, OkxCalls, OkxRest
from anyvenue.venues.tracking.answers import Answer, Answered
from anyvenue.venues.tracking.sending import Sending

__all__ = ["ACTS", "Act", "Entry", "RestEntry", "SocketEntry"]

_CANCEL_SHARE = 0.05  # of each limit is left for cancels


class Act(msgspec.Struct, frozen=True):
    """A kind of request: its operation over WebSocket ("" for none) and its path by REST.

    `counts` are those that the venue counts together, up to 1,000 in two seconds. The body of one `listed` is a list.
    """

    op: str
    path: str
    counts: bool = False
    urgent: bool = False
    listed: bool = False


ACTS = {
    "place": Act("order", ORDER, counts=True),
    "place_many": Act("batch-orders", BATCH, counts=True, listed=True),
    "cancel": Act("cancel-order", "/api/v5/trade/cancel-order", urgent=True),
    "amend": Act("amend-order", "/api/v5/trade/amend-order", counts=True),
    "place_algo": Act("", "/api/v5/trade/order-algo"),
    "amend_algo": Act("", "/api/v5/trade/amend-algos"),
    "cancel_algo": Act("", "/api/v5/trade/cancel-algos", urgent=True, listed=True),
}


class Entry(Protocol):
    """Sends requests about orders, most of one of an instrument (`of`, the venue's name)."""

    @property
    def by_number(self) -> bool:
        """Whether ordinary orders name their instrument by its number."""
        ...

    def send(self, act: Act, rows: list[Arguments], of: str, answered: Answered) -> None:
        """Send one; raise NotSent or RateLimited where nothing was sent. `answered` is called once, later."""
        ...


class RestEntry:
    """Implements `Entry` by REST."""

    by_number = False

    def __init__(self, rest: OkxRest) -> None:
        """Send by `rest`."""
        self._rest = rest
        self._sending = Sending()

    def send(self, act: Act, rows: list[Arguments], of: str, answered: Answered) -> None:
        """Send one request soon."""
        body = rows if act.listed else rows[0]
        kinds = _kinds_of(self._rest, act, of, len(rows))

        def ask() -> Coroutine[None, None, Answer]:
            return self._rest.ask("POST", act.path, body, urgent=act.urgent, kinds=kinds)

        self._sending.start(ask, answered)

    async def close(self) -> None:
        """Give up what is not answered; what became of it is found out at the next opening."""
        await self._sending.close()


class SocketEntry:
    """Implements `Entry` over a WebSocket; what that has no words for goes by REST."""

    by_number = True

    def __init__(self, rest: OkxRest, calls: OkxCalls, beside: RestEntry) -> None:
        """Count by the limits of `rest`."""
        self._rest, self._calls, self._beside = rest, calls, beside

    def send(self, act: Act, rows: list[Arguments], of: str, answered: Answered) -> None:
        """Send one request; raise NotSent or RateLimited where nothing was sent."""
        if not act.op:
            self._beside.send(act, rows, of, answered)
            return
        kinds = _kinds_of(self._rest, act, of, len(rows))
        self._rest.limits.take(kinds, 0.0 if act.urgent else _CANCEL_SHARE)

        def heard(answer: Answer) -> None:
            if answer.retry_after:
                self._rest.too_many(kinds, answer.retry_after)
            answered(answer)

        self._calls.call(act.op, rows, heard)


def _kinds_of(rest: OkxRest, act: Act, of: str, count: int) -> dict[str, int]:
    """Return what a request about orders counts for."""
    counted = dict.fromkeys(rest.kinds_of("POST", act.path, of), count)
    return {**counted, "ORDERS": count} if act.counts else counted

"""The two ways in which orders are sent: over the WebSocket API, and by REST."""

from typing import Protocol

import msgspec

from anyvenue.venues.binance.api import ApiCalls, Rest
from anyvenue.venues.tracking.answers import Answered
from anyvenue.venues.transport.tasks import Tasks

__all__ = ["Act", "Entry", "RestEntry", "SocketEntry", "acts_of"]


class Act(msgspec.Struct, frozen=True):
    """A kind of request: its name in the WebSocket API, its REST method and path, and what it counts for."""

    name: str
    method: str
    path: str
    orders: int = 0
    weight: int = 1
    urgent: bool = False


def acts_of(market: str) -> dict[str, Act]:
    """Return what can be done in a market."""
    if market == "spot":
        order = "/api/v3/order"
        return {
            "place": Act("order.place", "POST", order, 1),
            "cancel": Act("order.cancel", "DELETE", order, urgent=True),
            "replace": Act("order.cancelReplace", "POST", f"{order}/cancelReplace", 1),
            "amend": Act("order.amend.keepPriority", "PUT", f"{order}/amend/keepPriority"),
        }
    order, algo = "/fapi/v1/order", "/fapi/v1/algoOrder"
    return {
        "place": Act("order.place", "POST", order, 1),
        "cancel": Act("order.cancel", "DELETE", order, urgent=True),
        "modify": Act("order.modify", "PUT", order, 1),
        "place_many": Act("", "POST", "/fapi/v1/batchOrders", weight=5),
        "place_algo": Act("algoOrder.place", "POST", algo, 1),
        "cancel_algo": Act("algoOrder.cancel", "DELETE", algo, urgent=True),
    }


class Entry(Protocol):
    """Sends requests about orders."""

    def send(self, act: Act, parameters: dict[str, str], answered: Answered) -> None:
        """Send one; raise NotSent or RateLimited where nothing was sent. `answered` is called once, later."""
        ...


class SocketEntry:
    """Implements `Entry` over the WebSocket API."""

    def __init__(self, rest: Rest, calls: ApiCalls) -> None:
        """Count by the limits of `rest`."""
        self._rest = rest
        self._calls = calls

    def send(self, act: Act, parameters: dict[str, str], answered: Answered) -> None:
        """Send one request; raise NotSent or RateLimited where nothing was sent."""
        self._rest.count(1, act.orders, urgent=act.urgent)
        self._calls.call(act.name, parameters, answered)


class RestEntry:
    """Implements `Entry` by REST."""

    def __init__(self, rest: Rest) -> None:
        """Send by `rest`."""
        self._rest = rest
        self._tasks = Tasks()

    def send(self, act: Act, parameters: dict[str, str], answered: Answered) -> None:
        """Send one request soon."""
        self._tasks.start(self._send(act, parameters, answered))

    async def _send(self, act: Act, parameters: dict[str, str], answered: Answered) -> None:
        answer = await self._rest.act(
            act.method,
            act.path,
            parameters,
            weight=act.weight,
            orders=act.orders,
            urgent=act.urgent,
        )
        answered(answer)

    async def close(self) -> None:
        """Give up what is not answered; what became of it is found out at the next opening."""
        await self._tasks.stop()

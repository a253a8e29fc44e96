"""Requests that wait in the node, by rank: cancels of what risk has halted, other cancels, the rest."""

from collections.abc import Callable, Iterator

from anyvenue.engine.live.requests.allowance import Allowance, Kind
from anyvenue.engine.live.requests.fair_queue import FairQueue
from anyvenue.model.commands import CancelOrder, ModifyOrder, SubmitOrder
from anyvenue.model.ids import AccountId, OrderId, StrategyId

__all__ = ["CANCEL", "REST", "URGENT", "Waiting", "WaitingRoom"]

URGENT, CANCEL, REST = range(3)

_KINDS: dict[type, Kind] = {SubmitOrder: "order", CancelOrder: "cancel", ModifyOrder: "modify"}


class Waiting:
    """A request that waits: no byte of it has left. Times are the loop's, in seconds."""

    __slots__ = ("account", "after", "command", "flow", "kind", "rank", "since", "tries", "until")

    def __init__(
        self,
        account: AccountId,
        command: SubmitOrder | CancelOrder | ModifyOrder,
        flow: StrategyId,
        rank: int,
        since: float,
        until: float,
    ) -> None:
        """Wait from `since` to `until`, but not before `after` for another of some `tries`."""
        self.account = account
        self.after = since
        self.tries = 0
        self.command = command
        self.flow = flow
        self.rank = rank
        self.since = since
        self.until = until
        self.kind: Kind = _KINDS[type(command)]

    @property
    def order_id(self) -> OrderId:
        """The order that it is about."""
        return self.command.order_id


class WaitingRoom:
    """What waits. `orders` are those that were not sent, `cancels` those of orders that were, by the order's id."""

    def __init__(self, allowance: Allowance) -> None:
        """Begin empty; requests cost what they cost of `allowance`."""
        self.orders: dict[OrderId, Waiting] = {}
        self.cancels: dict[OrderId, Waiting] = {}
        quantum = max(allowance.cost(each) for each in _KINDS.values())
        self._allowance = allowance
        self._ranks = [
            FairQueue[Waiting](lambda each: allowance.cost(each.kind), quantum) for _ in range(3)
        ]

    def __len__(self) -> int:
        return sum(map(len, self._ranks))

    def __iter__(self) -> Iterator[Waiting]:
        """Give what waits, rank by rank and strategy by strategy."""
        for queue in self._ranks:
            yield from queue

    def of(self, rank: int) -> list[Waiting]:
        """Return what waits in a rank."""
        return list(self._ranks[rank])

    def any_before(self, rank: int) -> bool:
        """Tell whether anything waits that goes before a new request of a rank."""
        return any(self._ranks[: rank + 1])

    def count(self, flow: StrategyId) -> int:
        """Return how many orders and changes of a strategy wait."""
        return self._ranks[REST].waiting(flow)

    def put(self, waiting: Waiting) -> None:
        """Have a request wait in its rank, behind those of its strategy."""
        self._ranks[waiting.rank].add(waiting.flow, waiting)
        if waiting.kind == "order":
            self.orders[waiting.order_id] = waiting
        elif waiting.kind == "cancel":
            self.cancels[waiting.order_id] = waiting

    def take(self, waiting: Waiting, *, sent: bool = False) -> None:
        """Have it wait no longer; one that is sent is charged to its strategy."""
        self._ranks[waiting.rank].remove(waiting.flow, waiting, sent=sent)
        if waiting.kind != "modify":
            table = self.orders if waiting.kind == "order" else self.cancels
            del table[waiting.order_id]

    def next(self, ready: Callable[[Waiting], bool], now: float) -> Waiting | None:
        """Return what may be sent at `now`, None when nothing may."""
        blocked: list[Kind] = []
        for queue in self._ranks:
            waiting = queue.next(ready)
            if waiting is None or self._held(waiting, blocked):
                continue
            if self._allowance.fits(waiting.kind, now):
                return waiting
            blocked.append(waiting.kind)
        return None

    def due(self, ready: Callable[[Waiting], bool], now: float) -> float:
        """Return when to look again, infinity when nothing here will have changed by itself."""
        times = [each.until for each in self._ranks[REST]]
        times += [each.after for each in self if each.after > now]
        blocked: list[Kind] = []
        for queue in self._ranks:
            waiting = queue.next(ready)
            if waiting is not None and not self._held(waiting, blocked):
                times.append(self._allowance.free_at(waiting.kind, now))
                blocked.append(waiting.kind)
        return min(times, default=float("inf"))

    def _held(self, waiting: Waiting, blocked: list[Kind]) -> bool:
        """Tell whether what goes before it waits for the same limit."""
        return any(self._allowance.compete(waiting.kind, each) for each in blocked)

"""What a live node can say about itself at one moment, as plain records."""

from decimal import Decimal

import msgspec

from anyvenue.engine.live.node import LiveNode
from anyvenue.engine.live.session import Session
from anyvenue.engine.strategy_process.host import ProcessHost
from anyvenue.model.enums import DriverState, TradingState
from anyvenue.model.events import StrategyFaulted
from anyvenue.model.ids import AccountId
from anyvenue.model.orders import Order
from anyvenue.model.positions import Position

__all__ = [
    "AccountStatus",
    "BalanceStatus",
    "HaltStatus",
    "JournalStatus",
    "NodeStatus",
    "OrderStatus",
    "PositionStatus",
    "StrategyStatus",
    "VenueStatus",
    "status_of",
]


class VenueStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A venue; `corrections` counts what reconciliation changed in the books.

    `waiting` requests were not sent yet; `requests_left` is what is left of its limits at the moment, by their names.
    """

    venue: str
    state: str
    in_line: bool
    reconnects: int
    corrections: int
    waiting: int = 0
    requests_left: dict[str, float] = {}


class BalanceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """An account's money in one currency."""

    currency: str
    equity: Decimal
    available: Decimal
    margin: Decimal


class PositionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What is held of an instrument."""

    instrument: str
    long: Decimal
    short: Decimal


class OrderStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A working order."""

    order_id: int
    strategy: str
    instrument: str
    side: str
    quantity: Decimal
    filled: Decimal
    price: Decimal | None
    state: str
    pending: str


class AccountStatus(msgspec.Struct, frozen=True, kw_only=True):
    """An account: whether its books are in line with the venue's, its money, positions and working orders."""

    account: str
    venue: str
    in_line: bool
    balances: tuple[BalanceStatus, ...]
    positions: tuple[PositionStatus, ...]
    orders: tuple[OrderStatus, ...]


class StrategyStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy; `fault` is what ended it.

    With the host ``process`` it has a process `pid`, 0 while there is none, that has not dealt with `backlog` market
    events and timers yet; later ones replaced `conflated` of them, and `dropped` trades and bars were too many.
    `next_start` and `next_stop` are int ns UTC, 0 where no hours are set; those are in the time of `zone`.
    """

    name: str
    account: str
    state: str
    instruments: tuple[str, ...]
    open_orders: int
    fault: str = ""
    host: str = "node"
    pid: int = 0
    backlog: int = 0
    conflated: int = 0
    dropped: int = 0
    next_start: int = 0
    next_stop: int = 0
    zone: str = ""


class HaltStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What is halted, by which rule and why; `since` is int ns UTC."""

    scope: str
    name: str
    rule: str
    state: str
    reason: str
    since: int


class JournalStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The journal: its last record, how many records are not on the disk for sure, and what went wrong.

    `last_end` is how the node before this one ended: stopped, crashed or unwritable; empty when there was none.
    """

    records: int
    lag: int
    head: str
    failure: str = ""
    last_end: str = ""


class NodeStatus(msgspec.Struct, frozen=True, kw_only=True):
    """All of it; `ts` is int ns UTC. `trading` is what the node as a whole may do."""

    node: str
    ts: int
    trading: str
    venues: tuple[VenueStatus, ...]
    accounts: tuple[AccountStatus, ...]
    strategies: tuple[StrategyStatus, ...]
    halts: tuple[HaltStatus, ...]
    journal: JournalStatus | None
    inbox_depth: int
    inbox_conflated: int

    @property
    def good(self) -> bool:
        """True when every venue is reached and in line, nothing is halted, and strategies and journal work."""
        return (
            all(each.in_line for each in self.venues)
            and not self.halts
            and not any(each.state == "faulted" for each in self.strategies)
            and (self.journal is None or not self.journal.failure)
        )


def status_of(node: LiveNode) -> NodeStatus:
    """Return the state of a node that has started."""
    halts = tuple(
        HaltStatus(
            scope=each.scope.kind.value,
            name=each.scope.name,
            rule=each.rule,
            state=each.state.value,
            reason=each.reason,
            since=each.ts,
        )
        for each in node.node.desk.risk.halts()
    )
    whole = [each.state for each in halts if not each.name]
    return NodeStatus(
        node=node.name,
        ts=node.now(),
        trading=_least(whole),
        venues=tuple(_venue(each) for each in node.sessions.values()),
        accounts=tuple(_account(node, each) for each in node.node.desk.accounts),
        strategies=tuple(_strategies(node)),
        halts=halts,
        journal=_journal(node),
        inbox_depth=node.inbox.depth if node.started else 0,
        inbox_conflated=node.inbox.conflated if node.started else 0,
    )


def _least(states: list[str]) -> str:
    for state in (TradingState.HALTED, TradingState.REDUCE_ONLY):
        if state.value in states:
            return state.value
    return TradingState.ACTIVE.value


def _venue(session: Session) -> VenueStatus:
    driver, outgoing = session.driver, session.outgoing
    ready = driver.state is DriverState.READY
    return VenueStatus(
        venue=session.venue,
        state=driver.state.value,
        in_line=ready and all(session.is_ready(each) for each in session.accounts),
        reconnects=sum(int(getattr(driver, each, 0)) for each in ("reconnects", "restarts")),
        corrections=session.corrections,
        waiting=len(outgoing.room) if outgoing is not None else 0,
        requests_left=outgoing.left() if outgoing is not None else {},
    )


def _account(node: LiveNode, account: AccountId) -> AccountStatus:
    state = node.node.desk.account(account)
    session = next(each for each in node.sessions.values() if account in each.accounts)
    balances = []
    for currency in state.currencies():
        figures = state.figures(currency, node.now())
        balances.append(
            BalanceStatus(
                currency=currency,
                equity=figures.equity,
                available=figures.available,
                margin=figures.margin,
            )
        )
    return AccountStatus(
        account=account,
        venue=session.venue,
        in_line=session.is_ready(account),
        balances=tuple(balances),
        positions=tuple(_position(each) for each in state.positions()),
        orders=tuple(_order(each) for each in state.orders.open_orders()),
    )


def _position(position: Position) -> PositionStatus:
    return PositionStatus(instrument=position.instrument, long=position.long, short=position.short)


def _order(order: Order) -> OrderStatus:
    return OrderStatus(
        order_id=order.order_id,
        strategy=order.request.strategy,
        instrument=order.instrument,
        side=order.side.value,
        quantity=order.quantity,
        filled=order.filled,
        price=order.price,
        state=order.state.value,
        pending=order.pending.value,
    )


def _strategies(node: LiveNode) -> list[StrategyStatus]:
    found = []
    for name, host in node.node.hosts.items():
        fault = host.fault
        apart = host if isinstance(host, ProcessHost) else None
        found.append(
            StrategyStatus(
                name=name,
                account=host.account_id,
                state=host.state,
                instruments=tuple(host.strategy.instruments),
                open_orders=len(host.open_orders()),
                fault=_told(fault) if fault is not None else "",
                host="node" if apart is None else "process",
                pid=0 if apart is None else apart.pid,
                backlog=0 if apart is None else apart.backlog,
                conflated=0 if apart is None else apart.conflated,
                dropped=0 if apart is None else apart.dropped,
            )
        )
    return found


def _told(fault: StrategyFaulted) -> str:
    return f"{fault.error} ({fault.where})" if fault.where else fault.error


def _journal(node: LiveNode) -> JournalStatus | None:
    journal, failure = node.chronicle.journal, node.chronicle.failure
    if journal is None:
        return None
    return JournalStatus(
        records=journal.seq,
        lag=journal.lag,
        head=journal.head,
        failure=failure.text if failure is not None else "",
        last_end=node.last_end,
    )

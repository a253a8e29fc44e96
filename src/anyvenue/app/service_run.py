"""Run a service until a signal, and say what became of it."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from anyvenue.app.figures import clock_time, money
from anyvenue.app.session import stop_signals
from anyvenue.app.tables import Column, Table
from anyvenue.app.terminal import Terminal
from anyvenue.engine.live.service import Service
from anyvenue.engine.live.status import NodeStatus, StrategyStatus, VenueStatus
from anyvenue.model.numbers import plain
from anyvenue.model.orders import Order
from anyvenue.runtime.loop import run as run_loop

__all__ = ["Outcome", "run_service", "show_status", "strategies_table"]


class Outcome:
    """How a service ended: the orders that still work, whether a signal ended it, and its last state."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.left: list[Order] = []
        self.interrupted = False
        self.status: NodeStatus | None = None
        self.failure = ""

    @property
    def good(self) -> bool:
        """True when no order is left by accident, no strategy has faulted and the journal held."""
        status = self.status
        faulted = status is not None and any(each.state == "faulted" for each in status.strategies)
        return not self.left and not faulted and not self.failure


def run_service(
    service_of: Callable[[], Service],
    on_started: Callable[[Service], None],
    seconds: float | None = None,
    follow: Callable[[Service], Coroutine[Any, Any, None]] | None = None,
) -> Outcome:
    """Make the service in a loop of its own and run it to SIGINT, SIGTERM, or for `seconds`.

    Meanwhile `follow` may say how it is doing.
    """
    outcome = Outcome()
    run_loop(_main(service_of, on_started, seconds, follow, outcome))
    return outcome


async def _main(
    service_of: Callable[[], Service],
    on_started: Callable[[Service], None],
    seconds: float | None,
    follow: Callable[[Service], Coroutine[Any, Any, None]] | None,
    outcome: Outcome,
) -> None:
    service = service_of()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        outcome.interrupted = True
        service.stop_requested.set()

    with stop_signals(stop):
        running = asyncio.ensure_future(service.run())
        started = asyncio.ensure_future(service.started.wait())
        stopping = asyncio.ensure_future(service.stop_requested.wait())
        await asyncio.wait({running, started, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if started.done():
            on_started(service)
            if seconds is not None:
                loop.call_later(seconds, service.stop_requested.set)
            following = asyncio.ensure_future(follow(service)) if follow is not None else None
            await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if following is not None:
                following.cancel()
                # Whatever it failed with, such as a closed pipe: orders are to be cancelled now.
                await asyncio.gather(following, return_exceptions=True)
            outcome.status = service.status()
        elif not running.done():
            running.cancel()  # a signal while it was still connecting
        for each in (started, stopping):
            each.cancel()
        try:
            left = await running
        except asyncio.CancelledError:
            left = []
        outcome.left = left if service.cancels_on_stop else []
        failure = service.node.chronicle.failure
        outcome.failure = failure.text if failure is not None else ""


def show_status(terminal: Terminal, status: NodeStatus) -> None:
    """Write the state of a node as tables."""
    texts = [
        terminal.text(
            "cli.node_title",
            node=status.node,
            trading=terminal.text(f"trading_state.{status.trading}"),
        )
    ]
    if status.journal is not None:
        texts.append(
            terminal.text(
                "cli.node_journal", records=f"{status.journal.records:,}", lag=status.journal.lag
            )
        )
    terminal.say("; ".join(texts))
    for halt in status.halts:
        scope = f"{terminal.text(f'risk_scope.{halt.scope}')} {halt.name}".strip()
        terminal.say(
            terminal.text("cli.node_halt", scope=scope, rule=halt.rule, reason=halt.reason)
        )
    for table in (
        _venues(terminal, status),
        _accounts(terminal, status),
        _holdings(terminal, status),
    ):
        if table.rows:
            terminal.say()
            terminal.table(table)
    terminal.say()
    terminal.table(_orders(terminal, status))
    terminal.say()
    terminal.table(strategies_table(terminal, status.strategies))


def _heads(terminal: Terminal, *names: str) -> tuple[Column, ...]:
    numbers = {
        "equity",
        "available",
        "margin",
        "long",
        "short",
        "quantity",
        "filled",
        "price",
        "open_orders",
    }
    return tuple(
        Column(terminal.text(_KEYS.get(each, f"column.{each}")), right=each in numbers)
        for each in names
    )


_KEYS = {"equity": "figure.end_balance", "open_orders": "figure.open_orders"}


def _venues(terminal: Terminal, status: NodeStatus) -> Table:
    rows = [
        (
            each.venue,
            terminal.text(f"driver_state.{each.state}"),
            terminal.text("cli.in_line" if each.in_line else "cli.not_in_line"),
            str(each.reconnects),
            _requests(terminal, each),
        )
        for each in status.venues
    ]
    heads = _heads(terminal, "venue", "state", "books", "reconnects", "requests")
    if not any(row[-1] for row in rows):
        return Table(heads[:-1], [row[:-1] for row in rows])
    return Table(heads, rows)


def _requests(terminal: Terminal, venue: VenueStatus) -> str:
    """Return what waits for a venue's limits and what is left of them, nothing where there are none."""
    if not venue.requests_left and not venue.waiting:
        return ""
    left = ", ".join(f"{name} {count:g}" for name, count in venue.requests_left.items())
    return terminal.text("cli.requests_left", waiting=venue.waiting, left=left or "-")


def _accounts(terminal: Terminal, status: NodeStatus) -> Table:
    rows = [
        (
            account.account,
            each.currency,
            *(
                money(figure, each.currency)
                for figure in (each.equity, each.available, each.margin)
            ),
        )
        for account in status.accounts
        for each in account.balances
    ]
    return Table(_heads(terminal, "account", "currency", "equity", "available", "margin"), rows)


def _holdings(terminal: Terminal, status: NodeStatus) -> Table:
    rows = [
        (account.account, each.instrument, plain(each.long), plain(each.short))
        for account in status.accounts
        for each in account.positions
    ]
    return Table(_heads(terminal, "account", "instrument", "long", "short"), rows)


def _orders(terminal: Terminal, status: NodeStatus) -> Table:
    rows = [
        (
            account.account,
            str(each.order_id),
            each.strategy or "-",
            each.instrument,
            terminal.text(f"side.{each.side}"),
            plain(each.quantity),
            plain(each.filled),
            "-" if each.price is None else plain(each.price),
            terminal.text(f"order_state.{each.state}"),
        )
        for account in status.accounts
        for each in account.orders
    ]
    heads = _heads(
        terminal, "account", "order_id", "strategy", "instrument", "side", "quantity", "filled", "price", "state"
    )  # fmt: skip
    return Table(heads, rows, terminal.text("cli.open_orders", count=len(rows)))


def strategies_table(terminal: Terminal, strategies: Sequence[StrategyStatus]) -> Table:
    """Return the strategies of a node as a table."""
    rows = [
        (
            each.name,
            each.account,
            terminal.text(f"strategy_state.{each.state}"),
            _host(terminal, each),
            ", ".join(each.instruments),
            str(each.open_orders),
            each.fault,
            _next_change(terminal, each),
        )
        for each in strategies
    ]
    heads = _heads(
        terminal, "strategy", "account", "state", "host", "instrument", "open_orders", "fault", "hours"
    )  # fmt: skip
    if not any(row[-1] for row in rows):
        return Table(heads[:-1], [row[:-1] for row in rows])
    return Table(heads, rows)


def _next_change(terminal: Terminal, strategy: StrategyStatus) -> str:
    """Return when a strategy's hours begin or end next, nothing where it has none."""
    running = strategy.state == "running"
    at = strategy.next_stop if running else strategy.next_start
    if not at:
        return ""
    time = f"{clock_time(at, strategy.zone)} {strategy.zone}"
    return terminal.text("cli.stops_at" if running else "cli.starts_at", time=time)


def _host(terminal: Terminal, strategy: StrategyStatus) -> str:
    """Return where a strategy lives, and how far behind one in a process of its own is."""
    if strategy.host == "node":
        return terminal.text("strategy_host.node")
    if not strategy.pid:
        return terminal.text("strategy_host.no_process")
    return terminal.text(
        "strategy_host.process",
        pid=strategy.pid,
        backlog=f"{strategy.backlog:,}",
        conflated=f"{strategy.conflated:,}",
        dropped=f"{strategy.dropped:,}",
    )

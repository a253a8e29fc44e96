"""How a running node is doing: one line that is written over on a terminal, lines now and then elsewhere."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import ParamSpec

import msgspec

from anyvenue.app.figures import clock_time, signed, zone_text
from anyvenue.app.progress import ProgressLine
from anyvenue.app.terminal import Terminal
from anyvenue.engine.live.service import Service
from anyvenue.model.ids import InstrumentId

__all__ = ["NodeProgress"]

_P = ParamSpec("_P")
_LINE_S = 0.5
_LINES_S = 2.0
_ZERO = Decimal(0)


class NodeProgress:
    """Follows a service. For machines it is one line of JSON at a time on standard error: the result comes after."""

    def __init__(self, terminal: Terminal, *, every_s: float = _LINES_S) -> None:
        """Write in the terminal's language."""
        self._terminal = terminal
        self._line = ProgressLine()
        self._over = terminal.interactive and self._line.shown
        self._every = _LINE_S if self._over else every_s

    def around(self, write: Callable[_P, None]) -> Callable[_P, None]:
        """Return what writes lines that do not run into this one."""

        def written(*args: _P.args, **kwargs: _P.kwargs) -> None:
            self._line.show("")
            write(*args, **kwargs)

        return written if self._over else write

    async def follow(self, service: Service) -> None:
        """Say how it is doing until this is cancelled."""
        with self._line:
            while True:
                await asyncio.sleep(self._every)
                self._show(service)

    def _show(self, service: Service) -> None:
        terminal = self._terminal
        if terminal.machine:
            terminal.note(msgspec.json.encode(_figures(service)).decode())
        elif self._over:
            # The cursor goes back to the beginning: what is written next is written over it.
            self._line.show(self._text(service)[: max(terminal.width - 1, 1)] + "\r")
        else:
            terminal.say(self._text(service))

    def _text(self, service: Service) -> str:
        figures = _figures(service)
        gains = ", ".join(f"{signed(gain, name)} {name}" for name, gain in figures.profit.items())
        parts = [
            self._terminal.text(
                "cli.node_progress",
                time=_time(service),
                events=f"{figures.market_events:,}",
                sent=figures.orders_sent,
                working=figures.orders_working,
                fills=figures.fills,
                profit=gains or "-",
            )
        ]
        for venue, state in figures.not_ready.items():
            parts.append(f"{venue} {self._terminal.text(f'driver_state.{state}')}")
        if figures.waiting:
            parts.append(self._terminal.text("cli.node_waiting", count=figures.waiting))
        if figures.halts:
            parts.append(self._terminal.text("cli.node_halted", rules=", ".join(figures.halts)))
        return "  ".join(parts)


class _Figures(msgspec.Struct, frozen=True, kw_only=True):
    ts: int
    market_events: int
    orders_sent: int
    orders_working: int
    fills: int
    waiting: int
    profit: dict[str, Decimal]
    not_ready: dict[str, str]
    halts: list[str]


def _figures(service: Service) -> _Figures:
    node, meters = service.node, service.meters
    profit: dict[str, Decimal] = {}
    for state in node.node.desk.accounts.values():
        for currency in state.currencies():
            found = state.figures(currency, node.now())
            made = found.close_profit + found.position_profit - found.fees
            profit[currency] = profit.get(currency, _ZERO) + made
    venues = service.status().venues
    return _Figures(
        ts=node.now(),
        market_events=meters.ticks.value,
        orders_sent=meters.sent.value,
        orders_working=len(node.node.desk.open_orders()),
        fills=meters.fills.value,
        waiting=sum(each.waiting for each in venues),
        profit=profit,
        not_ready={each.venue: each.state for each in venues if not each.in_line},
        halts=[each.rule for each in node.node.desk.risk.halts()],
    )


def _time(service: Service) -> str:
    node = service.node.node
    hosts = [host for host in node.hosts.values() if host.strategy.instruments]
    zone = (
        zone_text(node.instrument(InstrumentId(hosts[0].strategy.instruments[0])))
        if hosts
        else "UTC"
    )
    return clock_time(service.node.now(), zone)

"""The picture of a running session on a terminal: prices, positions, money and the last fills."""

import asyncio
from decimal import Decimal
from time import monotonic
from typing import TYPE_CHECKING

from anyvenue.app.figures import clock_time, money, price_text, signed, zone_text
from anyvenue.app.session import Session
from anyvenue.app.session_report import fills_table
from anyvenue.app.tables import Column, Table
from anyvenue.app.terminal import Terminal
from anyvenue.model.market import Bar, Depth, Quote, Trade
from anyvenue.model.numbers import plain

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["LiveView", "describe"]

_REFRESH_S = 0.25
_LAST_FILLS = 6
_LAST_LINES = 4
_ZERO = Decimal(0)


def describe(terminal: Terminal, session: Session) -> str:
    """Return one line about a session: simulated time, what was traded, and what was gained in each currency."""
    node = session.node.node
    parts = [
        terminal.text(
            "cli.progress",
            time=_market_time(session),
            events=f"{node.kernel.sequence:,}",
            orders=sum(len(state.orders) for state in node.desk.accounts.values()),
            fills=len(session.node.recorder.fills),
        )
    ]
    gains: dict[str, Decimal] = {}
    for account, paid_in in session.node.paid_in.items():
        state = node.desk.account(account)
        for currency, paid in paid_in.items():
            gains[currency] = gains.get(currency, _ZERO) + state.worth(currency) - paid
    parts += (f"{signed(gain, currency)} {currency}" for currency, gain in gains.items())
    return "  ".join(parts)


class LiveView:
    """Redraws four times a second, which costs about 5 % of a core."""

    def __init__(self, terminal: Terminal, title: str) -> None:
        """Draw below `title`."""
        self._terminal = terminal
        self._title = title
        self._began = monotonic()

    async def follow(self, session: Session, run: "asyncio.Future[None]") -> None:
        """Draw until `run` is done, then take the picture away: the report says it all."""
        from rich.live import Live  # with all it needs 30 ms, which only a terminal is worth

        with Live(auto_refresh=False, transient=True) as live:
            while not run.done():
                live.update(self._picture(session), refresh=True)
                await asyncio.wait([run], timeout=_REFRESH_S)

    def _picture(self, session: Session) -> "Text":
        from rich.text import Text

        terminal, width = self._terminal, self._terminal.width
        fills = session.node.recorder.fills
        instruments = {each.id: each for each in session.feed.instruments}
        tables = (
            self._prices(session),
            self._accounts(session),
            fills_table(terminal, fills[-_LAST_FILLS:], instruments, len(fills)),
        )
        seconds = monotonic() - self._began
        events = terminal.text("cli.events", events=f"{session.node.node.kernel.sequence:,}")
        lines = [self._title, f"{_market_time(session)}  {seconds:.0f} s  {events}", ""]
        for table in tables:
            lines += [*terminal.lines(table, width), ""]
        lines += list(session.log)[-_LAST_LINES:]
        picture = Text("\n".join(lines), no_wrap=True, overflow="ellipsis")
        picture.stylize("bold", 0, len(lines[0]))
        return picture.append(f"\n{terminal.text('cli.stop_hint')}", style="dim")

    def _prices(self, session: Session) -> Table:
        terminal = self._terminal
        heads = (
            Column(terminal.text("column.instrument")),
            Column(terminal.text("column.name"), extra=2),
            *(Column(terminal.text(f"column.{key}"), right=True) for key in ("bid", "ask", "last")),
            *(Column(trader.name, right=True) for trader in session.traders),
        )
        node = session.node.node
        rows = []
        for each in session.feed.traded:
            bid, ask, last = _prices_of(node.kernel.latest.get(each.id))
            held = (
                plain(node.desk.account(trader.account).position(each.id).net)
                for trader in session.traders
            )
            name = each.name_zh if terminal.lang == "zh" and each.name_zh else each.name
            prices = (price_text(price, each) for price in (bid, ask, last))
            rows.append((each.id, name, *prices, *held))
        return Table(heads, rows)

    def _accounts(self, session: Session) -> Table:
        terminal = self._terminal
        heads = (
            Column(terminal.text("column.account")),
            Column(terminal.text("column.currency")),
            Column(terminal.text("figure.end_balance"), right=True),
            Column(terminal.text("figure.profit"), right=True),
            Column(terminal.text("column.available"), right=True, extra=1),
            Column(terminal.text("figure.open_orders"), right=True),
            Column(terminal.text("figure.orders"), right=True, extra=2),
        )
        node = session.node
        rows = []
        for trader in session.traders:
            state = node.node.desk.account(trader.account)
            for currency, paid in node.paid_in[trader.account].items():
                worth = state.worth(currency)
                figures = state.figures(currency, node.node.kernel.now)
                working = [
                    order
                    for order in state.orders.open_orders()
                    if node.node.instrument(order.instrument).currency == currency
                ]
                rows.append(
                    (
                        trader.name, currency, money(worth, currency), signed(worth - paid, currency),
                        money(figures.available, currency), str(len(working)), str(len(state.orders)),
                    )
                )  # fmt: skip
        return Table(heads, rows)


def _market_time(session: Session) -> str:
    now = session.node.node.kernel.now
    return clock_time(now, zone_text(session.feed.instruments[0]))


def _prices_of(latest: object) -> tuple[float | None, float | None, float | None]:
    if isinstance(latest, Depth):
        return latest.bid, latest.ask, latest.last
    if isinstance(latest, Quote):
        return latest.bid, latest.ask, None
    if isinstance(latest, Trade):
        return None, None, latest.price
    return None, None, latest.close if isinstance(latest, Bar) else None

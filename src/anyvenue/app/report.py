"""What a run left behind, for people and for machines."""

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from anyvenue.app.figures import (
    ABSENT,
    clock_time,
    iso_time,
    money,
    percent,
    price_text,
    ratio,
    signed,
    zone_text,
)
from anyvenue.app.messages import word
from anyvenue.app.terminal import Column, Table, Terminal
from anyvenue.engine.results import RunResult, Summary
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.model.orders import Fill, Order

__all__ = [
    "clean",
    "fills_table",
    "result_json",
    "show_problems",
    "show_run",
    "show_session",
    "write_trades",
]

_LAST = 8


def clean(results: Iterable[RunResult]) -> bool:
    """Tell whether every recount holds, no order is open and no strategy faulted."""
    return all(
        result.recount_holds and not result.open_orders and not result.faults for result in results
    )


def result_json(result: RunResult, name: str) -> dict[str, object]:
    """Return the outcome of one account as plain values."""
    return {
        "strategy": name,
        "account": result.account,
        "currency": result.currency,
        "summary": result.summary,
        "summaries": result.summaries,
        "orders_by_state": Counter(order.state.value for order in result.orders),
        "open_orders": len(result.open_orders),
        "positions": result.positions,
        "accounts": result.accounts,
        "recount": {"holds": result.recount_holds, "differences": result.recount_differences},
        "warnings": result.warnings,
        "faults": result.faults,
        "audit_hash": result.audit_hash,
        "ledger_hash": result.ledger_hash,
    }


def show_problems(terminal: Terminal, results: Sequence[RunResult]) -> None:
    """Write warnings of the data and faults of strategies to standard error, each once."""
    for line in dict.fromkeys(line for result in results for line in result.warnings):
        terminal.warn(line)
    faults = {(fault.strategy, fault.error, fault.where) for r in results for fault in r.faults}
    for strategy, error, where in sorted(faults):
        terminal.note(terminal.text("cli.fault", strategy=strategy, error=error, where=where or ABSENT))


# ---- one strategy over recorded data


def show_run(terminal: Terminal, result: RunResult, name: str, hashes: bool = False) -> None:
    """Write the summary of a backtest or paper run."""
    instruments = list(result.instruments.values())
    zone = zone_text(instruments[0])
    summary = result.summary
    terminal.say(
        terminal.text(
            "cli.run_title",
            strategy=name,
            instruments=", ".join(each.id for each in instruments),
            start=clock_time(summary.start, zone),
            end=clock_time(summary.end, zone),
        )
    )
    terminal.say()
    for each in result.summaries.values():
        terminal.table(_summary_table(terminal, each))
        terminal.say()
    show_positions(terminal, [result])
    terminal.say(_recount_line(terminal, result))
    if hashes:
        terminal.say(terminal.text("cli.audit_hash", value=result.audit_hash))
        terminal.say(terminal.text("cli.ledger_hash", value=result.ledger_hash))


def _summary_table(terminal: Terminal, summary: Summary) -> Table:
    say = terminal.text
    left = [
        (say("figure.paid_in"), f"{money(summary.paid_in)} {summary.currency}"),
        (say("figure.end_balance"), money(summary.equity)),
        (say("figure.profit"), signed(summary.profit)),
        (say("figure.total_return"), percent(summary.total_return, sign=True)),
        (say("figure.max_drawdown"), percent(summary.max_drawdown)),
        (say("figure.sharpe"), ratio(summary.sharpe)),
        (say("figure.fees"), money(summary.fees)),
    ]
    right = [
        (say("figure.orders"), f"{summary.orders:,}"),
        (say("figure.fills"), f"{summary.fills:,}"),
        (say("figure.round_trips"), f"{summary.trades:,}"),
        (say("figure.win_rate"), percent(summary.win_rate)),
        (say("figure.open_orders"), f"{summary.open_orders:,}"),
        (say("figure.days"), f"{summary.days:,}"),
        (say("figure.events"), f"{summary.events:,}"),
    ]
    rows = [(*a, "", *b) for a, b in zip(left, right, strict=True)]
    columns = (Column(""), Column("", right=True), Column(""), Column(""), Column("", right=True))
    return Table(columns, rows)


def write_trades(path: Path, result: RunResult) -> int:
    """Write the round trips as CSV; return their number."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(
            (
                "instrument", "side", "quantity", "entry_time", "entry_price", "exit_time", "exit_price",
                "profit", "fees", "net", "currency",
            )
        )  # fmt: skip
        for trade in result.trades:
            zone = zone_text(result.instruments[trade.instrument])
            writer.writerow(
                (
                    trade.instrument, trade.side.value, plain(trade.quantity),
                    iso_time(trade.ts_entry, zone), plain(trade.entry_price),
                    iso_time(trade.ts_exit, zone), plain(trade.exit_price),
                    plain(trade.profit), plain(trade.fees), plain(trade.net), trade.currency,
                )
            )  # fmt: skip
    return len(result.trades)


# ---- accounts at an exchange of one's own


def show_session(terminal: Terminal, results: Sequence[RunResult]) -> None:
    """Write orders, fills, positions and accounts of a demo or a run, and whether the recount holds."""
    _show_orders(terminal, results)
    fills = sorted((fill for r in results for fill in r.fills), key=lambda fill: fill.ts_recv)
    instruments = {key: each for r in results for key, each in r.instruments.items()}
    terminal.table(fills_table(terminal, fills[-_LAST:], instruments, len(fills)))
    terminal.say()
    show_positions(terminal, results)
    _show_accounts(terminal, results)
    for result in results:
        terminal.say(_recount_line(terminal, result))
    terminal.say(terminal.text("cli.open_orders", count=sum(len(r.open_orders) for r in results)))


def _show_orders(terminal: Terminal, results: Sequence[RunResult]) -> None:
    orders = [order for result in results for order in result.orders]
    counts = Counter(order.state for order in orders)
    parts = ", ".join(f"{count} {word(state, terminal.lang)}" for state, count in counts.items())
    terminal.say(
        terminal.text("cli.orders", count=len(orders), states=parts or terminal.text("phrase.none"))
    )
    last = sorted(orders, key=lambda order: (order.ts_updated, order.order_id))[-_LAST:]
    rows = [_order_row(terminal, order, results) for order in last]
    heads = (
        Column(terminal.text("column.time"), extra=4),
        Column(terminal.text("column.account"), extra=1),
        Column(terminal.text("column.instrument")),
        Column(terminal.text("column.side")),
        Column(terminal.text("column.offset"), extra=2),
        Column(terminal.text("column.quantity"), right=True),
        Column(terminal.text("column.price"), right=True),
        Column(terminal.text("column.filled"), right=True, extra=3),
        Column(terminal.text("column.state")),
    )
    if rows:
        terminal.table(Table(heads, rows))
    terminal.say()


def _order_row(
    terminal: Terminal, order: Order, results: Sequence[RunResult]
) -> tuple[str, ...]:
    instrument = next(
        r.instruments[order.instrument] for r in results if order.instrument in r.instruments
    )
    price = terminal.text("order_type.market")
    if order.price is not None:
        price = price_text(order.price, instrument)
    return (
        clock_time(order.ts_updated, zone_text(instrument), date=False),
        order.account,
        order.instrument,
        word(order.side, terminal.lang),
        word(order.request.offset, terminal.lang),
        plain(order.quantity),
        price,
        plain(order.filled),
        word(order.state, terminal.lang),
    )


def fills_table(
    terminal: Terminal, fills: Sequence[Fill], instruments: dict[str, Instrument], count: int
) -> Table:
    """Return the last fills, latest last, of `count` in all."""
    heads = (
        Column(terminal.text("column.time"), extra=3),
        Column(terminal.text("column.account"), extra=1),
        Column(terminal.text("column.instrument")),
        Column(terminal.text("column.side")),
        Column(terminal.text("column.offset"), extra=2),
        Column(terminal.text("column.quantity"), right=True),
        Column(terminal.text("column.price"), right=True),
        Column(terminal.text("column.fee"), right=True, extra=4),
    )
    rows = [
        (
            clock_time(fill.ts_event, zone_text(instruments[fill.instrument]), date=False),
            fill.account,
            fill.instrument,
            word(fill.side, terminal.lang),
            word(fill.offset, terminal.lang),
            plain(fill.quantity),
            price_text(fill.price, instruments[fill.instrument]),
            money(fill.fee),
        )
        for fill in fills
    ]
    return Table(heads, rows, terminal.text("cli.fills", count=count, shown=len(rows)))


def show_positions(terminal: Terminal, results: Sequence[RunResult]) -> None:
    """Write what is still held."""
    rows = []
    for result in results:
        for position in result.positions:
            today = position.long_today.quantity - position.short_today.quantity
            old = position.long_old.quantity - position.short_old.quantity
            rows.append(
                (result.account, position.instrument, plain(position.long), plain(position.short), plain(today), plain(old))
            )  # fmt: skip
    if not rows:
        terminal.say(terminal.text("cli.no_positions"))
        return
    heads = (
        Column(terminal.text("column.account")),
        Column(terminal.text("column.instrument")),
        *(Column(terminal.text(f"column.{key}"), right=True) for key in ("long", "short")),
        *(Column(terminal.text(f"column.{key}"), right=True, extra=1) for key in ("today", "old")),
    )
    terminal.table(Table(heads, rows, terminal.text("cli.positions")))
    terminal.say()


def _show_accounts(terminal: Terminal, results: Sequence[RunResult]) -> None:
    rows = []
    for result in results:
        for currency, figures in result.accounts.items():
            summary = result.summaries[currency]
            rows.append(
                (
                    result.account, currency, money(summary.paid_in), money(summary.equity), signed(summary.profit),
                    money(summary.fees), money(figures.margin), money(figures.available), f"{summary.fills:,}",
                )
            )  # fmt: skip
    heads = (
        Column(terminal.text("column.account")),
        Column(terminal.text("column.currency")),
        Column(terminal.text("figure.paid_in"), right=True, extra=3),
        Column(terminal.text("figure.end_balance"), right=True),
        Column(terminal.text("figure.profit"), right=True),
        Column(terminal.text("figure.fees"), right=True),
        Column(terminal.text("column.margin"), right=True, extra=1),
        Column(terminal.text("column.available"), right=True, extra=2),
        Column(terminal.text("figure.fills"), right=True, extra=1),
    )
    terminal.table(Table(heads, rows, terminal.text("cli.accounts")))
    terminal.say()


def _recount_line(terminal: Terminal, result: RunResult) -> str:
    if result.recount_holds:
        return terminal.text("cli.recount_holds", account=result.account, count=len(result.fills))
    differences = "; ".join(result.recount_differences)
    return terminal.text("cli.recount_fails", account=result.account, differences=differences)

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
    ratio,
    signed,
    zone_text,
)
from anyvenue.app.tables import Column, Table
from anyvenue.app.terminal import Terminal
from anyvenue.engine.results import RunResult, Summary
from anyvenue.model.numbers import plain
from anyvenue.model.positions import Position

__all__ = [
    "clean",
    "has_own_money",
    "recount_line",
    "result_json",
    "show_positions",
    "show_problems",
    "show_run",
    "write_trades",
]


def clean(results: Iterable[RunResult]) -> bool:
    """Tell whether every recount holds, no order is open and no strategy faulted."""
    return all(
        result.recount_holds and not result.open_orders and not result.faults for result in results
    )


def result_json(result: RunResult, name: str) -> dict[str, object]:
    """Return the outcome of one account as plain values."""
    return {
        "strategy": name,
        "synthetic": result.synthetic,
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
        terminal.note(
            terminal.text("cli.fault", strategy=strategy, error=error, where=where or ABSENT)
        )


def show_run(terminal: Terminal, result: RunResult, name: str) -> None:
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
    if result.synthetic:
        terminal.say(terminal.text("cli.synthetic"))
    terminal.say()
    for each in filter(has_own_money, result.summaries.values()):
        terminal.table(_summary_table(terminal, each))
        terminal.say()
    show_positions(terminal, [result])
    terminal.say(recount_line(terminal, result))
    terminal.say(terminal.text("cli.audit_hash", value=result.audit_hash))
    terminal.say(terminal.text("cli.ledger_hash", value=result.ledger_hash))


def has_own_money(summary: Summary) -> bool:
    """Tell whether a currency is more than a coin that was bought: that counts in the currency it was paid with."""
    return bool(summary.paid_in or summary.fills)


def _summary_table(terminal: Terminal, summary: Summary) -> Table:
    say, coin = terminal.text, summary.currency
    left = [
        (say("figure.paid_in"), f"{money(summary.paid_in, coin)} {coin}"),
        (say("figure.end_balance"), money(summary.equity, coin)),
        (say("figure.profit"), signed(summary.profit, coin)),
        (say("figure.total_return"), percent(summary.total_return, sign=True)),
        (say("figure.max_drawdown"), percent(summary.max_drawdown)),
        (say("figure.sharpe"), ratio(summary.sharpe)),
        (say("figure.fees"), money(summary.fees, coin)),
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


def show_positions(terminal: Terminal, results: Sequence[RunResult]) -> None:
    """Write what is still held."""
    rows = [_position_row(result, position) for result in results for position in result.positions]
    if not rows:
        terminal.say(terminal.text("cli.no_positions"))
    else:
        heads = (
            Column(terminal.text("column.account")),
            Column(terminal.text("column.instrument")),
            Column(terminal.text("column.long"), right=True),
            Column(terminal.text("column.short"), right=True),
            Column(terminal.text("column.today"), right=True, extra=1),
            Column(terminal.text("column.old"), right=True, extra=1),
        )
        terminal.table(Table(heads, rows, terminal.text("cli.positions")))
    terminal.say()


def _position_row(result: RunResult, position: Position) -> tuple[str, ...]:
    today = position.long_today.quantity - position.short_today.quantity
    old = position.long_old.quantity - position.short_old.quantity
    numbers = (position.long, position.short, today, old)
    return (result.account, position.instrument, *map(plain, numbers))


def recount_line(terminal: Terminal, result: RunResult) -> str:
    """Return whether the independent recount of an account holds."""
    if result.recount_holds:
        return terminal.text("cli.recount_holds", account=result.account, count=len(result.fills))
    differences = "; ".join(result.recount_differences)
    return terminal.text("cli.recount_fails", account=result.account, differences=differences)

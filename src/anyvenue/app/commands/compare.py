"""``anyvenue compare``: two results side by side."""

from collections.abc import Sequence
from typing import Annotated

import typer

from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import JsonOption, ReportOption
from anyvenue.app.report_page import check_report
from anyvenue.app.tables import Column, Table
from anyvenue.app.terminal import Terminal
from anyvenue.report.compare_page import render_compare_page
from anyvenue.report.comparison import Comparison, Figure, compare
from anyvenue.report.saved import read_saved

__all__ = ["command"]

_First = Annotated[str, typer.Argument(metavar="A", show_default=False)]
_Second = Annotated[str, typer.Argument(metavar="B", show_default=False)]


def command(
    ctx: typer.Context,
    first: _First,
    second: _Second,
    report: ReportOption = None,
    json: JsonOption = False,
) -> None:
    """Show two results side by side."""
    terminal = invocation_of(ctx).terminal(machine=json)
    check_report(report, drawn=False)
    found = compare(read_saved(first), read_saved(second))
    if json:
        terminal.json(found)
    else:
        _show(terminal, found, (first, second))
    if report is not None:
        page = render_compare_page(found, (first, second), terminal.lang)
        report.write_text(page, encoding="utf-8")
        terminal.note(terminal.text("cli.report_written", path=report))


def _show(terminal: Terminal, found: Comparison, names: tuple[str, str]) -> None:
    say = terminal.text
    for label, name, side in zip("AB", names, (found.a, found.b), strict=True):
        terminal.say(f"{label}  {side.strategy} · {side.account} · {name}")
    for currency, figures in found.currencies.items():
        terminal.say()
        terminal.table(_table(terminal, currency, figures))
    terminal.say()
    for key, same in (("same_audit", found.same_audit), ("same_ledger", found.same_ledger)):
        terminal.say(say(f"cli.{key}", answer=say("phrase.yes" if same else "phrase.no")))


def _table(terminal: Terminal, currency: str, figures: Sequence[Figure]) -> Table:
    heads = (
        Column(currency),
        Column("A", right=True),
        Column("B", right=True),
        Column("B - A", right=True),
    )
    rows = [
        (terminal.text(f"figure.{each.key}"), each.a_text, each.b_text, each.difference_text)
        for each in figures
    ]
    return Table(heads, rows)

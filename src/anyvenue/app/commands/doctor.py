"""``anyvenue doctor``: what is installed, what works, and what to do about the rest."""

from pathlib import Path
from typing import Annotated

import typer

from anyvenue.app.checks import Check, all_checks
from anyvenue.app.counters import CounterCheck, check_counters, check_files
from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import JsonOption
from anyvenue.app.tables import Column, Table
from anyvenue.app.terminal import Terminal

__all__ = ["command"]

_Library = Annotated[
    list[Path] | None, typer.Option("--library", metavar="FILE", show_default=False)
]


def command(ctx: typer.Context, library: _Library = None, json: JsonOption = False) -> None:
    """Check the installation."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    checks = all_checks(invocation)
    counters = check_counters(terminal.lang) + check_files(terminal.lang, library or [])
    failed = [each for each in checks if each.state == "failed"]
    # A counter that does not load is no fault of the installation, so it does not change the exit code.
    if json:
        terminal.json({"ok": not failed, "checks": checks, "counters": counters})
    else:
        heads = (
            Column(""),
            Column(terminal.text("column.check")),
            Column(terminal.text("column.result")),
        )
        terminal.table(
            Table(
                heads,
                [
                    (terminal.text(f"check.{each.state}"), each.name, _result(each))
                    for each in checks
                ],
            )
        )
        terminal.say()
        terminal.table(_counters(counters, terminal))
        terminal.say()
        terminal.say(
            terminal.text("cli.doctor_bad" if failed else "cli.doctor_good", count=len(failed))
        )
    if failed:
        raise typer.Exit(1)


def _counters(counters: list[CounterCheck], terminal: Terminal) -> Table:
    heads = [
        Column(""),
        *(Column(terminal.text(f"column.{head}")) for head in ("counter", "result")),
    ]
    rows = [
        (terminal.text(f"check.{each.state}"), _title(each), _result(each)) for each in counters
    ]
    return Table(heads, rows)


def _title(counter: CounterCheck) -> str:
    return f"{counter.title} ({counter.name})" if counter.name else counter.title


def _result(check: Check | CounterCheck) -> str:
    return f"{check.found}  {check.advice}".strip()

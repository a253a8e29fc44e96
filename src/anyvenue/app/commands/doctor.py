"""``anyvenue doctor``: what is installed, what works, and what to do about the rest."""

import typer

from anyvenue.app.checks import Check, all_checks
from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import JsonOption
from anyvenue.app.tables import Column, Table

__all__ = ["command"]


def command(ctx: typer.Context, json: JsonOption = False) -> None:
    """Check the installation."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    checks = all_checks(invocation)
    failed = [each for each in checks if each.state == "failed"]
    if json:
        terminal.json({"ok": not failed, "checks": checks})
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
        terminal.say(
            terminal.text("cli.doctor_bad" if failed else "cli.doctor_good", count=len(failed))
        )
    if failed:
        raise typer.Exit(1)


def _result(check: Check) -> str:
    return f"{check.found}  {check.advice}".strip()

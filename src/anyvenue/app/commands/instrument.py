"""``anyvenue instrument``: all terms of one instrument, and where each figure is from."""

from typing import Annotated

import typer

from anyvenue.app.instrument_view import instrument_json, instrument_rows
from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import DateOption, JsonOption
from anyvenue.app.tables import Column, Table

__all__ = ["command"]

_Id = Annotated[str, typer.Argument(metavar="ID", show_default=False)]


def command(
    ctx: typer.Context, id_: _Id, date: DateOption = None, json: JsonOption = False
) -> None:
    """Show one instrument."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    catalog = invocation.settings.catalog(date)
    found = catalog.resolve(id_)
    if json:
        terminal.json(instrument_json(found, catalog))
        return
    heads = (
        Column(terminal.text("column.term")),
        Column(terminal.text("column.value")),
        Column(terminal.text("column.source")),
    )
    title = " ".join(part for part in (found.id, found.name, found.name_zh) if part)
    terminal.table(Table(heads, instrument_rows(terminal, found, catalog), title))

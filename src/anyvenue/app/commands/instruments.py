"""``anyvenue instruments``: what can be traded, and on which terms."""

from typing import Annotated

import typer

from anyvenue.app.figures import ABSENT, fee_text, margin_text, step_text
from anyvenue.app.instrument_view import instrument_json
from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import DateOption, JsonOption
from anyvenue.app.tables import Column, Table
from anyvenue.app.terminal import Terminal
from anyvenue.model.errors import AmbiguousInstrument, UnknownInstrument
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.resolver import unknown

__all__ = ["command"]

_Text = Annotated[str, typer.Argument(metavar="TEXT", show_default=False)]
_Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1)]


def command(
    ctx: typer.Context,
    text: _Text = "",
    date: DateOption = None,
    limit: _Limit = 200,
    json: JsonOption = False,
) -> None:
    """List instruments."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    catalog = invocation.settings.catalog(date)
    found = _find(catalog, text, limit)
    if json:
        terminal.json([instrument_json(each) for each in found])
        return
    terminal.table(_table(terminal, found))
    terminal.say()
    key = "cli.instruments" if text else "cli.products"
    terminal.say(terminal.text(key, count=len(found), date=catalog.date))


def _find(catalog: Catalog, text: str, limit: int) -> list[Instrument]:
    """Return what matches; an id that is in no list, such as an old contract or a share, is found all the same."""
    if not text:
        return [catalog.get(product.id) for product in catalog.products()][:limit]
    found = catalog.search(text, limit)
    if found:
        return found
    try:
        return [catalog.resolve(text)]
    except AmbiguousInstrument as error:
        return [catalog.get(each) for each in error.candidates]
    except UnknownInstrument:
        raise unknown(catalog, text) from None


def _table(terminal: Terminal, found: list[Instrument]) -> Table:
    heads = (
        Column(terminal.text("column.instrument")),
        Column(terminal.text("column.name"), extra=2),
        Column(terminal.text("column.multiplier"), right=True),
        Column(terminal.text("column.tick"), right=True),
        Column(terminal.text("column.margin"), right=True, extra=1),
        Column(terminal.text("column.fees")),
        Column(terminal.text("column.expiry"), right=True, extra=3),
        Column(terminal.text("column.sessions"), extra=4),
    )
    rows = [
        (
            each.id,
            _name(each, terminal.lang),
            plain(each.multiplier),
            step_text(each),
            margin_text(each.margin),
            fee_text(each.fees),
            str(each.expiry or ABSENT),
            each.sessions,
        )
        for each in found
    ]
    return Table(heads, rows)


def _name(instrument: Instrument, lang: str) -> str:
    if lang == "zh" and instrument.name_zh:
        return instrument.name_zh
    return instrument.name or instrument.name_zh or ABSENT

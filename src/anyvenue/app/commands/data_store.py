"""``anyvenue data import | export | list``: what goes into a store and out of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from anyvenue.app.commandline import Command
from anyvenue.app.commands.data_quality import BarsOption, KindOption, StoreOption, add_quality
from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import (
    DateOption,
    InstrumentOption,
    IntervalOption,
    JsonOption,
    ProfileOption,
)
from anyvenue.app.progress import ProgressLine
from anyvenue.app.store_report import entry_document, show_entries
from anyvenue.app.store_series import sessions_of, single, span
from anyvenue.data.readers import open_source
from anyvenue.data.source import Source
from anyvenue.data.store import SeriesKey, StoreKind, open_store
from anyvenue.data.store.export import export_market, export_records
from anyvenue.data.store.keys import RUNNABLE
from anyvenue.model.market import MarketData

__all__ = ["add_store"]

_Files = Annotated[list[Path], typer.Argument(metavar="FILE...", show_default=False)]
_Out = Annotated[Path, typer.Argument(metavar="OUT", show_default=False)]
_Again = Annotated[bool, typer.Option("--again")]
_First = Annotated[int | None, typer.Option("--first", metavar="YYYYMMDD", show_default=False)]
_Last = Annotated[int | None, typer.Option("--last", metavar="YYYYMMDD", show_default=False)]


def add_store(app: typer.Typer) -> None:
    """Add the commands about stores to ``anyvenue data``."""
    app.command(name="import", cls=Command)(_import)
    app.command(name="export", cls=Command)(_export)
    app.command(name="list", cls=Command)(_list)
    add_quality(app)


def _import(
    ctx: typer.Context,
    files: _Files,
    store: StoreOption,
    instrument: InstrumentOption = None,
    date: DateOption = None,
    profile: ProfileOption = None,
    interval: IntervalOption = None,
    again: _Again = False,
    json: JsonOption = False,
) -> None:
    """Add files to a store."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    catalog = invocation.settings.catalog(date)
    done: list[dict[str, object]] = []
    with open_store(store) as opened, ProgressLine() as line:
        for file in files:
            source = open_source(
                file,
                catalog=catalog,
                instrument=instrument,
                profile=profile,
                date=date,
                interval=interval,
            )
            key = SeriesKey(source.instrument.id, StoreKind(source.record.value), source.interval)
            rows = opened.append(_shown(source, line), exclusive=not again)
            done.append({"file": str(file), "rows": rows, **msgspec.structs.asdict(key)})
            line.show("")
            terminal.say(
                terminal.text("cli.imported", rows=f"{rows:,}", path=file, series=str(key))
            )
    if json:
        terminal.json(done)


def _shown(source: Source, line: ProgressLine) -> Iterator[MarketData]:
    for rows, event in enumerate(source.events(), 1):
        if rows % 10_000 == 0:
            line.show(f"{source.path.name}  {rows:,}")
        yield event


def _export(
    ctx: typer.Context,
    out: _Out,
    store: StoreOption,
    instrument: InstrumentOption = None,
    kind: KindOption = None,
    bars: BarsOption = None,
    first: _First = None,
    last: _Last = None,
    json: JsonOption = False,
) -> None:
    """Write a series of a store to a file."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    catalog = invocation.settings.catalog()
    with open_store(store, create=False) as opened, ProgressLine() as line:
        key = single(opened, catalog, instrument, kind, bars)
        start, end = span(sessions_of(key, catalog), first, last)
        if key.kind not in RUNNABLE:
            rows = export_records(opened, key, out, start=start, end=end)
        else:
            rows = export_market(
                opened,
                key,
                catalog.get(key.instrument),
                out,
                start=start,
                end=end,
                progress=lambda count: line.show(f"{count:,}"),
            )
    size = out.stat().st_size
    if json:
        about = msgspec.structs.asdict(key)
        terminal.json({"rows": rows, "path": str(out), "bytes": size, **about})
    terminal.say(terminal.text("cli.converted", rows=f"{rows:,}", path=out, size=f"{size:,}"))


def _list(ctx: typer.Context, store: StoreOption, json: JsonOption = False) -> None:
    """List what a store holds."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    with open_store(store, create=False) as opened:
        entries = opened.list()
    if json:
        terminal.json([entry_document(entry) for entry in entries])
        return
    catalog = invocation.settings.catalog()
    hours = {entry.key: sessions_of(entry.key, catalog) for entry in entries}
    show_entries(terminal, entries, hours)

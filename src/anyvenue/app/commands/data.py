"""``anyvenue data``: what files hold, other forms for them, and the layouts that are known."""

from pathlib import Path
from typing import Annotated

import typer

from anyvenue.app.commandline import Command, Group
from anyvenue.app.commands.data_download import add_download
from anyvenue.app.commands.data_store import add_store
from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import (
    DateOption,
    InstrumentOption,
    IntervalOption,
    JsonOption,
    ProfileOption,
)
from anyvenue.app.progress import ProgressLine
from anyvenue.app.tables import Column, Table
from anyvenue.app.terminal import Terminal
from anyvenue.data.convert import convert, describe
from anyvenue.data.info import DataInfo
from anyvenue.data.profiles import get_profile, profile_names

__all__ = ["app"]

app = typer.Typer(cls=Group, no_args_is_help=True, add_completion=False, rich_markup_mode=None)

_File = Annotated[Path, typer.Argument(metavar="FILE", show_default=False)]
_In = Annotated[Path, typer.Argument(metavar="IN", show_default=False)]
_Out = Annotated[Path, typer.Argument(metavar="OUT", show_default=False)]
_Compress = Annotated[bool, typer.Option("--compress")]

_COUNTS = (
    "rows", "trading_days", "gaps", "missing_bars", "missing_days", "outside_sessions", "zero_volume_bars",
    "missing_prices", "crossed_quotes", "locked_quotes",
)  # fmt: skip


@app.command(cls=Command)
def info(
    ctx: typer.Context,
    file: _File,
    instrument: InstrumentOption = None,
    date: DateOption = None,
    profile: ProfileOption = None,
    interval: IntervalOption = None,
    json: JsonOption = False,
) -> None:
    """Describe a file."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    catalog = invocation.settings.catalog(date)
    found = describe(
        file, catalog, instrument=instrument, profile=profile, date=date, interval=interval
    )
    if json:
        terminal.json(found.to_dict())
        return
    _show(terminal, found)
    for line in found.warnings:
        terminal.warn(line)


@app.command(name="convert", cls=Command)
def convert_file(
    ctx: typer.Context,
    source: _In,
    target: _Out,
    instrument: InstrumentOption = None,
    date: DateOption = None,
    profile: ProfileOption = None,
    interval: IntervalOption = None,
    compress: _Compress = False,
    json: JsonOption = False,
) -> None:
    """Write a file in another form."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    with ProgressLine() as line:
        rows = convert(
            source,
            target,
            invocation.settings.catalog(date),
            instrument=instrument,
            profile=profile,
            date=date,
            interval=interval,
            compress=compress,
            progress=lambda count: line.show(f"{count:,}"),
        )
    size = target.stat().st_size
    if json:
        terminal.json({"rows": rows, "path": str(target), "bytes": size})
    terminal.say(terminal.text("cli.converted", rows=f"{rows:,}", path=target, size=f"{size:,}"))


@app.command(cls=Command)
def profiles(ctx: typer.Context, json: JsonOption = False) -> None:
    """List the layouts."""
    terminal = invocation_of(ctx).terminal(machine=json)
    found = [get_profile(name) for name in profile_names()]
    if json:
        terminal.json(
            [
                {
                    "name": each.name,
                    "title": each.title,
                    "record": each.record,
                    "header": each.header,
                    "assumptions": each.assumptions,
                }
                for each in found
            ]
        )
        return
    heads = (
        Column(terminal.text("column.layout")),
        Column(terminal.text("column.kind")),
        Column(terminal.text("column.title")),
    )
    terminal.table(Table(heads, [(each.name, each.record.value, each.title) for each in found]))


def _show(terminal: Terminal, info: DataInfo) -> None:
    say = terminal.text
    channels = ", ".join(info.channels)
    rows = [
        (say("column.file"), info.path),
        (say("column.instrument"), f"{info.instrument}  {info.name}"),
        (say("column.layout"), info.profile),
        (say("column.kind"), f"{info.kind} {info.interval}".strip()),
        (say("column.channels"), channels),
        (say("column.first"), f"{info.first_local}  {info.zone}"),
        (say("column.last_record"), info.last_local),
    ]
    for key in _COUNTS:
        value = getattr(info, key)
        if value or key in ("rows", "trading_days", "gaps"):
            rows.append((say(f"count.{key}"), f"{value:,}"))
    if info.gaps:
        gap = f"{info.longest_gap_ns / 1e9:,.0f} s  ({info.longest_gap_at})"
        rows.append((say("count.longest_gap"), gap))
    rows += [(say("column.assumption"), line) for line in info.assumptions]
    terminal.table(Table((Column(""), Column("")), rows))


add_store(app)
add_download(app)

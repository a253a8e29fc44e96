"""``anyvenue ctp use-library``: another library in the place of the one inside an installed package, and back."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import JsonOption
from anyvenue.app.tables import Column, Table
from anyvenue.app.terminal import Terminal
from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.native.places import Place, find_places
from anyvenue.venues.ctp.native.swap import restore, swap_in

__all__ = ["use_library"]

_Library = Annotated[Path | None, typer.Option("--library", metavar="DIR", show_default=False)]
_Python = Annotated[Path | None, typer.Option("--python", metavar="PATH", show_default=False)]
_Package = Annotated[str, typer.Option("--package", metavar="NAME", show_default=False)]
_Restore = Annotated[bool, typer.Option("--restore")]
_Show = Annotated[bool, typer.Option("--show")]


class _Row(msgspec.Struct):
    """One package: whose libraries it has now."""

    package: str
    folder: str
    state: Literal["own", "swapped", "changed"]
    library: str = ""
    version: str = ""
    when: str = ""


def use_library(
    ctx: typer.Context,
    library: _Library = None,
    python: _Python = None,
    package: _Package = "",
    restore_own: _Restore = False,
    show: _Show = False,
    json: JsonOption = False,
) -> None:
    """Put other libraries into an installed package, or its own ones back."""
    terminal = invocation_of(ctx).terminal(machine=json)
    if sum((library is not None, restore_own, show)) != 1:
        raise ConfigError(
            "give one of --library DIR, --restore and --show", code="config.ctp_one_of"
        )
    places = find_places(python or Path(sys.executable), package)
    if not show:
        place = _only(places)
        if library is not None:
            swap_in(place, library, datetime.now(UTC).isoformat(timespec="seconds"))
        else:
            restore(place)
        places = [place]
    rows = [_row(place) for place in places]
    if json:
        terminal.json(rows)
        return
    _say(terminal, rows)


def _only(places: list[Place]) -> Place:
    if len(places) > 1:
        names = tuple(place.package for place in places)
        raise ConfigError(
            f"that environment has {', '.join(names)}; name one by --package",
            code="config.ctp_which_package",
            names=names,
        )
    return places[0]


def _row(place: Place) -> _Row:
    swap = place.state()
    if swap is None:
        return _Row(place.package, str(place.folder), "own")
    state: Literal["swapped", "changed"] = "swapped" if swap.stands(place) else "changed"
    return _Row(place.package, str(place.folder), state, swap.library, swap.version, swap.when)


def _say(terminal: Terminal, rows: list[_Row]) -> None:
    heads = ("package", "result", "origin", "version", "time_utc")
    columns = [Column(terminal.text(f"column.{head}")) for head in heads]
    lines = [
        (row.package, terminal.text(f"cli.ctp_{row.state}"), row.library, row.version, row.when)
        for row in rows
    ]
    terminal.table(Table(columns, lines))

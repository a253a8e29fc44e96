"""``anyvenue ctp build-library``: the drop-in libraries for a version of an API."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import JsonOption

__all__ = ["build_library", "cache_folder"]

_Dialect = Annotated[str, typer.Option("--dialect", metavar="NAME")]
_Version = Annotated[str, typer.Option("--version", metavar="N.N.N", show_default=False)]
_Out = Annotated[Path, typer.Option("--out", metavar="DIR")]
_Compiler = Annotated[str, typer.Option("--cxx", metavar="COMPILER", show_default=False)]
_SourceOnly = Annotated[bool, typer.Option("--source-only")]


def build_library(
    ctx: typer.Context,
    dialect: _Dialect = "ctp",
    version: _Version = "",
    out: _Out = Path(),
    cxx: _Compiler = "",
    source_only: _SourceOnly = False,
    json: JsonOption = False,
) -> None:
    """Build the libraries, or write their sources."""
    # Only this command needs the generator.
    from anyvenue.venues.ctp.library.build import build_libraries, write_sources

    terminal = invocation_of(ctx).terminal(machine=json)
    if source_only:
        folders = write_sources(dialect, version, out)
        for folder in folders:
            terminal.say(terminal.text("cli.ctp_sources", path=str(folder)))
        if json:
            terminal.json({"sources": [str(each) for each in folders]})
        return
    cache = cache_folder(os.environ)
    built = build_libraries(dialect, version, out, compiler=cxx, cache=cache)
    for each in built:
        key = "cli.ctp_from_cache" if each.cached else "cli.ctp_built"
        size = each.path.stat().st_size // 1024
        terminal.say(terminal.text(key, path=str(each.path), size=size))
    if json:
        terminal.json(
            [
                {"side": each.side.name.lower(), "path": str(each.path), "cached": each.cached}
                for each in built
            ]
        )


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Return where built libraries are kept for the next time."""
    base = environ.get("XDG_CACHE_HOME") or ""
    root = Path(base) if Path(base).is_absolute() else Path.home() / ".cache"
    return root / "anyvenue" / "ctp"

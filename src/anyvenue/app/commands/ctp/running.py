"""``anyvenue ctp run``: a program that was written for a CTP package, unchanged, on a counter of ours."""

import builtins
import os
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated
from urllib.parse import urlencode

import typer

from anyvenue.app.invocation import Invocation, invocation_of
from anyvenue.app.options import (
    FilesOption,
    InstrumentsOption,
    LoopOption,
    MatchingOption,
    SeedOption,
    SpeedOption,
)
from anyvenue.app.terminal import Terminal
from anyvenue.model.errors import ConfigError

__all__ = ["run"]

_Program = Annotated[Path, typer.Argument(metavar="PROGRAM.py", show_default=False)]
_Arguments = Annotated[list[str] | None, typer.Argument(metavar="ARGUMENT", show_default=False)]
_Front = Annotated[str, typer.Option("--front", metavar="tcp://HOST:PORT", show_default=False)]
_MdFront = Annotated[str, typer.Option("--md-front", metavar="tcp://HOST:PORT", show_default=False)]
_Sim = Annotated[bool, typer.Option("--sim")]
_Version = Annotated[str, typer.Option("--version", metavar="N.N.N", show_default=False)]
_Profile = Annotated[str, typer.Option("--profile", metavar="NAME")]
_Users = Annotated[
    list[str] | None, typer.Option("--user", metavar="NAME[:PASSWORD]", show_default=False)
]
_State = Annotated[Path | None, typer.Option("--state", metavar="DIR", show_default=False)]
_Hours = Annotated[str | None, typer.Option("--hours", metavar="MODE", show_default=False)]
_Unpaced = Annotated[bool, typer.Option("--no-pacing")]


def run(
    ctx: typer.Context,
    program: _Program,
    arguments: _Arguments = None,
    front: _Front = "",
    md_front: _MdFront = "",
    sim: _Sim = False,
    version: _Version = "",
    instrument: InstrumentsOption = None,
    matching: MatchingOption = None,
    data: FilesOption = None,
    speed: SpeedOption = 1.0,
    loop: LoopOption = False,
    hours: _Hours = None,
    seed: SeedOption = None,
    profile: _Profile = "simnow",
    user: _Users = None,
    no_pacing: _Unpaced = False,
    state: _State = None,
) -> None:
    """Run a program."""
    from anyvenue.venues.ctp.python.fronts import Fronts, redirect
    from anyvenue.venues.ctp.python.modules import VERSION
    from anyvenue.venues.ctp.python.packages import provide_packages

    invocation = invocation_of(ctx)
    terminal = invocation.terminal()
    if not program.is_file():
        raise ConfigError(
            f"there is no program {program}", code="config.no_program", path=str(program)
        )
    if sim and (front or md_front):
        raise ConfigError("give --sim or --front, not both", code="config.ctp_sim_or_front")
    given: dict[str, object] = {
        "profile": profile,
        "user": user,
        "instrument": instrument,
        "matching": matching,
        "data": data,
        "speed": None if speed == 1.0 else speed,
        "loop": "true" if loop else None,
        "hours": hours,
        "seed": seed,
        "state": state,
        "pace": 0 if no_pacing else None,
    }
    if sim:
        front = md_front = _address(given)
    version = version or invocation.environ.get(VERSION, "")
    packages = provide_packages(version)
    # A program may import these names, too; and with them sim:// becomes known.
    os.environ[VERSION] = version
    import_module("anyvenue.ctp")
    redirect(Fronts(front, md_front or front))
    _announce(invocation, terminal, packages, front if sim else "", front, md_front)
    _execute(program, arguments or [])


def _address(options: dict[str, object]) -> str:
    """Return the simulator's address with the options that were given."""
    given = {name: value for name, value in options.items() if value not in (None, "", [])}
    return "sim://" + ("?" + urlencode(given, doseq=True) if given else "")


def _announce(
    invocation: Invocation,
    terminal: Terminal,
    packages: list[str],
    simulator: str,
    front: str,
    md_front: str,
) -> None:
    """Say, before anything is sent, whose packages these are and where orders go."""
    terminal.note(terminal.text("cli.ctp_provides", packages=", ".join(packages)))
    if simulator:
        from anyvenue.app.ctp_embedded import embed

        exchange = embed(simulator, invocation.settings)
        names = ", ".join(each.symbol for each in exchange.instruments())
        terminal.note(terminal.text("cli.ctp_orders_sim", instruments=names))
    elif front:
        terminal.note(terminal.text("cli.ctp_orders_front", td=front, md=md_front or front))
    else:
        terminal.note(terminal.text("cli.ctp_orders_own"))


def _execute(program: Path, arguments: list[str]) -> None:
    """Run the file as Python runs a program; its exit code is ours."""
    sys.argv = [str(program), *arguments]
    sys.path[0] = str(program.resolve().parent)
    module = ModuleType("__main__")
    vars(module).update(__file__=str(program), __builtins__=builtins)
    # It stays: callbacks need the program's globals for as long as there are any.
    sys.modules["__main__"] = module
    try:
        exec(compile(program.read_bytes(), str(program), "exec"), vars(module))
    except Exception as error:
        # The program's own error, told as Python tells it.
        trace = error.__traceback__.tb_next if error.__traceback__ else None
        sys.excepthook(type(error), error.with_traceback(trace), trace)
        raise typer.Exit(1) from None

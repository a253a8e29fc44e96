"""The tree of commands. A command's module is imported when it is called, its help line before that is not needed."""

import os
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import msgspec
import typer
from typer.core import TyperCommand, TyperGroup

from anyvenue.app.exits import guarded
from anyvenue.app.help import help_line, help_page
from anyvenue.app.invocation import language_of
from anyvenue.app.messages import Language, language

__all__ = [
    "COMMANDS",
    "Command",
    "Group",
    "Later",
    "RootGroup",
    "hoisted",
    "load_command",
    "spread",
]


class Later(msgspec.Struct, frozen=True):
    """A command that is not imported yet: where it is, and under which heading of the help page it stands."""

    module: str
    heading: str
    is_group: bool = False


COMMANDS: dict[str, Later] = {
    "demo": Later("demo", "trade"),
    "run": Later("run", "trade"),
    "backtest": Later("backtest", "trade"),
    "paper": Later("paper", "trade"),
    "exchange": Later("exchange", "trade", is_group=True),
    "optimize": Later("optimize", "trade"),
    "serve": Later("serve", "node"),
    "status": Later("status", "node"),
    "strategy": Later("strategy", "node", is_group=True),
    "kill": Later("kill", "node"),
    "release": Later("release", "node"),
    "replay": Later("replay", "look"),
    "compare": Later("compare", "look"),
    "instruments": Later("instruments", "look"),
    "instrument": Later("instrument", "look"),
    "strategies": Later("strategies", "look"),
    "data": Later("data", "look", is_group=True),
    "journal": Later("journal", "look", is_group=True),
    "init": Later("init", "set_up"),
    "config": Later("config", "set_up", is_group=True),
    "ctp": Later("ctp", "set_up", is_group=True),
    "webctp": Later("webctp", "set_up", is_group=True),
    "doctor": Later("doctor", "set_up"),
    "probe": Later("probe", "set_up"),
}
"""All commands in the order of the help page."""

# These may stand anywhere on the line: people add them at its end.
_GLOBAL_FLAGS = ("--debug",)
_GLOBAL_OPTIONS = ("--lang", "--config")
_DATA = ("--data", "-d")


def hoisted(args: Sequence[str]) -> list[str]:
    """Return `args` with the global options in front, wherever they stood before a ``--``."""
    front: list[str] = []
    rest: list[str] = []
    pending = list(args)
    while pending:
        word = pending.pop(0)
        if word == "--":
            rest += [word, *pending]
            break
        if _is_yaml(word, pending):
            # A configuration of openctp/webctp, which its programs take by the same name.
            rest.append(word)
        elif word in _GLOBAL_FLAGS or word.partition("=")[0] in _GLOBAL_OPTIONS:
            front.append(word)
            if word in _GLOBAL_OPTIONS and pending:
                front.append(pending.pop(0))
        else:
            rest.append(word)
            if rest[:2] == ["ctp", "run"] and word.endswith(".py"):
                # The rest is another program's line.
                rest += pending
                break
    return front + rest


def _is_yaml(word: str, following: Sequence[str]) -> bool:
    name, _, value = word.partition("=")
    value = value or (following[0] if following else "")
    return name == "--config" and value.lower().endswith((".yaml", ".yml"))


def spread(args: Sequence[str]) -> list[str]:
    """Return `args` with ``--data a b c``, as a shell's pattern makes it, written out as three options."""
    found: list[str] = []
    after_data = False
    for at, word in enumerate(args):
        if word in _DATA:
            after_data = True
        elif word.startswith("-"):
            after_data = False
        elif after_data and args[at - 1] not in _DATA:
            # A strategy may follow the files: it is no data file even where there is such a file.
            if word.endswith(".py") or not Path(word).is_file():
                after_data = False
            else:
                found.append(_DATA[0])
        found.append(word)
    return found


class Command(TyperCommand):
    """A command whose help page comes from the catalogue of the user's language."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Parse the line after the command's name."""
        if any(_DATA[0] in parameter.opts for parameter in self.params):
            args = spread(args)
        return super().parse_args(ctx, args)

    def get_help(self, ctx: typer.Context) -> str:  # type: ignore[override]
        """Return the help page."""
        return help_page(self, ctx)


class Group(TyperGroup):
    """A group of commands whose help page comes from the catalogue."""

    def get_help(self, ctx: typer.Context) -> str:  # type: ignore[override]
        """Return the help page."""
        return help_page(self, ctx)


class RootGroup(Group):
    """The command ``anyvenue``."""

    def __init__(self, **settings: object) -> None:
        """Know all commands by name."""
        super().__init__(**settings)  # type: ignore[arg-type]
        for name, later in COMMANDS.items():
            self.add_command(_StandIn(name, later))

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Parse the line, the global options first."""
        return super().parse_args(ctx, hoisted(args))

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Run the command; what it raises ends in one line and an exit code."""
        debug = bool(ctx.params.get("debug"))
        return guarded(lambda: super(RootGroup, self).invoke(ctx), lambda: _language(ctx), debug)


class _StandIn(TyperCommand):
    """Name and help line of a command that is imported only to be called."""

    def __init__(self, name: str, later: Later) -> None:
        super().__init__(name)
        self.heading = later.heading
        self._later = later

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the line that shells show beside a completion."""
        return help_line(self.name or "", language(None, os.environ))

    def make_context(  # type: ignore[override]
        self,
        info_name: str | None,
        args: list[str],
        parent: typer.Context | None = None,
        **extra: object,
    ) -> typer.Context:
        """Import the command and let it read the rest of the line."""
        command = load_command(self.name or "", self._later)
        return command.make_context(info_name, args, parent=parent, **extra)  # type: ignore[return-value]


def load_command(name: str, later: Later) -> TyperCommand | TyperGroup:
    """Import a command: ``app`` of a group's module, else the function ``command``."""
    module = import_module(f"anyvenue.app.commands.{later.module}")
    if later.is_group:
        app = module.app
    else:
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(cls=Command)(module.command)
    command = typer.main.get_command(app)
    if not isinstance(command, TyperCommand | TyperGroup):
        raise TypeError(f"{later.module} made a {type(command).__name__}; a command is expected")
    command.name = name
    return command


def _language(ctx: typer.Context) -> Language:
    return language_of(ctx, os.environ)

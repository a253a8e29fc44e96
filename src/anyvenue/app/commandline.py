"""The tree of commands. A command's module is imported when it is called, its help line before that is not needed."""

import os
from collections.abc import Sequence
from importlib import import_module

import msgspec
import typer
from typer.core import TyperCommand, TyperGroup

from anyvenue.app.exits import guarded
from anyvenue.app.help import fill_help, help_line, panel
from anyvenue.app.invocation import language_of
from anyvenue.app.messages import Language

__all__ = ["Command", "Group", "Later", "RootGroup", "hoisted"]


class Later(msgspec.Struct, frozen=True):
    """A command that is not imported yet: where it is, and in which panel of the help it stands."""

    module: str
    panel: str
    is_group: bool = False


COMMANDS: dict[str, Later] = {
    "demo": Later("demo", "trade"),
    "run": Later("run", "trade"),
    "backtest": Later("backtest", "trade"),
    "paper": Later("paper", "trade"),
    "instruments": Later("instruments", "look"),
    "instrument": Later("instrument", "look"),
    "strategies": Later("strategies", "look"),
    "data": Later("data", "look", is_group=True),
    "config": Later("config", "set_up", is_group=True),
    "doctor": Later("doctor", "set_up"),
}
"""All commands in the order of the help page."""

# These may stand anywhere on the line: people add them at its end.
_GLOBAL_FLAGS = ("--debug",)
_GLOBAL_OPTIONS = ("--lang", "--config")


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
        if word in _GLOBAL_FLAGS or word.partition("=")[0] in _GLOBAL_OPTIONS:
            front.append(word)
            if word in _GLOBAL_OPTIONS and pending:
                front.append(pending.pop(0))
        else:
            rest.append(word)
    return front + rest


class Command(TyperCommand):
    """A command whose help page comes from the catalogue of the user's language."""

    def get_help(self, ctx: typer.Context) -> str:  # type: ignore[override]
        """Write the help page."""
        fill_help(self, ctx)
        return super().get_help(ctx)


class Group(TyperGroup):
    """A group of commands whose help page comes from the catalogue."""

    def get_help(self, ctx: typer.Context) -> str:  # type: ignore[override]
        """Write the help page."""
        fill_help(self, ctx)
        return super().get_help(ctx)


class RootGroup(Group):
    """The command ``anyvenue``."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """Return the names in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> "TyperCommand | None":  # type: ignore[override]
        """Return a stand-in that imports the command when it is called."""
        later = COMMANDS.get(cmd_name)
        return None if later is None else _StandIn(cmd_name, later, ctx)

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Parse the line, the global options first."""
        return super().parse_args(ctx, hoisted(args))

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Run the command; what it raises ends in one line and an exit code."""
        debug = bool(ctx.params.get("debug"))
        return guarded(lambda: super(RootGroup, self).invoke(ctx), lambda: _language(ctx), debug)


class _StandIn(TyperCommand):
    """Name and help line of a command that is imported only to be called."""

    def __init__(self, name: str, later: Later, ctx: typer.Context) -> None:
        lang = _language(ctx)
        super().__init__(
            name, help=help_line(name, lang), rich_help_panel=panel(later.panel, lang)
        )
        self._later = later

    def make_context(  # type: ignore[override]
        self, info_name: str | None, args: list[str], parent: typer.Context | None = None, **extra: object
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
        app = typer.Typer(add_completion=False)
        app.command(cls=Command)(module.command)
    command: TyperCommand | TyperGroup = typer.main.get_command(app)
    command.name = name
    return command


def _language(ctx: typer.Context) -> Language:
    return language_of(ctx, os.environ)

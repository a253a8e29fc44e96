"""Help pages in the user's language: commands and options are described in `locale/help_en.toml` and `help_zh.toml`.

A page is a table named by the words of the command: `line` is its first line, `more` what follows, and every option
and argument has its text by name, there or in the table `common`.
"""

import os
import tomllib
from functools import cache
from pathlib import Path

import typer
from typer.core import TyperCommand, TyperGroup

from anyvenue.app.invocation import language_of
from anyvenue.app.messages import Language
from anyvenue.model.errors import Inconsistent

__all__ = ["fill_help", "help_line", "option_help", "panel"]

_LOCALE = Path(__file__).with_name("locale")


def help_line(path: str, lang: Language) -> str:
    """Return the first line of the page of a command such as ``data info``."""
    return _text(path, "line", lang)


def panel(name: str, lang: Language) -> str:
    """Return the title of a panel of a help page."""
    return _text("panel", name, lang)


def option_help(path: str, name: str, lang: Language) -> str:
    """Return what an option or argument of a command is for."""
    texts = _texts(lang)
    return texts.get(path, {}).get(name) or _text("common", name, lang)


def fill_help(command: TyperCommand | TyperGroup, ctx: typer.Context) -> None:
    """Put the texts of the catalogue into a command before its page is written."""
    lang = language_of(ctx, os.environ)
    path = path_of(ctx)
    more = _texts(lang).get(path, {}).get("more", "")
    command.help = f"{help_line(path, lang)}\n\n{more}".strip()
    for parameter in command.get_params(ctx):
        kind = "arguments" if parameter.param_type_name == "argument" else "options"
        parameter.help = option_help(path, str(parameter.name), lang)  # type: ignore[attr-defined]
        parameter.rich_help_panel = panel(kind, lang)  # type: ignore[attr-defined]
    if isinstance(command, TyperGroup):
        for name, each in command.commands.items():
            each.help = each.short_help = help_line(f"{path} {name}", lang)
            each.rich_help_panel = panel("commands", lang)  # type: ignore[attr-defined]


def path_of(ctx: typer.Context) -> str:
    """Return the words of a command after the program's name; ``anyvenue`` for the program itself."""
    words: list[str] = []
    at: typer.Context | None = ctx
    while at is not None and at.parent is not None:
        words.insert(0, at.info_name or "")
        at = at.parent  # type: ignore[assignment]
    return " ".join(words) or "anyvenue"


def _text(path: str, name: str, lang: Language) -> str:
    try:
        return _texts(lang)[path][name].strip()
    except KeyError:
        raise Inconsistent(
            f"the help text {path!r}.{name} is missing; add it to locale/help_{lang}.toml",
            key=f"{path}.{name}",
            lang=lang,
        ) from None


@cache
def _texts(lang: Language) -> dict[str, dict[str, str]]:
    return tomllib.loads((_LOCALE / f"help_{lang}.toml").read_text(encoding="utf-8"))

"""Help pages in the user's language: commands and options are described in `locale/help_en.toml` and `help_zh.toml`.

A page is a table named by the words of the command: `line` is its first line, `more` what follows (lines that begin
with a space are kept as they are), and every option and argument has its text by name, there or in the table
`common`.
"""

import os
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from shutil import get_terminal_size

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from anyvenue.app.invocation import language_of
from anyvenue.app.messages import Language
from anyvenue.app.wrapping import padded, wrapped
from anyvenue.model.errors import Inconsistent

__all__ = ["help_line", "help_page", "option_help", "path_of"]

_LOCALE = Path(__file__).with_name("locale")
_WIDEST = 100
_WIDEST_TERM = 24

Row = tuple[str, str]
Parameter = TyperArgument | TyperOption


def help_line(path: str, lang: Language) -> str:
    """Return the first line of the page of a command such as ``data info``."""
    return _text(path, "line", lang)


def option_help(path: str, name: str, lang: Language) -> str:
    """Return what an option or argument of a command is for."""
    return _texts(lang).get(path, {}).get(name) or _text("common", name, lang)


def help_page(command: TyperCommand | TyperGroup, ctx: typer.Context) -> str:
    """Return the whole page, as wide as the terminal."""
    lang, path = language_of(ctx, os.environ), path_of(ctx)
    width = min(get_terminal_size().columns, _WIDEST)
    more = _texts(lang).get(path, {}).get("more", "").strip()
    parameters = [each for each in command.get_params(ctx) if isinstance(each, Parameter)]
    arguments = [each for each in parameters if isinstance(each, TyperArgument)]
    options = [each for each in parameters if isinstance(each, TyperOption)]
    parts = [
        help_line(path, lang),
        f"{_head('usage', lang)} {_usage(command, ctx, arguments)}",
        *([_prose(more, width)] if more else []),
        *_section("arguments", [_row(each, path, lang) for each in arguments], width, lang),
        *_commands(command, path, width, ctx, lang),
        *_section("options", [_row(each, path, lang) for each in options], width, lang),
    ]
    return "\n\n".join(parts)


def path_of(ctx: typer.Context) -> str:
    """Return the words of a command after the program's name; ``anyvenue`` for the program itself."""
    return " ".join(_words(ctx)[1:]) or "anyvenue"


def _words(ctx: typer.Context) -> list[str]:
    words: list[str] = []
    while ctx is not None:
        words.insert(0, ctx.info_name or "")
        ctx = ctx.parent  # type: ignore[assignment]
    return words


def _usage(
    command: TyperCommand | TyperGroup, ctx: typer.Context, arguments: list[TyperArgument]
) -> str:
    words = [*_words(ctx), "[OPTIONS]"]
    words += [
        name if each.required else f"[{name}]" for each in arguments for name in [_term(each)]
    ]
    if isinstance(command, TyperGroup):
        words.append("COMMAND ...")
    return " ".join(words)


def _commands(
    command: TyperCommand | TyperGroup,
    path: str,
    width: int,
    ctx: typer.Context,
    lang: Language,
) -> Iterator[str]:
    """Give a section of commands for each heading they stand under."""
    if not isinstance(command, TyperGroup):
        return
    sections: dict[str, list[Row]] = {}
    for name, found in command.commands.items():
        line = help_line(name if path == "anyvenue" else f"{path} {name}", lang)
        sections.setdefault(getattr(found, "heading", "commands"), []).append((name, line))
    widest = max(len(name) for rows in sections.values() for name, _ in rows)
    for heading, rows in sections.items():
        yield from _section(
            heading, [(name.ljust(widest), line) for name, line in rows], width, lang
        )


def _row(parameter: Parameter, path: str, lang: Language) -> Row:
    text = option_help(path, str(parameter.name), lang)
    default = parameter.default
    if isinstance(default, int | float) and not isinstance(default, bool):
        text += f" [{_text('heading', 'default', lang)} {default:g}]"
    return _term(parameter), text


def _term(parameter: Parameter) -> str:
    metavar = parameter.metavar or ""
    if isinstance(parameter, TyperArgument):
        return metavar
    names = ", ".join(sorted(parameter.opts, key=len))
    return f"{names} {metavar}".strip()


def _section(heading: str, rows: list[Row], width: int, lang: Language) -> Iterator[str]:
    if rows:
        yield "\n".join([_head(heading, lang), *_lines(rows, width)])


def _lines(rows: Iterable[Row], width: int) -> Iterator[str]:
    """Give the rows as two columns; a term that is too long has a line of its own."""
    rows = list(rows)
    column = min(max(len(term) for term, _ in rows), _WIDEST_TERM) + 2
    for term, text in rows:
        lines = wrapped(text, width - column - 2)
        if len(term) + 2 > column:
            yield f"  {term}"
            term = ""
        yield f"  {padded(term, column)}{lines[0]}"
        yield from (" " * (column + 2) + line for line in lines[1:])


def _prose(text: str, width: int) -> str:
    lines: list[str] = []
    for line in text.splitlines():
        lines += [line] if line.startswith(" ") or not line else wrapped(line, width)
    return "\n".join(lines)


def _head(name: str, lang: Language) -> str:
    return typer.style(_text("heading", name, lang), bold=True)


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

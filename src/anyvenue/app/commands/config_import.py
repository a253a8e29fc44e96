"""``anyvenue config import``: accounts of other programs."""

from pathlib import Path
from typing import Annotated

import typer

from anyvenue.app.account_drafts import AccountDraft, Placed, keep_secrets, place
from anyvenue.app.commandline import Command, Group
from anyvenue.app.commands.init import KeepOption, parse_keep
from anyvenue.app.config_paths import FILE_NAME, config_path
from anyvenue.app.config_reader import parse_config
from anyvenue.app.config_writer import existing_text, with_tables, write_config
from anyvenue.app.imports.ctos import read_ctos
from anyvenue.app.imports.vntrader import read_vntrader, vntrader_folder
from anyvenue.app.invocation import invocation_of
from anyvenue.app.keyrings import system_keyring
from anyvenue.app.next_steps import placed_json, say_secrets
from anyvenue.app.options import JsonOption
from anyvenue.app.tables import Column, Table
from anyvenue.app.terminal import Terminal

__all__ = ["import_app"]

import_app = typer.Typer(
    cls=Group, no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

_Folder = Annotated[Path | None, typer.Argument(metavar="DIR", show_default=False)]
_File = Annotated[Path, typer.Argument(metavar="FILE", show_default=False)]
_DryRun = Annotated[bool, typer.Option("--dry-run")]
_Show = Annotated[bool, typer.Option("--show-secrets")]


@import_app.command(cls=Command)
def vntrader(
    ctx: typer.Context,
    folder: _Folder = None,
    keep: KeepOption = None,
    show_secrets: _Show = False,
    dry_run: _DryRun = False,
    json: JsonOption = False,
) -> None:
    """Take over the accounts of vn.py."""
    drafts = read_vntrader(folder or vntrader_folder(Path.home()))
    _take_over(ctx, drafts, keep, show_secrets, dry_run, json)


@import_app.command(cls=Command)
def ctos(
    ctx: typer.Context,
    file: _File,
    keep: KeepOption = None,
    show_secrets: _Show = False,
    dry_run: _DryRun = False,
    json: JsonOption = False,
) -> None:
    """Take over the accounts of CTOS."""
    _take_over(ctx, read_ctos(file), keep, show_secrets, dry_run, json)


def _take_over(
    ctx: typer.Context,
    drafts: list[AccountDraft],
    keep: str | None,
    shown: bool,
    dry_run: bool,
    json: bool,
) -> None:
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    path = config_path(invocation.config, invocation.environ) or Path(FILE_NAME)
    where = parse_keep(keep)
    before = text = existing_text(path)
    parse_config(text, path)
    placed: list[Placed] = []
    for draft in drafts:
        found = place(draft, where, text, path, terminal.lang)
        placed.append(found)
        text = with_tables(text, [found.text]) if found.text else text
    if text != before and not dry_run:
        parse_config(
            text, path
        )  # nothing goes into the keyring for a file that would not be written
        keep_secrets(placed, system_keyring)
        write_config(path, text)
    if json:
        terminal.json({"file": str(path), "dry_run": dry_run, "accounts": placed_json(placed)})
    else:
        _show(terminal, path, placed, dry_run, shown)


def _show(terminal: Terminal, path: Path, placed: list[Placed], dry_run: bool, shown: bool) -> None:
    heads = ("account", "venue", "origin", "state")
    rows = [
        (
            each.draft.name,
            each.draft.venue,
            each.draft.origin,
            terminal.text(f"import.{each.state}"),
        )
        for each in placed
    ]
    columns = [Column(terminal.text(f"column.{head}")) for head in heads]
    terminal.table(Table(columns, rows, terminal.text("import.title", file=path)))
    terminal.say()
    for each in placed:
        if each.draft.left_out:
            keys = ", ".join(each.draft.left_out)
            terminal.say(terminal.text("import.left_out", account=each.draft.name, keys=keys))
    if any(each.state == "commented" for each in placed):
        terminal.say(terminal.text("import.comments"))
    if dry_run:
        terminal.say(terminal.text("import.dry_run"))
        for each in placed:
            terminal.say()
            terminal.say(each.text.rstrip())
    else:
        say_secrets(terminal, placed, shown)

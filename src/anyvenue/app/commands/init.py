"""``anyvenue init``: a configuration by questions."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from anyvenue.app.account_drafts import AccountDraft, Keep, Placed, keep_secrets, place, usual_keep
from anyvenue.app.account_form import ask_account, draft_account
from anyvenue.app.config_paths import FILE_NAME
from anyvenue.app.config_reader import parse_config
from anyvenue.app.config_writer import existing_text, table_text, with_tables, write_config
from anyvenue.app.invocation import invocation_of
from anyvenue.app.keyrings import system_keyring
from anyvenue.app.messages import LANGUAGES, Language
from anyvenue.app.next_steps import placed_json, say_next_steps
from anyvenue.app.options import JsonOption
from anyvenue.app.questions import Asker, TerminalAsker
from anyvenue.app.terminal import Terminal
from anyvenue.model.errors import ConfigError
from anyvenue.venues.registry import find_venue

__all__ = ["KeepOption", "command", "interview", "kept_by_answer", "parse_keep"]

KeepOption = Annotated[str | None, typer.Option("--keep", metavar="PLACE", show_default=False)]
_Venue = Annotated[str | None, typer.Option("--venue", metavar="NAME", show_default=False)]
_Name = Annotated[str | None, typer.Option("--name", metavar="NAME", show_default=False)]
_Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", show_default=False)]
_Secret = Annotated[list[str] | None, typer.Option("--secret", metavar="KEY", show_default=False)]
_Yes = Annotated[bool, typer.Option("--yes", "-y")]
_Add = Annotated[bool, typer.Option("--add")]
_Force = Annotated[bool, typer.Option("--force")]


def command(
    ctx: typer.Context,
    venue: _Venue = None,
    name: _Name = None,
    settings: _Set = None,
    secrets: _Secret = None,
    keep: KeepOption = None,
    yes: _Yes = False,
    add: _Add = False,
    force: _Force = False,
    json: JsonOption = False,
) -> None:
    """Write a configuration."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    path = invocation.config or Path(FILE_NAME)
    where = parse_keep(keep)
    if yes or venue:
        before = _kept_text(path, add, force)
        drafts = _drafts(venue, name, settings or [], secrets or [])
        lang: Language | None = invocation.lang
    else:
        _need_terminal()
        asker = _asker(terminal)
        lang = asker.choice("Language 语言", LANGUAGES, invocation.lang)  # type: ignore[assignment]
        terminal = Terminal(lang or "en", machine=json)
        asker = _asker(terminal)
        before = "" if force else kept_by_answer(path, add, asker, terminal)
        where, drafts = interview(asker, terminal, before, path, where if keep else None)
    _write(path, before, drafts, where, lang, terminal, json)


def interview(
    asker: Asker, terminal: Terminal, before: str, path: Path, keep: Keep | None
) -> tuple[Keep, list[AccountDraft]]:
    """Ask for accounts until there are enough; return where their secrets go, and them."""
    where: Keep = keep or usual_keep()
    taken = list(parse_config(before, path)[0].accounts)
    drafts: list[AccountDraft] = []
    asker.note(terminal.text(f"init.keep_{where}"))
    while True:
        draft = ask_account(asker, terminal.text, terminal.lang, where, taken)
        if draft is None:
            return where, drafts
        drafts.append(draft)
        taken.append(draft.name)
        if not asker.yes(terminal.text("init.another")):
            return where, drafts


def parse_keep(text: str | None) -> Keep:
    """Return where secrets go; raise ConfigError for another place."""
    if text is None:
        return usual_keep()
    if text == "keyring":
        system_keyring()
        return "keyring"
    if text == "env":
        return "env"
    raise ConfigError(
        f"--keep was {text!r}; keyring or env is expected", code="config.keep", value=text
    )


def _write(
    path: Path,
    before: str,
    drafts: list[AccountDraft],
    keep: Keep,
    lang: Language | None,
    terminal: Terminal,
    json: bool,
) -> None:
    placed: list[Placed] = []
    text = before or _head(lang, terminal)
    for draft in drafts:
        found = place(draft, keep, text, path, terminal.lang)
        if found.state == "there":
            raise ConfigError(
                f"{path} already has an account {draft.name}; give another --name",
                code="config.account_there",
                file=str(path),
                account=draft.name,
            )
        placed.append(found)
        text = with_tables(text, [found.text])
    parse_config(text, path)  # nothing goes into the keyring for a file that would not be written
    keep_secrets(placed, system_keyring)
    write_config(path, text)
    if json:
        terminal.json({"file": str(path), "accounts": placed_json(placed)})
    else:
        say_next_steps(terminal, path, placed)


def _head(lang: Language | None, terminal: Terminal) -> str:
    lines = [f"# {line}\n" for line in terminal.text("init.head").splitlines()]
    return "".join(lines) + "\n" + table_text(("node",), {"lang": lang or "en"})


def _drafts(
    venue: str | None, name: str | None, pairs: list[str], secrets: list[str]
) -> list[AccountDraft]:
    if venue is None:
        if name or pairs or secrets:
            raise ConfigError(
                "--name, --set and --secret describe an account; say at which --venue",
                code="config.init_venue",
            )
        return []
    return [draft_account(name or venue, find_venue(venue), pairs, secrets)]


def _kept_text(path: Path, add: bool, force: bool) -> str:
    """Return what stays of the file; raise ConfigError where there is one and nobody said what to do with it."""
    if not path.exists() or (force and not add):
        return ""
    if not add:
        raise ConfigError(
            f"{path} is there already; --add puts the account at its end, --force writes it anew",
            code="config.init_there",
            file=str(path),
        )
    return existing_text(path)


def kept_by_answer(path: Path, add: bool, asker: Asker, terminal: Terminal) -> str:
    """Return what stays of the file by the answer, nothing where there is none; raise typer.Exit to leave it alone."""
    if not path.exists():
        return ""
    answer = "add"
    if not add:
        question = terminal.text("init.there", file=path)
        answer = asker.choice(question, ("add", "replace", "stop"), "stop")
    if answer == "stop":
        raise typer.Exit
    return existing_text(path) if answer == "add" else ""


def _need_terminal() -> None:
    if not sys.stdin.isatty():
        raise ConfigError(
            "nobody can answer questions here: standard input is no terminal; say --yes, and --venue for an account",
            code="config.init_terminal",
        )


def _asker(terminal: Terminal) -> TerminalAsker:
    return TerminalAsker(lambda choices: terminal.text("init.one_of", choices=", ".join(choices)))

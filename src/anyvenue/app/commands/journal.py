"""``anyvenue journal``: what a node wished and what came of it, shown, checked, exported and replayed."""

import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import msgspec
import typer

from anyvenue.app.commandline import Command, Group
from anyvenue.app.invocation import invocation_of
from anyvenue.app.journal_view import (
    account_of,
    books_document,
    fields_of,
    record_document,
    records_table,
    show_books,
    utc_time,
)
from anyvenue.app.options import DateOption, JsonOption
from anyvenue.engine.rebuild import Rebuilder
from anyvenue.model.errors import ConfigError, JournalError
from anyvenue.runtime.journal import (
    KINDS,
    Head,
    Record,
    Verification,
    head_of,
    parse_head,
    read_head,
    read_journal,
    write_head,
)
from anyvenue.runtime.journal import verify as verify_journal

__all__ = ["app"]

app = typer.Typer(cls=Group, no_args_is_help=True, add_completion=False, rich_markup_mode=None)

_Folder = Annotated[Path, typer.Argument(metavar="FOLDER", show_default=False)]
_Kinds = Annotated[list[str] | None, typer.Option("--kind", metavar="KIND", show_default=False)]
_Account = Annotated[str | None, typer.Option("--account", metavar="NAME", show_default=False)]
_Since = Annotated[int | None, typer.Option("--since", metavar="N", min=1, show_default=False)]
_Tail = Annotated[int, typer.Option("--tail", metavar="N", min=0)]
_Head = Annotated[str | None, typer.Option("--head", metavar="FILE|N:HEX", show_default=False)]
_Out = Annotated[Path | None, typer.Option("--out", metavar="FILE.jsonl", show_default=False)]
_HeadOut = Annotated[Path | None, typer.Option("--head", metavar="FILE", show_default=False)]


@app.command(cls=Command)
def show(
    ctx: typer.Context,
    folder: _Folder,
    kind: _Kinds = None,
    account: _Account = None,
    since: _Since = None,
    tail: _Tail = 50,
    json: JsonOption = False,
) -> None:
    """Show records."""
    terminal = invocation_of(ctx).terminal(machine=json)
    _check_kinds(kind or [])
    reader = read_journal(folder)
    kept: deque[Record] = deque(maxlen=tail or None)
    count = 0
    for record in reader.records(after=(since or 1) - 1):
        if _wanted(record, kind, account):
            kept.append(record)
            count += 1
    if json:
        terminal.json([record_document(record) for record in kept])
        return
    if kept:
        terminal.table(records_table(terminal, list(kept)))
    terminal.say(terminal.text("cli.journal_shown", shown=f"{len(kept):,}", count=f"{count:,}"))
    if reader.end.torn:
        terminal.warn(terminal.text("cli.journal_torn", size=f"{reader.end.torn:,}"))


@app.command(cls=Command)
def verify(
    ctx: typer.Context, folder: _Folder, head: _Head = None, json: JsonOption = False
) -> None:
    """Check every record, and compare with a head."""
    terminal = invocation_of(ctx).terminal(machine=json)
    wanted = _head(head)
    found = verify_journal(read_journal(folder), wanted)
    if json:
        terminal.json(found)
    elif found.intact:
        terminal.say(
            terminal.text("cli.journal_intact", records=f"{found.records:,}", head=found.head)
        )
        key = "cli.journal_no_head" if wanted is None else "cli.journal_matched"
        terminal.say(terminal.text(key, seq=wanted.seq if wanted is not None else 0))
    if found.torn:
        terminal.warn(terminal.text("cli.journal_torn", size=f"{found.torn:,}"))
    if not found.intact:
        raise _not_intact(found)


@app.command(cls=Command)
def export(
    ctx: typer.Context,
    folder: _Folder,
    out: _Out = None,
    head: _HeadOut = None,
    json: JsonOption = False,
) -> None:
    """Write the records as JSON lines, or the head to a file."""
    terminal = invocation_of(ctx).terminal(machine=json)
    reader = read_journal(folder)
    if head is not None:
        found = head_of(reader)
        write_head(head, found)
        if json:
            terminal.json({"seq": found.seq, "chain": found.chain, "path": str(head)})
        line = terminal.text("cli.journal_head", head=f"{found.seq}:{found.chain}", path=head)
        terminal.say(line)
        if out is None:
            return
    count = 0
    with _opened(out) as file:
        for record in reader.records():
            file.write(msgspec.json.encode(record_document(record)).decode() + "\n")
            count += 1
    if out is not None:
        terminal.note(terminal.text("cli.journal_exported", count=f"{count:,}", path=out))


@app.command(cls=Command)
def replay(
    ctx: typer.Context, folder: _Folder, date: DateOption = None, json: JsonOption = False
) -> None:
    """Build orders, positions and money again."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    books = Rebuilder(invocation.settings.catalog(date).get)
    for record in read_journal(folder).records():
        books.take(record)
    books.finish()
    if json:
        terminal.json(books_document(books))
        return
    terminal.say(
        terminal.text("cli.journal_books", records=f"{books.records:,}", time=utc_time(books.ts))
    )
    show_books(terminal, books)


def _wanted(record: Record, kinds: list[str] | None, account: str | None) -> bool:
    if kinds and record.kind not in kinds:
        return False
    return account is None or account_of(fields_of(record)) == account


def _check_kinds(kinds: list[str]) -> None:
    for kind in kinds:
        if kind not in KINDS:
            known = ", ".join(sorted(KINDS))
            raise ConfigError(
                f"--kind was {kind!r}; known are {known}",
                code="config.journal_kind",
                value=kind,
                known=known,
            )


def _head(text: str | None) -> Head | None:
    if text is None:
        return None
    return read_head(Path(text)) if Path(text).is_file() else parse_head(text)


def _not_intact(found: Verification) -> JournalError:
    first = found.first_changed
    where = "" if first is None else f"record {first} is the first that is not as it was: "
    return JournalError(f"{where}{found.text}", code="journal.not_intact", seq=first)


@contextmanager
def _opened(out: Path | None) -> Iterator[IO[str]]:
    """Give the file to write to: standard output without one."""
    if out is None:
        yield sys.stdout
        return
    with out.open("w", encoding="utf-8") as file:
        yield file

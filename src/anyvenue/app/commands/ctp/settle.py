"""``anyvenue ctp settle``: a settlement statement as a table, as JSON or as it is."""

from pathlib import Path
from typing import Annotated

import typer

from anyvenue.app.ctp_tools.access import (
    AccountOption,
    ApiOption,
    AppIdOption,
    AuthCodeOption,
    BrokerOption,
    FrontOption,
    Given,
    LibraryOption,
    PasswordOption,
    PresetOption,
    TimeoutOption,
    UserOption,
    read_access,
)
from anyvenue.app.ctp_tools.telling import advised
from anyvenue.app.invocation import invocation_of
from anyvenue.app.options import JsonOption

__all__ = ["settle"]

_File = Annotated[Path | None, typer.Argument(metavar="FILE", show_default=False)]
_Day = Annotated[str, typer.Option("--day", metavar="YYYYMMDD|YYYYMM", show_default=False)]
_Raw = Annotated[bool, typer.Option("--raw")]


def settle(
    ctx: typer.Context,
    file: _File = None,
    day: _Day = "",
    raw: _Raw = False,
    account: AccountOption = "",
    preset: PresetOption = "",
    front: FrontOption = "",
    broker: BrokerOption = "",
    user: UserOption = "",
    password: PasswordOption = "",
    app_id: AppIdOption = "",
    auth_code: AuthCodeOption = "",
    library: LibraryOption = "",
    api: ApiOption = "",
    timeout: TimeoutOption = 15.0,
    json: JsonOption = False,
) -> None:
    """Show a settlement statement."""
    # Only this command needs the reader.
    from anyvenue.app.ctp_tools.statements import fetch_statement, read_file, say_statements
    from anyvenue.venues.ctp.tools.statement_document import document_of
    from anyvenue.venues.ctp.tools.statement_reading import read_statements

    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    if file is not None:
        text, statements = read_file(file)
    else:
        given = Given(
            account=account,
            preset=preset,
            front=front,
            broker=broker,
            user=user,
            password=password,
            app_id=app_id,
            auth_code=auth_code,
            library=library,
            api=api,
        )
        with advised(terminal):
            text = fetch_statement(read_access(invocation, given), day, timeout)
        statements = [] if raw else read_statements(text)
    if raw:
        typer.echo(text, nl=not text.endswith("\n"))
    elif json:
        documents = [document_of(each) for each in statements]
        terminal.json(documents[0] if len(documents) == 1 else documents)
    else:
        say_statements(terminal, statements)

"""``anyvenue exchange account``: the accounts of an exchange that is being served."""

import os
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from secrets import token_urlsafe
from typing import Annotated, TypeVar

import typer

from anyvenue.app.commandline import Command, Group
from anyvenue.app.exchange_access import find_access
from anyvenue.app.invocation import Invocation, invocation_of
from anyvenue.app.options import JsonOption
from anyvenue.app.simulation import parse_cash
from anyvenue.app.tables import Column, Table
from anyvenue.app.terminal import Terminal
from anyvenue.model.errors import ConfigError
from anyvenue.model.numbers import plain
from anyvenue.runtime.loop import run as run_loop
from anyvenue.venues.paper.admin import AdminClient
from anyvenue.venues.paper.encryption import pinned_tls
from anyvenue.venues.paper.wire import AccountLine

__all__ = ["accounts_app"]

accounts_app = typer.Typer(
    cls=Group, no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

_Result = TypeVar("_Result")
_Names = Annotated[list[str], typer.Argument(metavar="NAME...", show_default=False)]
_Name = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]
_Amount = Annotated[str, typer.Argument(metavar="CNY=AMOUNT", show_default=False)]
_State = Annotated[Path | None, typer.Option("--state", metavar="DIR", show_default=False)]
_Url = Annotated[str | None, typer.Option("--url", metavar="URL", show_default=False)]
_Admin = Annotated[str | None, typer.Option("--admin-token", metavar="TEXT", show_default=False)]
_Deposit = Annotated[
    str | None, typer.Option("--deposit", metavar="CNY=AMOUNT,...", show_default=False)
]
_Password = Annotated[str | None, typer.Option("--password", metavar="TEXT", show_default=False)]


@accounts_app.command(cls=Command)
def create(
    ctx: typer.Context,
    names: _Names,
    deposit: _Deposit = None,
    password: _Password = None,
    state: _State = None,
    url: _Url = None,
    admin_token: _Admin = None,
    json: JsonOption = False,
) -> None:
    """Open accounts."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    money = _money(deposit or "CNY=1000000", invocation)
    made = {name: password or token_urlsafe(9) for name in names}

    async def ask(admin: AdminClient) -> None:
        for name, word in made.items():
            await admin.create(name, word, money)

    _with(ask, state, url, admin_token)
    if json:
        terminal.json([{"account": name, "password": word} for name, word in made.items()])
        return
    for name, word in made.items():
        terminal.say(terminal.text("cli.account_created", account=name, password=word))


@accounts_app.command(name="list", cls=Command)
def list_all(
    ctx: typer.Context,
    state: _State = None,
    url: _Url = None,
    admin_token: _Admin = None,
    json: JsonOption = False,
) -> None:
    """List the accounts."""
    terminal = invocation_of(ctx).terminal(machine=json)
    lines = _with(lambda admin: admin.accounts(), state, url, admin_token)
    if json:
        terminal.json([_document(line) for line in lines])
        return
    _show(terminal, lines)


@accounts_app.command(cls=Command)
def deposit(
    ctx: typer.Context,
    name: _Name,
    amount: _Amount,
    state: _State = None,
    url: _Url = None,
    admin_token: _Admin = None,
) -> None:
    """Pay money in."""
    _move(ctx, name, amount, 1, state, url, admin_token)


@accounts_app.command(cls=Command)
def withdraw(
    ctx: typer.Context,
    name: _Name,
    amount: _Amount,
    state: _State = None,
    url: _Url = None,
    admin_token: _Admin = None,
) -> None:
    """Pay money out."""
    _move(ctx, name, amount, -1, state, url, admin_token)


@accounts_app.command(cls=Command)
def password(
    ctx: typer.Context,
    name: _Name,
    password: _Password = None,
    state: _State = None,
    url: _Url = None,
    admin_token: _Admin = None,
) -> None:
    """Give an account another password."""
    terminal = invocation_of(ctx).terminal()
    word = password or token_urlsafe(9)
    _with(lambda admin: admin.set_password(name, word), state, url, admin_token)
    terminal.say(terminal.text("cli.password_set", account=name, password=word))


@accounts_app.command(cls=Command)
def reset(
    ctx: typer.Context,
    name: _Name,
    deposit: _Deposit = None,
    state: _State = None,
    url: _Url = None,
    admin_token: _Admin = None,
) -> None:
    """Begin an account anew."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal()
    money = _money(deposit or "CNY=1000000", invocation)
    _with(lambda admin: admin.reset(name, money), state, url, admin_token)
    terminal.say(terminal.text("cli.account_reset", account=name))


def _move(
    ctx: typer.Context,
    name: str,
    amount: str,
    sign: int,
    state: Path | None,
    url: str | None,
    admin_token: str | None,
) -> None:
    invocation = invocation_of(ctx)
    terminal = invocation.terminal()
    money = _money(amount, invocation)

    async def ask(admin: AdminClient) -> None:
        for currency, each in money.items():
            if sign > 0:
                await admin.deposit(name, currency, each)
            else:
                await admin.withdraw(name, currency, each)

    _with(ask, state, url, admin_token)
    key = "cli.deposited" if sign > 0 else "cli.withdrawn"
    shown = ", ".join(f"{plain(each)} {currency}" for currency, each in money.items())
    terminal.say(terminal.text(key, account=name, amount=shown))


def _with(
    ask: Callable[[AdminClient], Awaitable[_Result]],
    state: Path | None,
    url: str | None,
    admin_token: str | None,
) -> _Result:
    access = find_access(state, url, admin_token, os.environ)

    async def main() -> _Result:
        async with AdminClient(
            access.host,
            access.port,
            access.admin_token,
            access.token,
            tls=pinned_tls(access.certificate) if access.certificate else None,
        ) as admin:
            return await ask(admin)

    return run_loop(main())


def _money(text: str, invocation: Invocation) -> dict[str, Decimal]:
    found = parse_cash(text, invocation.settings)
    if not isinstance(found, dict):
        raise ConfigError(
            f"the amount was {text!r}; say the currency: CNY={text}", code="config.cash", value=text
        )
    return found


def _show(terminal: Terminal, lines: list[AccountLine]) -> None:
    say = terminal.text
    heads = (
        Column(say("column.account")),
        Column(say("column.currency")),
        Column(say("column.balance"), right=True),
        Column(say("column.available"), right=True),
        Column(say("column.margin"), right=True),
        Column(say("column.clients"), right=True),
    )
    rows = [
        (
            line.account,
            each.currency,
            f"{each.balance:,.2f}",
            f"{each.available:,.2f}",
            f"{each.margin:,.2f}",
            str(line.clients),
        )
        for line in lines
        for each in line.figures
    ]
    terminal.table(Table(heads, rows))


def _document(line: AccountLine) -> dict[str, object]:
    return {"account": line.account, "clients": line.clients, "figures": line.figures}

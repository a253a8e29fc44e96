"""What an administrator may ask of the server."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from anyvenue.model.errors import InvalidOrder
from anyvenue.venues.paper.checks import check_amounts, check_name
from anyvenue.venues.paper.wire import (
    AccountLine,
    Answer,
    CreateAccount,
    Done,
    ListAccounts,
    MoveMoney,
    ResetAccount,
    SetPassword,
    Settle,
    packed,
)

if TYPE_CHECKING:
    from anyvenue.venues.paper.session import Session

__all__ = ["ADMINISTRATION"]


async def _create(session: "Session", message: CreateAccount) -> None:
    check_name(message.account)
    _check_deposits(message)
    await session.server.create_account(message.account, message.password, message.deposits)
    session.outbox.send(Done(message.id))


async def _move(session: "Session", message: MoveMoney) -> None:
    keeper = session.server.keeper
    check_amounts({message.currency: message.amount})
    if message.amount >= 0:
        keeper.deposit(message.account, message.currency, message.amount)
    else:
        keeper.withdraw(message.account, message.currency, -message.amount)
    session.outbox.send(Done(message.id))


async def _set_password(session: "Session", message: SetPassword) -> None:
    await session.server.set_password(message.account, message.password)
    session.outbox.send(Done(message.id))


async def _reset(session: "Session", message: ResetAccount) -> None:
    _check_deposits(message)
    session.server.reset_account(message.account, message.deposits)
    session.outbox.send(Done(message.id))


async def _list(session: "Session", message: ListAccounts) -> None:
    server = session.server
    lines = [
        AccountLine(each, tuple(server.broker.account(each)), server.clients_of(each))
        for each in server.broker.accounts()
    ]
    session.outbox.send(Answer(message.id, packed(lines)))


async def _settle(session: "Session", message: Settle) -> None:
    session.server.keeper.settle()
    session.outbox.send(Done(message.id))


def _check_deposits(message: CreateAccount | ResetAccount) -> None:
    check_amounts(message.deposits)
    for currency, amount in message.deposits.items():
        if amount <= 0:
            raise InvalidOrder(
                f"deposit of {amount} {currency}: it must be above zero", field="deposits"
            )


ADMINISTRATION: dict[type, Callable[["Session", Any], Awaitable[None]]] = {
    CreateAccount: _create,
    ListAccounts: _list,
    MoveMoney: _move,
    ResetAccount: _reset,
    SetPassword: _set_password,
    Settle: _settle,
}
"""What each request of an administrator does."""

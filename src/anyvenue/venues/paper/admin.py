"""The administrator's side of a served exchange: accounts, money, passwords."""

from collections.abc import Mapping
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING

from anyvenue.model.errors import VenueRefused
from anyvenue.model.ids import AccountId
from anyvenue.venues.paper.connection import Connection, Reply, connect
from anyvenue.venues.paper.wire import (
    AccountLine,
    AdminLogin,
    Answer,
    ClientMessage,
    CreateAccount,
    ListAccounts,
    MoveMoney,
    ResetAccount,
    ServerMessage,
    SetPassword,
    Settle,
    decode_answer,
)

if TYPE_CHECKING:
    import ssl

__all__ = ["AdminClient"]


class AdminClient:
    """A connection that administers; use it with ``async with``. Every method raises what the exchange refuses."""

    def __init__(
        self,
        host: str,
        port: int,
        admin_token: str,
        token: str = "",
        timeout_s: float = 10.0,
        tls: "ssl.SSLContext | None" = None,
    ) -> None:
        """Administer the exchange at an address; `token` is the server's own, where it has one."""
        self._tls = tls
        self._address = host, port
        self._tokens = token, admin_token
        self._timeout = timeout_s
        self._link: Connection | None = None

    async def __aenter__(self) -> "AdminClient":
        host, port = self._address
        token, admin_token = self._tokens
        self._link, _ = await connect(
            host, port, token, "anyvenue admin", self._timeout, _ignore, _ignore_end, self._tls
        )
        try:
            await self._ask(AdminLogin(self._id(), admin_token))
        except BaseException:
            self.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection; repeated calls do nothing."""
        link, self._link = self._link, None
        if link is not None:
            link.close()

    async def create(self, account: str, password: str, deposits: Mapping[str, Decimal]) -> None:
        """Open an account with money in it; raise AccountError when it exists."""
        await self._ask(CreateAccount(self._id(), AccountId(account), password, dict(deposits)))

    async def deposit(self, account: str, currency: str, amount: Decimal) -> None:
        """Pay money in."""
        await self._ask(MoveMoney(self._id(), AccountId(account), currency, amount))

    async def withdraw(self, account: str, currency: str, amount: Decimal) -> None:
        """Pay money out; raise InsufficientFunds."""
        await self._ask(MoveMoney(self._id(), AccountId(account), currency, -amount))

    async def set_password(self, account: str, password: str) -> None:
        """Give an account another password."""
        await self._ask(SetPassword(self._id(), AccountId(account), password))

    async def reset(self, account: str, deposits: Mapping[str, Decimal]) -> None:
        """Begin an account anew with this money; its clients are cut and connect again."""
        await self._ask(ResetAccount(self._id(), AccountId(account), dict(deposits)))

    async def accounts(self) -> list[AccountLine]:
        """Return all accounts by name."""
        answer = await self._ask(ListAccounts(self._id()))
        if not isinstance(answer, Answer):
            raise VenueRefused("the list of accounts was not answered", venue_code="malformed")
        return decode_answer(list[AccountLine], answer.body)

    async def settle(self) -> None:
        """Settle the trading day now."""
        await self._ask(Settle(self._id()))

    def _id(self) -> int:
        return 0 if self._link is None else self._link.next_id()

    async def _ask(self, message: ClientMessage) -> Reply:
        if self._link is None:
            raise VenueRefused("the connection is closed; open it with `async with`", venue_code="")
        return await self._link.ask(message.id, message, self._timeout)  # type: ignore[union-attr]


def _ignore(_message: ServerMessage) -> None:
    """Ignore what nobody has asked for."""


def _ignore_end(_link: Connection) -> None:
    """Ignore the end: whoever asks next is told."""

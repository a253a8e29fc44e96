"""What the server needs besides a `Broker`: accounts with passwords, money, and the exchange's time."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol

from anyvenue.model.commands import AccountCommand
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.orders import Order

__all__ = ["Keeper"]


class Keeper(Protocol):
    """Keeps the accounts of a simulated exchange. A `secret` is what is stored of a password (`passwords.hashed`)."""

    @property
    def now(self) -> int:
        """The exchange's time, int ns UTC."""
        ...

    def secret(self, account: AccountId) -> str:
        """Return the secret of an account; raise AccountError."""
        ...

    def epoch(self, account: AccountId) -> int:
        """Return how often the account has begun, from 1; raise AccountError."""
        ...

    def order_of(self, account: AccountId, session: str, client_ref: str) -> OrderId:
        """Return the order that a client reference made, 0 for none; also one that has not reached any book yet."""
        ...

    def under_way(self, account: AccountId) -> list[Order]:
        """Return the orders that were taken and have not reached any book yet, as SENT."""
        ...

    def ref_of(self, order_id: OrderId) -> tuple[str, str]:
        """Return the session and the client reference that made an order, empty for one without."""
        ...

    def execute(self, command: AccountCommand) -> None:
        """Give a command about an account; its outcome comes as an event."""
        ...

    def create_account(
        self, account: AccountId, deposits: Mapping[str, Decimal], secret: str = ""
    ) -> None:
        """Open an account with money in it; raise AccountError when it exists."""
        ...

    def set_secret(self, account: AccountId, secret: str) -> None:
        """Keep another secret for an account; raise AccountError."""
        ...

    def deposit(self, account: AccountId, currency: str, amount: Decimal) -> None:
        """Pay money in."""
        ...

    def withdraw(self, account: AccountId, currency: str, amount: Decimal) -> None:
        """Pay money out; raise InsufficientFunds."""
        ...

    def reset_account(self, account: AccountId, deposits: Mapping[str, Decimal]) -> None:
        """Begin an account anew with this money; raise AccountError."""
        ...

    def settle(self) -> None:
        """Settle the trading day now."""
        ...

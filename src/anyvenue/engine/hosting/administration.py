"""What whoever runs a hosted exchange may do with its accounts."""

from collections.abc import Mapping
from decimal import Decimal

from anyvenue.engine.hosting.inputs import (
    AccountCreated,
    AccountReset,
    Input,
    MoneyMoved,
    PositionModeSet,
    SecretSet,
    SettlementAsked,
)
from anyvenue.engine.hosting.machine import Machine
from anyvenue.model.errors import AccountError
from anyvenue.model.ids import AccountId, OrderId

__all__ = ["Administration"]


class Administration:
    """The keeper's part of a hosted exchange; everything asked is an input like any other."""

    _machine: Machine

    def _do(self, what: Input) -> OrderId:
        """Write an input down, do it, and tell what followed."""
        raise NotImplementedError

    # ---- accounts

    def create_account(
        self, account: AccountId, deposits: Mapping[str, Decimal], secret: str = ""
    ) -> None:
        """Open an account with money in it; raise AccountError when it exists."""
        if account in self._machine.epochs:
            raise AccountError(f"account {account} exists already", account=account)
        self._do(AccountCreated(account, dict(deposits), secret))

    def deposit(self, account: AccountId, currency: str, amount: Decimal) -> None:
        """Pay money in."""
        self._do(MoneyMoved(account, currency, amount))

    def withdraw(self, account: AccountId, currency: str, amount: Decimal) -> None:
        """Pay money out; raise InsufficientFunds."""
        self._do(MoneyMoved(account, currency, -amount))

    def reset_account(self, account: AccountId, deposits: Mapping[str, Decimal]) -> None:
        """Begin an account anew with this money; raise AccountError."""
        self.secret(account)
        self._do(AccountReset(account, dict(deposits)))

    def set_secret(self, account: AccountId, secret: str) -> None:
        """Keep another secret for an account; raise AccountError."""
        self.secret(account)
        self._do(SecretSet(account, secret))

    def settle(self) -> None:
        """Settle the trading day now; raise VenueError before any market."""
        self._do(SettlementAsked())

    def secret(self, account: AccountId) -> str:
        """Return what is kept of an account's password; raise AccountError."""
        self._machine.broker.exchange.account(account)
        return self._machine.secrets[account]

    def epoch(self, account: AccountId) -> int:
        """Return how often the account has begun; raise AccountError."""
        self._machine.broker.exchange.account(account)
        return self._machine.epochs[account]

    # ---- position mode

    def hedged(self, account: AccountId) -> bool:
        """Return whether an account keeps long and short lots of contracts side by side; raise AccountError."""
        return self._machine.broker.exchange.account(account).settings.hedged

    def set_hedged(self, account: AccountId, hedged: bool) -> None:
        """Keep lots of contracts side by side, or netted; raise InvalidOrder while any is held or ordered."""
        self.secret(account)
        self._do(PositionModeSet(account, hedged))

"""The accounts of an exchange, and the money that is paid in and out."""

from collections.abc import Callable
from decimal import Decimal

from anyvenue.model.accounts import Posting
from anyvenue.model.errors import AccountError, InsufficientFunds
from anyvenue.model.events import Deposited, Withdrawn
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.oms.account_state import AccountSettings, AccountState
from anyvenue.oms.marks import Marks
from anyvenue.oms.rates import RateBook
from anyvenue.sim.admission import check_amount

__all__ = ["Members"]


class Members:
    """Accounts by name, all valued at the same marks."""

    def __init__(
        self, instruments: Callable[[InstrumentId], Instrument], marks: Marks, keep_done: bool
    ) -> None:
        """Begin with no account."""
        self.accounts: dict[AccountId, AccountState] = {}
        self.marks = marks
        self._lookup = instruments
        self._keep_done = keep_done

    def create_account(
        self,
        account: AccountId,
        rates: RateBook | None = None,
        settings: AccountSettings | None = None,
        sink: Callable[[Posting], None] | None = None,
    ) -> AccountState:
        """Open an empty account; raise AccountError when there is one of that name."""
        if account in self.accounts:
            raise AccountError(f"account {account} exists already", account=account)
        state = AccountState(
            account, self._lookup, self.marks.price, rates, settings, sink, self._keep_done
        )
        self.accounts[account] = state
        return state

    def account(self, account: AccountId) -> AccountState:
        """Return the books of an account; raise AccountError, never another account's."""
        state = self.accounts.get(account)
        if state is None:
            known = ", ".join(sorted(self.accounts)) or "none"
            raise AccountError(
                f"there is no account {account!r}; accounts: {known}", account=account
            )
        return state

    def forget(self, account: AccountId) -> None:
        """Close the books of an account whose orders have ended; raise AccountError."""
        self.account(account)
        del self.accounts[account]

    def deposit(self, account: AccountId, currency: str, amount: Decimal, now: int) -> Deposited:
        """Pay money in; raise InvalidOrder unless the amount is above zero."""
        state = self.account(account)
        check_amount(amount)
        event = Deposited(account, currency, amount, now, now)
        state.deposit(event)
        return event

    def withdraw(self, account: AccountId, currency: str, amount: Decimal, now: int) -> Withdrawn:
        """Pay money out; raise InsufficientFunds.

        Unrealised gains cannot be taken out (CTP counter, WithdrawQuota).
        """
        state = self.account(account)
        check_amount(amount)
        available = state.withdrawable(currency)
        if amount > available:
            raise InsufficientFunds(
                f"withdrawal of {plain(amount)} {currency} from {account}: {plain(available)} can be withdrawn",
                account=account,
                needed=amount,
                available=available,
                currency=currency,
            )
        event = Withdrawn(account, currency, amount, now, now)
        state.withdraw(event)
        return event

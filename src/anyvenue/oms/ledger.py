"""Double-entry money: every posting takes from one account and gives to another.

Besides the customer's own account there are `clearing` (profit and loss, purchases), `fees`, `outside` (deposits, and
what a venue's word corrects) and the `house` (what liquidations bring and what their losses cost it): the sum over all
of them is zero in every currency at any time.
"""

from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from hashlib import blake2b

from anyvenue.model.accounts import Posting
from anyvenue.model.enums import PostingKind
from anyvenue.model.ids import AccountId, InstrumentId, OrderId

__all__ = ["CLEARING", "FEES", "HOUSE", "OUTSIDE", "Ledger"]

CLEARING = "clearing"
FEES = "fees"
HOUSE = "house"
OUTSIDE = "outside"

_ZERO = Decimal(0)
_OTHER_END = {
    PostingKind.DEPOSIT: OUTSIDE,
    PostingKind.WITHDRAWAL: OUTSIDE,
    PostingKind.ALIGNMENT: OUTSIDE,
    PostingKind.FEE: FEES,
    PostingKind.LIQUIDATION: HOUSE,
    PostingKind.INSURANCE: HOUSE,
}


class _Currency:
    """Balance of the customer's account in one currency, and the day's movements by kind."""

    __slots__ = ("balance", "day", "pre_balance")

    def __init__(self) -> None:
        self.balance = _ZERO
        self.pre_balance = _ZERO
        self.day: dict[PostingKind, Decimal] = {}


class Ledger:
    """The money of one account."""

    def __init__(self, account: AccountId, sink: Callable[[Posting], None] | None = None) -> None:
        """Keep the books of `account`; every posting is also given to `sink`.

        `on_change`, where somebody sets it, is called with the currency of every posting.
        """
        self.account = account
        self._sink = sink
        self.on_change: Callable[[str], None] | None = None
        self._own: dict[str, _Currency] = {}
        self._others: dict[tuple[str, str], Decimal] = {}
        self._hash = blake2b(digest_size=16)

    def post(
        self,
        kind: PostingKind,
        currency: str,
        amount: Decimal,
        ts_event: int,
        trading_day: int = 0,
        instrument: InstrumentId | None = None,
        order_id: OrderId = OrderId(0),
        reference: str = "",
    ) -> None:
        """Move `amount` (positive: to the customer) between the account and the other end of `kind`."""
        if not amount:
            return
        own = self._own.get(currency) or self._currency(currency)
        own.balance += amount
        if self.on_change is not None:
            self.on_change(currency)
        day, others = own.day, self._others
        day[kind] = day.get(kind, _ZERO) + amount
        other = (_OTHER_END.get(kind, CLEARING), currency)
        others[other] = others.get(other, _ZERO) - amount
        self._hash.update(
            f"{ts_event} {kind!s} {currency} {amount!s} {instrument} {order_id} {reference}\n".encode()
        )
        if self._sink is not None:
            ends = (other[0], self.account) if amount > 0 else (self.account, other[0])
            self._sink(
                Posting(
                    ends[0],
                    ends[1],
                    currency,
                    abs(amount),
                    kind,
                    ts_event,
                    trading_day,
                    instrument,
                    order_id,
                    reference,
                )
            )

    def date_back(self, kind: PostingKind, currency: str, amount: Decimal) -> None:
        """Count `amount` of the day's postings of `kind` as posted before the day began."""
        own = self._currency(currency)
        own.pre_balance += amount
        own.day[kind] = own.day.get(kind, _ZERO) - amount

    def __deepcopy__(self, memo: dict[int, object]) -> "Ledger":
        """Return the same money in books that nobody listens to."""
        copy = Ledger(self.account)
        copy._own = deepcopy(self._own, memo)
        copy._others = dict(self._others)
        copy._hash = self._hash.copy()
        return copy

    def balance(self, currency: str) -> Decimal:
        """Return the customer's balance."""
        own = self._own.get(currency)
        return own.balance if own else _ZERO

    def pre_balance(self, currency: str) -> Decimal:
        """Return the balance with which the trading day began."""
        own = self._own.get(currency)
        return own.pre_balance if own else _ZERO

    def of_day(self, currency: str, kind: PostingKind) -> Decimal:
        """Return the sum of the trading day's postings of `kind`."""
        own = self._own.get(currency)
        return own.day.get(kind, _ZERO) if own else _ZERO

    def currencies(self) -> list[str]:
        """Return the currencies that ever moved, sorted."""
        return sorted(self._own)

    def roll(self, currency: str) -> None:
        """Begin a new trading day in `currency`."""
        own = self._currency(currency)
        own.pre_balance = own.balance
        own.day = {}

    def total(self, currency: str) -> Decimal:
        """Return the sum over the customer and all other ends; anything but zero is a bug."""
        return self.balance(currency) + sum(
            (amount for (_, of), amount in self._others.items() if of == currency), _ZERO
        )

    def digest(self) -> str:
        """Return the hash over all postings so far, in order."""
        return self._hash.hexdigest()

    def _currency(self, currency: str) -> _Currency:
        own = self._own.get(currency)
        if own is None:
            own = self._own[currency] = _Currency()
        return own

"""Spot pairs: one currency is bought for another, and both are money of the account.

What may be sold is the balance of the base currency, whether it was bought or paid in. The legs keep what was bought
through this pair and not sold through it, for cost and profit; selling more takes the rest out of the balance.
Rule: spot accounts of crypto venues have balances, no positions. Fees are charged in the quote currency.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.model.enums import Offset, PostingKind, Side
from anyvenue.model.errors import InsufficientFunds
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.oms.bookings.paid import Paid
from anyvenue.oms.claims import Claim, Frozen
from anyvenue.oms.legs import Holding
from anyvenue.oms.money import round_money

if TYPE_CHECKING:
    from anyvenue.oms.account_state import AccountState
    from anyvenue.oms.books import Books

__all__ = ["CurrencyClaim", "SpotPair"]

_BUY = Side.BUY  # bound once: looking a member up on its enum class takes its time
_ZERO = Decimal(0)


class CurrencyClaim(Claim):
    """Money of the base currency that a selling order has frozen."""

    __slots__ = ("amount", "frozen")

    def __init__(self, instrument: Instrument, quantity: Decimal, frozen: Frozen) -> None:
        super().__init__(instrument, Side.SELL, Offset.CLOSE, quantity)
        self.frozen = frozen
        self.amount = quantity * instrument.multiplier
        frozen.cash += self.amount

    def resize(self, quantity: Decimal) -> None:
        """Claim for `quantity` from now on."""
        self.frozen.cash -= self.amount
        self.quantity = max(quantity, _ZERO)
        self.amount = self.quantity * self.instrument.multiplier
        self.frozen.cash += self.amount


class SpotPair(Paid):
    """Both ends of a trade are money."""

    def claim(self, books: "AccountState", instrument: Instrument, request: OrderRequest) -> Claim:
        """Freeze quote currency to buy, base currency to sell; raise InsufficientFunds."""
        if request.side is _BUY:
            return self.claim_money(books, instrument, request)
        books.rates.fees(instrument)
        needed = request.quantity * instrument.multiplier
        available = books.available(instrument.base)
        if needed > available:
            raise InsufficientFunds(
                f"sell {plain(request.quantity)} of {instrument.id} needs {plain(needed)} {instrument.base}; "
                f"account {books.account} has {plain(available)} available",
                account=books.account,
                instrument=instrument.id,
                needed=needed,
                available=available,
                currency=instrument.base,
            )
        return CurrencyClaim(instrument, request.quantity, books.frozen(instrument.base))

    def fill(
        self, books: "AccountState", instrument: Instrument, holding: Holding, fill: Fill, day: int
    ) -> Side | None:
        """Move both currencies."""
        base, quantity = instrument.base, fill.quantity * instrument.multiplier
        amount = self.turnover(instrument, fill.price, fill.quantity)
        if fill.side is _BUY:
            holding.long.add(fill.price, fill.quantity, day, fill.trade_id)
            books.post(PostingKind.PURCHASE, instrument, -amount, fill, day)
            books.post(PostingKind.PURCHASE, instrument, quantity, fill, day, base)
        else:
            book = holding.long
            old = min(fill.quantity, book.old.quantity)
            book.close(min(fill.quantity - old, book.today.quantity), old)
            books.post(PostingKind.SALE, instrument, amount, fill, day)
            books.post(PostingKind.SALE, instrument, -quantity, fill, day, base)
        return fill.side

    def value(
        self,
        books: "Books",
        instrument: Instrument,
        holding: Holding,
        price: Decimal | None,
    ) -> Decimal:
        """Return what the bought lots are worth, as far as the balance still has them."""
        held = holding.long.quantity * instrument.multiplier
        left = max(books.ledger.balance(instrument.base), _ZERO)
        if left >= held:
            return super().value(books, instrument, holding, price)
        if price is None:
            return _ZERO
        return round_money(price * left, instrument.currency)

"""Perpetuals and dated futures with leverage tiers, settled in what they are quoted in (linear).

Rules (Binance USD-M futures; other venues differ in detail): initial margin is value at the current price / leverage,
maintenance margin goes by tiers; profit is unrealised until lots are closed, there is no daily marking; a dated
contract is closed at its delivery price. In cross margin the whole balance backs a position and its unrealised profit
may be used; in isolated margin only the money set aside for it backs it: value / leverage of each opening fill, what
was moved to it, less funding; closing gives it back in proportion. Fees are paid from the balance.

Left out: open-loss reservation of orders far through the market; money per side of an isolated position on both sides
(they share it). A loss that an account's own closing order makes beyond the isolated money is taken from the balance;
only liquidations are covered by the house.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.model.enums import MarginMode, Offset, PostingKind, Side
from anyvenue.model.errors import Inconsistent, InvalidOrder
from anyvenue.model.events import CashMoved, DaySettled, MarginTermsChanged
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.model.positions import PositionTerms
from anyvenue.oms.bookings.base import Booking, Profits, freezing_price, refuse_unaffordable
from anyvenue.oms.bookings.leveraged_holding import (
    LeveragedClaim,
    LeveragedHolding,
    checked,
    give_back,
    own_holding,
)
from anyvenue.oms.claims import Claim, ClosingClaim, NettedClaim
from anyvenue.oms.legs import Holding
from anyvenue.oms.money import divide_money
from anyvenue.oms.tiers import is_allowed, largest_value, maintenance, tiers_of

if TYPE_CHECKING:
    from anyvenue.oms.account_state import AccountState
    from anyvenue.oms.books import Books

__all__ = ["Leveraged"]

# Bound once: looking a member up on its enum class costs more than most of what is done with it.
_BUY = Side.BUY
_CLOSE_PROFIT = PostingKind.CLOSE_PROFIT
_FUNDING = PostingKind.FUNDING
_ISOLATED = MarginMode.ISOLATED
_SELL = Side.SELL
_TO_OPEN = Offset.OPEN

_ZERO = Decimal(0)


class Leveraged(Booking):
    """Linear contracts, netted or hedged as the instrument's position rule in the account says."""

    floating = True

    # ---- before an order goes out

    def claim(self, books: "AccountState", instrument: Instrument, request: OrderRequest) -> Claim:
        """Freeze the lots that an order closes and the initial margin of the rest.

        Raise InsufficientFunds, InsufficientPosition, or InvalidOrder when the position would be worth more than its
        leverage allows.
        """
        if request.offset is not _TO_OPEN:
            return self.claim_lots(books, instrument, request)
        holding = own_holding(books, instrument)
        opposite = holding.closed_by(request.side)
        closing = _ZERO
        if not instrument.position_rule.hedged:
            closing = min(request.quantity, max(opposite.closable, _ZERO))
        price = freezing_price(books, instrument, request)
        order = request.side, request.quantity - closing, price
        opening = LeveragedClaim(books, self, holding, instrument, order)
        if opening.quantity:
            self.check_size(books, instrument, holding, order)
            refuse_unaffordable(books, opening)
        opening.freeze()
        if instrument.position_rule.hedged:
            return opening
        lots = ClosingClaim(instrument, request.side, Offset.CLOSE, closing, opposite)
        lots.freeze()
        return NettedClaim(opening, lots)

    def need(
        self,
        books: "Books",
        instrument: Instrument,
        side: Side,
        price: Decimal,
        quantity: Decimal,
    ) -> tuple[Decimal, Decimal]:
        """Return the initial margin."""
        value = self.turnover(instrument, price, quantity)
        leverage = self.leverage(books, instrument, own_holding(books, instrument))
        return divide_money(value, leverage, instrument.currency), _ZERO

    def check_size(
        self,
        books: "AccountState",
        instrument: Instrument,
        holding: LeveragedHolding,
        order: tuple[Side, Decimal, Decimal],
    ) -> None:
        """Raise InvalidOrder when a side would be worth more than its leverage allows, working orders counted."""
        side, quantity, price = order
        working = holding.buying if side is _BUY else holding.selling
        total = holding.held_by(side).quantity + working + quantity
        value = self.turnover(instrument, price, total)
        leverage = self.leverage(books, instrument, holding)
        if is_allowed(instrument, leverage, value):
            return
        largest = largest_value(instrument, leverage)
        if value > largest:
            raise InvalidOrder(
                f"{side} {plain(quantity)} of {instrument.id} would make a position worth {plain(value)} "
                f"{instrument.currency}; at leverage {plain(leverage)} it may be worth {plain(largest)}: lower the "
                "leverage or the quantity",
                code="order.leverage_limit",
                field="quantity",
                value=plain(quantity),
                instrument=instrument.id,
            )

    # ---- terms

    def leverage(
        self, books: "Books", instrument: Instrument, holding: LeveragedHolding
    ) -> Decimal:
        """Return the chosen leverage, else the account's as far as the first tier allows it."""
        if holding.leverage is not None:
            return holding.leverage
        return min(books.settings.leverage, tiers_of(instrument)[0].max_leverage)

    def isolated(self, books: "Books", holding: LeveragedHolding) -> bool:
        """Tell whether only the money set aside backs the position."""
        return (holding.mode or books.settings.margin_mode) is _ISOLATED

    def change_terms(
        self, books: "AccountState", instrument: Instrument, event: MarginTermsChanged
    ) -> None:
        """Take another leverage, margin mode or isolated sum; what working orders freeze is measured again."""
        holding = own_holding(books, instrument)
        holding.money += event.moved
        if event.mode is not None:
            holding.mode = event.mode
        if event.leverage is not None:
            holding.leverage = event.leverage
            books.remeasure(instrument.id)

    def terms(self, books: "Books", holding: Holding) -> PositionTerms:
        """Return leverage and margin mode as chosen, and the isolated money."""
        own = checked(holding)
        return PositionTerms(books.account, own.instrument, own.leverage, own.mode, own.money)

    def take_terms(
        self, books: "AccountState", instrument: Instrument, holding: Holding, terms: PositionTerms
    ) -> None:
        """Have the venue's leverage, mode and isolated money; what working orders freeze is measured again."""
        own = checked(holding)
        if terms.isolated is not None:
            own.money = terms.isolated
        if terms.mode is not None:
            own.mode = terms.mode
        if terms.leverage is not None and terms.leverage != own.leverage:
            own.leverage = terms.leverage
            books.remeasure(instrument.id)

    def cash_moved(self, books: "AccountState", instrument: Instrument, event: CashMoved) -> None:
        """Take funding of an isolated position out of its money."""
        holding = own_holding(books, instrument)
        if event.kind is _FUNDING and holding.quantity and self.isolated(books, holding):
            holding.money += event.amount

    # ---- fills

    def legs(self, instrument: Instrument) -> Holding:
        """Return empty legs with terms."""
        return LeveragedHolding(instrument.id)

    def fill(
        self, books: "AccountState", instrument: Instrument, holding: Holding, fill: Fill, day: int
    ) -> Side | None:
        """Close what a fill closes, oldest lots first, and open the rest."""
        held = checked(holding)
        if instrument.position_rule.hedged:
            closing = _ZERO if fill.offset is _TO_OPEN else fill.quantity
        else:
            closing = min(fill.quantity, held.closed_by(fill.side).quantity)
        if closing:
            give_back(instrument, held, closing)
            profit = self.realise(instrument, held, fill.side, fill.price, closing)
            books.post(_CLOSE_PROFIT, instrument, profit, fill, day)
        if fill.quantity > closing:
            self.open(instrument, held, fill, fill.quantity - closing, day)
            if self.isolated(books, held):
                value = self.turnover(instrument, fill.price, fill.quantity - closing)
                leverage = self.leverage(books, instrument, held)
                held.money += divide_money(value, leverage, instrument.currency)
        return None

    def open(
        self,
        instrument: Instrument,
        holding: LeveragedHolding,
        fill: Fill,
        quantity: Decimal,
        day: int,
    ) -> None:
        """Add a lot."""
        holding.held_by(fill.side).add(fill.price, quantity, day, fill.trade_id)

    def realise(
        self,
        instrument: Instrument,
        holding: LeveragedHolding,
        side: Side,
        price: Decimal,
        quantity: Decimal,
    ) -> Decimal:
        """Take out the lots that `side` closes, oldest first, and return their profit at `price`."""
        book = holding.closed_by(side)
        old = min(quantity, book.old.quantity)
        closed = book.close(quantity - old, old)
        points = price * quantity - closed.open_value
        return (-points if side is _BUY else points) * instrument.multiplier

    # ---- value

    def profit(
        self, books: "Books", instrument: Instrument, holding: Holding, price: Decimal
    ) -> Decimal:
        """Return the profit since the lots were opened."""
        long, short = holding.long, holding.short
        points = price * (long.quantity - short.quantity) - long.open_value + short.open_value
        return points * instrument.multiplier

    def free_profit(
        self, books: "Books", instrument: Instrument, holding: Holding, price: Decimal
    ) -> Decimal:
        """Return the profit in cross margin; that of an isolated position serves itself only."""
        if self.isolated(books, checked(holding)):
            return _ZERO
        return self.profit(books, instrument, holding, price)

    def rough_profit(
        self, books: "Books", instrument: Instrument, holding: Holding, price: float
    ) -> float:
        """Return about the profit."""
        long, short = holding.long, holding.short
        points = price * float(long.quantity - short.quantity)
        points -= float(long.open_value - short.open_value)
        return points * float(instrument.multiplier)

    def sides(
        self, instrument: Instrument, holding: LeveragedHolding, price: Decimal | None
    ) -> tuple[Decimal, Decimal]:
        """Return what the long and the short side are worth at `price`, at cost without one."""
        long, short = holding.long, holding.short
        if price is None:
            size = instrument.multiplier
            return long.open_value * size, short.open_value * size
        return (
            self.turnover(instrument, price, long.quantity),
            self.turnover(instrument, price, short.quantity),
        )

    def margin(self, books: "Books", instrument: Instrument, holding: Holding) -> Decimal:
        """Return the isolated money, or the initial margin of both sides at the current price."""
        held = checked(holding)
        if self.isolated(books, held):
            return held.money
        if not held.quantity:
            return _ZERO
        value = sum(self.sides(instrument, held, books.mark(instrument.id)), _ZERO)
        return divide_money(value, self.leverage(books, instrument, held), instrument.currency)

    def maintenance(
        self, instrument: Instrument, holding: LeveragedHolding, price: Decimal
    ) -> Decimal:
        """Return the maintenance margin at `price`: each side by the tier of its own value, unrounded."""
        long, short = self.sides(instrument, holding, price)
        return maintenance(instrument, long) + maintenance(instrument, short)

    # ---- time

    def settle(
        self,
        books: "AccountState",
        instrument: Instrument,
        holding: Holding,
        price: Decimal | None,
        event: DaySettled,
    ) -> Profits:
        """Make today's lots old; nothing is paid, but what has expired is closed at its delivery price."""
        held = checked(holding)
        held.long.roll(None)
        held.short.roll(None)
        if instrument.id not in event.delivered or not held.quantity:
            return []
        if price is None:
            raise Inconsistent(
                f"no delivery price for {instrument.id}, which is held", instrument=instrument.id
            )
        profit = self.realise(instrument, held, _SELL, price, held.long.quantity)
        profit += self.realise(instrument, held, _BUY, price, held.short.quantity)
        held.money = _ZERO
        return [(_CLOSE_PROFIT, profit)]

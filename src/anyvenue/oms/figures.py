"""The figures of an account, computed when read: nothing here is stored."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from anyvenue.model.accounts import Account
from anyvenue.model.enums import PostingKind, ProfitMethod
from anyvenue.model.events import DaySettled
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.oms.legs import Holding
from anyvenue.oms.money import round_money

if TYPE_CHECKING:
    from anyvenue.oms.bookings.base import Booking
    from anyvenue.oms.books import Books

__all__ = [
    "closing_figures",
    "collateral",
    "countable",
    "figures",
    "market_value",
    "position_profit",
    "rough_profit",
]

_ZERO = Decimal(0)
_CASH_FLOWS = (PostingKind.PURCHASE, PostingKind.SALE, PostingKind.PREMIUM)
_OTHERS = (
    PostingKind.EXERCISE,
    PostingKind.FUNDING,
    PostingKind.INTEREST,
    PostingKind.BORROW,
    PostingKind.COUPON,
    PostingKind.DIVIDEND,
    PostingKind.LIQUIDATION,
    PostingKind.INSURANCE,
    PostingKind.ROUNDING,
    PostingKind.ALIGNMENT,
)
Held = Iterable[tuple[Instrument, Holding, "Booking"]]


def position_profit(books: "Books", held: Held, currency: str, free: bool = False) -> Decimal:
    """Return the unrealised profit of margined holdings (only what is `free` for other orders); 0 without a price."""
    total = _ZERO
    for instrument, holding, booking in held:
        if not instrument.position_rule.margined:
            continue
        if not holding.long.quantity and not holding.short.quantity:
            continue
        price = books.mark(instrument.id)
        if price is None:
            continue
        if free:
            total += booking.free_profit(books, instrument, holding, price)
        else:
            total += booking.profit(books, instrument, holding, price)
    return round_money(total, currency) if total else _ZERO


def market_value(books: "Books", held: Held, currency: str) -> Decimal:
    """Return the worth of holdings that is not part of the balance; at cost for one without a current price."""
    total = _ZERO
    for instrument, holding, booking in held:
        if holding.long.quantity or holding.short.quantity:
            total += booking.value(books, instrument, holding, books.mark(instrument.id))
    return round_money(total, currency)


def collateral(books: "Books", held: Held, currency: str) -> Decimal:
    """Return what holdings add to the money that may be used."""
    total = _ZERO
    for instrument, holding, booking in held:
        if holding.long.quantity or holding.short.quantity:
            total += booking.collateral(books, instrument, holding)
    return round_money(total, currency)


def rough_profit(
    books: "Books", held: Held, price_of: Callable[[InstrumentId], float | None]
) -> float:
    """Return unrealised profit plus market value in floats: for curves, where speed counts and digits do not."""
    total = 0.0
    for instrument, holding, booking in held:
        if not holding.long.quantity and not holding.short.quantity:
            continue
        price = price_of(instrument.id)
        if price is not None:
            total += booking.rough_profit(books, instrument, holding, price)
        else:
            total += float(booking.value(books, instrument, holding, None))
    return total


def countable(profit: Decimal, rule: str) -> Decimal:
    """Return the part of the unrealised profit that counts as available: both, loss, gain or none."""
    if rule == "both":
        return profit
    if rule == "loss":
        return min(profit, _ZERO)
    return max(profit, _ZERO) if rule == "gain" else _ZERO


def figures(state: "Books", currency: str, ts: int) -> Account:
    """Return the account record of `currency` as of `ts`."""
    ledger, frozen = state.ledger, state.frozen(currency)
    profit = state.position_profit(currency)
    of_day = ledger.of_day
    return Account(
        account=state.account,
        currency=currency,
        ts_as_of=ts,
        trading_day=state.trading_day.get(currency, 0),
        pre_balance=ledger.pre_balance(currency),
        deposits=of_day(currency, PostingKind.DEPOSIT),
        withdrawals=-of_day(currency, PostingKind.WITHDRAWAL),
        # A roll takes the jump of a series out of the profit: position profit holds the other half of it.
        close_profit=of_day(currency, PostingKind.CLOSE_PROFIT)
        + of_day(currency, PostingKind.ROLL),
        position_profit=profit,
        cash_flow=sum((of_day(currency, kind) for kind in _CASH_FLOWS), _ZERO),
        fees=-of_day(currency, PostingKind.FEE),
        margin=state.margin(currency),
        frozen_margin=frozen.margin,
        frozen_fees=frozen.fees,
        frozen_cash=frozen.cash,
        market_value=state.market_value(currency),
        balance=ledger.balance(currency) + profit,
        available=state.available(currency),
        other=sum((of_day(currency, kind) for kind in _OTHERS), _ZERO),
        collateral=state.collateral(currency),
    )


def closing_figures(state: "Books", event: DaySettled) -> Account:
    """Return the account record at the end of a settled day: its position profit is what was marked to market.

    Asked for before the ledger begins the next day.
    """
    currency = event.currency
    now = replace(figures(state, currency, event.ts_event), trading_day=event.trading_day)
    if state.settings.profit_method is not ProfitMethod.BY_DAY:
        return now
    marked = state.ledger.of_day(currency, PostingKind.MARK_TO_MARKET)
    # Prices may have been others than the settlement's: what they make of the marked lots belongs to the next day.
    held = [each for each in state.held(currency) if not each[2].floating]
    early = position_profit(state, held, currency)
    return replace(
        now,
        position_profit=now.position_profit - early + marked,
        balance=now.balance - early,
        available=now.available - countable(early, state.settings.unrealised),
    )

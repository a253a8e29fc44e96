"""An account's books as one record, and back: what a snapshot of a node holds of each account.

What working orders have claimed is left out: it is claimed again.
"""

from collections import deque
from decimal import Decimal
from hashlib import blake2b

import msgspec

from anyvenue.model.enums import MarginMode, PostingKind
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import Order
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.bookings.covers import OptionHolding
from anyvenue.oms.bookings.inverse import CoinLots, InverseHolding
from anyvenue.oms.bookings.leveraged_holding import LeveragedHolding
from anyvenue.oms.ledger import Ledger
from anyvenue.oms.legs import Holding, SideBook, _Bucket
from anyvenue.oms.reconcile.trial import copy_of

__all__ = ["BooksRecord", "SideRecord", "fill_side", "recall", "remember", "remember_side"]

_ZERO = Decimal(0)


class _Record(msgspec.Struct, frozen=True, array_like=True, gc=False, forbid_unknown_fields=True):
    """A part of the books."""


class BucketRecord(_Record, frozen=True):
    """Lots (price, quantity, trading day, trade id), oldest first, and their sums."""

    lots: tuple[tuple[Decimal, Decimal, int, str], ...]
    quantity: Decimal
    open_value: Decimal


class SideRecord(_Record, frozen=True):
    """One side; `frozen` is what other holdings lock of it, such as covered calls."""

    today: BucketRecord
    old: BucketRecord
    mark: Decimal | None
    frozen: Decimal


class CoinRecord(_Record, frozen=True):
    """Coin values (quantity, value) of the lots of one side, and their sum."""

    lots: tuple[tuple[Decimal, Decimal], ...]
    value: Decimal


class HoldingRecord(_Record, frozen=True):
    """The legs of an instrument, and what its kind of booking remembers besides."""

    instrument: InstrumentId
    long: SideRecord
    short: SideRecord
    leverage: Decimal | None = None
    mode: MarginMode | None = None
    money: Decimal = _ZERO
    coins: tuple[CoinRecord, CoinRecord] | None = None
    covered: Decimal = _ZERO


class MoneyRecord(_Record, frozen=True):
    """One currency: the customer's balance, that of the day's beginning, the day's sums, and the other ends."""

    currency: str
    balance: Decimal
    pre_balance: Decimal
    day: dict[PostingKind, Decimal]
    others: dict[str, Decimal]


class BooksRecord(_Record, frozen=True):
    """The books of an account; `digest` stands for all postings so far."""

    account: AccountId
    trading_day: dict[str, int]
    money: tuple[MoneyRecord, ...]
    digest: str
    holdings: tuple[HoldingRecord, ...]
    rolled: dict[InstrumentId, int]
    orders: tuple[Order, ...]
    trades: dict[OrderId, tuple[str, ...]]
    inferred: dict[OrderId, int]
    unclaimed: tuple[OrderId, ...]


# ---- from the books


def remember(state: AccountState) -> BooksRecord:
    """Return what is in the books."""
    bare = _without_claims(state)
    orders = state.orders
    return BooksRecord(
        state.account,
        dict(state.trading_day),
        _money(state.ledger),
        state.ledger.digest(),
        tuple(_holding(each) for each in bare._holdings.values()),
        dict(state._rolled),
        tuple(orders),
        {order_id: tuple(sorted(trades)) for order_id, trades in orders._trades.items()},
        dict(orders._inferred),
        tuple(state._unclaimed),
    )


def _without_claims(state: AccountState) -> AccountState:
    """Return a copy of the books in which nothing is claimed by orders."""
    bare = copy_of(state)
    for order_id in list(bare._claims):
        bare.release(order_id)
    return bare


def _money(ledger: Ledger) -> tuple[MoneyRecord, ...]:
    others: dict[str, dict[str, Decimal]] = {}
    for (end, currency), amount in ledger._others.items():
        others.setdefault(currency, {})[end] = amount
    return tuple(
        MoneyRecord(name, own.balance, own.pre_balance, dict(own.day), others.get(name, {}))
        for name, own in ledger._own.items()
    )


def _holding(holding: Holding) -> HoldingRecord:
    record = HoldingRecord(
        holding.instrument, remember_side(holding.long), remember_side(holding.short)
    )
    changes: dict[str, object] = {}
    if isinstance(holding, LeveragedHolding):
        changes |= {"leverage": holding.leverage, "mode": holding.mode, "money": holding.money}
    if isinstance(holding, InverseHolding):
        changes["coins"] = (_coins(holding.bought), _coins(holding.sold))
    if isinstance(holding, OptionHolding):
        changes["covered"] = holding.covered
    return msgspec.structs.replace(record, **changes)


def remember_side(book: SideBook) -> SideRecord:
    """Return what is in one side's books."""
    return SideRecord(_bucket(book.today), _bucket(book.old), book.mark, book.frozen)


def _bucket(bucket: _Bucket) -> BucketRecord:
    return BucketRecord(tuple(bucket.lots), bucket.quantity, bucket.open_value)


def _coins(lots: CoinLots) -> CoinRecord:
    return CoinRecord(tuple(lots._lots), lots.value)


# ---- back into books


def recall(state: AccountState, record: BooksRecord) -> None:
    """Fill empty books; raise UnknownInstrument. Orders are to be placed again afterwards."""
    state.trading_day.update(record.trading_day)
    state._rolled.update(record.rolled)
    for order in record.orders:
        state.orders.put(order)
    for order_id, trades in record.trades.items():
        state.orders._trades[order_id] = set(trades)
    state.orders._inferred.update(record.inferred)
    state._unclaimed.update(dict.fromkeys(record.unclaimed))
    _pay(state.ledger, record)
    for each in record.holdings:
        _hold(state, each)


def _pay(ledger: Ledger, record: BooksRecord) -> None:
    for money in record.money:
        own = ledger._currency(money.currency)
        own.balance, own.pre_balance = money.balance, money.pre_balance
        own.day = dict(money.day)
        for end, amount in money.others.items():
            ledger._others[end, money.currency] = amount
    ledger._hash = blake2b(bytes.fromhex(record.digest), digest_size=16)


def _hold(state: AccountState, record: HoldingRecord) -> None:
    _, instrument, booking = state.term(record.instrument)
    holding = state.holding_of(instrument)
    fill_side(holding.long, record.long)
    fill_side(holding.short, record.short)
    if isinstance(holding, LeveragedHolding):
        holding.leverage, holding.mode, holding.money = record.leverage, record.mode, record.money
    if isinstance(holding, InverseHolding) and record.coins is not None:
        for coins, kept in zip((holding.bought, holding.sold), record.coins, strict=True):
            coins._lots, coins.value = deque(kept.lots), kept.value
    if isinstance(holding, OptionHolding):
        holding.covered = record.covered
    if not booking.floating:
        state._margin.update(instrument, holding)


def fill_side(book: SideBook, record: SideRecord) -> None:
    """Fill the empty books of one side."""
    for bucket, kept in ((book.today, record.today), (book.old, record.old)):
        bucket.lots = deque(kept.lots)
        bucket.quantity, bucket.open_value = kept.quantity, kept.open_value
    book.frozen = record.frozen
    book.mark = record.mark

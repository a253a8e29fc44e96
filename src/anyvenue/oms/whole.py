"""All or nothing: books that are as they were when something in them could not be booked.

Most fills cannot fail once it is known what they may fail at, so nothing is remembered for them. Before any other
change everything it may touch is copied, which costs little: lots and records never change, only who holds them does.
"""

from collections import deque
from collections.abc import Iterator
from decimal import Decimal
from hashlib import blake2b
from types import TracebackType
from typing import TYPE_CHECKING, Any

from anyvenue.model.enums import Offset
from anyvenue.model.errors import UnknownInstrument
from anyvenue.model.events import OrderEvent, OrderFilled, OrderModified
from anyvenue.model.ids import InstrumentId
from anyvenue.model.orders import Fill
from anyvenue.oms.bookings.currencies import SpotPair
from anyvenue.oms.bookings.futures import Hedged, Netted
from anyvenue.oms.bookings.inverse import CoinLots, Inverse
from anyvenue.oms.bookings.leveraged import Leveraged
from anyvenue.oms.bookings.paid import Paid
from anyvenue.oms.bookings.securities import Securities
from anyvenue.oms.claims import Claim, Frozen
from anyvenue.oms.ledger import Ledger, _Currency
from anyvenue.oms.legs import Holding, SideBook, _Bucket
from anyvenue.oms.margin import MarginTotals
from anyvenue.oms.rates import FeeMeter

if TYPE_CHECKING:
    from anyvenue.model.accounts import Posting
    from anyvenue.oms.account_state import AccountState

__all__ = ["Whole", "is_sure"]

_CONTAINERS = (dict, deque, set, list)
_PARTS = (
    Claim,
    CoinLots,
    FeeMeter,
    Frozen,
    Holding,
    Ledger,
    MarginTotals,
    SideBook,
    _Bucket,
    _Currency,
)
_PLAIN = frozenset({Hedged, Inverse, Leveraged, Netted, Paid, Securities, SpotPair})
_TO_OPEN = Offset.OPEN  # bound once: looking a member up on its enum class takes its time
_HUGE = Decimal(10**15)  # where products begin to have more digits than money is rounded with
_ZERO = Decimal(0)
_HASH = type(blake2b())


def is_sure(state: "AccountState", event: OrderEvent) -> bool:
    """Tell whether nothing can go wrong once the order's record has taken an event."""
    if type(event) is OrderFilled:
        return _surely_booked(state, event.fill)
    return type(event) is not OrderModified


def _surely_booked(state: "AccountState", fill: Fill) -> bool:
    """Tell whether nothing can go wrong with a fill: of a kind without relations, whose rates and lots are there."""
    known = state._terms.get(fill.instrument)
    if known is None or type(known[2]) not in _PLAIN or state._spreads:
        return False
    holding = state._holdings.get(fill.instrument)
    claim = state._claims.get(fill.order_id)
    # Rates are looked up before an order of the account's own goes out, and whenever lots are measured.
    rated = (
        claim is not None
        or (holding is not None and not holding.idle)
        or state.rates.has_margined(fill.instrument)
    )
    if not (
        rated
        and _ZERO < fill.quantity < _HUGE
        and _ZERO < fill.price < _HUGE
        and -_HUGE < fill.fee < _HUGE
    ):
        return False
    rule = known[1].position_rule
    if fill.offset is _TO_OPEN or (rule.short_ok and not rule.hedged) or type(known[2]) is SpotPair:
        return True  # what is not there to be closed is opened, or sold out of the balance
    return holding is not None and fill.quantity <= holding.closed_by(fill.side).quantity


class Whole:
    """Puts the books of an account back when the block raises; postings are told at its end, or never."""

    def __init__(self, state: "AccountState", event: OrderEvent | None = None) -> None:
        """Remember what an order's event may touch, else all but the orders."""
        self._state = state
        self._event = event

    def __enter__(self) -> None:
        """Remember."""
        state = self._state
        ledger = state.ledger
        self._sink, self._postings = ledger._sink, list["Posting"]()
        self._kept: list[tuple[Any, Any]] = []
        self._seen: set[int] = set()
        if self._event is None:
            for part in vars(state).values():
                if isinstance(part, (*_CONTAINERS, *_PARTS)):
                    self._walk(part)
        else:
            self._remember_books(state)
            self._remember_order(self._event)
        if self._sink is not None:
            ledger._sink = self._postings.append

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Tell of the postings, or put everything back."""
        sink, self._state.ledger._sink = self._sink, self._sink
        if kind is not None:
            for what, copy in reversed(self._kept):
                _put_back(what, copy)
        elif sink is not None:
            for posting in self._postings:
                sink(posting)

    def _remember_books(self, state: "AccountState") -> None:
        """Remember sums, and which holdings and claims there are; not what is in them."""
        for table in (state._holdings, state._claims, state._spreads, state._unclaimed):
            self._keep(table)
        for part in (
            state._by_currency, state._floating, state._frozen, state.ledger, state._margin,
        ):  # fmt: skip
            self._walk(part)

    def _remember_order(self, event: OrderEvent) -> None:
        state, order_id = self._state, event.order_id
        orders = state.orders
        self._keep(orders._open)
        self._keep(orders._inferred)
        trades = orders._trades.get(order_id)
        record = orders._orders.get(order_id)
        if trades is not None:
            self._keep(trades)
        if record is not None and orders._keep_done:
            self._kept.append((orders._orders, _Entry(order_id, record)))
        else:
            self._keep(orders._orders)
        if trades is None or not orders._keep_done:
            self._kept.append((orders._trades, _Entry(order_id, trades)))
        claim = state._claims.get(order_id)
        if claim is not None:
            self._walk(claim)
        if isinstance(event, OrderFilled):
            for name in _family(state, event.fill.instrument):
                holding = state._holdings.get(name)
                if holding is not None:
                    self._walk(holding)

    def _keep(self, container: Any) -> None:
        """Copy a container, not what is in it."""
        self._kept.append((container, container.copy()))

    def _walk(self, what: Any) -> None:
        """Copy a part of the books and all that is in it."""
        pending = [what]
        while pending:
            each = pending.pop()
            if id(each) in self._seen:
                continue
            self._seen.add(id(each))
            if isinstance(each, _CONTAINERS):
                self._keep(each)
                inside: Any = each.values() if isinstance(each, dict) else ()
            else:
                fields = {name: _copied(getattr(each, name)) for name in _names_of(each)}
                self._kept.append((each, fields))
                inside = fields.values()
            pending += [part for part in inside if isinstance(part, (*_CONTAINERS, *_PARTS))]


class _Entry:
    """One entry of a table that is too long to copy; None for one that was not there."""

    __slots__ = ("key", "value")

    def __init__(self, key: Any, value: Any) -> None:
        self.key = key
        self.value = value


def _put_back(what: Any, copy: Any) -> None:
    if isinstance(copy, _Entry):
        if copy.value is None:
            what.pop(copy.key, None)
        else:
            what[copy.key] = copy.value
    elif isinstance(what, dict | set):
        what.clear()
        what.update(copy)
    elif isinstance(what, deque | list):
        what.clear()
        what.extend(copy)
    else:
        for name, value in copy.items():
            setattr(what, name, value)


def _copied(value: Any) -> Any:
    return value.copy() if type(value) is _HASH else value


def _names_of(part: Any) -> Iterator[str]:
    """Yield the names of what an object holds."""
    for kind in type(part).__mro__:
        for name in getattr(kind, "__slots__", ()):
            if hasattr(part, name):
                yield name
    yield from getattr(part, "__dict__", ())


def _family(state: "AccountState", name: InstrumentId) -> list[InstrumentId]:
    """Return the instruments whose lots a fill of one may touch: what it is made of or stands on, and combinations."""
    try:
        instrument = state.instrument(name)
    except UnknownInstrument:
        return [name]
    found = [name, *(leg.instrument for leg in instrument.legs)]
    if instrument.underlying:
        found.append(InstrumentId(instrument.underlying))
    for spread, _ in state._spreads.values():
        found += [spread.id, *(leg.instrument for leg in spread.legs)]
    return list(dict.fromkeys(found))

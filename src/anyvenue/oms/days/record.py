"""One trading day of an account, put together from its events."""

from decimal import Decimal

from msgspec.structs import replace

from anyvenue.model.enums import Delivery, Offset, PostingKind, Side
from anyvenue.model.events import (
    CashMoved,
    DaySettled,
    Deposited,
    Event,
    OptionExercised,
    OrderFilled,
    Withdrawn,
)
from anyvenue.model.ids import InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill
from anyvenue.model.statements import ClosedLot, Transfer
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.bookings import Booking
from anyvenue.oms.bookings.futures import Netted
from anyvenue.oms.bookings.leveraged import Leveraged
from anyvenue.oms.bookings.options import delivery_of
from anyvenue.oms.days.lots import DaySide, amount_of
from anyvenue.oms.legs import SideBook
from anyvenue.oms.offsets import split_fill, today_first
from anyvenue.oms.options import terms_of

__all__ = ["DayRecord", "Opening", "opening_of"]

_BUY, _SELL = Side.BUY, Side.SELL
_TO_OPEN = Offset.OPEN
_ZERO = Decimal(0)
Sides = tuple[DaySide, DaySide]
Opening = dict[InstrumentId, tuple[SideBook, SideBook]]


def opening_of(state: AccountState, currency: str) -> Opening:
    """Return copies of the lots that the books hold in a currency now."""
    return {
        instrument.id: (holding.long.copy(), holding.short.copy())
        for instrument, holding, _ in state.held(currency)
        if holding.long.quantity or holding.short.quantity
    }


class DayRecord:
    """What was opened, closed, paid in and charged on one trading day of one currency.

    Events are followed in their order, each once, however often it comes; those of other currencies are passed over.
    """

    def __init__(self, state: AccountState, currency: str, opening: Opening) -> None:
        """Begin the day with the lots that were held at its beginning."""
        self.state = state
        self.currency = currency
        self.sides: dict[InstrumentId, Sides] = {
            name: (DaySide(name, _BUY, long), DaySide(name, _SELL, short))
            for name, (long, short) in opening.items()
        }
        self.fills: list[Fill] = []
        self.closed: list[ClosedLot] = []
        self.transfers: list[Transfer] = []
        self._seen: set[tuple[OrderId, str]] = set()

    def follow(self, event: Event) -> None:
        """Take one event of the account; others than those about lots and money change nothing."""
        if isinstance(event, OrderFilled):
            self._fill(event.fill)
        elif isinstance(event, OptionExercised):
            self._exercise(event)
        elif isinstance(event, DaySettled):
            self._deliver(event)
        elif isinstance(event, Deposited | Withdrawn | CashMoved):
            self._move(event)

    def side(self, instrument: InstrumentId, side: Side) -> DaySide:
        """Return the long (BUY) or the short lots of an instrument, in line with the books."""
        found = self._sides(instrument)[0 if side is _BUY else 1]
        holding = self.state.holding(instrument)
        book = holding.held_by(side) if holding else None
        if not found.agrees(book):
            found.follow(book)
        return found

    def raw_side(self, instrument: InstrumentId, side: Side) -> DaySide:
        """Return the lots of a side as the events left them, whatever the books hold by now."""
        return self._sides(instrument)[0 if side is _BUY else 1]

    def instruments(self) -> list[InstrumentId]:
        """Return the instruments with lots or movements, sorted."""
        held = {each.id for each in self.state.held_instruments(self.currency)}
        return sorted(self.sides.keys() | held)

    def _sides(self, instrument: InstrumentId) -> Sides:
        sides = self.sides.get(instrument)
        if sides is None:
            sides = self.sides[instrument] = (
                DaySide(instrument, _BUY),
                DaySide(instrument, _SELL),
            )
        return sides

    # ---- fills

    def _fill(self, fill: Fill) -> None:
        instrument = self.state.instrument(fill.instrument)
        key = (fill.order_id, fill.trade_id)
        if instrument.currency != self.currency or key in self._seen:
            return
        self._seen.add(key)
        self.fills.append(fill)
        for leg in fill.legs:
            part = replace(
                fill,
                instrument=leg.instrument,
                side=leg.side,
                price=leg.price,
                quantity=leg.quantity,
                fee=leg.fee,
                legs=(),
            )
            self._book(self.state.instrument(leg.instrument), part)
        if not fill.legs:
            self._book(instrument, fill)

    def _book(self, instrument: Instrument, fill: Fill) -> None:
        closing, parts = self._closing(instrument, fill)
        long, short = self._sides(instrument.id)
        opens, closes = (long, short) if fill.side is _BUY else (short, long)
        rest, fee = fill.quantity - closing, fill.fee
        if closing:
            index = 1 if parts[1] else 0
            self.closed += closes.close(instrument, fill.price, parts, fill.trade_id)
            closes.fees[index] += fee
            closes.cash[index] += _paid(instrument, fill.side, fill.price, closing)
            fee = _ZERO
        if rest:
            day = fill.trading_day or self.state.trading_day.get(instrument.currency, 0)
            opens.open(instrument, fill.price, rest, day, fill.trade_id)
            opens.fees[0] += fee
            opens.cash[0] += _paid(instrument, fill.side, fill.price, rest)

    def _closing(
        self, instrument: Instrument, fill: Fill
    ) -> tuple[Decimal, tuple[Decimal, Decimal]]:
        """Return how much a fill closes, and (today's, older) parts of it: the rules of the bookings."""
        book = self._sides(instrument.id)[1 if fill.side is _BUY else 0].book
        booking = self.state.booking(instrument.id)
        if _nets(instrument, booking) or _is_spot_sale(instrument, fill):
            closing = min(fill.quantity, book.quantity)
            old = min(closing, book.old.quantity)
            return closing, (closing - old, old)
        if fill.offset is _TO_OPEN:
            return _ZERO, (_ZERO, _ZERO)
        prefer = today_first(self.state.rates.fees(instrument))
        return fill.quantity, split_fill(instrument, book, fill.offset, fill.quantity, prefer)

    # ---- what ends lots without an order

    def _exercise(self, event: OptionExercised) -> None:
        instrument = self.state.instrument(event.instrument)
        if instrument.currency != self.currency:
            return
        side = self._sides(event.instrument)[0 if event.side is _BUY else 1]
        old = min(event.quantity, side.book.old.quantity)
        self.closed += side.close(instrument, _ZERO, (event.quantity - old, old), "exercise")
        side.fees[1 if old else 0] += event.fee
        terms, _, _, _ = terms_of(instrument)
        if terms.delivery is Delivery.PHYSICAL and not event.worthless:
            fill = delivery_of(self.state, instrument, event)
            self._book(self.state.instrument(fill.instrument), fill)

    def _deliver(self, event: DaySettled) -> None:
        """Close what expired with the day; futures are paid at their settlement price."""
        prices = dict(event.prices) if event.currency == self.currency else {}
        for name in event.delivered:
            price = prices.get(name)
            if price is None or name not in self.sides:
                continue
            instrument = self.state.instrument(name)
            for side in self._sides(name):
                parts = (side.book.today.quantity, side.book.old.quantity)
                at = _ZERO if instrument.option is not None else price
                self.closed += side.close(instrument, at, parts, "delivery")

    def _move(self, event: Deposited | Withdrawn | CashMoved) -> None:
        if event.currency != self.currency:
            return
        amount, kind = event.amount, PostingKind.DEPOSIT
        if isinstance(event, CashMoved):
            kind = event.kind
        elif isinstance(event, Withdrawn):
            amount, kind = -event.amount, PostingKind.WITHDRAWAL
        self.transfers.append(Transfer(amount, kind, event.ts_event, event.reference))


def _nets(instrument: Instrument, booking: Booking) -> bool:
    if isinstance(booking, Leveraged):
        return not instrument.position_rule.hedged
    return isinstance(booking, Netted)


def _is_spot_sale(instrument: Instrument, fill: Fill) -> bool:
    return bool(instrument.base) and not instrument.position_rule.margined and fill.side is _SELL


def _paid(instrument: Instrument, side: Side, price: Decimal, quantity: Decimal) -> Decimal:
    """Return the money that goes (below zero) or comes for what is paid when it is dealt."""
    if instrument.position_rule.margined and instrument.option is None:
        return _ZERO
    amount = amount_of(instrument, price, quantity)
    return -amount if side is _BUY else amount

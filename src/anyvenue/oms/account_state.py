"""One account: its orders, claims, legs and money. The node and the exchange use this same class.

`place` claims what an order needs before it goes out; `apply` takes events. Both leave everything as it was when
they raise.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, get_args

import msgspec

from anyvenue.model.enums import Offset, OrderState, PostingKind
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.events import (
    AccountEvent,
    BalanceAligned,
    CashMoved,
    CommandRefused,
    DaySettled,
    Deposited,
    MarginTermsChanged,
    OptionExercised,
    OrderEvent,
    OrderFilled,
    OrderModified,
    OrderSubmitted,
    PositionsAligned,
    PositionsCombined,
    SeriesRolled,
    TermsAligned,
    Withdrawn,
)
from anyvenue.model.ids import InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import EXTERNAL, Fill, Order, OrderRequest
from anyvenue.oms.alignment import align_legs
from anyvenue.oms.bookings.spreads import trim_combinations
from anyvenue.oms.books import Books, Term
from anyvenue.oms.charging import charge_fill
from anyvenue.oms.figures import closing_figures
from anyvenue.oms.legs import Holding
from anyvenue.oms.money import round_money
from anyvenue.oms.offsets import split_by_offset
from anyvenue.oms.settings import AccountSettings
from anyvenue.oms.whole import Whole, is_sure

__all__ = ["AccountSettings", "AccountState"]

# Bound once: looking a member up on its enum class costs more than most of what is done with it.
_CLOSE_TODAY = Offset.CLOSE_TODAY
_FEE = PostingKind.FEE

_ZERO = Decimal(0)
_DAYS_KEPT = 4
_WORKING = frozenset(
    {OrderState.NEW, OrderState.SENT, OrderState.OPEN, OrderState.PARTIAL, OrderState.UNKNOWN}
)
_SURE = frozenset(get_args(OrderEvent)) - {OrderFilled, OrderModified}  # whatever the books hold


class AccountState(Books):
    """The books of one account, and what changes them."""

    # ---- before an order goes out

    def split(
        self, request: OrderRequest, term: Term | None = None
    ) -> list[tuple[Offset, Decimal]]:
        """Return the (offset, quantity) parts that a validated request becomes; raise what `split_by_offset` does."""
        _, instrument, _ = term or self.term(request.instrument)
        # A spread has no fees of its own: its legs do.
        schedule = None if instrument.legs else self.rates.fees(instrument)
        return split_by_offset(instrument, self.holding(instrument.id), request, schedule)

    def place(self, order_id: OrderId, request: OrderRequest, term: Term | None = None) -> None:
        """Claim what an order with a resolved offset needs.

        Raise InsufficientFunds, InsufficientPosition, InvalidOrder, OffLot, UnknownFee or UnknownMargin.
        """
        _, instrument, booking = term or self.term(request.instrument)
        if request.offset is _CLOSE_TODAY:
            request = self._dated(order_id, request, instrument)
        if order_id in self._claims:
            self.release(order_id)
        self._claims[order_id] = booking.claim(self, instrument, request)

    def _dated(
        self, order_id: OrderId, request: OrderRequest, instrument: Instrument
    ) -> OrderRequest:
        """Return what an order asks for today: what was today's when it was placed is old once the day was settled."""
        order = self.orders.find(order_id)
        placed = order.trading_day if order is not None else 0
        if not 0 < placed < self.trading_day.get(instrument.currency, 0):
            return request
        return msgspec.structs.replace(request, offset=Offset.CLOSE_OLD)

    def change(self, order_id: OrderId, request: OrderRequest) -> None:
        """Claim what a working order needs once it is `request`; the old claim stands when that raises."""
        order = self.orders.get(order_id)
        old = self._claims[order_id]
        old.resize(_ZERO)
        try:
            rest = request.quantity - order.filled
            self.place(order_id, msgspec.structs.replace(request, quantity=rest))
        except AnyvenueError:
            old.resize(order.remaining)
            self._claims[order_id] = old
            raise
        self._claims[order_id].meters = old.meters

    def release(self, order_id: OrderId) -> None:
        """Give back what an order that never went out had claimed."""
        claim = self._claims.pop(order_id, None)
        if claim is not None and claim.quantity:
            claim.resize(_ZERO)

    def remeasure(self, instrument: InstrumentId) -> None:
        """Claim again what working orders of an instrument need, after its terms changed."""
        for claim in self._claims.values():
            if claim.instrument.id == instrument:
                claim.resize(claim.quantity)

    # ---- events

    def apply(self, event: OrderEvent) -> Order | None:
        """Apply an order event; return the new order record, or None when nothing changed."""
        if type(event) in _SURE or is_sure(self, event):
            return self._apply(event)
        with Whole(self, event):
            return self._apply(event)

    def _apply(self, event: OrderEvent) -> Order | None:
        order = self.orders.apply(event)
        if order is None:
            return None
        kind = type(event)
        if kind is OrderFilled:
            self._book_fill(event.fill, order)  # type: ignore[union-attr]
        elif kind is OrderModified:
            self._claim_again(order, event)  # type: ignore[arg-type]
        elif kind is OrderSubmitted and order.request.tag == EXTERNAL:
            self._unclaimed[order.order_id] = None  # nobody placed it here
        if order.state not in _WORKING and order.order_id in self._claims:
            self.release(order.order_id)
        if self._unclaimed:
            self._claim_late()
        return order

    def _claim_late(self) -> None:
        """Claim what orders need that were placed elsewhere, as soon as the books have it."""
        for order_id in list(self._unclaimed):
            order = self.orders.find(order_id)
            if order is None or order.done or order_id in self._claims:
                del self._unclaimed[order_id]
                continue
            rest = msgspec.structs.replace(order.request, quantity=order.remaining)
            try:
                self.place(order_id, rest)
            except AnyvenueError:
                continue
            del self._unclaimed[order_id]

    def _claim_again(self, order: Order, event: OrderModified) -> None:
        claim = self._claims.get(order.order_id)
        if claim is None:
            self._unclaimed[order.order_id] = None  # filled, as was thought, and now it is not
        else:
            if event.price is not None:
                claim.reprice(event.price)
            claim.resize(order.remaining)

    def apply_account(self, event: AccountEvent) -> None:
        """Apply an event about money, positions or the trading day."""
        with Whole(self):
            _ACCOUNT_STEPS[type(event)](self, event)

    def deposit(self, event: Deposited) -> None:
        """Book money paid in."""
        self._move(PostingKind.DEPOSIT, event.currency, event.amount, event)

    def withdraw(self, event: Withdrawn) -> None:
        """Book money paid out."""
        self._move(PostingKind.WITHDRAWAL, event.currency, -event.amount, event)

    def move_cash(self, event: CashMoved) -> None:
        """Book funding, interest and the like."""
        self._move(event.kind, event.currency, event.amount, event, event.instrument)
        if event.instrument is not None:
            _, instrument, booking = self.term(event.instrument)
            booking.cash_moved(self, instrument, event)

    def _move(
        self,
        kind: PostingKind,
        currency: str,
        amount: Decimal,
        event: Deposited | Withdrawn | CashMoved,
        instrument: InstrumentId | None = None,
    ) -> None:
        day = self.trading_day.get(currency, 0)
        self.ledger.post(
            kind, currency, amount, event.ts_event, day, instrument, reference=event.reference
        )

    def exercise(self, event: OptionExercised) -> None:
        """Book the end of option lots, and what it brings."""
        _, instrument, booking = self.term(event.instrument)
        booking.exercise(self, instrument, self.holding_of(instrument), event)

    def align_positions(self, event: PositionsAligned) -> None:
        """Hold what the venue says of one instrument."""
        _, instrument, booking = self.term(event.instrument)
        holding = self.holding_of(instrument)
        day = self.trading_day.get(instrument.currency, 0)
        align_legs(instrument, holding, event.position, day)
        booking.aligned(self, instrument, holding)
        if not booking.floating:
            self._margin.update(instrument, holding)
        if self._spreads:
            self._trim_combinations(instrument.id)
        if self._unclaimed:
            self._claim_late()

    def align_terms(self, event: TermsAligned) -> None:
        """Hold an instrument on the terms the venue says."""
        _, instrument, booking = self.term(event.instrument)
        booking.take_terms(self, instrument, self.holding_of(instrument), event.terms)

    def align_balance(self, event: BalanceAligned) -> None:
        """Have the money the venue says; a currency that had no trading day gets one."""
        self.begin_day(event.currency, event.trading_day)
        kind, currency = PostingKind.ALIGNMENT, event.currency
        self.ledger.post(kind, currency, event.amount, event.ts_event, event.trading_day)
        if event.earlier:
            self.ledger.date_back(kind, currency, event.amount)
        if self._unclaimed:
            self._claim_late()

    def combine(self, event: PositionsCombined) -> None:
        """Combine legs into a spread, or split them."""
        _, instrument, booking = self.term(event.instrument)
        booking.combine(self, instrument, event)

    def change_terms(self, event: MarginTermsChanged) -> None:
        """Take another leverage, margin mode or isolated sum."""
        _, instrument, booking = self.term(event.instrument)
        booking.change_terms(self, instrument, event)

    charge = charge_fill

    def _book_fill(self, fill: Fill, order: Order) -> None:
        claim = self._claims.get(fill.order_id)
        if claim is not None:
            rest = order.remaining
            claim.resize(rest if rest > 0 else _ZERO)
        term = self.term(fill.instrument)
        instrument = term[1]
        day = fill.trading_day or self.trading_day.get(instrument.currency, 0)
        self._book_lots(term, fill, day)
        self.post(_FEE, instrument, -fill.fee, fill, day, fill.fee_currency)
        if self._spreads:
            self._trim_combinations(instrument.id)

    def book_lots(self, fill: Fill, day: int) -> None:
        """Book legs, money and margin of a fill but its fee, such as one leg of a spread's."""
        self._book_lots(self.term(fill.instrument), fill, day)

    def _book_lots(self, term: Term, fill: Fill, day: int) -> None:
        _, instrument, booking = term
        holding = self.holding_of(instrument)
        changed = booking.fill(self, instrument, holding, fill, day)
        if not booking.floating:
            self._margin.update(instrument, holding, changed)

    def deliver(self, fill: Fill) -> None:
        """Book lots that come or go without an order, such as the underlying of an exercised option; no fee."""
        self.book_lots(fill, fill.trading_day)
        if self._spreads:
            self._trim_combinations(fill.instrument)

    def _trim_combinations(self, changed: InstrumentId) -> None:
        for spread, holding in self._spreads.values():
            if any(leg.instrument == changed for leg in spread.legs):
                trim_combinations(self, spread, holding)

    def post(
        self,
        kind: PostingKind,
        instrument: Instrument,
        amount: Decimal,
        fill: Fill,
        day: int,
        currency: str = "",
    ) -> None:
        """Post an amount that belongs to a fill, rounded, in the instrument's or another currency."""
        currency = currency or instrument.currency
        self.ledger.post(
            kind,
            currency,
            round_money(amount, currency),
            fill.ts_event,
            day,
            instrument.id,
            fill.order_id,
            fill.trade_id,
        )

    def begin_day(self, currency: str, trading_day: int) -> None:
        """Say which trading day (yyyymmdd) is open in a currency; later days come with their settlements."""
        self.trading_day.setdefault(currency, trading_day)

    def settle(self, event: DaySettled) -> None:
        """Mark margined legs to their settlement prices, make today's lots old and begin the next day.

        A day is settled once, however often the event comes. Raise Inconsistent when a held margined instrument has no
        settlement price.
        """
        if event.trading_day < self.trading_day.get(event.currency, 0):
            return
        prices = dict(event.prices)
        held = self._by_currency.get(event.currency, {})
        for instrument, holding, booking in list(held.values()):
            price = prices.get(instrument.id)
            self._forget_dating(holding)
            for kind, profit in booking.settle(self, instrument, holding, price, event):
                self.ledger.post(
                    kind,
                    event.currency,
                    round_money(profit, event.currency),
                    event.ts_event,
                    event.trading_day,
                    instrument.id,
                )
            if not booking.floating:
                self._margin.update(instrument, holding)
            if holding.idle:
                del self._holdings[instrument.id]
                del held[instrument.id]
                self._floating.get(event.currency, {}).pop(instrument.id, None)
                self._spreads.pop(instrument.id, None)
        self._keep_figures(event)
        self.ledger.roll(event.currency)
        self.trading_day[event.currency] = event.next_day

    def _keep_figures(self, event: DaySettled) -> None:
        """Remember how the day ended; that something cannot be valued is no reason not to end it."""
        try:
            ended = closing_figures(self, event)
        except AnyvenueError:
            return
        kept = self.ended.get(event.currency, ())
        self.ended[event.currency] = (*kept[1 - _DAYS_KEPT :], ended)

    def _forget_dating(self, holding: Holding) -> None:
        """Let claims on today's lots be claims on old ones from now on."""
        for claim in self._claims.values():
            for lots in claim.lots_claimed():
                if lots.book in (holding.long, holding.short):
                    lots.of_today = False

    def roll_series(self, event: SeriesRolled) -> None:
        """Take the jump of a continuous series out of the profit, once a day: ``-gap x net x multiplier``."""
        if event.trading_day <= self._rolled.get(event.instrument, 0):
            return
        self._rolled[event.instrument] = event.trading_day
        holding = self._holdings.get(event.instrument)
        if holding is None:
            return
        instrument = self.instrument(event.instrument)
        net = holding.long.quantity - holding.short.quantity
        self.ledger.post(
            PostingKind.ROLL,
            instrument.currency,
            round_money(-event.gap * net * instrument.multiplier, instrument.currency),
            event.ts_event,
            event.trading_day,
            event.instrument,
        )


def _no_step(state: AccountState, event: AccountEvent) -> None:
    """A refusal changes nothing."""


_ACCOUNT_STEPS: dict[type, Callable[[AccountState, Any], None]] = {
    BalanceAligned: AccountState.align_balance,
    CashMoved: AccountState.move_cash,
    CommandRefused: _no_step,
    DaySettled: AccountState.settle,
    Deposited: AccountState.deposit,
    MarginTermsChanged: AccountState.change_terms,
    OptionExercised: AccountState.exercise,
    PositionsAligned: AccountState.align_positions,
    PositionsCombined: AccountState.combine,
    SeriesRolled: AccountState.roll_series,
    TermsAligned: AccountState.align_terms,
    Withdrawn: AccountState.withdraw,
}

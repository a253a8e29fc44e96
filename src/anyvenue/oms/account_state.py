"""One account: its orders, claims, legs and money. The node and the exchange use this same class.

`place` claims what an order needs before it goes out; `apply` takes events. Both leave everything as it was when
they raise.
"""

from collections.abc import Callable
from decimal import Decimal

import msgspec

from anyvenue.model.accounts import Account, Posting
from anyvenue.model.enums import (
    Dating,
    Offset,
    OrderState,
    OrderType,
    PostingKind,
    ProfitMethod,
    Side,
)
from anyvenue.model.errors import AnyvenueError, InsufficientFunds, InvalidOrder
from anyvenue.model.events import (
    DaySettled,
    Deposited,
    OrderEvent,
    OrderFilled,
    OrderModified,
    SeriesRolled,
    Withdrawn,
)
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.model.orders import Fill, Order, OrderRequest
from anyvenue.model.positions import Position
from anyvenue.oms.claims import Claim, ClosingClaim, Frozen, OpeningClaim
from anyvenue.oms.figures import countable, figures, market_value, position_profit, rough_profit
from anyvenue.oms.ledger import Ledger
from anyvenue.oms.legs import Holding
from anyvenue.oms.margin import MarginTotals
from anyvenue.oms.money import round_money
from anyvenue.oms.offsets import (
    check_closable,
    check_odd_rest,
    check_opening,
    split_fill,
    today_first,
)
from anyvenue.oms.order_store import OrderStore
from anyvenue.oms.rates import RateBook
from anyvenue.oms.settlement import settle_holding

__all__ = ["AccountSettings", "AccountState"]

# Bound once: looking a member up on its enum class costs more than most of what is done with it.
_BUY = Side.BUY
_BY_DAY = ProfitMethod.BY_DAY
_CLOSE = Offset.CLOSE
_CLOSE_PROFIT = PostingKind.CLOSE_PROFIT
_CLOSE_TODAY = Offset.CLOSE_TODAY
_DATED_AUTO = Dating.AUTO
_DATED_NONE = Dating.NONE
_DEPOSIT = PostingKind.DEPOSIT
_FEE = PostingKind.FEE
_MARKET = OrderType.MARKET
_PURCHASE = PostingKind.PURCHASE
_ROLL = PostingKind.ROLL
_SALE = PostingKind.SALE
_SELL = Side.SELL
_TO_OPEN = Offset.OPEN
_WITHDRAWAL = PostingKind.WITHDRAWAL

_ZERO = Decimal(0)
Mark = Callable[[InstrumentId], Decimal | None]
Lookup = Callable[[InstrumentId], Instrument]
_WORKING = frozenset(
    {OrderState.NEW, OrderState.SENT, OrderState.OPEN, OrderState.PARTIAL, OrderState.UNKNOWN}
)


class AccountSettings(msgspec.Struct, frozen=True):
    """How the books of an account are kept.

    `profit_method`: close profit from the previous settlement (BY_DAY) or from the opening price (BY_TRADE).
    `larger_side`: margin only the larger side of a margin group. `unrealised` says which unrealised profit counts as
    available: both, loss, gain or none (the counter's Algorithm 1 to 4).
    """

    profit_method: ProfitMethod = ProfitMethod.BY_DAY
    larger_side: bool = False
    unrealised: str = "both"


class AccountState:
    """The books of one account."""

    def __init__(
        self,
        account: AccountId,
        instruments: Lookup,
        mark: Mark,
        rates: RateBook | None = None,
        settings: AccountSettings | None = None,
        sink: Callable[[Posting], None] | None = None,
        keep_done: bool = True,
    ) -> None:
        """Look instruments up with `instruments` and current prices with `mark`."""
        self.account = account
        self.settings = settings or AccountSettings()
        self.rates = rates or RateBook()
        self.orders = OrderStore(keep_done)
        self.ledger = Ledger(account, sink)
        self.trading_day: dict[str, int] = {}
        self._lookup = instruments
        self._mark = mark
        self._holdings: dict[InstrumentId, Holding] = {}
        self._by_currency: dict[str, dict[InstrumentId, Instrument]] = {}
        self._claims: dict[OrderId, Claim] = {}
        self._frozen: dict[str, Frozen] = {}
        self._rolled: dict[InstrumentId, int] = {}
        self._margin = MarginTotals(self.rates, self.settings.larger_side)

    # ---- before an order goes out

    def place(self, order_id: OrderId, request: OrderRequest) -> None:
        """Claim what an order with a resolved offset needs.

        Raise InsufficientFunds, InsufficientPosition, InvalidOrder, OffLot, UnknownFee or UnknownMargin.
        """
        instrument = self._lookup(request.instrument)
        if request.offset is _TO_OPEN:
            self._claims[order_id] = self._claim_money(instrument, request)
        else:
            self._claims[order_id] = self._claim_lots(instrument, request)

    def _claim_money(self, instrument: Instrument, request: OrderRequest) -> Claim:
        check_opening(instrument, request.side)
        claim = OpeningClaim(
            instrument,
            request.side,
            request.quantity,
            self._freezing_price(instrument, request),
            self.rates.fees(instrument),
            self.rates.margin(instrument) if instrument.position_rule.margined else None,
            self._frozen_of(instrument.currency),
        )
        available = self.available(instrument.currency)
        if claim.needed > available:
            raise InsufficientFunds(
                f"{request.side} {plain(request.quantity)} of {instrument.id} needs {plain(claim.needed)} "
                f"{instrument.currency}; account {self.account} has {plain(available)} available",
                account=self.account,
                instrument=instrument.id,
                needed=claim.needed,
                available=available,
                currency=instrument.currency,
            )
        claim.freeze()
        return claim

    def _claim_lots(self, instrument: Instrument, request: OrderRequest) -> Claim:
        holding = self._holdings.get(instrument.id)
        check_closable(instrument, holding, request.side, request.offset, request.quantity)
        self.rates.fees(instrument)
        book = self._holding(instrument).closed_by(request.side)
        check_odd_rest(instrument, book, request.offset, request.quantity)
        claim = ClosingClaim(instrument, request.side, request.offset, request.quantity, book)
        claim.freeze()
        return claim

    def _freezing_price(self, instrument: Instrument, request: OrderRequest) -> Decimal:
        price = request.price or request.stop_price or self._mark(instrument.id)
        if price is None:
            raise InvalidOrder(
                f"no price of {instrument.id} is known yet, so a {_MARKET} order cannot be "
                "checked against the money; wait for the first quote or give a limit price",
                field="price",
                value="missing",
                instrument=instrument.id,
            )
        return price

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

    # ---- events

    def apply(self, event: OrderEvent) -> Order | None:
        """Apply an order event; return the new order record, or None when nothing changed."""
        order = self.orders.apply(event)
        if order is None:
            return None
        if type(event) is OrderFilled:
            self._book_fill(event.fill, order)
        elif type(event) is OrderModified:
            self._claim_again(order, event)
        if order.state not in _WORKING:
            self.release(order.order_id)
        return order

    def _claim_again(self, order: Order, event: OrderModified) -> None:
        claim = self._claims.get(order.order_id)
        if isinstance(claim, OpeningClaim) and event.price is not None:
            claim.price = event.price
        if claim is not None:
            claim.resize(order.remaining)

    def deposit(self, event: Deposited) -> None:
        """Book money paid in."""
        self._move(_DEPOSIT, event.currency, event.amount, event)

    def withdraw(self, event: Withdrawn) -> None:
        """Book money paid out."""
        self._move(_WITHDRAWAL, event.currency, -event.amount, event)

    def _move(
        self, kind: PostingKind, currency: str, amount: Decimal, event: Deposited | Withdrawn
    ) -> None:
        day = self.trading_day.get(currency, 0)
        self.ledger.post(kind, currency, amount, event.ts_event, day, reference=event.reference)

    def charge(
        self,
        order_id: OrderId,
        instrument: Instrument,
        side: Side,
        offset: Offset,
        price: Decimal,
        quantity: Decimal,
    ) -> Decimal:
        """Return the fee of a fill that is about to happen, metering it on the order (the venue's side)."""
        schedule = self.rates.fees(instrument)
        claim = self._claims[order_id]
        value = price * instrument.multiplier
        currency = instrument.currency
        dated = instrument.position_rule.dated
        if offset is _TO_OPEN or dated is not _DATED_AUTO:
            # Rules that do not date lots have one closing rate.
            at = _CLOSE if dated is _DATED_NONE and offset is not _TO_OPEN else offset
            return claim.meter(at).charge(schedule, side, at, currency, value * quantity, quantity)
        book = self._holding(instrument).closed_by(side)
        today, old = split_fill(instrument, book, offset, quantity, today_first(schedule))
        fee = _ZERO
        if old:
            meter = claim.meter(_CLOSE)
            fee += meter.charge(schedule, side, _CLOSE, currency, value * old, old)
        if today:
            at = _CLOSE_TODAY
            fee += claim.meter(at).charge(schedule, side, at, currency, value * today, today)
        return fee

    def _book_fill(self, fill: Fill, order: Order) -> None:
        instrument = self._lookup(fill.instrument)
        claim = self._claims.get(fill.order_id)
        if claim is not None:
            claim.resize(max(order.remaining, _ZERO))
        day = fill.trading_day or self.trading_day.get(instrument.currency, 0)
        holding = self._holding(instrument)
        changed = fill.side
        if fill.offset is _TO_OPEN:
            book = holding.held_by(fill.side)
            book.today.add(fill.price, fill.quantity, day, fill.trade_id)
        else:
            changed = _SELL if fill.side is _BUY else _BUY
            self._close(instrument, holding, fill, day)
        if not instrument.position_rule.margined:
            sign = -1 if fill.side is _BUY else 1
            kind = _PURCHASE if sign < 0 else _SALE
            self._post(
                kind,
                instrument,
                sign * fill.price * instrument.multiplier * fill.quantity,
                fill,
                day,
            )
        self._post(_FEE, instrument, -fill.fee, fill, day, fill.fee_currency)
        self._margin.update(instrument, holding, changed)

    def _close(self, instrument: Instrument, holding: Holding, fill: Fill, day: int) -> None:
        book = holding.closed_by(fill.side)
        prefer_today = today_first(self.rates.fees(instrument))
        today, old = split_fill(instrument, book, fill.offset, fill.quantity, prefer_today)
        closed = book.close(today, old)
        if instrument.position_rule.margined:
            by_day = self.settings.profit_method is _BY_DAY
            basis = closed.mark_value if by_day else closed.open_value
            profit = fill.price * fill.quantity - basis
            if fill.side is _BUY:
                profit = -profit
            self._post(_CLOSE_PROFIT, instrument, profit * instrument.multiplier, fill, day)

    def _post(
        self,
        kind: PostingKind,
        instrument: Instrument,
        amount: Decimal,
        fill: Fill,
        day: int,
        currency: str = "",
    ) -> None:
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
        for instrument in list(held.values()):
            holding = self._holdings[instrument.id]
            price = prices.get(instrument.id)
            self._forget_dating(holding)
            profits = settle_holding(
                instrument,
                holding,
                price,
                instrument.id in event.delivered,
                self.settings.profit_method,
            )
            for kind, profit in profits:
                self.ledger.post(
                    kind,
                    event.currency,
                    round_money(profit, event.currency),
                    event.ts_event,
                    event.trading_day,
                    instrument.id,
                )
            self._margin.update(instrument, holding)
            if not holding.long.quantity and not holding.short.quantity:
                del self._holdings[instrument.id]
                del held[instrument.id]
        self.ledger.roll(event.currency)
        self.trading_day[event.currency] = event.next_day

    def _forget_dating(self, holding: Holding) -> None:
        """Let claims on today's lots be claims on old ones from now on."""
        for claim in self._claims.values():
            if isinstance(claim, ClosingClaim) and claim.book in (holding.long, holding.short):
                claim.of_today = False

    def roll_series(self, event: SeriesRolled) -> None:
        """Take the jump of a continuous series out of the profit, once a day: ``-gap x net x multiplier``."""
        if event.trading_day <= self._rolled.get(event.instrument, 0):
            return
        self._rolled[event.instrument] = event.trading_day
        holding = self._holdings.get(event.instrument)
        if holding is None:
            return
        instrument = self._lookup(event.instrument)
        net = holding.long.quantity - holding.short.quantity
        self.ledger.post(
            _ROLL,
            instrument.currency,
            round_money(-event.gap * net * instrument.multiplier, instrument.currency),
            event.ts_event,
            event.trading_day,
            event.instrument,
        )

    # ---- views

    def available(self, currency: str) -> Decimal:
        """Return the money an opening order may use now."""
        profit = countable(self.position_profit(currency), self.settings.unrealised)
        free = self.ledger.balance(currency) - self._margin.of(currency) + profit
        frozen = self._frozen.get(currency)
        return free - frozen.total if frozen else free

    def withdrawable(self, currency: str) -> Decimal:
        """Return the money that may be paid out now: what is available, less unrealised gains."""
        profit = countable(self.position_profit(currency), self.settings.unrealised)
        return self.available(currency) - max(profit, _ZERO)

    def position_profit(self, currency: str) -> Decimal:
        """Return the unrealised profit of margined positions at current marks."""
        return position_profit(
            self._held(currency), self._mark, self.settings.profit_method, currency
        )

    def worth(self, currency: str) -> Decimal:
        """Return balance plus unrealised profit plus the market value of fully paid holdings."""
        balance = self.ledger.balance(currency) + self.position_profit(currency)
        return balance + self.market_value(currency)

    def rough_worth(self, currency: str, price_of: Callable[[InstrumentId], float | None]) -> float:
        """Return about what `worth` would, quickly, with float prices of the caller's."""
        by_day = self.settings.profit_method is _BY_DAY
        profit = rough_profit(self._held(currency), price_of, by_day)
        return float(self.ledger.balance(currency)) + profit

    def mark(self, instrument: InstrumentId) -> Decimal | None:
        """Return the price that positions of an instrument are valued at now, None before the first."""
        return self._mark(instrument)

    def figures(self, currency: str, ts: int) -> Account:
        """Return the account's figures in `currency` as of `ts`."""
        return figures(self, currency, ts)

    def margin(self, currency: str) -> Decimal:
        """Return the margin of held positions."""
        return self._margin.of(currency)

    def frozen(self, currency: str) -> Frozen:
        """Return the sums that working orders have frozen."""
        return self._frozen_of(currency)

    def market_value(self, currency: str) -> Decimal:
        """Return the worth of fully paid holdings at current marks; at cost where there is no mark."""
        return market_value(self._held(currency), self._mark, currency)

    def currencies(self) -> list[str]:
        """Return the currencies of the account, sorted."""
        return self.ledger.currencies()

    def holding(self, instrument: InstrumentId) -> Holding | None:
        """Return the legs of one instrument, None when nothing was ever held since the last settlement."""
        return self._holdings.get(instrument)

    def position(self, instrument: InstrumentId) -> Position:
        """Return the position record of one instrument, flat when nothing is held."""
        holding = self._holdings.get(instrument)
        return holding.position(self.account) if holding else Position(self.account, instrument)

    def positions(self) -> list[Position]:
        """Return the positions that are not flat, sorted by instrument."""
        records = [holding.position(self.account) for _, holding in sorted(self._holdings.items())]
        return [record for record in records if not record.flat]

    def held_instruments(self, currency: str) -> list[Instrument]:
        """Return the instruments with legs in `currency`."""
        return list(self._by_currency.get(currency, {}).values())

    def _held(self, currency: str) -> list[tuple[Instrument, Holding]]:
        held = self._by_currency.get(currency)
        if not held:
            return []
        return [(instrument, self._holdings[instrument.id]) for instrument in held.values()]

    def _holding(self, instrument: Instrument) -> Holding:
        holding = self._holdings.get(instrument.id)
        if holding is None:
            holding = self._holdings[instrument.id] = Holding(instrument.id)
            self._by_currency.setdefault(instrument.currency, {})[instrument.id] = instrument
        return holding

    def _frozen_of(self, currency: str) -> Frozen:
        frozen = self._frozen.get(currency)
        if frozen is None:
            frozen = self._frozen[currency] = Frozen()
        return frozen

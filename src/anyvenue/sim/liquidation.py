"""Liquidation: positions that no longer have their maintenance margin are closed by the exchange.

Rules (after Binance's liquidation protocols): an isolated position goes when its money and its unrealised profit are
not above its maintenance margin; in cross margin, when the balance (without isolated money) and the unrealised profit
of all cross positions in a currency are not above the sum of their maintenance margins. First the working orders of
what backs each other are cancelled. Then positions are closed whole, the one with the largest loss first, until what
is left suffices. They are closed at the mark price (`oms.marks`). A fee of value x `liquidation_fee` is charged, or
what is left of the money if that is less. A loss beyond the money is the house's (insurance fund).

Left out: closing in parts down the tiers, auto-deleveraging of the other side, and the house's own profit from closing
better than the bankruptcy price.
"""

from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from anyvenue.model.enums import Offset, OrderType, PostingKind, Side, TimeInForce
from anyvenue.model.events import (
    CashMoved,
    Event,
)
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, StrategyId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import FundingRate, MarketEvent
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.bookings.leveraged import Leveraged
from anyvenue.oms.bookings.leveraged_holding import LeveragedHolding
from anyvenue.oms.money import round_money
from anyvenue.oms.tiers import is_leveraged
from anyvenue.sim.days import FAR
from anyvenue.sim.holders import Holders
from anyvenue.sim.own_orders import FIRST_ID, execute
from anyvenue.sim.services import Service

if TYPE_CHECKING:
    from anyvenue.sim.exchange import Exchange

__all__ = ["TAG", "Liquidation"]

TAG = "liquidation"

_ZERO = Decimal(0)
# Of the price: within it the sums below are bounds for inverse contracts, too.
_WIDEST = 0.2


class _Held(NamedTuple):
    """A position at the price of the moment."""

    instrument: Instrument
    holding: LeveragedHolding
    booking: Leveraged
    price: Decimal
    profit: Decimal
    maintenance: Decimal
    value: Decimal


class Liquidation(Service):
    """Looks at positions when their price leaves the band within which nothing can happen to them."""

    def __init__(self, exchange: "Exchange", holders: Holders) -> None:
        """Keep `holders` up to date."""
        super().__init__(exchange)
        self._holders = holders
        self._ids = count(FIRST_ID)
        self._moved: dict[InstrumentId, Instrument] = {}

    def serves(self, instrument: Instrument) -> bool:
        """Serve what is kept by leverage."""
        return is_leveraged(instrument)

    def forget(self, account: AccountId) -> None:
        """Watch the account no more."""
        self._holders.forget(account)

    def watches(self, instrument: Instrument) -> bool:
        """Watch what somebody holds."""
        return self._holders.any_of(instrument.id)

    def filled(self, state: AccountState, instrument: Instrument, fill: Fill) -> list[Event]:
        """Note who holds what now; where users make the price, look at the holders once the order is through."""
        self._holders.note(state, instrument, fill)
        if self.exchange.meets_users:
            self._moved[instrument.id] = instrument
            self.due = min(self.due, fill.ts_event)
        return []

    def see(self, instrument: Instrument, event: MarketEvent) -> list[Event]:
        """Look at the holders whose price band is left."""
        if isinstance(event, FundingRate):
            return []
        return self._look(instrument, event.ts_recv)

    def ring(self, now: int) -> list[Event]:
        """Look at the holders of what users have traded."""
        moved, self._moved, self.due = self._moved, {}, FAR
        return [event for each in moved.values() for event in self._look(each, now)]

    def _look(self, instrument: Instrument, now: int) -> list[Event]:
        if not self._holders.any_of(instrument.id):
            return []
        price = self.price(instrument)
        if price is None:
            return []
        events: list[Event] = []
        for watch in self._holders.due(instrument.id, float(price)):
            events += self.check(watch.state, instrument, now)
        return events

    def check(self, state: AccountState, instrument: Instrument, now: int) -> list[Event]:
        """Liquidate what must be, of one position or of the cross positions it is one of."""
        held = self._held(state, instrument)
        if held is None:
            self._holders.drop(state.account, instrument.id)
            return []
        if held.booking.isolated(state, held.holding):
            return self._check_isolated(state, held, now)
        return self._check_cross(state, instrument.currency, now)

    # ---- isolated

    def _check_isolated(self, state: AccountState, held: _Held, now: int) -> list[Event]:
        slack = held.holding.money + held.profit - held.maintenance
        if slack > 0:
            self._keep(state, [held], slack)
            return []
        name = held.instrument.id
        self.exchange.end_orders(state, lambda each: each.id == name, TAG, now)
        before, money = state.ledger.balance(held.instrument.currency), held.holding.money
        events = self._close(state, held, now)
        left = money + state.ledger.balance(held.instrument.currency) - before
        events += self._charge(state, held, left, now)
        if left < 0:
            events.append(self._insure(state, held.instrument, -left, now))
        return events

    # ---- cross

    def _check_cross(self, state: AccountState, currency: str, now: int) -> list[Event]:
        positions = self._crossed(state, currency)
        slack = _equity(state, positions, currency) - _needed(positions)
        if slack > 0:
            self._keep(state, positions, slack)
            return []
        self.exchange.end_orders(
            state, lambda each: each.currency == currency and is_leveraged(each), TAG, now
        )
        events: list[Event] = []
        while positions and _equity(state, positions, currency) <= _needed(positions):
            worst = min(positions, key=lambda each: each.profit)
            positions.remove(worst)
            events += self._close(state, worst, now)
            events += self._charge(state, worst, _equity(state, positions, currency), now)
            if not positions and (left := _equity(state, positions, currency)) < 0:
                events.append(self._insure(state, worst.instrument, -left, now))
        return events

    def _crossed(self, state: AccountState, currency: str) -> list[_Held]:
        found = []
        for instrument in state.held_instruments(currency):
            if is_leveraged(instrument):
                held = self._held(state, instrument)
                if held is not None and not held.booking.isolated(state, held.holding):
                    found.append(held)
        return found

    # ---- both

    def _held(self, state: AccountState, instrument: Instrument) -> _Held | None:
        holding, booking = state.holding(instrument.id), state.booking(instrument.id)
        price = self.price(instrument)
        if not (isinstance(holding, LeveragedHolding) and isinstance(booking, Leveraged)):
            return None
        if not holding.quantity or price is None:
            return None
        return _Held(
            instrument,
            holding,
            booking,
            price,
            booking.profit(state, instrument, holding, price),
            booking.maintenance(instrument, holding, price),
            sum(booking.sides(instrument, holding, price), _ZERO),
        )

    def _keep(self, state: AccountState, positions: list[_Held], slack: Decimal) -> None:
        """Set the bands: while no price moves by more than this fraction, losses and needs stay below the slack."""
        total = sum((each.value for each in positions), _ZERO)
        part = min(_WIDEST, float(slack) / (2 * float(total))) if total else _WIDEST
        for each in positions:
            near = float(each.price)
            band = near * (1 - part), near * (1 + part)
            self._holders.keep(state.account, each.instrument.id, band)

    def _close(self, state: AccountState, held: _Held, now: int) -> list[Event]:
        """Close both sides of a position at the mark price by orders of the exchange's own."""
        instrument, holding = held.instrument, held.holding
        watch = self._holders.get(state.account, instrument.id)
        day = self.exchange.days.trading_day(instrument.currency)
        events: list[Event] = []
        for side, book in ((Side.SELL, holding.long), (Side.BUY, holding.short)):
            if not book.quantity:
                continue
            order_id = OrderId(next(self._ids))
            request = OrderRequest(
                state.account,
                instrument.id,
                side,
                book.quantity,
                None,
                OrderType.MARKET,
                TimeInForce.IOC,
                Offset.CLOSE,
                reduce_only=True,
                strategy=watch.strategy if watch is not None else StrategyId(""),
                tag=TAG,
            )
            events += execute(state, instrument, (order_id, request), held.price, day, now)
        self._holders.drop(state.account, instrument.id)
        self._holders.look_again(state.account)
        return events

    def _charge(self, state: AccountState, held: _Held, left: Decimal, now: int) -> list[Event]:
        """Charge the fee of a liquidation as far as money is left."""
        instrument = held.instrument
        fee = round_money(held.value * instrument.liquidation_fee, instrument.currency)
        fee = round_money(min(fee, left), instrument.currency)
        if fee <= 0:
            return []
        return [self._post(state, instrument, -fee, PostingKind.LIQUIDATION, now)]

    def _insure(
        self, state: AccountState, instrument: Instrument, amount: Decimal, now: int
    ) -> Event:
        return self._post(state, instrument, amount, PostingKind.INSURANCE, now)

    def _post(
        self,
        state: AccountState,
        instrument: Instrument,
        amount: Decimal,
        kind: PostingKind,
        now: int,
    ) -> Event:
        event = CashMoved(
            state.account, instrument.currency, amount, kind, now, now, instrument.id, TAG
        )
        return self.book(state, event)


def _equity(state: AccountState, positions: list[_Held], currency: str) -> Decimal:
    """Return what backs cross positions: the balance without isolated money, and their profits."""
    aside = _ZERO
    for instrument in state.held_instruments(currency):
        holding = state.holding(instrument.id)
        if isinstance(holding, LeveragedHolding):
            aside += holding.money
    profits = sum((each.profit for each in positions), _ZERO)
    return state.ledger.balance(currency) - aside + profits


def _needed(positions: list[_Held]) -> Decimal:
    return sum((each.maintenance for each in positions), _ZERO)

"""What a night costs and brings: interest, borrow fees and coupons, told to each account before its day is settled."""

from decimal import Decimal

from anyvenue.model.enums import PostingKind
from anyvenue.model.events import CashMoved, Event
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.bookings.financing import Night
from anyvenue.sim.services import Service

__all__ = ["Carry"]


class Carry(Service):
    """Pays and charges what the bookings say (`Booking.carry`), at the day's closing prices."""

    def end_day(self, currency: str, day: int, next_day: int, at: int) -> list[Event]:
        """Tell every account what the coming night costs or brings."""
        night = Night(day, next_day)
        events: list[Event] = []
        for state in self.exchange.accounts.values():
            for instrument in state.held_instruments(currency):
                events += self._of_holding(state, instrument, night, at)
            interest = state.loan_interest(currency, night)
            if interest:
                events.append(self._move(state, currency, interest, PostingKind.INTEREST, at))
        return events

    def _of_holding(
        self, state: AccountState, instrument: Instrument, night: Night, at: int
    ) -> list[Event]:
        holding = state.holding(instrument.id)
        price = self.exchange.closing.price(instrument.id, night.day) or self.price(instrument)
        if holding is None or price is None:
            return []
        moves = state.booking(instrument.id).carry(state, instrument, holding, price, night)
        return [
            self._move(state, instrument.currency, amount, kind, at, instrument.id)
            for kind, amount in moves
        ]

    def _move(
        self,
        state: AccountState,
        currency: str,
        amount: Decimal,
        kind: PostingKind,
        at: int,
        instrument: InstrumentId | None = None,
    ) -> Event:
        event = CashMoved(state.account, currency, amount, kind, at, at, instrument)
        return self.book(state, event)

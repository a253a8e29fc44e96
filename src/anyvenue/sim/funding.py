"""Funding of perpetuals: what holders of one side pay those of the other.

Rule: at each funding time a long position pays value at the mark price x rate, a short one gets it; the other way round
when the rate is below zero (Binance: funding fee = nominal value x funding rate). The mark price is the price
positions are valued at here (`oms.marks`): last or half-way between bid and ask, as long as no feed brings a mark
price of its own. A `FundingRate` tells the rate and when it is due; a later one for the same time replaces it, and
each time is paid once. Recorded rates may be given from the start.
"""

from collections.abc import Sequence
from decimal import Decimal
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from anyvenue.model.enums import PostingKind
from anyvenue.model.events import CashMoved, Event
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import FundingRate, MarketEvent
from anyvenue.model.numbers import plain
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.money import divide_money, round_money
from anyvenue.oms.tiers import is_leveraged
from anyvenue.sim.days import FAR
from anyvenue.sim.holders import Holders
from anyvenue.sim.services import Service

if TYPE_CHECKING:
    from anyvenue.sim.exchange import Exchange

__all__ = ["Funding", "funding_of"]

_ZERO = Decimal(0)


def funding_of(instrument: Instrument, net: Decimal, price: Decimal, rate: Decimal) -> Decimal:
    """Return what `net` lots (below zero: short) get at `rate`, below zero when they pay; rounded once."""
    size = -net * instrument.multiplier * rate
    if instrument.inverse:
        return divide_money(size, price, instrument.currency)
    return round_money(size * price, instrument.currency)


class Funding(Service):
    """Pays what is due; `due` is when next."""

    def __init__(
        self, exchange: "Exchange", holders: Holders, known: Sequence[FundingRate] = ()
    ) -> None:
        """Pay the accounts in `holders`, which somebody else keeps, at rates that are `known` or will be told."""
        super().__init__(exchange)
        self._holders = holders
        self._told = {(each.ts_due, each.instrument): each for each in known}
        self._times = sorted(self._told)
        self._paid: dict[InstrumentId, int] = {}
        self._watched: set[InstrumentId] = set()
        self._plan()

    def serves(self, instrument: Instrument) -> bool:
        """Serve what is kept by leverage."""
        return is_leveraged(instrument)

    def watches(self, instrument: Instrument) -> bool:
        """Watch an instrument whose funding was ever told: the next rate must not be missed."""
        return instrument.id in self._watched

    def see(self, instrument: Instrument, event: MarketEvent) -> list[Event]:
        """Take a funding rate; pay it at once when its time has come already."""
        if not isinstance(event, FundingRate):
            return []
        self._watched.add(instrument.id)
        if event.ts_due <= event.ts_recv:
            return self._pay(event, event.ts_recv)
        key = (event.ts_due, instrument.id)
        if key not in self._told:
            heappush(self._times, key)
        self._told[key] = event
        self._plan()
        return []

    def ring(self, now: int) -> list[Event]:
        """Pay what is due at `now`."""
        events: list[Event] = []
        while self._times and self._times[0][0] <= now:
            events += self._pay(self._told.pop(heappop(self._times)), now)
        self._plan()
        return events

    def _plan(self) -> None:
        self.due = self._times[0][0] if self._times else FAR

    def _pay(self, told: FundingRate, now: int) -> list[Event]:
        name, events = told.instrument, list[Event]()
        if told.ts_due <= self._paid.get(name, 0):
            return events
        self._paid[name] = told.ts_due
        for watch in self._holders.of(name):
            instrument = watch.state.instrument(name)
            price = self.price(instrument)
            if price is not None:
                event = self._moved(watch.state, instrument, price, told, now)
                if event is not None:
                    events.append(self.book(watch.state, event))
        return events

    def _moved(
        self,
        state: AccountState,
        instrument: Instrument,
        price: Decimal,
        told: FundingRate,
        now: int,
    ) -> CashMoved | None:
        net = state.position(instrument.id).net
        amount = funding_of(instrument, net, price, told.rate)
        if not amount:
            return None
        return CashMoved(
            state.account,
            instrument.currency,
            amount,
            PostingKind.FUNDING,
            now,
            now,
            instrument.id,
            f"{plain(told.rate)} at {plain(price)}",
        )

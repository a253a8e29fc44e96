"""The end of a trading day: settlement prices, and one settlement event an account."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from anyvenue.model.events import DaySettled, Event
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth
from anyvenue.model.numbers import ABSENT_ABOVE
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.marks import Marks, exact_price

__all__ = ["ClosingPrices", "settle_day"]


class ClosingPrices:
    """Settlement prices that the data told. They hold for the day they were told on."""

    def __init__(self, instruments: Callable[[InstrumentId], Instrument]) -> None:
        """Begin with none."""
        self._lookup = instruments
        self._told: dict[InstrumentId, tuple[float, int]] = {}

    def learn_snapshot(self, event: Depth) -> None:
        """Take the settlement price of a snapshot, if it has one."""
        if 0 < event.settlement < ABSENT_ABOVE:
            self._told[event.instrument] = (event.settlement, event.trading_day)

    def learn_bar(self, event: Bar) -> None:
        """Take the settlement price of a daily bar, if it has one."""
        if 0 < event.settlement < ABSENT_ABOVE:
            self._told[event.instrument] = (event.settlement, event.trading_day)

    def price(self, instrument: InstrumentId, trading_day: int) -> Decimal | None:
        """Return the settlement price of `trading_day`, None when the data has not told it."""
        price, day = self._told.get(instrument, (0.0, 0))
        if not price or day not in (0, trading_day):
            return None
        return exact_price(price, self._lookup(instrument))

    def forget(self, currency: str, trading_day: int) -> None:
        """Begin a new day in a currency: what was told of `trading_day` and before is over, held or not."""
        self._told = {
            instrument: (price, day)
            for instrument, (price, day) in self._told.items()
            if day > trading_day or self._lookup(instrument).currency != currency
        }


def settle_day(
    accounts: Iterable[AccountState],
    marks: Marks,
    closing: ClosingPrices,
    currency: str,
    trading_day: int,
    next_day: int,
    at: int,
) -> list[Event]:
    """Settle one currency's day in every account that uses it and return the events.

    An instrument is settled at the settlement price the data told, else at its last price. Futures whose last trading
    day it was are delivered at that price, bonds that have matured are paid back at their face.
    """
    events: list[Event] = []
    prices: dict[InstrumentId, Decimal] = {}
    for state in accounts:
        held = state.held_instruments(currency)
        if not held and currency not in state.currencies():
            continue
        for instrument in held:
            if instrument.id not in prices:
                price = closing.price(instrument.id, trading_day) or marks(instrument.id)
                if instrument.bond is not None and 0 < instrument.expiry <= trading_day:
                    price = instrument.bond.face
                if price is not None:
                    prices[instrument.id] = price
        event = DaySettled(
            state.account,
            currency,
            trading_day,
            next_day,
            tuple((each.id, prices[each.id]) for each in held if each.id in prices),
            at,
            at,
            tuple(each.id for each in held if 0 < each.expiry <= trading_day),
        )
        state.settle(event)
        events.append(event)
    for name, price in prices.items():
        marks.settle(name, price)
    closing.forget(currency, trading_day)
    return events

"""Long or short lots of one contract: first in, first out, with what the day did to them."""

from decimal import Decimal

import msgspec

from anyvenue.venues.ctp.ticks.contracts import Contract
from anyvenue.venues.ctp.ticks.numbers import ZERO

__all__ = ["Lot", "Part", "Side"]


class Lot(msgspec.Struct):
    """What one trade opened: `volume` is still held, `closed` was closed today."""

    price: Decimal
    volume: int
    day: str
    trade_id: str
    closed: int = 0
    closed_amount: Decimal = ZERO
    profit_by_day: Decimal = ZERO
    profit_by_trade: Decimal = ZERO


class Part:
    """Today's lots of a side, or the older ones, with the day's sums; `value` is price x volume of what is held."""

    __slots__ = (
        *("cash", "closed", "closed_amount", "fees", "first", "lots"),
        *("profit_by_day", "profit_by_trade", "value", "volume"),
    )

    def __init__(self) -> None:
        self.lots: list[Lot] = []
        self.first = 0  # of the lots, which have something left
        self.volume = 0
        self.value = ZERO
        self.closed = 0
        self.closed_amount = self.profit_by_day = self.profit_by_trade = ZERO
        self.fees = self.cash = ZERO

    def add(self, lot: Lot) -> None:
        """Put a lot in."""
        self.lots.append(lot)
        self.volume += lot.volume
        self.value += lot.price * lot.volume


class Side:
    """One side of one contract. `settled` is the previous settlement price, at which older lots stand."""

    __slots__ = (
        *("contract", "long", "old", "opened", "opened_amount"),
        *("previous", "settled", "today"),
    )

    def __init__(self, contract: Contract, long: bool, settled: Decimal | None = None) -> None:
        self.contract = contract
        self.long = long
        self.settled = settled
        self.today, self.old = Part(), Part()
        self.previous = 0
        self.opened = 0
        self.opened_amount = ZERO

    @property
    def volume(self) -> int:
        """All lots held."""
        return self.today.volume + self.old.volume

    @property
    def old_mark_value(self) -> Decimal:
        """The older lots at the settlement price, at opening prices while there is none."""
        return self.old.value if self.settled is None else self.old.volume * self.settled

    def hold(self, lot: Lot) -> None:
        """Put a lot in that the day began with."""
        self.old.add(lot)
        self.previous += lot.volume

    def open(self, price: Decimal, volume: int, day: str, trade_id: str) -> None:
        """Put in what a trade opened."""
        self.today.add(Lot(price, volume, day, trade_id))
        self.opened += volume
        self.opened_amount += price * volume * self.contract.multiplier

    def split(self, volume: int, of_today: bool, today_first: bool) -> tuple[int, int]:
        """Return how many of today's and of the older lots a closing trade takes.

        What a part does not have is taken of the other one: a trade is a fact, however late it is told.
        """
        if (of_today and self.contract.dated) or (today_first and not self.contract.dated):
            today = min(volume, self.today.volume)
            return today, volume - today
        old = min(volume, self.old.volume)
        return volume - old, old

    def close(self, price: Decimal, today: int, old: int) -> Decimal:
        """Take lots out; return the profit by day that they made, unrounded."""
        return self._take(self.old, price, old) + self._take(self.today, price, today)

    def _take(self, part: Part, price: Decimal, volume: int) -> Decimal:
        unit, profit = self.contract.multiplier, ZERO
        left = min(volume, part.volume)
        part.closed += left
        part.closed_amount += price * left * unit
        part.volume -= left
        while left:
            lot = part.lots[part.first]
            taken = min(left, lot.volume)
            left -= taken
            if taken:
                profit += self._close_lot(part, lot, price, taken)
            if not lot.volume:
                part.first += 1
        return profit

    def _close_lot(self, part: Part, lot: Lot, price: Decimal, volume: int) -> Decimal:
        units = volume * self.contract.multiplier * (1 if self.long else -1)
        by_day = (price - self.mark_of(part, lot)) * units
        by_trade = (price - lot.price) * units
        lot.volume -= volume
        lot.closed += volume
        lot.closed_amount += price * volume * self.contract.multiplier
        lot.profit_by_day += by_day
        lot.profit_by_trade += by_trade
        part.value -= lot.price * volume
        part.profit_by_day += by_day
        part.profit_by_trade += by_trade
        return by_day

    def mark_of(self, part: Part, lot: Lot) -> Decimal:
        """Return the price that a lot's profit by day is measured from."""
        return lot.price if part is self.today or self.settled is None else self.settled

"""What holding overnight costs or earns: interest of currency positions, the fee for borrowed shares, of a loan."""

from decimal import Decimal

import msgspec

from anyvenue.model.instruments import Financing
from anyvenue.oms.money import divide_money
from anyvenue.reference.days import number_of

__all__ = ["Night", "financing_cost"]


class Night(msgspec.Struct, frozen=True):
    """The night between a trading day and the next one (yyyymmdd)."""

    day: int
    next_day: int

    @property
    def length(self) -> int:
        """Calendar days: 3 over a weekend."""
        return max(number_of(self.next_day) - number_of(self.day), 1)


def financing_cost(
    terms: Financing, long_value: Decimal, short_value: Decimal, night: Night, currency: str
) -> Decimal:
    """Return what holding these values over a night costs, rounded; below zero when it earns.

    Rule: value x yearly rate x calendar days / days of the year (`Financing.day_count`).
    """
    yearly = long_value * terms.long + short_value * terms.short
    return divide_money(yearly * night.length, Decimal(terms.day_count), currency)

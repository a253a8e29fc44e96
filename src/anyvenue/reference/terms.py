"""What a user may say of instruments, products and calendars."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.instruments import (
    CASH_STOCK_T0,
    CASH_STOCK_T1,
    FUTURE_AUTO_DATED,
    FUTURE_EXPLICIT_DATED,
    NETTED,
    FeeSchedule,
    MarginSchedule,
)
from anyvenue.reference.days import number_of

__all__ = ["POSITIONS", "CalendarTerms", "Overrides", "Terms"]

POSITIONS = {
    "future": FUTURE_AUTO_DATED,
    "future_dated": FUTURE_EXPLICIT_DATED,
    "netted": NETTED,
    "stock_t0": CASH_STOCK_T0,
    "stock_t1": CASH_STOCK_T1,
}
"""The position rules an override can name."""


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Terms of an instrument or of all contracts of a product; None leaves what the tables say.

    `lot` is the step of quantities, `position` one of future, future_dated, netted, stock_t0 and stock_t1;
    `months`, `listing` and `last_day` are for products and rules of the module `contracts`.
    """

    kind: InstrumentKind | None = None
    currency: str | None = None
    name: str | None = None
    name_zh: str | None = None
    multiplier: Decimal | None = None
    tick: Decimal | None = None
    lot: Decimal | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    market_maximum: Decimal | None = None
    sessions: str | None = None
    position: str | None = None
    price_limit: Decimal | None = None
    listed: int | None = None
    expiry: int | None = None
    venue_symbol: str | None = None
    months: tuple[int, ...] | None = None
    listing: str | None = None
    last_day: str | None = None

    def __post_init__(self) -> None:
        for name in ("multiplier", "tick", "lot", "minimum"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"{name} was {value}; it must be above zero")
        if self.position is not None and self.position not in POSITIONS:
            raise ValueError(f"position was {self.position!r}; use one of {', '.join(POSITIONS)}")


class CalendarTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Further holidays (yyyymmdd) of a market, and the day until which its holidays are then known."""

    holidays: tuple[int, ...] = ()
    known_until: int | None = None

    def __post_init__(self) -> None:
        for day in self.holidays:
            number_of(day)  # raises ValueError for a day that does not exist


class Overrides(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one file overrides. `default_fees` and `default_margins` are by kind or by exchange."""

    instruments: dict[str, Terms] = {}
    products: dict[str, Terms] = {}
    fees: dict[str, FeeSchedule] = {}
    margins: dict[str, MarginSchedule] = {}
    default_fees: dict[str, FeeSchedule] = {}
    default_margins: dict[str, MarginSchedule] = {}
    calendars: dict[str, CalendarTerms] = {}

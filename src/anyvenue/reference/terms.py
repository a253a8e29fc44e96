"""What a user may say of instruments, products and calendars."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import InstrumentKind, OptionRight
from anyvenue.model.instruments import (
    CASH_STOCK_T0,
    CASH_STOCK_T1,
    FUTURE_AUTO_DATED,
    FUTURE_EXPLICIT_DATED,
    HEDGED,
    NETTED,
    BondTerms,
    FeeSchedule,
    Financing,
    LeverageTier,
    MarginSchedule,
    OptionTerms,
)
from anyvenue.reference.days import number_of

__all__ = [
    "POSITIONS",
    "BondSaid",
    "CalendarTerms",
    "FinancingSaid",
    "OptionSaid",
    "Overrides",
    "Terms",
    "TierSaid",
]

POSITIONS = {
    "future": FUTURE_AUTO_DATED,
    "future_dated": FUTURE_EXPLICIT_DATED,
    "hedged": HEDGED,
    "netted": NETTED,
    "stock_t0": CASH_STOCK_T0,
    "stock_t1": CASH_STOCK_T1,
}
"""The position rules an override can name."""


class OptionSaid(OptionTerms, frozen=True, forbid_unknown_fields=True):
    """The terms of an option as a user gives them: style, delivery, margining, rate, floor, source."""


class BondSaid(BondTerms, frozen=True, forbid_unknown_fields=True):
    """The coupon of a bond as a user gives it: coupon, frequency, issued, maturity, face, day_count."""

    def __post_init__(self) -> None:
        for day in (self.issued, self.maturity):
            number_of(day)  # raises ValueError for a day that does not exist
        if self.frequency < 0 or self.maturity <= self.issued:
            raise ValueError("frequency must not be below zero, and maturity comes after issued")


class FinancingSaid(Financing, frozen=True, forbid_unknown_fields=True):
    """Yearly rates of holding overnight as a user gives them: long, short, day_count, source."""


class TierSaid(LeverageTier, frozen=True, forbid_unknown_fields=True):
    """One leverage tier as a user gives it: up_to, max_leverage, maintenance and, if need be, deduction."""


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Terms of an instrument or of all contracts of a product; None leaves what the tables say.

    `lot` is the step of quantities, `position` one of future, future_dated, hedged, netted, stock_t0 and stock_t1;
    `months`, `listing` and `last_day` are for products and rules of the module `contracts`. From `base` on the terms
    are of single instruments: a contract on a coin, an option, a bond, what holding overnight costs.
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
    base: str | None = None
    inverse: bool | None = None
    tiers: tuple[TierSaid, ...] | None = None
    liquidation_fee: Decimal | None = None
    underlying: str | None = None
    strike: Decimal | None = None
    right: OptionRight | None = None
    option: OptionSaid | None = None
    bond: BondSaid | None = None
    financing: FinancingSaid | None = None

    def __post_init__(self) -> None:
        for name in ("multiplier", "tick", "lot", "minimum", "strike"):
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

"""What can be traded, and by which rules."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import (
    Dating,
    Delivery,
    ExerciseStyle,
    InstrumentKind,
    OptionMargining,
    OptionRight,
    Side,
)
from anyvenue.model.errors import InvalidOrder, OffLot, OffTick
from anyvenue.model.ids import InstrumentId
from anyvenue.model.numbers import Number, plain, to_decimal
from anyvenue.model.steps import BandedStep, FixedStep, LotRule, SignificantStep

__all__ = [
    "CASH_STOCK_T0",
    "CASH_STOCK_T1",
    "FUTURE_AUTO_DATED",
    "FUTURE_EXPLICIT_DATED",
    "HEDGED",
    "NETTED",
    "BondTerms",
    "FeeItem",
    "FeeRate",
    "FeeSchedule",
    "Financing",
    "Instrument",
    "LeverageTier",
    "MarginSchedule",
    "OptionTerms",
    "PositionRule",
    "SpreadLeg",
]

_ZERO = Decimal(0)


class PositionRule(msgspec.Struct, frozen=True):
    """How positions of an instrument are kept.

    `hedged`: long and short lots stand side by side; else a fill closes before it opens. `dated`: whether closing
    tells today's lots from older ones. `short_ok`: short lots may be opened. `sell_today`: lots bought today may be
    sold today (T+0). `margined`: holding costs margin and is marked to market; else it is paid in full.
    """

    hedged: bool
    dated: Dating
    short_ok: bool
    sell_today: bool
    margined: bool


FUTURE_EXPLICIT_DATED = PositionRule(True, Dating.EXPLICIT, True, True, True)
FUTURE_AUTO_DATED = PositionRule(True, Dating.AUTO, True, True, True)
CASH_STOCK_T1 = PositionRule(False, Dating.NONE, False, False, False)
CASH_STOCK_T0 = PositionRule(False, Dating.NONE, False, True, False)
NETTED = PositionRule(False, Dating.NONE, True, True, True)
HEDGED = PositionRule(True, Dating.NONE, True, True, True)


class FeeRate(msgspec.Struct, frozen=True):
    """One fee: turnover x `by_money` + quantity x `by_lot`, at least `minimum` an order."""

    by_money: Decimal = _ZERO
    by_lot: Decimal = _ZERO
    minimum: Decimal = _ZERO


class FeeItem(msgspec.Struct, frozen=True):
    """A further charge (stamp duty, levy, transfer fee); `side` None charges both sides."""

    name: str
    by_money: Decimal = _ZERO
    by_lot: Decimal = _ZERO
    side: Side | None = None


class FeeSchedule(msgspec.Struct, frozen=True):
    """Fees of an instrument for opening, closing old lots and closing today's lots, and where they are from.

    `maker`, where it is given, is charged instead of all three when the order waited in the book for its fill.
    """

    open: FeeRate
    close: FeeRate
    close_today: FeeRate
    items: tuple[FeeItem, ...] = ()
    source: str = ""
    maker: FeeRate | None = None


class MarginSchedule(msgspec.Struct, frozen=True):
    """Margin of one side: turnover x `by_money` + quantity x `by_lot`; and where the figures are from.

    `long_maintenance` and `short_maintenance` are the fractions of the current value below which a margin account of
    shares is called; 0 where there is no such level.
    """

    long_by_money: Decimal
    short_by_money: Decimal
    long_by_lot: Decimal = _ZERO
    short_by_lot: Decimal = _ZERO
    source: str = ""
    long_maintenance: Decimal = _ZERO
    short_maintenance: Decimal = _ZERO


class LeverageTier(msgspec.Struct, frozen=True):
    """One row of a leverage table: holds for positions worth up to `up_to` (in the settlement currency).

    Maintenance margin is value x `maintenance` - `deduction`; the deduction makes the steps continuous.
    """

    up_to: Decimal
    max_leverage: Decimal
    maintenance: Decimal
    deduction: Decimal = _ZERO


class OptionTerms(msgspec.Struct, frozen=True):
    """What an option gives and what selling it costs.

    `rate` and `floor` are the two factors of the seller's margin rule `margining`: of an index or a security, the
    fraction of the underlying's value and its lower bound; of a commodity option, the fraction of the underlying
    future's margin that is taken at least (`rate` is not used: the future's own schedule holds).
    """

    style: ExerciseStyle
    delivery: Delivery
    margining: OptionMargining
    rate: Decimal = _ZERO
    floor: Decimal = _ZERO
    source: str = ""


class SpreadLeg(msgspec.Struct, frozen=True):
    """One leg of a spread: bought when the spread is bought if `ratio` is above zero, else sold."""

    instrument: InstrumentId
    ratio: int


class Financing(msgspec.Struct, frozen=True):
    """Yearly rates that holding overnight costs (positive) or earns, as fractions of the position's value.

    Charged per calendar day at settlement on `day_count` days a year: borrowing shares sold short, the swap of a
    currency position.
    """

    long: Decimal = _ZERO
    short: Decimal = _ZERO
    day_count: int = 360
    source: str = ""


class BondTerms(msgspec.Struct, frozen=True):
    """Coupon of a bond: `coupon` a year as a fraction of `face`, paid `frequency` times a year up to `maturity`.

    Quoted clean in money per 100 of face; what is paid is clean price plus accrued interest. `issued` and `maturity`
    are yyyymmdd; interest accrues by actual days over 365 (`day_count`).
    """

    coupon: Decimal
    frequency: int
    issued: int
    maturity: int
    face: Decimal = Decimal(100)
    day_count: int = 365


class Instrument(msgspec.Struct, frozen=True, kw_only=True):
    """One listing and its rules.

    `currency` is what it is quoted and settled in; `multiplier` turns price x quantity into money; `sessions` names
    a session calendar of the reference tables; `expiry` and `listed` are yyyymmdd, 0 for none; `margin_group` names
    the group whose larger side alone is margined where an account asks for that; `price_limit` is the fraction
    around the previous settlement or close that orders may have, 0 for none. `fees` and `margin` are None where the
    tables know none: using them raises `UnknownFee` or `UnknownMargin` unless a default is configured.
    """

    id: InstrumentId
    kind: InstrumentKind
    currency: str
    price_step: FixedStep | BandedStep | SignificantStep
    lot: LotRule
    position_rule: PositionRule
    sessions: str
    multiplier: Decimal = Decimal(1)
    product: str = ""
    name: str = ""
    name_zh: str = ""
    fees: FeeSchedule | None = None
    margin: MarginSchedule | None = None
    margin_group: str = ""
    price_limit: Decimal = _ZERO
    listed: int = 0
    expiry: int = 0
    venue_symbol: str = ""
    underlying: InstrumentId | None = None
    strike: Decimal | None = None
    right: OptionRight | None = None
    option: OptionTerms | None = None
    base: str = ""
    inverse: bool = False
    tiers: tuple[LeverageTier, ...] = ()
    liquidation_fee: Decimal = _ZERO
    legs: tuple[SpreadLeg, ...] = ()
    financing: Financing | None = None
    bond: BondTerms | None = None

    @property
    def symbol(self) -> str:
        """The part of the id before its last dot."""
        return self.id.rpartition(".")[0]

    @property
    def exchange(self) -> str:
        """The part of the id after its last dot."""
        return self.id.rpartition(".")[2]

    def price(self, value: Number, name: str = "price") -> Decimal:
        """Return `value` as a valid price; raise OffTick with both neighbours, or InvalidOrder."""
        price = to_decimal(value, name)
        if price <= 0 and self.kind is not InstrumentKind.SPREAD:
            raise InvalidOrder(
                f"{name} of {self.id} was {plain(price)}; it must be above zero",
                field=name,
                value=plain(price),
                instrument=self.id,
            )
        exact = self.price_step.accept(price)
        if exact is None:
            below, above = self.price_step.neighbours(price)
            raise OffTick(
                f"{name} {plain(price)} of {self.id} is off its tick of "
                f"{plain(self.price_step.step_at(price))}: use {plain(below)} or {plain(above)}",
                instrument=self.id,
                price=price,
                tick=self.price_step.step_at(price),
                below=below,
                above=above,
            )
        return exact

    def quantity(self, value: Number, name: str = "quantity") -> Decimal:
        """Return `value` as a whole number of lots; raise OffLot with both neighbours, or InvalidOrder.

        Minimum and maximum are not checked here: they differ between opening, closing and market orders.
        """
        quantity = to_decimal(value, name)
        if quantity <= 0:
            raise InvalidOrder(
                f"{name} of {self.id} was {plain(quantity)}; it must be above zero",
                field=name,
                value=plain(quantity),
                instrument=self.id,
            )
        exact = self.lot.accept(quantity)
        if exact is None:
            below, above = self.lot.neighbours(quantity)
            raise OffLot(
                f"{name} {plain(quantity)} of {self.id} is off its lot of {plain(self.lot.step)}: "
                f"use {plain(below)} or {plain(above)}",
                instrument=self.id,
                quantity=quantity,
                lot=self.lot.step,
                below=below,
                above=above,
            )
        return exact

    def snap(self, price: Number, side: Side) -> Decimal:
        """Return the nearest valid price not worse for `side`: down for a buy, up for a sell."""
        return self.price_step.snap(to_decimal(price, "price"), side)

    def worth(self, quantity: Number, price: Number) -> Decimal:
        """Return what `quantity` is worth at `price`, in the currency of the price: USD for an inverse contract."""
        return to_decimal(quantity, "quantity") * self._unit(price)

    def smallest_at(self, price: Number) -> Decimal:
        """Return the smallest quantity of an order at `price`, by the venue's minimum and its least value."""
        lot = self.lot
        if not lot.minimum_value:
            return lot.minimum
        a_lot = self._unit(price) * lot.step
        lots = lot.minimum_value // a_lot
        if lots * a_lot < lot.minimum_value:
            lots += 1
        return max(lot.minimum, lots * lot.step)

    def quantity_for(self, amount: Number, price: Number) -> Decimal:
        """Return the largest whole quantity worth at most `amount`; raise InvalidOrder below the minimum.

        Floors to the lot and never rounds up. The amount is in the currency of the price.
        """
        unit = self._unit(price)
        quantity = to_decimal(amount, "amount") // (unit * self.lot.step) * self.lot.step
        smallest = self.smallest_at(price)
        if quantity < smallest:
            money = "of its price's currency" if self.inverse else self.currency
            raise InvalidOrder(
                f"amount {amount} buys {plain(quantity)} of {self.id}; the minimum of "
                f"{plain(smallest)} costs {plain(smallest * unit)} {money}",
                field="amount",
                value=str(amount),
                instrument=self.id,
            )
        return quantity

    def _unit(self, price: Number) -> Decimal:
        """Return what a quantity of 1 is worth at `price`."""
        exact = to_decimal(price, "price")
        if exact <= 0:
            raise InvalidOrder(
                f"price of {self.id} was {price}; it must be above zero",
                field="price",
                value=str(price),
                instrument=self.id,
            )
        return self.multiplier if self.inverse else exact * self.multiplier

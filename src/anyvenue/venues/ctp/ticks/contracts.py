"""What a counter says of an instrument: its terms, and what margin and commission it takes for it."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from anyvenue.reference.options import option_terms
from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.ticks.numbers import ZERO, exact, text_of, whole

__all__ = ["Commission", "Contract", "MarginRates", "SellerRule", "contract_of"]

_OPTION_CLASSES = frozenset("267")
_OF_FUNDS = frozenset({"SSE", "SZSE"})
# SSE and SZSE with ChinaClear, risk control of options on funds: 12 % and at least 7 %.
_FUND_RATE, _FUND_FLOOR = Decimal("0.12"), Decimal("0.07")
_HALF = Decimal("0.5")


class MarginRates(msgspec.Struct, frozen=True):
    """Ratios of one contract, by money and by lot."""

    long_by_money: Decimal = ZERO
    long_by_lot: Decimal = ZERO
    short_by_money: Decimal = ZERO
    short_by_lot: Decimal = ZERO

    @classmethod
    def from_row(cls, row: Mapping[str, Value]) -> "MarginRates":
        """Read an ``InstrumentMarginRate``."""
        return cls(
            exact(row.get("LongMarginRatioByMoney")),
            exact(row.get("LongMarginRatioByVolume")),
            exact(row.get("ShortMarginRatioByMoney")),
            exact(row.get("ShortMarginRatioByVolume")),
        )

    def of(self, long: bool, turnover: Decimal, lots: int) -> Decimal:
        """Return the margin of lots worth `turnover`, unrounded."""
        if long:
            return turnover * self.long_by_money + lots * self.long_by_lot
        return turnover * self.short_by_money + lots * self.short_by_lot


class Commission(msgspec.Struct, frozen=True):
    """Ratios of opening, closing and closing today's lots: (by money, by lot) each."""

    opening: tuple[Decimal, Decimal] = (ZERO, ZERO)
    closing: tuple[Decimal, Decimal] = (ZERO, ZERO)
    closing_today: tuple[Decimal, Decimal] = (ZERO, ZERO)

    @classmethod
    def from_row(cls, row: Mapping[str, Value]) -> "Commission":
        """Read an ``InstrumentCommissionRate`` or an ``OptionInstrCommRate``."""
        return cls(*(_pair(row, name) for name in ("Open", "Close", "CloseToday")))

    @property
    def today_first(self) -> bool:
        """Whether closing today's lots is cheaper than closing older ones."""
        today, old = self.closing_today, self.closing
        return today != old and today[0] <= old[0] and today[1] <= old[1]


def _pair(row: Mapping[str, Value], name: str) -> tuple[Decimal, Decimal]:
    return exact(row.get(f"{name}RatioByMoney")), exact(row.get(f"{name}RatioByVolume"))


class SellerRule(msgspec.Struct, frozen=True):
    """How a sold option is margined besides its premium, where that follows the underlying's price.

    ``commodity``: the future's margin less half of what the option is out of the money, at least `floor` of it.
    ``index`` and ``fund``: `rate` of the underlying less what the option is out of the money, at least `floor` (of the
    index rule's rate) of the underlying for a call and of the strike for a put. Sources: the exchanges' option rules.
    """

    kind: str
    rate: Decimal = ZERO
    floor: Decimal = _HALF


class Contract(msgspec.Struct):
    """One instrument as this account trades it. Rates are None until the counter has told them.

    `dated`: closing today's lots and older ones are different orders (SHFE, INE). `larger_side`: of long and short
    margin of its product only the larger may be charged. `fixed` and `least` are a sold option lot's margin besides its
    premium, as the counter quotes it (``OptionInstrTradeCost``).
    """

    code: str
    exchange: str
    product: str
    multiplier: Decimal
    tick: Decimal
    dated: bool
    larger_side: bool
    option: bool = False
    call: bool = False
    strike: Decimal = ZERO
    underlying: str = ""
    seller: SellerRule | None = None
    margin: MarginRates | None = None
    commission: Commission | None = None
    fixed: Decimal | None = None
    least: Decimal = ZERO

    @property
    def priced(self) -> bool:
        """Whether the counter has told what it takes."""
        return self.commission is not None and (self.option or self.margin is not None)


def contract_of(row: Mapping[str, Value]) -> Contract:
    """Read an ``Instrument``."""
    option = text_of(row, "ProductClass") in _OPTION_CLASSES
    contract = Contract(
        text_of(row, "InstrumentID"),
        text_of(row, "ExchangeID"),
        text_of(row, "ProductID"),
        Decimal(whole(row, "VolumeMultiple") or 1),
        exact(row.get("PriceTick")),
        text_of(row, "PositionDateType") == "1",
        text_of(row, "MaxMarginSideAlgorithm") == "1",
    )
    if option:
        contract.option = True
        contract.call = text_of(row, "OptionsType") == "1"
        contract.strike = exact(row.get("StrikePrice"))
        contract.underlying = text_of(row, "UnderlyingInstrID")
        contract.seller = _seller(contract, row)
    return contract


def _seller(contract: Contract, row: Mapping[str, Value]) -> SellerRule:
    if contract.exchange in _OF_FUNDS:
        return SellerRule("fund", _FUND_RATE, _FUND_FLOOR)
    if contract.exchange == "CFFEX":
        month = whole(row, "DeliveryYear") * 100 + whole(row, "DeliveryMonth")
        terms = option_terms(contract.product, "CFFEX", month)
        if terms is not None:
            return SellerRule("index", terms.rate, terms.floor)
    return SellerRule("commodity")

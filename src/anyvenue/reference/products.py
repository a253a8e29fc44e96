"""The futures products of the Chinese exchanges: contract terms, fees and margin rates, each with its source.

What the tables do not know stays unknown: a product without a fee row has `fees` None, never zero.
"""

from decimal import Decimal
from functools import cache

import msgspec

from anyvenue.model.enums import Dating
from anyvenue.model.instruments import FeeRate, FeeSchedule, MarginSchedule
from anyvenue.model.steps import LotRule
from anyvenue.reference.tables import read_table

__all__ = ["FUTURES_EXCHANGES", "Product", "Spec", "get_products"]

FUTURES_EXCHANGES = ("CFFEX", "CZCE", "DCE", "GFEX", "INE", "SHFE")


class Spec(msgspec.Struct, frozen=True):
    """Terms that held for the contracts up to `last_month` (yyyymm), or for all of them before the day `until`."""

    last_month: int
    until: int
    multiplier: Decimal
    tick: Decimal
    last_day: str


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """One futures product.

    `months` are the delivery months it is listed for; `listing` and `last_day` are rules of the module
    `contracts`; `first_day` is the first day it traded where the table knows it, `first_month` and `last_month`
    (yyyymm) its first and last contract, 0 for none. `suffix` is what follows the month in its symbols.

    `main_months` and `main_days` say which contract most likely trades most: the first of those months that is at
    least so many days ahead.
    """

    exchange: str
    code: str
    name: str
    name_zh: str
    multiplier: Decimal
    tick: Decimal
    sessions: str
    dating: Dating
    months: tuple[int, ...]
    listing: str
    last_day: str
    lot: LotRule = LotRule()
    larger_side: bool = False
    price_limit: Decimal = Decimal(0)
    first_day: int = 0
    first_month: int = 0
    last_month: int = 0
    main_months: tuple[int, ...] = ()
    main_days: int = 45
    source: str = ""
    fees: FeeSchedule | None = None
    margin: MarginSchedule | None = None
    earlier: tuple[Spec, ...] = ()

    @property
    def id(self) -> str:
        """The product's id, which is also that of its continuous series: ``rb.SHFE``."""
        return f"{self.code}.{self.exchange}"

    @property
    def root(self) -> str:
        """The letters its symbols begin with: the code without ``_f`` of the monthly average price futures."""
        return self.code.removesuffix("_f")

    @property
    def suffix(self) -> str:
        """What follows the month in its symbols: ``F`` for monthly average price futures (``l2602F``)."""
        return "F" if self.code.endswith("_f") else ""

    def spec(self, month: int, date: int = 99_991_231) -> Spec:
        """Return the terms of the contract of `month` (yyyymm) as they hold on `date`."""
        for spec in self.earlier:
            if month <= spec.last_month or date < spec.until:
                return spec
        return Spec(999_912, 0, self.multiplier, self.tick, self.last_day)


@cache
def get_products() -> dict[str, Product]:
    """Return all packaged products by id, in the order of the table. Not to be changed by the caller."""
    fees = {_key(row): _fees(row) for row in read_table("fees")}
    margins = {_key(row): _margin(row) for row in read_table("margins")}
    earlier: dict[str, tuple[Spec, ...]] = {}
    for row in read_table("earlier_specs"):
        earlier[_key(row)] = (*earlier.get(_key(row), ()), _spec(row))
    found = {}
    for row in read_table("products"):
        key = _key(row)
        found[key] = _product(row, fees.get(key), margins.get(key), earlier.get(key, ()))
    return found


def _key(row: dict[str, str]) -> str:
    return f"{row['product']}.{row['exchange']}"


def _product(
    row: dict[str, str],
    fees: FeeSchedule | None,
    margin: MarginSchedule | None,
    earlier: tuple[Spec, ...],
) -> Product:
    main, _, main_days = row["main"].partition("/")
    return Product(
        exchange=row["exchange"],
        code=row["product"],
        name=row["name"],
        name_zh=row["name_zh"],
        multiplier=Decimal(row["multiplier"]),
        tick=Decimal(row["tick"]),
        sessions=row["sessions"],
        dating=Dating(row["dating"]),
        months=_months(row["months"]),
        listing=row["listing"],
        last_day=row["last_day"],
        lot=_lot(row),
        larger_side=row["larger_side"] == "1",
        price_limit=Decimal(row["price_limit"] or 0),
        first_day=int(row["first_day"] or 0),
        first_month=_month(row["first_month"]),
        last_month=_month(row["last_month"]),
        main_months=_months(main),
        main_days=int(main_days),
        source=f"{row['spec_source']} {row['spec_date']}",
        fees=fees,
        margin=margin,
        earlier=earlier,
    )


def _lot(row: dict[str, str]) -> LotRule:
    return LotRule(
        minimum=Decimal(row["limit_min"] or 1),
        maximum=Decimal(row["limit_max"]) if row["limit_max"] else None,
        market_maximum=Decimal(row["market_max"]) if row["market_max"] else None,
    )


def _months(text: str) -> tuple[int, ...]:
    if text == "1-12":
        return tuple(range(1, 13))
    return tuple(int(month) for month in text.split())


def _month(text: str) -> int:
    return 200_000 + int(text) if text else 0


def _spec(row: dict[str, str]) -> Spec:
    return Spec(
        _month(row["last_month"]),
        int(row["until"] or 0),
        Decimal(row["multiplier"]),
        Decimal(row["tick"]),
        row["last_day"],
    )


def _fees(row: dict[str, str]) -> FeeSchedule:
    source = f"{row['source']} {row['date']}"
    return FeeSchedule(_rate(row, "open"), _rate(row, "close"), _rate(row, "today"), source=source)


def _rate(row: dict[str, str], part: str) -> FeeRate:
    return FeeRate(Decimal(row[f"{part}_money"] or 0), Decimal(row[f"{part}_lot"] or 0))


def _margin(row: dict[str, str]) -> MarginSchedule:
    return MarginSchedule(
        Decimal(row["long"]), Decimal(row["short"]), source=f"{row['source']} {row['date']}"
    )

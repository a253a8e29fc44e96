"""Read a dump of CTP's instrument query.

Two header styles are known: CTP's own names (``InstrumentID``, ``VolumeMultiple``) and snake case
(``instrument_id``, ``volume_multiple``). The file may be gzipped, in UTF-8 or GBK. CTP writes DBL_MAX
(1.79769e+308) where a number is not set.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path

from anyvenue.model.enums import InstrumentKind, OptionRight
from anyvenue.model.errors import DataError
from anyvenue.model.ids import InstrumentId, make_instrument_id
from anyvenue.model.instruments import (
    FUTURE_AUTO_DATED,
    FUTURE_EXPLICIT_DATED,
    Instrument,
    MarginSchedule,
)
from anyvenue.model.numbers import ABSENT_ABOVE
from anyvenue.model.steps import FixedStep, LotRule
from anyvenue.reference.products import Product, get_products

__all__ = ["load_ctp_instruments"]

_KINDS = {
    "1": InstrumentKind.FUTURE,
    "2": InstrumentKind.OPTION,
    "3": InstrumentKind.SPREAD,
    "6": InstrumentKind.OPTION,
}
_RIGHTS = {"1": OptionRight.CALL, "2": OptionRight.PUT}
_NEEDED = ("instrumentid", "exchangeid", "productid", "productclass", "volumemultiple", "pricetick")


def load_ctp_instruments(
    path: str | Path,
    *,
    products: Mapping[str, Product] | None = None,
    default_sessions: str = "",
) -> list[Instrument]:
    """Return the futures, options and spreads of a dump, in its order; raise DataError with file, line and column.

    Sessions, fees and missing margin rates come from `products` (by default the packaged ones). Instruments of an
    unknown product get `default_sessions`; without it they raise DataError. Rows of other classes are left out.
    """
    known = get_products() if products is None else products
    rows = (_Row(str(path), line, fields) for line, fields in _read(Path(path)))
    return [
        _instrument(row, known, default_sessions)
        for row in rows
        if row.text("productclass") in _KINDS
    ]


class _Row:
    """One row by column, with its place for the errors."""

    def __init__(self, file: str, line: int, fields: dict[str, str]) -> None:
        self.file = file
        self.line = line
        self.fields = fields

    def text(self, column: str) -> str:
        return self.fields.get(column, "").strip()

    def number(self, column: str) -> Decimal | None:
        """Return the number, None when absent or DBL_MAX."""
        text = self.text(column)
        if not text:
            return None
        try:
            value = Decimal(text)
        except InvalidOperation:
            raise self.error(column, "a number") from None
        return None if not value.is_finite() or abs(value) > ABSENT_ABOVE else value

    def positive(self, column: str) -> Decimal:
        value = self.number(column)
        if value is None or value <= 0:
            raise self.error(column, "a number above zero")
        return value.normalize() + 0 if value != value.to_integral_value() else Decimal(int(value))

    def whole(self, column: str) -> int:
        text = self.text(column)
        if not text.isdigit():
            if text:
                raise self.error(column, "a whole number")
            return 0
        return int(text)

    def day(self, column: str) -> int:
        value = self.whole(column)
        if value and not 19_000_101 <= value <= 99_991_231:
            raise self.error(column, "a day as yyyymmdd")
        return value

    def error(self, column: str, expected: str) -> DataError:
        return DataError(
            f"{self.file}, line {self.line}: {column} was {self.text(column)!r}, {expected} is expected: "
            "mend the row or take it out",
            file=self.file,
            line=self.line,
            column=column,
            expected=expected,
        )


def _read(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    import csv  # not needed by anything that starts often

    reader = csv.reader(_text(path).splitlines())
    header = [name.strip().replace("_", "").lower() for name in next(reader, [])]
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        raise DataError(
            f"{path} lacks the columns {', '.join(missing)}: it is no dump of CTP's instrument query",
            file=str(path),
            line=1,
            column=missing[0],
            expected=f"a header with {', '.join(_NEEDED)}",
        )
    for fields in reader:
        if len(fields) != len(header):
            raise DataError(
                f"{path}, line {reader.line_num}: {len(fields)} fields, {len(header)} are expected",
                file=str(path),
                line=reader.line_num,
                column=header[min(len(fields), len(header) - 1)],
                expected=f"{len(header)} fields",
            )
        yield reader.line_num, dict(zip(header, fields, strict=True))


def _text(path: Path) -> str:
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        import gzip

        data = gzip.decompress(data)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", errors="replace")


def _instrument(row: _Row, products: Mapping[str, Product], default_sessions: str) -> Instrument:
    symbol, exchange = row.text("instrumentid"), row.text("exchangeid")
    if not symbol or not exchange:
        raise row.error("exchangeid" if symbol else "instrumentid", "a name")
    kind = _KINDS[row.text("productclass")]
    product = _product(row, products)
    sessions = product.sessions if product else _sessions(row, default_sessions)
    future = kind is InstrumentKind.FUTURE
    label = f"{row.whole('deliveryyear') % 100:02}{row.whole('deliverymonth'):02}"
    name_zh = row.text("instrumentname")
    if product and future and name_zh in ("", symbol):
        name_zh = product.name_zh + label
    return Instrument(
        id=make_instrument_id(symbol, exchange),
        kind=kind,
        currency="CNY",
        price_step=FixedStep(row.positive("pricetick")),
        lot=_lot(row),
        position_rule=FUTURE_EXPLICIT_DATED if _is_dated(row, product) else FUTURE_AUTO_DATED,
        sessions=sessions,
        multiplier=row.positive("volumemultiple"),
        product=row.text("productid"),
        name=f"{product.name} {label}" if product and future else symbol,
        name_zh=name_zh or symbol,
        fees=product.fees if product and future else None,
        margin=_margin(row, product if future else None),
        margin_group=_group(row, product),
        price_limit=product.price_limit if product and future else Decimal(0),
        listed=row.day("opendate"),
        expiry=row.day("expiredate"),
        venue_symbol=symbol,
        underlying=_underlying(row, kind),
        strike=row.number("strikeprice") if kind is InstrumentKind.OPTION else None,
        right=_RIGHTS.get(row.text("optionstype")) if kind is InstrumentKind.OPTION else None,
    )


def _product(row: _Row, products: Mapping[str, Product]) -> Product | None:
    """Return the product of the row or, of an option, that of what it is on."""
    exchange = row.text("exchangeid")
    underlying = row.text("underlyinginstrid").rstrip("0123456789")
    for code in (row.text("productid"), row.text("productid").removesuffix("_o"), underlying):
        found = products.get(f"{code}.{exchange}")
        if found is not None:
            return found
    # Index options are traded in the hours of the index futures and have no future of their own letters.
    return (
        products.get("IF.CFFEX")
        if exchange == "CFFEX" and row.text("productclass") != "1"
        else None
    )


def _sessions(row: _Row, default_sessions: str) -> str:
    if not default_sessions:
        raise row.error(
            "productid", "a product of the tables (or an override of it, or default_sessions)"
        )
    return default_sessions


def _lot(row: _Row) -> LotRule:
    minimum, maximum = row.whole("minlimitordervolume"), row.whole("maxlimitordervolume")
    market = row.whole("maxmarketordervolume")
    return LotRule(
        minimum=Decimal(minimum or 1),
        maximum=Decimal(maximum) if maximum else None,
        market_maximum=Decimal(market) if market else None,
    )


def _is_dated(row: _Row, product: Product | None) -> bool:
    dating = row.text("positiondatetype")
    if dating:
        return dating == "1"
    return (
        row.text("exchangeid") in ("SHFE", "INE")
        if product is None
        else product.dating == "explicit"
    )


def _margin(row: _Row, product: Product | None) -> MarginSchedule | None:
    long, short = row.number("longmarginratio"), row.number("shortmarginratio")
    if long is None or short is None:
        return product.margin if product else None
    return MarginSchedule(long, short, source=f"{row.file}, line {row.line}")


def _group(row: _Row, product: Product | None) -> str:
    algorithm = row.text("maxmarginsidealgorithm")
    larger = algorithm == "1" if algorithm else product is not None and product.larger_side
    return f"{row.text('productid')}.{row.text('exchangeid')}" if larger else ""


def _underlying(row: _Row, kind: InstrumentKind) -> InstrumentId | None:
    name = row.text("underlyinginstrid")
    if kind is not InstrumentKind.OPTION or not name:
        return None
    return make_instrument_id(name, row.text("exchangeid"))

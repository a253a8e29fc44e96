"""What the user knows better than the packaged tables, read from TOML.

[instruments."00700.HK"]          # one instrument, also one nobody packaged
lot = 100
[products."rb.SHFE"]              # terms of all contracts of a product
tick = 1
[instruments."019742.SSE".bond]   # what no code tells: also option, financing, and tiers as a list
coupon = 0.0211
frequency = 2
issued = 20240615
maturity = 20340615
[fees."rb.SHFE"]                  # a product or one instrument; flat keys serve open, close and close today
by_money = 0.0001
close_today = { by_lot = 3 }
[margins."rb.SHFE"]
rate = 0.13                       # or long and short
[defaults.fees.future]            # by kind or by exchange, where nothing else is known
by_lot = 5
[defaults.margin.SHFE]
rate = 0.15
[calendars.CN]
holidays = [20270101]
known_until = 20271231
"""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import msgspec

from anyvenue.model.enums import Side
from anyvenue.model.errors import ConfigError
from anyvenue.model.instruments import FeeItem, FeeRate, FeeSchedule, MarginSchedule
from anyvenue.reference.calendar import MARKETS
from anyvenue.reference.terms import CalendarTerms, Overrides, Terms

__all__ = ["CalendarTerms", "Overrides", "Terms", "load_overrides", "parse_overrides"]


class _Rate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    by_money: Decimal = Decimal(0)
    by_lot: Decimal = Decimal(0)
    minimum: Decimal = Decimal(0)


class _Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    by_money: Decimal = Decimal(0)
    by_lot: Decimal = Decimal(0)
    side: Side | None = None


class _Fees(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    by_money: Decimal = Decimal(0)
    by_lot: Decimal = Decimal(0)
    minimum: Decimal = Decimal(0)
    open: _Rate | None = None
    close: _Rate | None = None
    close_today: _Rate | None = None
    maker: _Rate | None = None
    items: tuple[_Item, ...] = ()
    source: str = ""


class _Margin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rate: Decimal = Decimal(0)
    long: Decimal | None = None
    short: Decimal | None = None
    long_by_lot: Decimal = Decimal(0)
    short_by_lot: Decimal = Decimal(0)
    long_maintenance: Decimal = Decimal(0)
    short_maintenance: Decimal = Decimal(0)
    source: str = ""


class _Defaults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    fees: dict[str, object] = {}
    margin: dict[str, object] = {}


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    instruments: dict[str, object] = {}
    products: dict[str, object] = {}
    fees: dict[str, object] = {}
    margins: dict[str, object] = {}
    defaults: dict[str, object] = {}
    calendars: dict[str, object] = {}


S = TypeVar("S", bound=msgspec.Struct)


def load_overrides(path: str | Path) -> Overrides:
    """Return the overrides of a TOML file; raise ConfigError with file, key path and line."""
    import tomllib  # costs milliseconds that most starts never need

    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", file=str(path)) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}", file=str(path)) from error
    return _Reader(str(path), text).overrides(data)


def parse_overrides(data: Mapping[str, object], where: str) -> Overrides:
    """Return the overrides in an already parsed table that came from `where`; raise ConfigError with the key path."""
    return _Reader(where, "").overrides(data)


class _Reader:
    """Turns tables into structs and knows where they stood, for the errors."""

    def __init__(self, where: str, text: str) -> None:
        self.where = where
        self.text = text

    def overrides(self, data: Mapping[str, object]) -> Overrides:
        file = self.struct(dict(data), _File, ())
        for market in file.calendars:
            if market not in MARKETS:
                raise self.unknown(("calendars",), market, MARKETS)
        defaults = self.struct(file.defaults, _Defaults, ("defaults",))
        return Overrides(
            instruments=self.each(file.instruments, Terms, ("instruments",)),
            products=self.each(file.products, Terms, ("products",)),
            fees=self.fees(file.fees, ("fees",)),
            margins=self.margins(file.margins, ("margins",)),
            default_fees=self.fees(defaults.fees, ("defaults", "fees")),
            default_margins=self.margins(defaults.margin, ("defaults", "margin")),
            calendars=self.each(file.calendars, CalendarTerms, ("calendars",)),
        )

    def fees(self, tables: dict[str, object], path: tuple[str, ...]) -> dict[str, FeeSchedule]:
        rows = self.each(tables, _Fees, path)
        return {key: _schedule(row, self.where) for key, row in rows.items()}

    def margins(
        self, tables: dict[str, object], path: tuple[str, ...]
    ) -> dict[str, MarginSchedule]:
        rows = self.each(tables, _Margin, path)
        return {key: _margin(row, self.where) for key, row in rows.items()}

    def each(self, tables: dict[str, object], kind: type[S], path: tuple[str, ...]) -> dict[str, S]:
        return {key: self.struct(table, kind, (*path, key)) for key, table in tables.items()}

    def struct(self, table: object, kind: type[S], path: tuple[str, ...]) -> S:
        if not isinstance(table, Mapping):
            raise self.error(path, f"was {table!r}; a table is expected")
        for key in table:
            if key not in kind.__struct_fields__:
                raise self.unknown(path, str(key), kind.__struct_fields__)
        try:
            return msgspec.convert(table, kind)
        except msgspec.ValidationError as error:
            raise self.error(path, f"is wrong: {error}") from None

    def unknown(self, path: tuple[str, ...], key: str, known: tuple[str, ...]) -> ConfigError:
        from difflib import get_close_matches

        near = get_close_matches(key, known, 1)
        advice = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
        return self.error((*path, key), f"is not a known key: {advice}")

    def error(self, path: tuple[str, ...], what: str) -> ConfigError:
        line = _line_of(self.text, path)
        place = f"{self.where}, line {line}" if line else self.where
        name = ".".join(path) or "the top level"
        return ConfigError(f"{place}: {name} {what}", file=self.where, key=name, line=line)


def _schedule(row: _Fees, where: str) -> FeeSchedule:
    flat = FeeRate(row.by_money, row.by_lot, row.minimum)
    opening = _rate(row.open) or flat
    closing = _rate(row.close) or opening
    items = tuple(FeeItem(item.name, item.by_money, item.by_lot, item.side) for item in row.items)
    return FeeSchedule(
        opening,
        closing,
        _rate(row.close_today) or closing,
        items,
        row.source or where,
        _rate(row.maker),
    )


def _rate(row: _Rate | None) -> FeeRate | None:
    return FeeRate(row.by_money, row.by_lot, row.minimum) if row else None


def _margin(row: _Margin, where: str) -> MarginSchedule:
    return MarginSchedule(
        row.rate if row.long is None else row.long,
        row.rate if row.short is None else row.short,
        row.long_by_lot,
        row.short_by_lot,
        row.source or where,
        row.long_maintenance,
        row.short_maintenance,
    )


def _line_of(text: str, path: tuple[str, ...]) -> int:
    """Return the line (from 1) of the deepest part of `path` found in the TOML `text`, 0 for none."""
    header: tuple[str, ...] = ()
    found = 0
    for number, line in enumerate(text.splitlines(), 1):
        plain = line.strip()
        if plain.startswith("["):
            header = _header(plain)
            key = header
        else:
            name = plain.partition("=")[0].strip().strip("\"'")
            key = (*header, name)
        if path and key[: len(path)] == path:
            return number
        if key == path[: len(key)]:
            found = number
    return found


def _header(line: str) -> tuple[str, ...]:
    parts: list[str] = []
    for number, piece in enumerate(line.partition("]")[0].strip("[ ").replace("'", '"').split('"')):
        parts += (
            [piece] if number % 2 else [part.strip() for part in piece.split(".") if part.strip()]
        )
    return tuple(parts)

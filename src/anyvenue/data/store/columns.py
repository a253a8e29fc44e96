"""Records of one kind as columns of plain values, and back; the columns follow the fields of the record types.

The plain values are integers, floats, texts and lists of floats: every store can keep those exactly. Decimals and
vocabularies are texts. What the series' key says (instrument, account of snapshots, interval) is no column, nor is a
funding rate's mark.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from functools import cache
from itertools import repeat
from typing import Any, Literal, cast

import msgspec

from anyvenue.data.store.keys import SeriesKey, StoreKind, StoreRecord
from anyvenue.data.store.records import Mark
from anyvenue.model.accounts import Account
from anyvenue.model.enums import Side
from anyvenue.model.ids import make_instrument_id, split_instrument_id
from anyvenue.model.market import Bar, BookDelta, Depth, FundingRate, Quote, Status, Trade
from anyvenue.model.orders import Fill

__all__ = ["Field", "Form", "columns_of", "fields_of", "order_field", "records_of", "time_of"]

Form = Literal["int", "float", "text", "floats"]
Values = list[Any]

_STRUCTS: dict[StoreKind, type[msgspec.Struct]] = {
    StoreKind.DEPTH: Depth,
    StoreKind.QUOTE: Quote,
    StoreKind.TRADE: Trade,
    StoreKind.BAR: Bar,
    StoreKind.DELTA: BookDelta,
    StoreKind.FUNDING: FundingRate,
    StoreKind.STATUS: Status,
    StoreKind.FILL: Fill,
    StoreKind.MARK: Mark,
    StoreKind.SNAPSHOT: Account,
}


class Field(msgspec.Struct, frozen=True):
    """One column: its name, the plain form it is kept in, and the type of the record's field."""

    name: str
    form: Form
    of: object


def _as_it_is(values: Values) -> Values:
    return values


def _floats(values: Values) -> Values:
    return array(
        "d", values
    ).tolist()  # an int that a caller put in becomes the float it stands for


def _sides(values: Values) -> Values:
    return [value or "" for value in values]


_Convert = Callable[[Values], Values]
_FORMS: dict[object, tuple[Form, _Convert, _Convert]] = {
    int: ("int", _as_it_is, _as_it_is),
    float: ("float", _floats, _as_it_is),
    str: ("text", _as_it_is, _as_it_is),
    bool: ("int", lambda values: [int(value) for value in values], lambda v: list(map(bool, v))),
    Decimal: ("text", lambda values: list(map(str, values)), lambda v: list(map(Decimal, v))),
    Side | None: ("text", _sides, lambda values: [Side(each) if each else None for each in values]),
    tuple[float, ...]: ("floats", _as_it_is, lambda v: list(map(tuple, v))),
}


@cache
def _form(of: object) -> tuple[Form, _Convert, _Convert]:
    """Return the plain form of a type, and the ways there and back; what has none of its own is kept as JSON."""
    if of in _FORMS:
        return _FORMS[of]
    if isinstance(of, type) and issubclass(of, StrEnum):
        return "text", lambda values: list(map(str, values)), lambda v: list(map(of, v))
    encode = msgspec.json.Encoder().encode
    decode = msgspec.json.Decoder(cast(type[object], of)).decode
    return (
        "text",
        lambda values: [encode(each).decode() for each in values],
        lambda values: [decode(each) for each in values],
    )


@cache
def fields_of(kind: StoreKind) -> tuple[Field, ...]:
    """Return the columns of a kind, in the order of the record's fields."""
    return tuple(
        Field(each.name, _form(of)[0], of)
        for each in msgspec.structs.fields(_STRUCTS[kind])
        if each.name not in _implied(kind)
        for of in [getattr(each.type, "__supertype__", each.type)]
    )


def _implied(kind: StoreKind) -> tuple[str, ...]:
    if kind is StoreKind.FUNDING:
        return "instrument", "mark"
    return ("account",) if kind is StoreKind.SNAPSHOT else ("instrument", "interval")


def order_field(kind: StoreKind) -> str:
    """Return the field a series is in the order of."""
    return "ts_as_of" if kind is StoreKind.SNAPSHOT else "ts_recv"


def time_of(record: StoreRecord) -> int:
    """Return the time a record is kept by, int ns UTC."""
    return record.ts_as_of if isinstance(record, Account) else record.ts_recv


def columns_of(kind: StoreKind, records: Sequence[StoreRecord]) -> list[Values]:
    """Return the columns of records of one kind."""
    return [
        _form(field.of)[1]([getattr(record, field.name) for record in records])
        for field in fields_of(kind)
    ]


def records_of(key: SeriesKey, columns: Sequence[Values]) -> Iterator[StoreRecord]:
    """Return the records of some columns; there is no Python code per record but in its conversions."""
    kind = key.kind
    known = {
        field.name: _form(field.of)[2](values)
        for field, values in zip(fields_of(kind), columns, strict=True)
    }
    name = key.instrument
    if kind is not StoreKind.SNAPSHOT:
        # Interned, so that a comparison with an id made elsewhere is one of pointers.
        name = make_instrument_id(*split_instrument_id(name))
    fixed = {
        "interval": key.interval,
        "account" if kind is StoreKind.SNAPSHOT else "instrument": name,
        "mark": None,
    }
    make = cast(Callable[..., StoreRecord], _STRUCTS[kind])
    names = _STRUCTS[kind].__struct_fields__
    return map(make, *(known[each] if each in known else repeat(fixed[each]) for each in names))

"""Which types a strategy parameter may have, and how values and texts become them."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from operator import index
from types import NoneType, UnionType
from typing import Annotated, Literal, NewType, Union, get_args, get_origin

from anyvenue.model.errors import InvalidOrder
from anyvenue.model.numbers import to_decimal

__all__ = ["Misfit", "convert", "supported", "type_name"]

_TRUTHS: Mapping[str, bool] = {
    "true": True,
    "yes": True,
    "1": True,
    "false": False,
    "no": False,
    "0": False,
}


class Misfit(Exception):
    """A value is not of the wanted type; `where` adds what the whole value does not show, such as the item."""

    def __init__(self, where: str = "") -> None:
        super().__init__(where)
        self.where = where


def supported(form: object) -> bool:
    """Tell whether a parameter may have this type."""
    form = _unwrapped(form)
    origin, members = get_origin(form), get_args(form)
    if origin in (Union, UnionType):
        return all(member is NoneType or supported(member) for member in members)
    if origin in (tuple, list):
        return all(member is ... or supported(member) for member in members)
    return origin is Literal or form in _READERS


def convert(value: object, form: object, *, from_text: bool) -> object:
    """Return `value` as the type `form`; raise Misfit when it is none.

    With `from_text`, texts are read as numbers, truth values, choices and comma-separated lists.
    """
    form = _unwrapped(form)
    reader = _READERS.get(form)
    if reader is not None:
        return reader(value, from_text)
    return _COMPOSED[get_origin(form)](value, get_args(form), from_text)


def type_name(form: object) -> str:
    """Return the type as a strategy author writes it, without module names."""
    origin, members = get_origin(form), get_args(form)
    if origin is Literal:
        return " | ".join(map(repr, members))
    if origin in (Union, UnionType):
        return " | ".join(map(type_name, members))
    if origin is not None:
        return f"{type_name(origin)}[{', '.join(map(type_name, members))}]"
    if form in (NoneType, ...):
        return "None" if form is NoneType else "..."
    return getattr(form, "__name__", None) or str(form)


def _unwrapped(form: object) -> object:
    """Return what stands behind a NewType, an Annotated, or a list or tuple without item type."""
    if isinstance(form, NewType):
        return _unwrapped(form.__supertype__)
    if get_origin(form) is Annotated:
        return _unwrapped(get_args(form)[0])
    return list[str] if form is list else tuple[str, ...] if form is tuple else form


def _int(value: object, from_text: bool) -> object:
    if from_text and isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            raise Misfit from None
    if isinstance(value, bool):
        raise Misfit
    try:
        return index(value)  # type: ignore[arg-type]  # any whole number type, never a float
    except TypeError:
        raise Misfit from None


def _float(value: object, from_text: bool) -> object:
    readable = isinstance(value, int | float) or (from_text and isinstance(value, str))
    if not readable or isinstance(value, bool):
        raise Misfit
    try:
        return float(value)  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        raise Misfit from None


def _decimal(value: object, from_text: bool) -> object:
    readable = isinstance(value, int | float | Decimal) or (from_text and isinstance(value, str))
    if not readable:
        raise Misfit
    try:
        return to_decimal(value)  # type: ignore[arg-type]
    except InvalidOrder:
        raise Misfit from None


def _bool(value: object, from_text: bool) -> object:
    if isinstance(value, bool):
        return value
    if from_text and isinstance(value, str | int):
        truth = _TRUTHS.get(str(value).strip().lower())
        if truth is not None:
            return truth
    raise Misfit


def _str(value: object, from_text: bool) -> object:
    if isinstance(value, str):
        return value
    raise Misfit


def _union(value: object, members: tuple[object, ...], from_text: bool) -> object:
    """Take the first member that fits, None before the others: text "none" is not the name of anything."""
    if NoneType in members and (value is None or (from_text and _says_none(value))):
        return None
    where = ""
    for member in members:
        if member is NoneType:
            continue
        try:
            return convert(value, member, from_text=from_text)
        except Misfit as misfit:
            where = where or misfit.where
    raise Misfit(where)


def _says_none(value: object) -> bool:
    return isinstance(value, str) and value.strip().lower() in ("none", "null")


def _choice(value: object, choices: tuple[object, ...], from_text: bool) -> object:
    for choice in choices:
        alike = isinstance(value, bool) is isinstance(choice, bool)
        if alike and isinstance(value, type(choice)) and value == choice:
            return choice
        if from_text and isinstance(value, str) and _says(value.strip(), choice):
            return choice
    raise Misfit


def _says(text: str, choice: object) -> bool:
    return text == str(choice) or (
        isinstance(choice, bool | None) and text.lower() == str(choice).lower()
    )


def _tuple(value: object, members: tuple[object, ...], from_text: bool) -> object:
    items = _items(value, from_text)
    if len(members) == 2 and members[1] is ...:
        members = (members[0],) * len(items)
    if len(items) != len(members):
        raise Misfit(f" ({len(members)} items, not {len(items)})")
    pairs = enumerate(zip(items, members, strict=True), 1)
    return tuple(_item(place, item, form, from_text) for place, (item, form) in pairs)


def _list(value: object, members: tuple[object, ...], from_text: bool) -> object:
    items = enumerate(_items(value, from_text), 1)
    return [_item(place, item, members[0], from_text) for place, item in items]


def _items(value: object, from_text: bool) -> list[object]:
    if isinstance(value, list | tuple):
        return list(value)
    if not from_text or not isinstance(value, str):
        raise Misfit
    text = value.strip()
    if text[:1] + text[-1:] in ("[]", "()"):
        text = text[1:-1]
    parts = [part.strip().strip("'\"") for part in text.split(",")]
    return list(parts if parts[-1] else parts[:-1])


def _item(place: int, item: object, form: object, from_text: bool) -> object:
    try:
        return convert(item, form, from_text=from_text)
    except Misfit:
        raise Misfit(f" (item {place} was {item!r})") from None


_READERS: Mapping[object, Callable[[object, bool], object]] = {
    int: _int,
    float: _float,
    str: _str,
    bool: _bool,
    Decimal: _decimal,
}
_COMPOSED: Mapping[object, Callable[[object, tuple[object, ...], bool], object]] = {
    Union: _union,
    UnionType: _union,
    Literal: _choice,
    tuple: _tuple,
    list: _list,
}

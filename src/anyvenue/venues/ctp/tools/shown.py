"""Structs as people read them: every field, decoded, with the names of codes; passwords never."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from math import isfinite

from anyvenue.venues.ctp.description import Description, Value
from anyvenue.venues.ctp.tools.conversation import Heard

__all__ = [
    "Plain",
    "clean_text",
    "code_name",
    "field_lines",
    "heard_document",
    "heard_lines",
    "masked_fields",
    "plain_value",
    "value_text",
]

Plain = str | int | float | None

# One letter a leg, each with the meaning that it has alone.
_OF_LEGS = {"CombOffsetFlagType": "OffsetFlagType", "CombHedgeFlagType": "HedgeFlagType"}
_MASK = "***"
_SECRETS = ("Password", "AuthCode", "AuthInfo")
# Further away than any price, and less than DBL_MAX, which CTP writes for a price that is not there.
_ABSENT_FROM = 1e300


def plain_value(value: Value) -> Plain:
    """Return a value as JSON has it: None for a number that is not there, text for bytes."""
    if isinstance(value, bytes):
        return value.decode("gb18030", "replace")
    if isinstance(value, float) and not (isfinite(value) and abs(value) < _ABSENT_FROM):
        return None
    return value


def value_text(value: Plain) -> str:
    """Return a value for people: ``-`` for a number that is not there, no exponents and no noise of floats."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.8f}".rstrip("0").rstrip(".")
    return clean_text(value) if isinstance(value, str) else str(value)


def clean_text(text: str) -> str:
    """Return a text of the counter's without what would steer a terminal."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def masked_fields(fields: Mapping[str, Value]) -> dict[str, Plain]:
    """Return the fields as JSON has them, secrets struck out."""
    return {
        name: _MASK if value and name.endswith(_SECRETS) else plain_value(value)
        for name, value in fields.items()
    }


def code_name(description: Description, type_name: str, value: Plain) -> str:
    """Return what a code is called in the headers, such as ``Buy`` for a direction "0"; "" where it has no name."""
    if value in ("", None):
        return ""
    if type_name in _OF_LEGS:
        names = _names(description, _OF_LEGS[type_name])
        return "/".join(names.get(letter, letter) for letter in str(value))
    return _names(description, type_name).get(str(value), "")


def field_lines(description: Description, struct: str, fields: Mapping[str, Value]) -> list[str]:
    """Return a line for each field, in their order: name, value, name of its code."""
    known = description.layout(struct).by_name
    widest = max(map(len, fields), default=0)
    lines = []
    for name, value in masked_fields(fields).items():
        field = known.get(name)
        named = code_name(description, field.type_name, value) if field and field.is_text else ""
        shown = value_text(value)
        lines.append(f"{name:<{widest}}  {shown}{f'  {named}' if named else ''}".rstrip())
    return lines


def heard_document(
    description: Description, heard: Heard, struct: str
) -> dict[str, str | int | bool | dict[str, Plain] | None]:
    """Return a callback as a JSON object; `meanings` has the names of its codes."""
    plain = masked_fields(heard.fields) if heard.fields is not None else None
    meanings: dict[str, Plain] = {}
    if plain is not None and struct:
        for field in description.layout(struct).fields:
            named = code_name(description, field.type_name, plain.get(field.name))
            if named and field.is_text:
                meanings[field.name] = named
    error: dict[str, Plain] | None = (
        {"ErrorID": heard.error[0], "ErrorMsg": heard.error[1]} if heard.error else None
    )
    return {
        "ts_recv": heard.ts_recv,
        "callback": heard.callback,
        "number": heard.number,
        "is_last": heard.is_last,
        "error": error,
        "struct": struct,
        "fields": plain,
        "meanings": meanings,
    }


def heard_lines(description: Description, heard: Heard, struct: str) -> list[str]:
    """Return a callback as lines: its time, name, number and error, then every field."""
    seconds, rest = divmod(heard.ts_recv, 1_000_000_000)
    at = datetime.fromtimestamp(seconds).strftime("%H:%M:%S") + f".{rest // 1000:06d}"
    head = f"{at} {heard.callback}"
    if heard.callback == "OnFrontDisconnected":
        head += f" {heard.number} ({heard.number:#x})"
    elif heard.number:
        head += f" {heard.number}"
    if heard.is_last:
        head += " last"
    if heard.error is not None:
        head += f" [{heard.error[0]}] {clean_text(heard.error[1])}".rstrip()
    if heard.fields is None or not struct:
        return [head + (" null" if struct else "")]
    return [head, *(f"  {line}" for line in field_lines(description, struct, heard.fields))]


@cache
def _names(description: Description, type_name: str) -> dict[str, str]:
    """Return the names of a type's codes: the last word of their constants."""
    codes = description.types[type_name].codes if type_name in description.types else {}
    return {code: constant.rpartition("_")[2] for constant, code in codes.items()}

"""What a client may ask: every request of a description, with the fields it takes."""

from collections.abc import Mapping
from functools import cached_property
from math import isfinite

import msgspec

from anyvenue.venues.ctp.description import Description, Value, describe
from anyvenue.venues.ctp.description.layout import Field

__all__ = ["BadRequest", "Request", "Requests"]

_INT32 = 1 << 31
_CODEC = "gb18030"
# They begin another session, which sockets of one account share here.
_NOT_HERE = frozenset(
    {"ReqUserLoginWithCaptcha", "ReqUserLoginWithText", "ReqUserLoginWithOTP", "ReqRegisterUserSystemInfo"}
)  # fmt: skip
_FILLED = ("BrokerID", "InvestorID", "UserID")


class BadRequest(Exception):
    """A message that is none; `text` says why, for the answer's ``Detail``."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Request(msgspec.Struct, frozen=True):
    """One request: under which names its fields come, and what they may be."""

    name: str
    struct: str
    bodies: tuple[str, ...]
    fields: dict[str, Field]
    filled: tuple[str, ...]

    @property
    def answer(self) -> str:
        """The ``MsgType`` of its answer."""
        return "Rsp" + self.name[3:]

    @property
    def is_query(self) -> bool:
        """Tell whether CTP paces it."""
        return self.name.startswith("ReqQry")

    def parse(self, message: Mapping[str, object], login: Mapping[str, str]) -> dict[str, Value]:
        """Return the fields of a message, the login's where it leaves them out; raise BadRequest."""
        body = self._body(message)
        known = self.fields
        row: dict[str, Value] = {}
        for key, value in body.items():
            field = known.get(key)
            if field is not None:
                row[key] = _checked(self.struct, field, value)
        for key in self.filled:
            if not row.get(key):
                row[key] = login.get(key, "")
        return row

    def _body(self, message: Mapping[str, object]) -> Mapping[str, object]:
        for name in self.bodies:
            body = message.get(name)
            if isinstance(body, dict):
                return body
            if name in message:
                raise BadRequest(f"{name}: an object is expected, was {_shown(body)}")
        raise BadRequest(f"{self.bodies[0]}: missing; the fields of {self.name} go there")


class Requests:
    """The requests of one API at one version by their ``MsgType``."""

    def __init__(self, description: Description | None = None) -> None:
        """Take the newest CTP unless told otherwise."""
        self.description = description or describe()
        self._known: dict[str, Request] = {}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every request there is."""
        return tuple(
            name
            for name, method in self.description.requests.items()
            if name.startswith("Req") and method.struct and name not in _NOT_HERE
        )

    def find(self, name: str) -> Request | None:
        """Return a request, None for one that the API does not have."""
        known = self._known.get(name)
        if known is None and name in self.names:
            known = self._known[name] = self._make(name)
        return known

    def _make(self, name: str) -> Request:
        struct = self.description.requests[name].struct
        fields = self.description.layout(struct).by_name
        bodies = tuple(dict.fromkeys((struct, name, name[3:])))
        filled = tuple(each for each in _FILLED if each in fields)
        return Request(name, struct, bodies, fields, filled)


def _checked(struct: str, field: Field, value: object) -> Value:
    if field.is_text:
        return _text(struct, field, value)
    if field.c == "double":
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _wrong(struct, field, "a number", value)
        try:
            number = float(value)
        except OverflowError:
            raise _wrong(struct, field, "a number", value) from None
        if not isfinite(number):
            raise _wrong(struct, field, "a finite number", value)
        return number
    if type(value) is not int or not -_INT32 <= value < _INT32:
        raise _wrong(struct, field, "a whole number of 32 bits", value)
    return value


def _text(struct: str, field: Field, value: object) -> str:
    if not isinstance(value, str):
        raise _wrong(struct, field, "a string", value)
    room = max(1, field.length - 1)
    if len(value) > room or (not value.isascii() and len(value.encode(_CODEC, "replace")) > room):
        raise _wrong(struct, field, f"a string of at most {room} bytes", value)
    # A C text ends there.
    return value.partition("\0")[0]


def _wrong(struct: str, field: Field, expected: str, value: object) -> BadRequest:
    secret = "assword" in field.name or "PassWord" in field.name or field.name == "AuthCode"
    was = type(value).__name__ if secret else _shown(value)
    return BadRequest(f"{struct}.{field.name}: {expected} is expected, was {was}")


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."

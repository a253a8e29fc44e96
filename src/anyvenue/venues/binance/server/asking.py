"""A request: its parameters read as the venue reads them, and who asks."""

import re
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import TYPE_CHECKING

import msgspec

from anyvenue.venues.binance.server.refusals import Refused, missing
from anyvenue.venues.serving.keys import Key

if TYPE_CHECKING:
    from anyvenue.venues.serving.member import Member

__all__ = ["Asked", "Endpoint", "Handler", "Security"]

_CLIENT_ID = re.compile(r"^[\.A-Z\:/a-z0-9_-]{1,36}$")
_INTEGER = re.compile(r"^-?\d{1,19}$")
_MOST = Decimal(10) ** 15


class Security(Enum):
    """What a request needs: nothing, a key, or a signature; that of a trade also a key that may trade."""

    NONE = "none"
    KEY = "key"
    SIGNED = "signed"
    TRADE = "trade"


class Asked:
    """One request; its readers raise Refused for what is missing or malformed."""

    def __init__(self, parameters: Mapping[str, str]) -> None:
        """Take the parameters, all as text."""
        self.parameters = parameters
        self.headers: dict[str, str] = {}
        self.key: Key | None = None
        self._member: Member | None = None

    @property
    def member(self) -> "Member":
        """Who asks; only signed requests may ask for that."""
        assert self._member is not None
        return self._member

    @member.setter
    def member(self, member: "Member") -> None:
        self._member = member

    def has(self, name: str) -> bool:
        """Tell whether a parameter was sent."""
        return bool(self.parameters.get(name))

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; raise Refused where there is none and no default."""
        found = self.parameters.get(name, "")
        if found:
            return found
        if default is None:
            raise missing(name)
        return default

    def integer(self, name: str, default: int | None = None) -> int:
        """Return a whole number."""
        found = self.parameters.get(name, "")
        if not found and default is not None:
            return default
        if not _INTEGER.match(found):
            raise missing(name)
        return int(found)

    def number(self, name: str) -> Decimal | None:
        """Return an exact number, None where it was not sent."""
        found = self.parameters.get(name, "")
        if not found:
            return None
        try:
            value = Decimal(found)
        except InvalidOperation:
            raise _illegal(name) from None
        if not value.is_finite() or abs(value) > _MOST:
            raise _illegal(name)
        return value

    def flag(self, name: str) -> bool:
        """Return whether a parameter is ``true``."""
        return self.parameters.get(name, "").lower() == "true"

    def client_id(self, name: str) -> str:
        """Return a client's own id, empty where it was not sent."""
        found = self.parameters.get(name, "")
        if found and not _CLIENT_ID.match(found):
            raise _illegal(name)
        return found

    def rows(self, name: str, most: int) -> "list[Asked]":
        """Return requests within the request, written as a JSON list of up to `most` objects, by the same sender."""
        try:
            found = msgspec.json.decode(self.text(name), type=list[dict[str, str | float | bool]])
        except msgspec.DecodeError:
            raise _illegal(name) from None
        if not 1 <= len(found) <= most:
            raise Refused(-4082, "Invalid number of batch place orders.")
        made = []
        for row in found:
            part = Asked({key: _as_text(value) for key, value in row.items()})
            part.key, part._member = self.key, self._member
            made.append(part)
        return made

    def names(self, name: str) -> list[str]:
        """Return a list of texts, written as JSON."""
        found = self.parameters.get(name, "")
        if not found:
            return []
        try:
            return [_as_text(each) for each in msgspec.json.decode(found, type=list[str | int])]
        except msgspec.DecodeError:
            raise _illegal(name) from None


Handler = Callable[[Asked], object | Awaitable[object]]


class Endpoint(msgspec.Struct, frozen=True):
    """What answers a request, what it needs, and what it weighs; `order` counts as one."""

    handler: Handler
    security: Security = Security.NONE
    weight: int = 1
    order: bool = False


def _as_text(value: str | float | bool) -> str:
    if isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _illegal(name: str) -> Refused:
    return Refused(
        -1100,
        f"Illegal characters found in parameter '{name}'; legal range is "
        "'^([0-9]{1,20})(\\.[0-9]{1,20})?$'.",
    )

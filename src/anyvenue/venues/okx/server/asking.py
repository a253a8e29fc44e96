"""A request: its parameters read as the venue reads them, and who asks."""

import re
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import TYPE_CHECKING

import msgspec

from anyvenue.venues.okx.server.refusals import bad, missing
from anyvenue.venues.serving.keys import Key

if TYPE_CHECKING:
    from anyvenue.venues.serving.member import Member

__all__ = ["Asked", "Endpoint", "Handler", "Security", "texts_of"]

_CLIENT_ID = re.compile(r"^[A-Za-z0-9]{1,32}$")
_INTEGER = re.compile(r"^\d{1,19}$")
_MOST = Decimal(10) ** 15


class Security(Enum):
    """What a request needs: nothing, a signature, or that of a key that may trade."""

    NONE = "none"
    SIGNED = "signed"
    TRADE = "trade"


class Asked:
    """One request; its readers raise Refused for what is missing or malformed.

    `rows` are the parts of a body that is a list, or the one request itself. `socket` tells that it came by WebSocket.
    """

    def __init__(
        self, parameters: Mapping[str, object], rows: list[Mapping[str, object]] | None = None
    ) -> None:
        """Take the parameters, and the rows of a list."""
        self.parameters = texts_of(parameters)
        self.rows = rows if rows is not None else [parameters]
        self.nested = parameters
        self.key: Key | None = None
        self.socket = False
        self._member: Member | None = None

    def row(self, parameters: Mapping[str, object]) -> "Asked":
        """Return a part of the request as one of its own, by the same sender."""
        made = Asked(parameters)
        made.key, made.socket, made._member = self.key, self.socket, self._member
        return made

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

    def choice(self, name: str, known: tuple[str, ...], default: str | None = None) -> str:
        """Return one of the words there are; raise Refused for another."""
        found = self.text(name, default)
        if found not in known and found != default:
            raise bad(name)
        return found

    def integer(self, name: str, default: int = 0) -> int:
        """Return a whole number, `default` where it was not sent."""
        found = self.parameters.get(name, "")
        if not found:
            return default
        if not _INTEGER.match(found):
            raise bad(name)
        return int(found)

    def number(self, name: str) -> Decimal | None:
        """Return an exact number, None where it was not sent."""
        found = self.parameters.get(name, "")
        if not found:
            return None
        try:
            value = Decimal(found)
        except InvalidOperation:
            raise bad(name) from None
        if not value.is_finite() or abs(value) > _MOST:
            raise bad(name)
        return value

    def positive(self, name: str) -> Decimal:
        """Return a number above zero; raise Refused."""
        value = self.number(name)
        if value is None:
            raise missing(name)
        if value <= 0:
            raise bad(name)
        return value

    def flag(self, name: str) -> bool:
        """Return whether a parameter is true."""
        return self.parameters.get(name, "").lower() == "true"

    def client_id(self, name: str) -> str:
        """Return a client's own id, empty where it was not sent."""
        found = self.parameters.get(name, "")
        if found and not _CLIENT_ID.match(found):
            raise bad(name)
        return found

    def limit(self, most: int = 100, usual: int = 100) -> int:
        """Return how many rows are wanted."""
        return max(1, min(self.integer("limit", usual), most))


def texts_of(parameters: Mapping[str, object]) -> dict[str, str]:
    """Return parameters as text, as the venue takes numbers and truth values in either form."""
    return {key: _text(value) for key, value in parameters.items()}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return "" if value is None else msgspec.json.encode(value).decode()


Handler = Callable[[Asked], object | Awaitable[object]]


class Endpoint(msgspec.Struct, frozen=True):
    """What answers a request, what it needs, and how many are taken in two seconds; `each` counts rows of a list."""

    handler: Handler
    security: Security = Security.NONE
    limit: int = 20
    each: bool = False

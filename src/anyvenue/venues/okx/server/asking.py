"""A request: its parameters read as the venue reads them, and who asks."""

import re
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from enum import Enum

import msgspec

from anyvenue.venues.okx.server.refusals import Refused, bad, missing
from anyvenue.venues.serving.asking import TextRequest

__all__ = ["Asked", "Endpoint", "Handler", "Security", "texts_of"]

_INTEGER = re.compile(r"^\d{1,19}$")


class Security(Enum):
    """What a request needs: nothing, a signature, or that of a key that may trade."""

    NONE = "none"
    SIGNED = "signed"
    TRADE = "trade"


class Asked(TextRequest):
    """One request; its readers raise Refused for what is missing or malformed.

    `rows` are the parts of a body that is a list, or the one request itself. `socket` tells that it came by WebSocket.
    """

    client_id_pattern = re.compile(r"^[A-Za-z0-9]{1,32}$")

    def __init__(
        self, parameters: Mapping[str, object], rows: list[Mapping[str, object]] | None = None
    ) -> None:
        """Take the parameters, and the rows of a list."""
        super().__init__(texts_of(parameters))
        self.rows = rows if rows is not None else [parameters]
        self.socket = False

    def row(self, parameters: Mapping[str, object]) -> "Asked":
        """Return a part of the request as one of its own, by the same sender."""
        made = Asked(parameters)
        made.send_as(self)
        made.socket = self.socket
        return made

    def missing(self, name: str) -> Refused:
        """Return the refusal of a request without a parameter."""
        return missing(name)

    def malformed(self, name: str) -> Refused:
        """Return the refusal of a parameter that cannot be read."""
        return bad(name)

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

    def positive(self, name: str) -> Decimal:
        """Return a number above zero; raise Refused."""
        value = self.number(name)
        if value is None:
            raise missing(name)
        if value <= 0:
            raise bad(name)
        return value

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
    """What answers a request, what it needs, and how many are taken in two seconds; `each` counts rows of a list.

    Those about orders are counted by instrument, and by `counted`, which REST and WebSocket share.
    """

    handler: Handler
    security: Security = Security.NONE
    limit: int = 20
    each: bool = False
    counted: str = ""

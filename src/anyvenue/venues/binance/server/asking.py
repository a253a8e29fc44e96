"""A request: its parameters read as the venue reads them, and who asks."""

import re
from collections.abc import Awaitable, Callable, Mapping
from enum import Enum

import msgspec

from anyvenue.venues.binance.server.refusals import Refused, missing
from anyvenue.venues.serving.asking import TextRequest

__all__ = ["Asked", "Endpoint", "Handler", "Security"]

_INTEGER = re.compile(r"^-?\d{1,19}$")


class Security(Enum):
    """What a request needs: nothing, a key, or a signature; that of a trade also a key that may trade."""

    NONE = "none"
    KEY = "key"
    SIGNED = "signed"
    TRADE = "trade"


class Asked(TextRequest):
    """One request; its readers raise Refused for what is missing or malformed."""

    client_id_pattern = re.compile(r"^[\.A-Z\:/a-z0-9_-]{1,36}$")

    def __init__(self, parameters: Mapping[str, str]) -> None:
        """Take the parameters, all as text."""
        super().__init__(parameters)
        self.headers: dict[str, str] = {}

    def missing(self, name: str) -> Refused:
        """Return the refusal of a request without a parameter."""
        return missing(name)

    def malformed(self, name: str) -> Refused:
        """Return the refusal of a parameter that cannot be read."""
        return _illegal(name)

    def integer(self, name: str, default: int | None = None) -> int:
        """Return a whole number."""
        found = self.parameters.get(name, "")
        if not found and default is not None:
            return default
        if not _INTEGER.match(found):
            raise missing(name)
        return int(found)

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
            part.send_as(self)
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

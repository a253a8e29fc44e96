"""A request: its parameters as exact values, and who asks. What is refused is for the venue to say."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import ClassVar

from anyvenue.venues.serving.keys import Key
from anyvenue.venues.serving.member import Member

__all__ = ["Request", "TextRequest"]

_MOST = Decimal(10) ** 15


class Request:
    """One request; `key` is set where it was signed."""

    def __init__(self) -> None:
        """Begin without a sender."""
        self.key: Key | None = None
        self._member: Member | None = None

    @property
    def member(self) -> Member:
        """Who asks; only signed requests may ask for that."""
        assert self._member is not None
        return self._member

    @member.setter
    def member(self, member: Member) -> None:
        self._member = member

    def send_as(self, other: "Request") -> None:
        """Have the sender of another request, of which this is a part."""
        self.key, self._member = other.key, other._member


class TextRequest(Request, ABC):
    """A request whose parameters are texts; its readers raise what `missing` and `malformed` return."""

    client_id_pattern: ClassVar[re.Pattern[str]]

    def __init__(self, parameters: Mapping[str, str]) -> None:
        """Take the parameters."""
        super().__init__()
        self.parameters = parameters

    @abstractmethod
    def missing(self, name: str) -> Exception:
        """Return the refusal of a request without a parameter."""

    @abstractmethod
    def malformed(self, name: str) -> Exception:
        """Return the refusal of a parameter that cannot be read."""

    def has(self, name: str) -> bool:
        """Tell whether a parameter was sent."""
        return bool(self.parameters.get(name))

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; raise the refusal where there is none and no default."""
        found = self.parameters.get(name, "")
        if found:
            return found
        if default is None:
            raise self.missing(name)
        return default

    def number(self, name: str) -> Decimal | None:
        """Return an exact number, None where it was not sent."""
        found = self.parameters.get(name, "")
        if not found:
            return None
        try:
            value = Decimal(found)
        except InvalidOperation:
            raise self.malformed(name) from None
        if not value.is_finite() or abs(value) > _MOST:
            raise self.malformed(name)
        return value

    def flag(self, name: str) -> bool:
        """Return whether a parameter is ``true``."""
        return self.parameters.get(name, "").lower() == "true"

    def client_id(self, name: str) -> str:
        """Return a client's own id, empty where it was not sent."""
        found = self.parameters.get(name, "")
        if found and not self.client_id_pattern.match(found):
            raise self.malformed(name)
        return found

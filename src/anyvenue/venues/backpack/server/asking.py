"""A request: what was sent, read into the form that it should have, and who asks."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import msgspec

from anyvenue.venues.backpack.server.refusals import Refused, malformed
from anyvenue.venues.serving.asking import Request

__all__ = ["Asked", "Endpoint", "Handler", "Page", "Symbol", "Value", "read"]

T = TypeVar("T")
Value = str | int | bool
_MOST = 1000


class Symbol(msgspec.Struct):
    """A market."""

    symbol: str


class Page(msgspec.Struct, rename="camel", kw_only=True):
    """Which part of a history is asked for, newest first unless `sort_direction` is Asc; times are ms."""

    symbol: str = ""
    order_id: str = ""
    since: int = msgspec.field(default=0, name="from")
    until: int = msgspec.field(default=0, name="to")
    limit: int = 100
    offset: int = 0
    sort_direction: str = "Desc"

    def of(self, rows: list[T]) -> list[T]:
        """Return that part of rows that are oldest first; raise Refused for a wrong part."""
        if not 0 < self.limit <= _MOST or self.offset < 0:
            raise Refused("INVALID_RANGE", "Invalid limit or offset")
        ordered = rows if self.sort_direction == "Asc" else rows[::-1]
        return ordered[self.offset : self.offset + self.limit]

    def spans(self, ts_ms: int) -> bool:
        """Tell whether a time is among those asked for."""
        return ts_ms >= self.since and (not self.until or ts_ms <= self.until)


class Asked(Request):
    """One request: `parameters` of its address or body, or `batch` where the body is a list."""

    def __init__(
        self, parameters: Mapping[str, Value], batch: list[dict[str, Value]] | None = None
    ) -> None:
        """Take what was sent."""
        super().__init__()
        self.parameters, self.batch = parameters, batch

    def read(self, kind: type[T]) -> T:
        """Return the parameters as `kind`; raise Refused for what is missing or malformed."""
        return read(self.parameters, kind)


def read(parameters: Mapping[str, Value], kind: type[T]) -> T:
    """Return what was sent as `kind`; raise Refused for what is missing or malformed."""
    try:
        return msgspec.convert(parameters, kind, strict=False)
    except msgspec.ValidationError as error:
        raise malformed(f"Parse error: {error}") from None


Handler = Callable[[Asked], object | Awaitable[object]]


class Endpoint(msgspec.Struct, frozen=True):
    """What answers a request; a signed one has an `instruction`, and one that `trades` needs a key that may."""

    handler: Handler
    instruction: str = ""
    trades: bool = False

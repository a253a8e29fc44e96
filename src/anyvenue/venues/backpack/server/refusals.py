"""Refusals in Backpack's own codes. Source: the codes of its documentation of the API."""

from anyvenue.model.errors import (
    AnyvenueError,
    DuplicateClientRef,
    InsufficientFunds,
    InsufficientPosition,
    InvalidOrder,
    OffLot,
    OffTick,
    RateLimited,
    TableError,
    UnknownOrder,
)
from anyvenue.venues.backpack.wire_rest import ErrorBody

__all__ = ["NOT_FOUND", "NO_ANSWER", "Refused", "malformed", "refusal_of", "refused_order"]

_BAD = "INVALID_CLIENT_REQUEST"
_FUNDS = ("INSUFFICIENT_FUNDS", "Insufficient funds")
_MARGIN = ("INSUFFICIENT_MARGIN", "Insufficient margin")
_KNOWN = {
    OffTick.code: ("INVALID_PRICE", "Price decimal too long"),
    OffLot.code: ("INVALID_QUANTITY", "Quantity decimal too long"),
    DuplicateClientRef.code: (_BAD, "Duplicate client id"),
}
_FIELDS = {
    "price": ("INVALID_PRICE", "Invalid price"),
    "quantity": ("INVALID_QUANTITY", "Invalid quantity"),
}


class Refused(Exception):
    """An answer with an error: the venue's word and text, the HTTP status, and seconds to wait for a limit's."""

    def __init__(self, code: str, text: str, status: int = 400, *, wait: int = 0) -> None:
        super().__init__(f"{code} {text}")
        self.code, self.text, self.status, self.wait = code, text, status, wait

    def body(self) -> ErrorBody:
        """Return what is sent."""
        return ErrorBody(self.code, self.text)


NOT_FOUND = Refused("RESOURCE_NOT_FOUND", "Order not found", 404)
"""There is no such order, or it is done."""

NO_ANSWER = Refused("TIMEOUT", "Timed out waiting for the engine; the outcome is unknown", 504)
"""An order was sent and nothing has been told."""


def malformed(why: str) -> Refused:
    """Return the refusal of a request that cannot be read, or lacks something."""
    return Refused(_BAD, why)


def refusal_of(error: AnyvenueError, *, margined: bool = False) -> Refused:
    """Return what the venue says for one of our errors."""
    if isinstance(error, RateLimited):
        wait = int(float(str(error.fields["retry_after"]))) + 1
        return Refused("TOO_MANY_REQUESTS", "Too many requests", 429, wait=wait)
    field = str(error.fields.get("field", ""))
    return refused_order(error.code, error.text, field, margined=margined)


def refused_order(code: str, reason: str, field: str = "", *, margined: bool = False) -> Refused:
    """Return what the venue says for an order that was refused with our `code`; others keep our words."""
    if code == UnknownOrder.code:
        return NOT_FOUND
    if code.startswith(TableError.code):
        return Refused("INVALID_SYMBOL", "Invalid symbol")
    if code == InsufficientFunds.code:
        return Refused(*(_MARGIN if margined else _FUNDS))
    if code == InsufficientPosition.code:
        return (
            Refused("INVALID_ORDER", "Reduce only order not reduced")
            if margined
            else Refused(*_FUNDS)
        )
    known = _KNOWN.get(code) or (_FIELDS.get(field) if code == InvalidOrder.code else None)
    return (
        Refused(*known)
        if known is not None
        else Refused("INVALID_ORDER", reason or "Invalid order")
    )

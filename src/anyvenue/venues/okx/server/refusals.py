"""Refusals in OKX's own codes and texts. Source: its list of error codes of API v5."""

from anyvenue.model.errors import (
    AnyvenueError,
    DuplicateClientRef,
    InsufficientFunds,
    InsufficientPosition,
    InvalidOrder,
    OffLot,
    OffTick,
    OutcomeUnknown,
    RateLimited,
    TableError,
    UnknownOrder,
)

__all__ = ["Refused", "bad", "missing", "no_answer", "no_instrument", "refusal_of", "refused_order"]

_ORDERS = {
    InsufficientFunds.code: ("51008", "Order failed. Insufficient balance or margin in account."),
    InsufficientPosition.code: (
        "51169",
        "Order failed because you don't have any positions in this direction for this contract to reduce or close.",
    ),
    OffTick.code: ("51000", "Parameter px error"),
    OffLot.code: ("51121", "Order quantity must be a multiple of the lot size."),
    DuplicateClientRef.code: ("51016", "Client order ID already exists."),
    UnknownOrder.code: (
        "51400",
        "Cancellation failed as the order has been filled, canceled or does not exist.",
    ),
    OutcomeUnknown.code: (
        "50004",
        "Endpoint request timeout (does not indicate success or failure of order, please check order status)",
    ),
}
_TIERS = ("51004", "Order amount exceeds the current tier limit of your leverage.")


class Refused(Exception):
    """An answer with an error: the venue's code and text, and the HTTP status."""

    def __init__(self, code: str, text: str, status: int = 200) -> None:
        super().__init__(f"{code} {text}")
        self.code, self.text, self.status = code, text, status


def missing(name: str) -> Refused:
    """Return the refusal of a request without a parameter."""
    return Refused("50014", f"Parameter {name} can not be empty", 400)


def bad(name: str) -> Refused:
    """Return the refusal of a parameter that cannot be read or is not one of those there are."""
    return Refused("51000", f"Parameter {name} error")


def no_instrument() -> Refused:
    """Return the refusal of a name that is not listed."""
    return Refused("51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist.")


def no_answer() -> Refused:
    """Return what is said where nothing is known of the outcome."""
    return Refused(*_ORDERS[OutcomeUnknown.code], 400)


def refusal_of(error: AnyvenueError) -> Refused:
    """Return what the venue says for one of our errors."""
    if isinstance(error, RateLimited):
        return Refused("50011", "Too Many Requests", 429)
    return refused_order(error.code, error.text, str(error.fields.get("field", "")))


def refused_order(code: str, reason: str, field: str = "") -> Refused:
    """Return what the venue says for an order that was refused with our `code`; others keep our words."""
    if code.startswith(TableError.code):
        return no_instrument()
    if code == InvalidOrder.code and field:
        return bad({"quantity": "sz", "price": "px", "stop_price": "triggerPx"}.get(field, field))
    known = _TIERS if code == "order.leverage_limit" else _ORDERS.get(code)
    return Refused(*known) if known is not None else Refused("51000", reason or "Order failed")

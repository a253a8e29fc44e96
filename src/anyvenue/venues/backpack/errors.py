"""What Backpack's refusals mean to us: which kind they are, and whether a request may have been done all the same.

Source: the codes of Backpack's documentation of its API.
"""

import msgspec

from anyvenue.model.errors import (
    AuthError,
    InsufficientFunds,
    InsufficientPosition,
    InvalidOrder,
    OutcomeUnknown,
    RateLimited,
    UnknownOrder,
    VenueError,
    VenueRefused,
)
from anyvenue.venues.backpack.wire_rest import ErrorBody
from anyvenue.venues.tracking.answers import Refused

__all__ = ["NOT_FOUND", "is_unsure", "kind_of", "read_error", "refusal", "refused"]

NOT_FOUND = "RESOURCE_NOT_FOUND"

_KINDS = {
    "INSUFFICIENT_FUNDS": InsufficientFunds.code,
    "INSUFFICIENT_MARGIN": InsufficientFunds.code,
    "INSUFFICIENT_SUPPLY": InsufficientFunds.code,
    "MAX_LEVERAGE_REACHED": InsufficientFunds.code,
    "INVALID_POSITION_ID": InsufficientPosition.code,
    "INVALID_CLIENT_REQUEST": InvalidOrder.code,
    "INVALID_MARKET": InvalidOrder.code,
    "INVALID_ORDER": InvalidOrder.code,
    "INVALID_PRICE": InvalidOrder.code,
    "INVALID_QUANTITY": InvalidOrder.code,
    "INVALID_SYMBOL": InvalidOrder.code,
    "INVALID_SIGNATURE": AuthError.code,
    "FORBIDDEN": AuthError.code,
    "UNAUTHORIZED": AuthError.code,
    "TOO_MANY_REQUESTS": RateLimited.code,
    NOT_FOUND: UnknownOrder.code,
}
_UNSURE = frozenset({"SERVER_ERROR", "TIMEOUT"})
# Told before anything is taken up.
_SURE = frozenset({"MAINTENANCE", "TRADING_PAUSED"})


def read_error(body: bytes) -> ErrorBody:
    """Return the code and text of a refusal; a body that is no such thing (a gateway's page) is code ""."""
    try:
        return msgspec.json.decode(body, type=ErrorBody)
    except msgspec.MsgspecError:
        return ErrorBody("", body[:200].decode("utf-8", "replace"))


def is_unsure(code: str, status: int = 400) -> bool:
    """Tell whether a request may have been done although it was answered with an error."""
    return code in _UNSURE or (status >= 500 and code not in _SURE)


def kind_of(code: str, status: int = 400) -> str:
    """Return the code of our error that a refused order or cancel is told with."""
    if is_unsure(code, status):
        return OutcomeUnknown.code
    if status == 429:
        return RateLimited.code
    return _KINDS.get(code, VenueRefused.code)


def refused(error: ErrorBody, status: int) -> Refused:
    """Return a refusal in our words; the venue has one code for several, and tells them apart by its text."""
    text = error.message.lower()
    vague = error.code == "INVALID_CLIENT_REQUEST"
    return Refused(
        error.code,
        error.message,
        kind_of(error.code, status),
        unsure=is_unsure(error.code, status),
        clock=vague and ("expired" in text or "timestamp" in text),
        duplicate=vague and "duplicate client" in text,
    )


def refusal(what: str, error: ErrorBody, status: int = 400, retry_after: float = 0.0) -> VenueError:
    """Return the error of a refused question."""
    said = f"{what} was refused: [{error.code}] {error.message}"
    fields = {"venue_code": error.code, "venue_text": error.message}
    kind = kind_of(error.code, status)
    if kind == RateLimited.code:
        return RateLimited(said, retry_after=retry_after or 1.0, **fields)
    if kind == AuthError.code:
        advice = "check the key, its secret and this machine's clock"
        return AuthError(f"{said}; {advice}", **fields)
    return VenueRefused(said, **fields)

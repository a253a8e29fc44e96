"""What Binance's refusals mean to us: which kind they are, and whether a request may have been done all the same.

Source: Binance's lists of error codes of spot and USD-M, and the notes on HTTP 5xx in its general information.
"""

import msgspec

from anyvenue.model.errors import (
    AuthError,
    InsufficientFunds,
    InsufficientPosition,
    InvalidOrder,
    RateLimited,
    UnknownOrder,
    VenueError,
    VenueRefused,
)
from anyvenue.venues.binance.wire import ApiError
from anyvenue.venues.tracking.answers import Refused

__all__ = [
    "CLOCK_WRONG",
    "DUPLICATE",
    "NOTHING_TO_CANCEL",
    "NO_SUCH_ORDER",
    "TOO_MANY_ORDERS",
    "WaitTime",
    "is_unsure",
    "kind_of",
    "read_error",
    "refusal",
    "refused",
]

CLOCK_WRONG = -1021
NO_SUCH_ORDER = -2013
NOTHING_TO_CANCEL = -2011
DUPLICATE = -4116
TOO_MANY_ORDERS = -1015

_UNSURE = frozenset({-1000, -1001, -1006, -1007})
_AUTH = frozenset({-1002, -1022, -2008, -2014, -2015})
_LIMITS = frozenset({-1003, -1015, -1034})
_FUNDS = frozenset({-2018, -2019, -4050, -4051})
_POSITION = frozenset({-2022, -4118})
_INVALID = frozenset(
    {
        -1013,
        -1111,
        -1116,
        -1117,
        -4003,
        -4005,
        -4014,
        -4023,
        -4164,
        -5021,
        -5022,
        *range(-1108, -1099),
    }
)
_TOO_BUSY = -1008  # told only where the request was not taken up


class WaitTime(msgspec.Struct):
    """When the venue takes requests again, in ms, as its errors about limits tell."""

    retryAfter: int = 0  # noqa: N815


def read_error(body: bytes) -> ApiError:
    """Return the code and text of a refusal; a body that is no such thing (a gateway's page) is code 0."""
    try:
        return msgspec.json.decode(body, type=ApiError)
    except msgspec.MsgspecError:
        return ApiError(0, body[:200].decode("utf-8", "replace"))


def is_unsure(status: int, error: ApiError) -> bool:
    """Tell whether a request may have been done although it was answered with an error."""
    if error.code == _TOO_BUSY or error.msg.startswith("Service Unavailable"):
        return False
    return status >= 500 or error.code in _UNSURE


def kind_of(error: ApiError, status: int = 400) -> str:
    """Return the code of our error that a refused order, cancel or change is told with."""
    code, text = error.code, error.msg
    if status in (418, 429) or code in _LIMITS:
        return RateLimited.code
    if code in _FUNDS or (code == -2010 and "insufficient balance" in text.lower()):
        return InsufficientFunds.code
    if code in _POSITION:
        return InsufficientPosition.code
    if code in (NO_SUCH_ORDER, NOTHING_TO_CANCEL):
        return UnknownOrder.code
    if code in _AUTH:
        return AuthError.code
    return InvalidOrder.code if code in _INVALID else VenueRefused.code


def refused(error: ApiError, status: int) -> Refused:
    """Return a refusal in our words."""
    return Refused(
        str(error.code),
        error.msg,
        kind_of(error, status),
        unsure=is_unsure(status, error),
        clock=error.code == CLOCK_WRONG,
        duplicate=error.code == DUPLICATE,
    )


def refusal(what: str, error: ApiError, status: int, retry_after: float = 0.0) -> VenueError:
    """Return the error of a refused question."""
    said = f"{what} was refused: [{error.code}] {error.msg}"
    fields = {"venue_code": str(error.code), "venue_text": error.msg}
    kind = kind_of(error, status)
    if kind == RateLimited.code:
        return RateLimited(said, retry_after=retry_after, **fields)
    if kind == AuthError.code:
        advice = "check the key, its secret, its permissions and the addresses it is bound to"
        return AuthError(f"{said}; {advice}", **fields)
    return VenueRefused(said, **fields)

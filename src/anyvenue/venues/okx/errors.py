"""What OKX's refusals mean to us: which kind they are, and whether a request may have been done all the same.

Source: OKX's list of error codes of API v5.
"""

import msgspec

from anyvenue.model.errors import (
    AuthError,
    DuplicateClientRef,
    InsufficientFunds,
    InsufficientPosition,
    InvalidOrder,
    OutcomeUnknown,
    RateLimited,
    UnknownOrder,
    VenueError,
    VenueRefused,
)
from anyvenue.venues.tracking.answers import Refused

__all__ = [
    "CLOCK_WRONG",
    "CLOSING_SOON",
    "DUPLICATE",
    "ErrorBody",
    "is_unsure",
    "kind_of",
    "read_error",
    "refusal",
    "refused",
]

CLOCK_WRONG = frozenset({"50102", "50036", "60006"})
"""The time of a request was too far from the venue's, or its deadline (50036) was over: it was not taken."""

CLOSING_SOON = "64008"
"""The notice that a connection will be closed for an upgrade: connect anew before."""

DUPLICATE = frozenset({"51016", "51065"})
"""An order (51065: a conditional one) with this client id exists already."""

# 50004: "does not indicate success or failure"; 51149 and 51054 are time-outs of the matching engine.
_UNSURE = frozenset({"50004", "50026", "51149", "51054"})
_LIMITS = frozenset({"50011", "50040", "50061", "51113", "60014"})
_AUTH = frozenset(
    {
        "50007",
        "50008",
        "50027",
        "50030",
        "50100",
        "50101",
        *(str(code) for code in range(50103, 50108)),
        *(str(code) for code in range(50110, 50115)),
        "50118",
        "50119",
        "50120",
        "50121",
        *(str(code) for code in range(60001, 60006)),
        "60007",
        "60009",
        "60011",
        "60022",
        "60024",
        "60032",
    }
)
_FUNDS = frozenset({"51008", "51119", "51127", "51131", "51502", "51736", "51764"})
_POSITION = frozenset({"51023", "51112", "51134", "51169", "51170"})
_NO_ORDER = frozenset({"51400", "51401", "51402", "51405", "51503", "51509", "51510", "51603"})
_INVALID = frozenset(
    {
        "50014",
        "50015",
        "50016",
        "51000",
        "51003",
        "51020",
        *(str(code) for code in range(51004, 51008)),
        "51100",
        *(str(code) for code in range(51116, 51119)),
        *(str(code) for code in range(51120, 51125)),
        *(str(code) for code in range(51135, 51139)),
        *(str(code) for code in range(51201, 51206)),
        *(str(code) for code in range(51250, 51281)),
        "51500",
    }
)


class ErrorBody(msgspec.Struct):
    """The code and text of an answer that says no."""

    code: str
    msg: str = ""


def read_error(body: bytes) -> ErrorBody:
    """Return the code and text of an answer; a body that is no such thing (a gateway's page) is code ""."""
    try:
        return msgspec.json.decode(body, type=ErrorBody)
    except msgspec.MsgspecError:
        return ErrorBody("", body[:200].decode("utf-8", "replace"))


def is_unsure(code: str, status: int = 200) -> bool:
    """Tell whether a request may have been done although it was answered with an error.

    50001 (an upgrade) and 50013 (too busy) are told before anything is taken up.
    """
    return code in _UNSURE or (status >= 500 and code not in ("50001", "50013"))


def kind_of(code: str, status: int = 200) -> str:
    """Return the code of our error that a refused order, cancel or change is told with."""
    if is_unsure(code, status):
        return OutcomeUnknown.code
    if status == 429 or code in _LIMITS:
        return RateLimited.code
    if code in _AUTH or code in CLOCK_WRONG:
        return AuthError.code
    if code in DUPLICATE:
        return DuplicateClientRef.code
    if code in _FUNDS:
        return InsufficientFunds.code
    if code in _POSITION:
        return InsufficientPosition.code
    if code in _NO_ORDER:
        return UnknownOrder.code
    return InvalidOrder.code if code in _INVALID else VenueRefused.code


def refused(code: str, text: str, status: int = 200) -> Refused:
    """Return a refusal in our words."""
    return Refused(
        code,
        text,
        kind_of(code, status),
        unsure=is_unsure(code, status),
        clock=code in CLOCK_WRONG,
        duplicate=code in DUPLICATE,
    )


def refusal(
    what: str, code: str, text: str, status: int = 200, retry_after: float = 0.0
) -> VenueError:
    """Return the error of a refused question."""
    said = f"{what} was refused: [{code}] {text}"
    fields = {"venue_code": code, "venue_text": text}
    kind = kind_of(code, status)
    if kind == RateLimited.code:
        # Limits are counted in spans of 2 s.
        return RateLimited(said, retry_after=retry_after or 2.0, **fields)
    if code in CLOCK_WRONG:
        return AuthError(f"{said}; set this machine's clock", **fields)
    if kind == AuthError.code:
        advice = (
            "check the key, its secret, passphrase, permissions and addresses, "
            "whether it is a demo key, and of which site (eea, us)"
        )
        return AuthError(f"{said}; {advice}", **fields)
    return VenueRefused(said, **fields)

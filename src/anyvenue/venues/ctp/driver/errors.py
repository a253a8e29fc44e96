"""What a counter's errors mean to us: which kind they are, and what to do about them."""

from collections.abc import Mapping

from anyvenue.model.errors import (
    AuthError,
    InsufficientFunds,
    InsufficientPosition,
    RateLimited,
    VenueError,
    VenueRefused,
)
from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.login_trouble import login_trouble

__all__ = ["error_of", "login_error", "order_code", "refusal"]

Error = tuple[int, str]

_NO_FUNDS = frozenset({31})
_NO_LOTS = frozenset({30, 37, 50, 51})
_TOO_MANY = frozenset({90, 116, 154})

_CHANGE = "set new_password in the account; the password is then changed at the login"
_ADVICE: Mapping[str, tuple[str, str]] = {
    "password": (
        "venue.ctp_password",
        "check user, password and BrokerID; several wrong tries lock the user",
    ),
    "app": (
        "venue.ctp_app",
        "AppID and AuthCode do not belong together here: ask the broker for them",
    ),
    "no_app": (
        "venue.ctp_no_app",
        "this counter lets authenticated programs in only: set app_id and auth_code",
    ),
    "sessions": (
        "venue.ctp_sessions",
        "the account has as many sessions as it may: close one of them",
    ),
    "locked": (
        "venue.ctp_locked",
        "wait some minutes, or ask the broker to unlock the user or this address",
    ),
    "first_login": ("venue.ctp_change", _CHANGE),
    "weak": (
        "venue.ctp_change",
        "set a stronger one as new_password in the account; it is then changed at the login",
    ),
    "expired": ("venue.ctp_change", _CHANGE),
}
_MAY_PASS = frozenset({"sessions"})


def error_of(row: Mapping[str, Value] | None) -> Error | None:
    """Return (id, text) of a RspInfo, None where there is no error."""
    if not row:
        return None
    number, text = row.get("ErrorID", 0), row.get("ErrorMsg", "")
    return (int(number), str(text)) if number else None


def refusal(what: str, error: Error) -> VenueError:
    """Return the error of a request that was refused."""
    number, text = error
    if number in _TOO_MANY:
        return RateLimited(f"{what}: [{number}] {text}", retry_after=1.0, venue_code=str(number))
    return VenueRefused(
        f"{what} was refused: [{number}] {text}", venue_code=str(number), venue_text=text
    )


def login_error(step: str, error: Error) -> VenueError:
    """Return the error of a login, with advice; AuthError where it is of no use to try it again."""
    number, text = error
    trouble = login_trouble(number)
    code, advice = _ADVICE.get(trouble, ("venue.ctp_login", ""))
    said = f"{step} was refused: [{number}] {text}" + (f"; {advice}" if advice else "")
    # One of these may lock the user when it is tried again as it is.
    kind = AuthError if trouble in _ADVICE.keys() - _MAY_PASS else VenueRefused
    return kind(said, code=code, step=step, venue_code=str(number), venue_text=text)


def order_code(number: int) -> str:
    """Return our code for the error of an order."""
    if number in _NO_FUNDS:
        return InsufficientFunds.code
    if number in _NO_LOTS:
        return InsufficientPosition.code
    return RateLimited.code if number in _TOO_MANY else VenueRefused.code

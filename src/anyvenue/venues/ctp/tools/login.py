"""Coming in: authentication and login, with the step that was refused and what to do about it."""

import msgspec

from anyvenue.model.errors import AuthError, VenueRefused
from anyvenue.venues.ctp.login_trouble import login_trouble
from anyvenue.venues.ctp.tools.access import Access
from anyvenue.venues.ctp.tools.conversation import Answered, Conversation, Row
from anyvenue.venues.ctp.tools.shown import clean_text

__all__ = [
    "LoggedIn",
    "authenticate",
    "cut_advice",
    "log_in",
    "log_in_md",
    "user_login",
]

_CUTS = {
    0x1001: "handshake",
    0x1002: "handshake",
    0x2001: "heartbeat",
    0x2002: "heartbeat",
    0x2003: "bad_packet",
}


class LoggedIn(msgspec.Struct, frozen=True):
    """What a login told."""

    trading_day: str
    system: str
    front_id: int
    session_id: int
    max_order_ref: int


def cut_advice(reason: int) -> str:
    """Return the word for what to do when a front hangs up before it has answered."""
    return _CUTS.get(reason, "")


def authenticate(conversation: Conversation, access: Access, timeout: float) -> bool:
    """Show AppID and AuthCode, where there are any and the API has a request for it; return whether it was done.

    Raise AuthError, VenueRefused or ConnectivityError.
    """
    if not access.app_id or not conversation.has("ReqAuthenticate"):
        return False
    fields = {
        "BrokerID": access.broker,
        "UserID": access.user,
        "UserProductInfo": access.product_info,
        "AppID": access.app_id,
        "AuthCode": access.auth_code,
    }
    _checked("Authenticate", conversation.ask("ReqAuthenticate", fields, timeout))
    return True


def log_in(conversation: Conversation, access: Access, timeout: float) -> LoggedIn:
    """Authenticate and log in; raise AuthError, VenueRefused or ConnectivityError."""
    authenticate(conversation, access, timeout)
    return user_login(conversation, access, timeout)


def user_login(conversation: Conversation, access: Access, timeout: float) -> LoggedIn:
    """Log in; raise AuthError, VenueRefused or ConnectivityError."""
    row = _checked("UserLogin", conversation.ask("ReqUserLogin", _login(access), timeout))
    ref = str(row.get("MaxOrderRef", "")).strip()
    return LoggedIn(
        str(row.get("TradingDay", "")) or conversation.session.trading_day(),
        str(row.get("SystemName", "")),
        int(row.get("FrontID", 0)),
        int(row.get("SessionID", 0)),
        int(ref) if ref.isdigit() else 0,
    )


def log_in_md(conversation: Conversation, access: Access, timeout: float) -> None:
    """Log in to a quote front; raise AuthError, VenueRefused or ConnectivityError."""
    _checked("UserLogin", conversation.ask("ReqUserLogin", _login(access), timeout))


def _login(access: Access) -> dict[str, str | int | float | bytes]:
    return {
        "BrokerID": access.broker,
        "UserID": access.user,
        "Password": access.password,
        "UserProductInfo": access.product_info,
    }


def _checked(step: str, answer: Answered) -> Row:
    if answer.error is None:
        return answer.rows[-1] if answer.rows else {}
    number, text = answer.error[0], clean_text(answer.error[1])
    kind = AuthError if login_trouble(number) else VenueRefused
    raise kind(
        f"{step} was refused: [{number}] {text}",
        code="venue.ctp_step",
        step=step,
        number=number,
        said=text,
    )

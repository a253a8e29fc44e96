"""Why a counter lets nobody in: one word for each error number of a login, by which advice is looked up."""

from collections.abc import Mapping

__all__ = ["MUST_CHANGE", "login_trouble"]

_WORDS: Mapping[int, str] = {
    3: "password",
    7: "not_ready",
    8: "not_ready",
    42: "confirm",
    60: "sessions",
    63: "app",
    64: "no_app",
    75: "locked",
    90: "busy",
    131: "weak",
    140: "first_login",
    141: "expired",
    143: "locked",
    154: "busy",
    4040: "handshake",
    4097: "handshake",
}

MUST_CHANGE = frozenset({"first_login", "weak", "expired"})
"""Words of logins that are let in with another password: the first one, a weak password, one that is too old."""


def login_trouble(number: int) -> str:
    """Return the word for what is wrong with a login that was refused with an ErrorID, "" for what is not known."""
    return _WORDS.get(number, "")

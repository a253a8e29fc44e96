"""What ccxt raises, in our words: what was refused, what nobody knows, and which secrets must not be repeated.

Its classes are known by their names, so that nothing of ccxt need be there to look at one.
"""

import re
from collections.abc import Callable

import msgspec

from anyvenue.model.errors import (
    AnyvenueError,
    AuthError,
    ConnectivityError,
    InsufficientFunds,
    InvalidOrder,
    RateLimited,
    VenueRefused,
)

__all__ = ["Failure", "failure_of", "masker"]

_LONGEST = 400
# The exchange has said no, or ccxt itself before anything was sent. Everything else, ccxt's bare ExchangeError among
# it, may have been done: that is its word for whatever it does not know.
_REFUSED = frozenset(
    {
        "AuthenticationError",
        "ArgumentsRequired",
        "BadRequest",
        "OperationRejected",
        "InsufficientFunds",
        "InvalidAddress",
        "InvalidOrder",
        "NotSupported",
        "InvalidProxySettings",
        "DDoSProtection",
        "RateLimitExceeded",
        "InvalidNonce",
    }
)
_KINDS = (
    ("AuthenticationError", AuthError.code),
    ("RateLimitExceeded", RateLimited.code),
    ("DDoSProtection", RateLimited.code),
    ("InsufficientFunds", InsufficientFunds.code),
    ("InvalidOrder", InvalidOrder.code),
    ("BadRequest", InvalidOrder.code),
    ("ArgumentsRequired", InvalidOrder.code),
    ("NotSupported", InvalidOrder.code),
    ("NetworkError", ConnectivityError.code),
)
_CODES = (
    re.compile(r'"(?:code|err-code|err_code|sCode|retCode)"\s*:\s*"?(-?[\w.-]+)'),
    re.compile(r'\["error",\s*(\d+)'),
)
# What is signed names the key, and a signature may be used again for a while.
_SIGNED = re.compile(
    r"((?:signature|sign|accesskeyid|apikey|api_key|passphrase|listenkey)=)[^&\s'\"]+",
    re.IGNORECASE,
)


class Failure(msgspec.Struct, frozen=True):
    """What went wrong with a request.

    `kind` is the code of our error, `venue_code` the exchange's own or ccxt's class. `unsure`: it may have been done.
    """

    name: str
    text: str
    kind: str
    venue_code: str
    unsure: bool
    clock: bool = False
    not_found: bool = False
    duplicate: bool = False

    def error(self) -> AnyvenueError:
        """Return it as an error to raise."""
        if self.kind == AuthError.code:
            return AuthError(self.text, venue_code=self.venue_code, venue_text=self.text)
        if self.kind == RateLimited.code:
            return RateLimited(self.text, retry_after=1.0)
        if self.kind == ConnectivityError.code or self.unsure:
            return ConnectivityError(self.text)
        return VenueRefused(self.text, venue_code=self.venue_code, venue_text=self.text)


def failure_of(error: BaseException, clean: Callable[[str], str]) -> Failure:
    """Return what an exception of a call means; `clean` takes secrets out of its text."""
    names = [each.__name__ for each in type(error).__mro__]
    text = clean(str(error)) or names[0]
    kind = next((code for name, code in _KINDS if name in names), VenueRefused.code)
    if isinstance(error, TimeoutError | OSError):
        kind = ConnectivityError.code
    found = (pattern.search(text) for pattern in _CODES)
    own = next((each[1] for each in found if each), "")
    return Failure(
        name=names[0],
        text=f"{names[0]}: {text}",
        kind=kind,
        venue_code=own or names[0],
        unsure=not _REFUSED.intersection(names) or "ChecksumError" in names,
        clock="InvalidNonce" in names and "ChecksumError" not in names,
        not_found="OrderNotFound" in names,
        duplicate="DuplicateOrderId" in names,
    )


def masker(secrets: list[str]) -> Callable[[str], str]:
    """Return what takes secrets, and what they have signed, out of a text, which it shortens."""
    known = sorted((each for each in secrets if len(each) > 3), key=len, reverse=True)

    def clean(text: str) -> str:
        for each in known:
            text = text.replace(each, "***")
        return _SIGNED.sub(r"\1***", text)[:_LONGEST]

    return clean

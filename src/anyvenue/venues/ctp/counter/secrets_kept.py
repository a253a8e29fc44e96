"""What is kept of a password: a salted scrypt digest, never the word itself."""

import hmac
from hashlib import scrypt
from secrets import token_bytes

from anyvenue.venues.ctp.counter.profile import PasswordRules

__all__ = ["is_strong", "keep", "matches"]

# A counter's login runs on the broker's thread: 2 MiB and some 5 ms, a fifth of what a login by hand is given.
_COST, _BLOCK, _LANES, _ROOM = 1 << 11, 8, 1, 16 << 20
_SALT_BYTES = 16


def keep(password: str) -> str:
    """Return what to keep of a password: ``salt$digest``."""
    salt = token_bytes(_SALT_BYTES)
    return f"{salt.hex()}${_digest(password, salt)}"


def matches(password: str, kept: str) -> bool:
    """Tell whether this is the password that was kept; nothing matches where none was."""
    salt, _, digest = kept.partition("$")
    found = _digest(password, bytes.fromhex(salt))
    return bool(digest) and hmac.compare_digest(found, digest)


def is_strong(password: str, rules: PasswordRules) -> bool:
    """Tell whether a password is long enough and of enough classes of characters."""
    kinds = {_class_of(each) for each in password}
    return len(password) >= rules.shortest and len(kinds) >= rules.classes


def _class_of(character: str) -> str:
    if character.islower():
        return "lower"
    if character.isupper():
        return "upper"
    return "digit" if character.isdigit() else "other"


def _digest(password: str, salt: bytes) -> str:
    return scrypt(
        password.encode(), salt=salt, n=_COST, r=_BLOCK, p=_LANES, maxmem=_ROOM, dklen=32
    ).hex()

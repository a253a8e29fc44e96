"""Passwords as they are kept: scrypt with a salt of its own each, never the words themselves."""

import hmac
from hashlib import scrypt
from secrets import token_bytes

__all__ = ["hashed", "matches"]

_COST, _BLOCK, _LANES = 1 << 14, 8, 1  # 16 MiB and some 40 ms, the usual for logging in by hand
_SALT_BYTES = 16


def hashed(password: str, cost: int = _COST) -> str:
    """Return what to keep of a password: ``scrypt$cost$salt$hash``; `cost` is a power of two above 1."""
    salt = token_bytes(_SALT_BYTES)
    return f"scrypt${cost}${salt.hex()}${_digest(password, salt, cost).hex()}"


def matches(password: str, kept: str) -> bool:
    """Tell whether a password is the one that was kept, in the same time for a right and a wrong one."""
    scheme, cost, salt, digest = (*kept.split("$"), "", "", "")[:4]
    if scheme != "scrypt" or not cost.isdigit():
        return False
    found = _digest(password, bytes.fromhex(salt), int(cost))
    return hmac.compare_digest(found, bytes.fromhex(digest))


def _digest(password: str, salt: bytes, cost: int) -> bytes:
    return scrypt(password.encode(), salt=salt, n=cost, r=_BLOCK, p=_LANES, maxmem=64 << 20)

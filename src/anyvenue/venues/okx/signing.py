"""Signatures of requests: HMAC-SHA256 in base64 over time, method, path and body."""

import hmac
from base64 import b64encode
from datetime import UTC, datetime

__all__ = ["headers", "iso_time", "login_sign", "sign", "verify"]

_LOGIN = "GET/users/self/verify"


def sign(secret: str, timestamp: str, method: str, path: str, body: str = "") -> str:
    """Return the signature of a request; `path` begins with /api and has the query."""
    text = f"{timestamp}{method.upper()}{path}{body}"
    return b64encode(hmac.digest(secret.encode(), text.encode(), "sha256")).decode()


def login_sign(secret: str, timestamp: str) -> str:
    """Return the signature of a WebSocket's login; `timestamp` is in seconds."""
    text = timestamp + _LOGIN
    return b64encode(hmac.digest(secret.encode(), text.encode(), "sha256")).decode()


def verify(
    signature: str, secret: str, timestamp: str, method: str, path: str, body: str = ""
) -> bool:
    """Tell whether a request was signed with `secret`."""
    return hmac.compare_digest(signature, sign(secret, timestamp, method, path, body))


def iso_time(now_ns: int) -> str:
    """Return the time as REST wants it: 2026-01-31T09:30:00.123Z."""
    moment = datetime.fromtimestamp(now_ns // 1_000_000_000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{now_ns // 1_000_000 % 1000:03}Z"


def headers(
    api_key: str,
    secret: str,
    passphrase: str,
    now_ns: int,
    method: str,
    path: str,
    body: str = "",
    *,
    demo: bool = False,
) -> dict[str, str]:
    """Return the headers of a signed REST request; `demo` trades on paper at the venue."""
    timestamp = iso_time(now_ns)
    found = {
        "OK-ACCESS-KEY": api_key,
        "OK-ACCESS-SIGN": sign(secret, timestamp, method, path, body),
        "OK-ACCESS-TIMESTAMP": timestamp,
        "OK-ACCESS-PASSPHRASE": passphrase,
    }
    if body:
        found["Content-Type"] = "application/json"
    if demo:
        found["x-simulated-trading"] = "1"
    return found

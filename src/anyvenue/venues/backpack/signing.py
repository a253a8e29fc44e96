"""Signatures of requests: Ed25519 over an instruction, the parameters by name, time and window."""

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from anyvenue.model.errors import ConfigError

if TYPE_CHECKING:
    from types import ModuleType

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

__all__ = [
    "INSTRUCTIONS",
    "Sign",
    "headers",
    "is_signed",
    "make_sign",
    "public_of",
    "signed_text",
    "subscription",
]

Sign = Callable[[str], str]
"""Makes the signature of a text, in base64."""

Parameters = Mapping[str, str | int | bool]

INSTRUCTIONS: dict[tuple[str, str], str] = {
    ("GET", "/api/v1/account"): "accountQuery",
    ("PATCH", "/api/v1/account"): "accountUpdate",
    ("GET", "/api/v1/capital"): "balanceQuery",
    ("GET", "/api/v1/capital/collateral"): "collateralQuery",
    ("GET", "/api/v1/borrowLend/positions"): "borrowLendPositionQuery",
    ("GET", "/api/v1/position"): "positionQuery",
    ("GET", "/api/v1/order"): "orderQuery",
    ("POST", "/api/v1/order"): "orderExecute",
    ("DELETE", "/api/v1/order"): "orderCancel",
    ("GET", "/api/v1/orders"): "orderQueryAll",
    ("POST", "/api/v1/orders"): "orderExecute",
    ("DELETE", "/api/v1/orders"): "orderCancelAll",
    ("GET", "/wapi/v1/history/fills"): "fillHistoryQueryAll",
    ("GET", "/wapi/v1/history/orders"): "orderHistoryQueryAll",
    ("GET", "/wapi/v1/history/funding"): "fundingHistoryQueryAll",
}
"""What the venue calls each request when it is signed."""


def make_sign(secret: str) -> Sign:
    """Return what signs with `secret`, the base64 of a 32-byte seed; raise ConfigError."""
    key = _private(secret)
    return lambda text: b64encode(key.sign(text.encode())).decode()


def public_of(secret: str) -> str:
    """Return the public half of a key, in base64, which is its name; raise ConfigError."""
    return b64encode(_private(secret).public_key().public_bytes_raw()).decode()


def is_signed(public: str, text: str, signature: str) -> bool:
    """Tell whether a signature was made of `text` by the owner of a public key; both in base64."""
    ed25519 = _ed25519()
    from cryptography.exceptions import InvalidSignature

    try:
        key = ed25519.Ed25519PublicKey.from_public_bytes(b64decode(public, validate=True))
        key.verify(b64decode(signature, validate=True), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def _private(secret: str) -> "Ed25519PrivateKey":
    try:
        seed = b64decode(secret, validate=True)
        key: Ed25519PrivateKey = _ed25519().Ed25519PrivateKey.from_private_bytes(seed)
    except ValueError as error:
        raise ConfigError(
            f"the secret is not the base64 of 32 bytes: {error}", code="config.crypto_key"
        ) from None
    return key


def _ed25519() -> "ModuleType":
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise ConfigError(
            "Backpack's keys are Ed25519 and need the package cryptography: "
            "pip install 'anyvenue[crypto]'",
            code="config.crypto_missing",
        ) from None
    return ed25519


def signed_text(
    instruction: str,
    parameters: Parameters | Sequence[Parameters],
    timestamp_ms: int,
    window_ms: int,
) -> str:
    """Return what is signed of a request; a batch has one part for each of its orders."""
    parts = [parameters] if isinstance(parameters, Mapping) else parameters
    text = ""
    for part in parts:
        pairs = "".join(f"&{name}={_text(part[name])}" for name in sorted(part))
        text += f"instruction={instruction}{pairs}&"
    return f"{text}timestamp={timestamp_ms}&window={window_ms}"


def headers(
    api_key: str,
    sign: Sign,
    instruction: str,
    parameters: Parameters | Sequence[Parameters],
    timestamp_ms: int,
    window_ms: int = 5000,
) -> dict[str, str]:
    """Return the headers of a signed request."""
    return {
        "X-API-Key": api_key,
        "X-Signature": sign(signed_text(instruction, parameters, timestamp_ms, window_ms)),
        "X-Timestamp": str(timestamp_ms),
        "X-Window": str(window_ms),
        "Content-Type": "application/json; charset=utf-8",
    }


def subscription(
    api_key: str, sign: Sign, timestamp_ms: int, window_ms: int = 5000
) -> tuple[str, str, str, str]:
    """Return the signature field of a subscription to private streams."""
    signature = sign(signed_text("subscribe", {}, timestamp_ms, window_ms))
    return api_key, signature, str(timestamp_ms), str(window_ms)


def _text(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)

"""Signatures of requests: HMAC-SHA256 with a secret, or Ed25519 with a private key."""

import hmac
from base64 import b64encode
from collections.abc import Callable

from anyvenue.model.errors import ConfigError

__all__ = ["Sign", "make_sign", "signed_text"]

Sign = Callable[[str], str]
"""Makes the signature of a text: hexadecimal for HMAC, base64 for Ed25519."""


def make_sign(secret: str) -> Sign:
    """Return what signs with `secret`, a plain one or an Ed25519 private key in PEM; raise ConfigError."""
    if "PRIVATE KEY" in secret:
        return _ed25519(secret)
    key = secret.encode()
    return lambda text: hmac.digest(key, text.encode(), "sha256").hex()


def signed_text(parameters: dict[str, str]) -> str:
    """Return what the WebSocket API wants signed: the parameters by name."""
    return "&".join(f"{name}={parameters[name]}" for name in sorted(parameters))


def _ed25519(pem: str) -> Sign:
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError:
        raise ConfigError(
            "Ed25519 keys need the package cryptography: pip install 'anyvenue[crypto]'",
            code="config.crypto_missing",
        ) from None
    # Configuration files often have the line breaks as \n.
    text = pem.replace("\\n", "\n").encode()
    try:
        key = load_pem_private_key(text, None)
    except ValueError as error:
        raise ConfigError(
            f"the secret is no private key in PEM: {error}", code="config.crypto_key"
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        kind = type(key).__name__
        raise ConfigError(
            f"the private key is of the kind {kind}; Ed25519 is taken, or an HMAC secret",
            code="config.crypto_key",
        )
    return lambda each: b64encode(key.sign(each.encode())).decode()

"""Whether a request was signed by who it says."""

import hmac
from base64 import b64decode
from binascii import Error as Base64Error

from anyvenue.model.errors import ConfigError

__all__ = ["is_signed"]


def is_signed(secret: str, text: str, signature: str) -> bool:
    """Tell whether `signature` was made of `text` with an HMAC secret, or the private key of a public one in PEM."""
    if "PUBLIC KEY" in secret:
        return _is_signed(secret, text, signature)
    made = hmac.digest(secret.encode(), text.encode(), "sha256").hex()
    return hmac.compare_digest(made, signature.lower())


def _is_signed(pem: str, text: str, signature: str) -> bool:
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
    except ImportError:
        raise ConfigError(
            "public keys need the package cryptography: pip install 'anyvenue[crypto]'",
            code="config.crypto_missing",
        ) from None
    try:
        given = b64decode(signature, validate=True)
        key = load_pem_public_key(pem.encode())
        if isinstance(key, Ed25519PublicKey):
            key.verify(given, text.encode())
        elif isinstance(key, RSAPublicKey):
            key.verify(given, text.encode(), PKCS1v15(), SHA256())
        else:
            return False
    except (InvalidSignature, Base64Error, ValueError):
        return False
    return True

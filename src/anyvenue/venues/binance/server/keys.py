"""API keys: whose they are, and whether a signature is theirs."""

import hmac
import os
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterable
from pathlib import Path
from secrets import token_urlsafe

import msgspec

from anyvenue.model.errors import ConfigError
from anyvenue.model.ids import AccountId

__all__ = ["Key", "Keys", "new_key"]


class Key(msgspec.Struct, frozen=True):
    """A key of an account: `secret` is an HMAC secret, or an Ed25519 or RSA public key in PEM."""

    api_key: str
    secret: str
    account: AccountId
    read_only: bool = False

    def __repr__(self) -> str:
        return f"Key(api_key={self.api_key!r}, account={self.account!r}, ***)"

    def signed(self, text: str, signature: str) -> bool:
        """Tell whether `signature` is this key's of `text`."""
        if "PUBLIC KEY" in self.secret:
            return _is_signed(self.secret, text, signature)
        made = hmac.digest(self.secret.encode(), text.encode(), "sha256").hex()
        return hmac.compare_digest(made, signature.lower())


def new_key(account: AccountId) -> Key:
    """Return a random HMAC key."""
    return Key(token_urlsafe(48), token_urlsafe(48), account)


class Keys:
    """All keys; `path`, where given, keeps them for the next time, readable by its owner alone."""

    def __init__(self, keys: Iterable[Key] = (), path: Path | None = None) -> None:
        """Begin with those of the file and `keys`; raise ConfigError for a broken file."""
        self._path = path
        self._keys = {each.api_key: each for each in [*_read(path), *keys]}

    def find(self, api_key: str) -> Key | None:
        """Return a key, None where there is no such."""
        return self._keys.get(api_key)

    def all(self) -> list[Key]:
        """Return all keys in the order in which they came."""
        return list(self._keys.values())

    def add(self, key: Key) -> None:
        """Take a key, and keep it."""
        self._keys[key.api_key] = key
        if self._path is None:
            return
        draft = self._path.with_name(self._path.name + ".new")
        with open(draft, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(msgspec.json.encode(self.all()))
        draft.replace(self._path)


def _read(path: Path | None) -> list[Key]:
    if path is None or not path.exists():
        return []
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Key])
    except msgspec.DecodeError as error:
        raise ConfigError(
            f"{path} cannot be read ({error}); delete it, and new keys are made",
            key="state",
        ) from None


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

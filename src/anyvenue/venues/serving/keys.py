"""API keys: whose they are."""

import os
from collections.abc import Iterable
from pathlib import Path
from secrets import token_urlsafe

import msgspec

from anyvenue.model.errors import ConfigError
from anyvenue.model.ids import AccountId

__all__ = ["Key", "Keys", "new_key", "own_key"]


class Key(msgspec.Struct, frozen=True):
    """A key of an account: `secret` is an HMAC secret, or a public key as the venue writes it."""

    api_key: str
    secret: str
    account: AccountId
    read_only: bool = False
    passphrase: str = ""

    def __repr__(self) -> str:
        return f"Key(api_key={self.api_key!r}, account={self.account!r}, ***)"


def new_key(account: AccountId) -> Key:
    """Return a random HMAC key."""
    return Key(token_urlsafe(48), token_urlsafe(48), account)


def own_key(account: AccountId, api_key: str, secret: str) -> Key:
    """Return an HMAC key that somebody has; raise ConfigError for a secret that none can be."""
    if ":" in secret:
        raise ConfigError(
            f"--user was {account}:{api_key}:... with more after the secret; expected NAME:KEY:SECRET",
            code="config.wire_user",
            account=account,
        )
    return Key(api_key, secret, account)


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

"""Keys of accounts: an Ed25519 pair, known by its public half; both halves in base64."""

from base64 import b64encode
from secrets import token_bytes

from anyvenue.model.errors import ConfigError
from anyvenue.model.ids import AccountId
from anyvenue.venues.backpack.signing import public_of
from anyvenue.venues.serving.keys import Key

__all__ = ["new_key", "own_key"]


def new_key(account: AccountId) -> Key:
    """Return a random pair; raise ConfigError without the package cryptography."""
    seed = b64encode(token_bytes(32)).decode()
    return Key(public_of(seed), seed, account)


def own_key(account: AccountId, public: str, seed: str) -> Key:
    """Return a pair that somebody has made; raise ConfigError where the halves are not of one pair."""
    found = public_of(seed)
    if found != public:
        raise ConfigError(
            f"--user was {account}:{public}:...; the public key of that seed is {found}",
            code="config.wire_user",
            account=account,
        )
    return Key(public, seed, account)

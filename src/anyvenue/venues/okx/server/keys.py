"""Keys of OKX: a name, a secret and a passphrase."""

from secrets import token_hex

from anyvenue.model.errors import ConfigError
from anyvenue.model.ids import AccountId
from anyvenue.venues.serving.keys import Key

__all__ = ["new_key", "own_key"]


def new_key(account: AccountId) -> Key:
    """Return a random key."""
    return Key(token_hex(16), token_hex(16), account, passphrase=token_hex(8))


def own_key(account: AccountId, api_key: str, secret: str) -> Key:
    """Return a key of one's own, whose passphrase follows the secret after a colon; raise ConfigError without it."""
    words, _, passphrase = secret.rpartition(":")
    if not words or not passphrase:
        raise ConfigError(
            f"--user was {account}:{api_key}:... without a passphrase; OKX needs NAME:KEY:SECRET:PASSPHRASE",
            code="config.wire_passphrase",
            account=account,
        )
    return Key(api_key, words, account, passphrase=passphrase)

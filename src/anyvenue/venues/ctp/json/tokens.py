"""Who may connect: tokens with names, the accounts they are bound to, and whether they may trade."""

from collections.abc import Mapping, Sequence
from hmac import compare_digest
from pathlib import Path
from typing import Literal

import msgspec

from anyvenue.model.errors import ConfigError

__all__ = ["ANYBODY", "Token", "Tokens", "given_token", "read_tokens"]

_SHORTEST = 4


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """One user of the service: `accounts` empty lets every account in, the role ``read`` sends no orders."""

    name: str
    secret: str = ""
    accounts: tuple[str, ...] = ()
    role: Literal["trade", "read"] = "trade"

    def __repr__(self) -> str:
        return f"Token({self.name!r}, role={self.role!r})"

    def may_use(self, account: str) -> bool:
        """Tell whether the token's user may log in to an account."""
        return not self.accounts or account in self.accounts

    def may_send(self, request: str) -> bool:
        """Tell whether the token's user may send a request of this name."""
        return self.role == "trade" or request.startswith(("ReqQry", "ReqUserLog"))


ANYBODY = Token(name="")
"""Who connects where no token is asked for."""


class Tokens:
    """All tokens of a service; without any everybody may connect."""

    def __init__(self, tokens: Sequence[Token] = ()) -> None:
        """Take the tokens; raise ConfigError for two of one name, or a secret that is too short."""
        for each in tokens:
            if len(each.secret) < _SHORTEST:
                raise ConfigError(
                    f"the token of {each.name!r} has fewer than {_SHORTEST} characters; choose a longer one",
                    code="config.webctp_token",
                    name=each.name,
                )
        if len({each.name for each in tokens}) != len(tokens):
            raise ConfigError("two tokens have the same name", code="config.webctp_token_names")
        self._tokens = [(each.secret.encode(), each) for each in tokens]

    def __bool__(self) -> bool:
        return bool(self._tokens)

    def find(self, given: str) -> Token | None:
        """Return whose token it is, None for nobody's; every comparison takes the same time."""
        if not self._tokens:
            return ANYBODY
        found = None
        raw = given.encode("utf-8", "replace")
        for secret, token in self._tokens:
            if compare_digest(secret, raw):
                found = token
        return found


def given_token(query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """Return the token of a handshake: ``?token=``, ``Authorization: Bearer`` or ``X-Token``."""
    bearer = headers.get("Authorization", "")
    if bearer.startswith("Bearer "):
        return bearer[7:].strip()
    return headers.get("X-Token", "") or query.get("token", "")


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    token: str
    accounts: list[str] = []
    role: Literal["trade", "read"] = "trade"


class _File(msgspec.Struct, forbid_unknown_fields=True):
    tokens: dict[str, _Entry]


def read_tokens(path: Path) -> list[Token]:
    """Return the tokens of a TOML file with ``[tokens.NAME]`` token, accounts, role; raise ConfigError."""
    try:
        file = msgspec.toml.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise ConfigError(
            f"cannot read {path}: {error.strerror}", code="config.webctp_tokens", file=str(path)
        ) from None
    except msgspec.MsgspecError as error:
        raise ConfigError(
            f"{path}: {error}; expected [tokens.NAME] with token, accounts and role",
            code="config.webctp_tokens",
            file=str(path),
        ) from None
    return [
        Token(name=name, secret=each.token, accounts=tuple(each.accounts), role=each.role)
        for name, each in file.tokens.items()
    ]

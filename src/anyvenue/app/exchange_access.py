"""How the commands about a served exchange find it: a file in its folder, or address and token on the line."""

import os
from collections.abc import Mapping
from pathlib import Path
from secrets import token_urlsafe

import msgspec

from anyvenue.model.errors import ConfigError
from anyvenue.venues.paper.config import parse_url

__all__ = ["ADMIN_TOKEN", "TOKEN", "Access", "find_access", "keep_access", "new_access"]

TOKEN = "ANYVENUE_EXCHANGE_TOKEN"
ADMIN_TOKEN = "ANYVENUE_EXCHANGE_ADMIN_TOKEN"
"""Environment variables that stand in for the options of the same names."""

_NAME = "access.json"


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """Where an exchange listens and what lets an administrator in; `certificate` is the file it shows, if any."""

    admin_token: str
    token: str = ""
    host: str = "127.0.0.1"
    port: int = 0
    certificate: str = ""

    def __repr__(self) -> str:
        return f"Access(host={self.host!r}, port={self.port}, ***)"


def new_access(folder: Path | None, token: str, environ: Mapping[str, str]) -> Access:
    """Return the tokens for a server: the administrator's is that of the environment or the folder, else a new one."""
    kept = _read(folder) if folder is not None else None
    admin_token = environ.get(ADMIN_TOKEN) or (kept.admin_token if kept else token_urlsafe(24))
    return Access(admin_token=admin_token, token=token or environ.get(TOKEN, ""))


def keep_access(folder: Path, access: Access) -> None:
    """Write the file that the owner of the folder, and nobody else, can read."""
    draft = folder / f"{_NAME}.new"
    with open(draft, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(msgspec.json.encode(access))
    draft.replace(folder / _NAME)


def find_access(
    folder: Path | None, url: str | None, token: str | None, environ: Mapping[str, str]
) -> Access:
    """Return how to reach the exchange that the options name; raise ConfigError."""
    if folder is not None:
        kept = _read(folder)
        if kept is None:
            raise ConfigError(
                f"{folder} is not the folder of an exchange: name the one that `anyvenue exchange serve --state` has",
                code="config.no_exchange",
                folder=str(folder),
            )
        return kept
    admin_token = token or environ.get(ADMIN_TOKEN, "")
    if not url or not admin_token:
        raise ConfigError(
            f"name the exchange: --state DIR, or --url and --admin-token (or {ADMIN_TOKEN})",
            code="config.which_exchange",
            variable=ADMIN_TOKEN,
        )
    host, port = parse_url(url)
    return Access(admin_token=admin_token, token=environ.get(TOKEN, ""), host=host, port=port)


def _read(folder: Path) -> Access | None:
    try:
        return msgspec.json.decode((folder / _NAME).read_bytes(), type=Access)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise ConfigError(
            f"{folder / _NAME} cannot be read ({error}); delete it and start the exchange again",
            key="state",
        ) from None

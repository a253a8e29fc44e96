"""Accounts of a CTOS file `account.yaml`: exchanges, below them accounts, numbered in the order of the file."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from anyvenue.app.account_drafts import AccountDraft
from anyvenue.app.config_reader import read_text
from anyvenue.app.imports.keys import draft_of
from anyvenue.model.errors import ConfigError

__all__ = ["read_ctos"]

_FORM = "accounts: {okx: {main: {api_key: ..., api_secret: ..., passphrase: ...}}}"


def read_ctos(path: Path) -> list[AccountDraft]:
    """Return the accounts of a file in its order; raise ConfigError when it is none, or PyYAML is missing.

    An account's name holds its number among those of its exchange, which is what CTOS calls `account_id`:
    ``okx-0-main``, ``okx-1-sub1``.
    """
    document = _load(path)
    exchanges = document.get("accounts") if isinstance(document, dict) else None
    if not isinstance(exchanges, dict) or not exchanges:
        raise _unreadable(path, f"it has no accounts; {_FORM} is expected")
    return list(_accounts(path, exchanges))


def _accounts(path: Path, exchanges: dict[str, object]) -> Iterator[AccountDraft]:
    for exchange, accounts in exchanges.items():
        if not isinstance(accounts, dict):
            raise _unreadable(path, f"accounts.{exchange} is not a table of accounts")
        for number, (name, fields) in enumerate(accounts.items()):
            where = f"accounts.{exchange}.{name}"
            if not isinstance(fields, dict):
                raise _unreadable(path, f"{where} is not a table")
            origin = f"{path.name}, CTOS, {where}, account_id {number}"
            yield draft_of(f"{exchange}-{number}-{name}", exchange.lower(), origin, fields)


def _load(path: Path) -> object:
    try:
        yaml = import_module("yaml")
    except ImportError as error:
        raise ConfigError(
            f"{path} is YAML, and PyYAML is not installed; pip install 'anyvenue[import]'",
            code="config.extra_missing",
            package="PyYAML",
            extra="import",
        ) from error
    text = read_text(path)
    try:
        # Every scalar stays the text it is: a key such as 1e5 or 0123 is no number. It makes no objects.
        document: object = yaml.load(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark is not None else "it"
        # The library's text shows the line, and there may be a secret on it.
        raise _unreadable(path, f"{where} is not YAML") from None
    return document


def _unreadable(path: Path, detail: str) -> ConfigError:
    return ConfigError(
        f"{path} cannot be read: {detail}",
        code="config.import_unreadable",
        file=str(path),
        detail=detail,
    )

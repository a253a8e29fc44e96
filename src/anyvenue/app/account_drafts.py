"""Accounts on their way into the configuration: plain values for the file, secrets for the keyring or the environment."""

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from anyvenue.app.accounts import Value
from anyvenue.app.config_reader import parse_config
from anyvenue.app.config_writer import commented, holds_account, table_text
from anyvenue.app.keyrings import Keyring, keyring_there
from anyvenue.app.masking import remember
from anyvenue.app.secrets import Secret, variable_name
from anyvenue.model.errors import ConfigError

__all__ = ["AccountDraft", "Keep", "Placed", "export_lines", "keep_secrets", "place", "usual_keep"]

Keep = Literal["keyring", "env"]
State = Literal["written", "commented", "there"]

_SERVICE = "anyvenue"


class AccountDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An account that somebody described: `secrets` are values by key, None where the value is not known here.

    `origin` says where it was found; `left_out` are its keys nobody could make sense of, whose values go nowhere.
    """

    name: str
    venue: str
    settings: Mapping[str, str | int | float | bool]
    secrets: Mapping[str, str | None]
    origin: str = ""
    left_out: Sequence[str] = ()

    def __post_init__(self) -> None:
        for value in self.secrets.values():
            remember(value or "")

    def __repr__(self) -> str:
        return f"AccountDraft({self.name!r} at {self.venue!r}, secrets {sorted(self.secrets)})"

    def __rich_repr__(self) -> Iterable[tuple[str, object]]:
        """Give rich, which reads the fields itself, no value either."""
        yield "name", self.name
        yield "venue", self.venue


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A draft with a place for each secret, and its text for the file: live, as comments, or none as it is there."""

    draft: AccountDraft
    state: State
    text: str
    places: Mapping[str, Secret]
    reason: str = ""


def usual_keep() -> Keep:
    """Return where secrets go unless told: to the keyring where there is one."""
    return "keyring" if keyring_there() else "env"


def place(draft: AccountDraft, keep: Keep, text: str, path: Path) -> Placed:
    """Return the draft as it goes into the file whose text is `text`.

    It becomes comments, with the reason, where this version has no such venue or the venue's type refuses it.
    """
    places = {key: _place(draft.name, key, keep) for key in draft.secrets}
    if holds_account(text, draft.name):
        return Placed(draft=draft, state="there", text="", places={})
    values: dict[str, Value] = {"venue": draft.venue, **draft.settings, **places}
    table = table_text(("accounts", draft.name), values)
    try:
        parse_config(table, path)
    except ConfigError as error:
        reason = _reason(error, draft)
        return Placed(
            draft=draft,
            state="commented",
            text=commented(table, *_origin(draft), reason),
            places=places,
            reason=reason,
        )
    text = commented("", *_origin(draft)) + table
    return Placed(draft=draft, state="written", text=text, places=places)


def keep_secrets(placed: Iterable[Placed], keyring: Callable[[], Keyring]) -> int:
    """Put the secrets that belong there into the keyring; return how many."""
    count = 0
    for each in placed:
        for key, secret in each.places.items():
            value = each.draft.secrets[key]
            if secret.keyring is not None and value:
                service, _, name = secret.keyring.partition("/")
                keyring().set_password(service, name, value)
                count += 1
    return count


def export_lines(placed: Iterable[Placed], shown: bool = False) -> list[str]:
    """Return a shell's `export` line for each secret that is to be in the environment.

    The values stand in them only where they are known and to be `shown`; else dots stand there.
    """
    lines = []
    for each in placed:
        for key, secret in each.places.items():
            if secret.env is not None:
                value = each.draft.secrets[key] if shown else None
                lines.append(f"export {secret.env}={shlex.quote(value) if value else "'...'"}")
    return lines


def _place(account: str, key: str, keep: Keep) -> Secret:
    if keep == "keyring":
        return Secret(keyring=f"{_SERVICE}/{account}.{key}")
    return Secret(env=variable_name(account, key))


def _origin(draft: AccountDraft) -> list[str]:
    return [draft.origin] if draft.origin else []


def _reason(error: ConfigError, draft: AccountDraft) -> str:
    """Return why a table is commented out, without file and line, which are not those of the file to be."""
    if error.code == "config.venue_unknown":
        return (
            f"This version has no venue {draft.venue} (anyvenue config venues names those there are): "
            "take the # away once it has."
        )
    return f"Refused as it stands: {error.text.partition(': ')[2]}"

"""Accounts on their way into the configuration: values for the file, secrets for keyring or environment."""

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, count
from pathlib import Path
from typing import Literal

import msgspec

from anyvenue.app.accounts import Value
from anyvenue.app.config_reader import parse_config
from anyvenue.app.config_writer import commented, holds_account, table_text
from anyvenue.app.keyrings import Keyring, keyring_there
from anyvenue.app.masking import remember
from anyvenue.app.messages import Language
from anyvenue.app.messages import text as say
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

    def __rich_repr__(self) -> list[tuple[str, object]]:
        """Return what rich shows, which would read the fields itself: no value either."""
        return [("name", self.name), ("venue", self.venue)]


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


def place(draft: AccountDraft, keep: Keep, text: str, path: Path, lang: Language = "en") -> Placed:
    """Return the draft as it goes into the file whose text is `text`.

    No two accounts share an environment variable. The table becomes comments, with the reason, where this version has
    no such venue or the venue's type refuses it.
    """
    places = {key: _place(draft.name, key, keep, text) for key in draft.secrets}
    if holds_account(text, draft.name):
        return Placed(draft=draft, state="there", text="", places={})
    values: dict[str, Value] = {"venue": draft.venue, **draft.settings, **places}
    table = table_text(("accounts", draft.name), values)
    try:
        parse_config(table, path)
    except ConfigError as error:
        reason = _reason(error, draft, lang)
        return Placed(
            draft=draft,
            state="commented",
            text=commented(table, *_origin(draft), reason),
            places=places,
            reason=reason,
        )
    text = commented("", *_origin(draft)) + table
    return Placed(draft=draft, state="written", text=text, places=places)


def keep_secrets(placed: Iterable[Placed], keyring: Callable[[], Keyring]) -> None:
    """Put the secrets that belong there into the keyring, all or none; raise ConfigError.

    An entry with another value is left alone: it may be that of an account in another file.
    """
    entries = [
        (*secret.entry, value)
        for each in placed
        for key, secret in each.places.items()
        if secret.keyring is not None and (value := each.draft.secrets[key])
    ]
    for service, name, value in entries:
        if keyring().get_password(service, name) not in (None, value):
            raise _taken(service, name)
    for service, name, value in entries:
        keyring().set_password(service, name, value)


def export_lines(placed: Iterable[Placed], shown: bool = False) -> list[str]:
    """Return a shell's `export` line for each secret that is to be in the environment.

    The values stand in them only where they are known and to be `shown`; else dots stand there.
    """
    lines = []
    for each in placed:
        for key, secret in each.places.items():
            if secret.env is not None:
                value = each.draft.secrets[key] if shown else None
                lines.append(f"export {secret.env}={shlex.quote(value or '...')}")
    return lines


def _place(account: str, key: str, keep: Keep, text: str) -> Secret:
    if keep == "keyring":
        return Secret(keyring=f"{_SERVICE}/{account}.{key}")
    first = variable_name(account, key)
    names = chain([first], (f"{first}_{number}" for number in count(2)))
    return Secret(env=next(name for name in names if f'"{name}"' not in text))


def _origin(draft: AccountDraft) -> list[str]:
    return [draft.origin] if draft.origin else []


def _reason(error: ConfigError, draft: AccountDraft, lang: Language) -> str:
    """Return why a table is commented out, without file and line, which are not those of the file to be."""
    if error.code == "config.venue_unknown":
        return say("import.no_venue", lang, venue=draft.venue)
    return say("import.refused", lang, text=error.text.partition(": ")[2])


def _taken(service: str, name: str) -> ConfigError:
    command = f"keyring del {service} {name}"
    return ConfigError(
        f"the keyring has another value for {service}/{name}; give the account another name, or first: {command}",
        code="config.keyring_taken",
        entry=f"{service}/{name}",
        command=command,
    )

"""An account by questions, or from the words of a command line; both are made from the venue's description."""

from collections.abc import Callable, Sequence
from typing import NoReturn

import msgspec

from anyvenue.app.account_drafts import AccountDraft, Keep
from anyvenue.app.questions import Asker
from anyvenue.model.errors import ConfigError
from anyvenue.venues.registry import Venue, find_venue, venue_names
from anyvenue.venues.settings import Setting

__all__ = ["ask_account", "draft_account", "parse_pair", "parse_setting"]

Say = Callable[..., str]
_NONE = "none"


def ask_account(
    asker: Asker, say: Say, lang: str, keep: Keep, taken: Sequence[str]
) -> AccountDraft | None:
    """Return the account that the answers describe, None when none is wanted; `say` gives texts of the catalogue."""
    names = venue_names()
    for name in names:
        asker.note(f"  {name}  {find_venue(name).title(lang)}")
    wanted = asker.choice(say("init.venue"), [*names, _NONE], _NONE)
    if wanted == _NONE:
        return None
    venue = find_venue(wanted)
    name = _ask_name(asker, say, wanted, taken)
    settings: dict[str, str | int | float | bool] = {}
    secrets: dict[str, str | None] = {}
    for setting in venue.settings:
        if setting.secret:
            _ask_secret(asker, say, lang, keep, setting, secrets)
        elif not setting.advanced:
            value = _ask_setting(asker, say, lang, venue, setting)
            if value != setting.default:
                settings[setting.name] = value
    return AccountDraft(name=name, venue=wanted, settings=settings, secrets=secrets)


def draft_account(
    name: str, venue: Venue, pairs: Sequence[str], secrets: Sequence[str]
) -> AccountDraft:
    """Return the account that ``KEY=VALUE`` texts and the keys of secrets describe; raise ConfigError."""
    known = {each.name: each for each in venue.settings}
    settings = dict(parse_pair(text, venue) for text in pairs)
    needed = [each.name for each in venue.settings if each.secret and each.required]
    for key in secrets:
        if key not in known or not known[key].secret:
            _no_secret(key, venue)
    chosen = dict.fromkeys([*needed, *secrets])
    missing = [
        each.name
        for each in venue.settings
        if each.required and each.name not in (*settings, *chosen)
    ]
    if missing:
        raise ConfigError(
            f"an account at {venue.name} needs {', '.join(missing)}; give each with --set KEY=VALUE",
            code="config.account_incomplete",
            venue=venue.name,
            missing=missing,
        )
    return AccountDraft(name=name, venue=venue.name, settings=settings, secrets=chosen)


def parse_setting(text: str, venue: Venue, setting: Setting) -> str | int | float | bool:
    """Return a key's value from its text; raise ConfigError that says what is expected."""
    forms = {each.encode_name: each.type for each in msgspec.structs.fields(venue.config)}
    try:
        value: str | int | float | bool = msgspec.convert(text, forms[setting.name], strict=False)
    except msgspec.ValidationError as error:
        detail = str(error).replace("`", "")
        raise ConfigError(
            f"{setting.name} was {text!r}: {detail}",
            code="config.account_key",
            key=setting.name,
            value=text,
            detail=detail,
        ) from None
    return value


def _ask_name(asker: Asker, say: Say, venue: str, taken: Sequence[str]) -> str:
    proposals = [venue, *(f"{venue}-{number}" for number in range(2, len(taken) + 2))]
    default = next(each for each in proposals if each not in taken)
    while True:
        name = asker.text(say("init.name"), default)
        if name and name not in taken:
            return name
        asker.note(say("init.taken", account=name))


def _ask_setting(
    asker: Asker, say: Say, lang: str, venue: Venue, setting: Setting
) -> str | int | float | bool:
    question = f"{setting.help(lang)} ({setting.name})"
    default = None if setting.default is None else _text(setting.default)
    if setting.choices:
        choices = [_text(each) for each in setting.choices]
        return parse_setting(asker.choice(question, choices, default or choices[0]), venue, setting)
    while True:
        text = asker.text(question, default)
        try:
            return parse_setting(text, venue, setting)
        except ConfigError as error:
            asker.note(say("init.wrong", text=error.fields["detail"]))


def _ask_secret(
    asker: Asker,
    say: Say,
    lang: str,
    keep: Keep,
    setting: Setting,
    secrets: dict[str, str | None],
) -> None:
    """Ask for the value where the keyring keeps it; where the environment does, only whether there is one."""
    question = f"{setting.help(lang)} ({setting.name})"
    if keep == "keyring":
        value = asker.hidden(say("init.secret", question=question))
        if value or setting.required:
            secrets[setting.name] = value or None
    elif setting.required or asker.yes(say("init.has_secret", question=question)):
        secrets[setting.name] = None


def parse_pair(text: str, venue: Venue) -> tuple[str, str | int | float | bool]:
    """Return key and value of a ``KEY=VALUE`` text; raise ConfigError, for secrets, too."""
    known = {each.name: each for each in venue.settings}
    key, equals, value = text.partition("=")
    setting = known.get(key)
    if not equals or setting is None:
        raise ConfigError(
            f"--set {key} is no key of {venue.name} with its value; KEY=VALUE is expected, "
            f"the keys being: {', '.join(known)}",
            code="config.account_set",
            key=key,
            known=tuple(known),
        )
    if setting.secret:
        raise ConfigError(
            f"{key} is a secret, which never stands in a file or on a command line; say --secret {key}",
            code="config.account_secret",
            key=key,
        )
    return key, parse_setting(value, venue, setting)


def _no_secret(key: str, venue: Venue) -> NoReturn:
    known = [each.name for each in venue.settings if each.secret]
    raise ConfigError(
        f"--secret was {key!r}; the secrets of {venue.name} are: {', '.join(known) or 'none'}",
        code="config.account_no_secret",
        key=key,
        venue=venue.name,
        known=known,
    )


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

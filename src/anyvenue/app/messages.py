"""Texts for people: errors and interface words, in English and Chinese.

Errors are raised in English and carry a code and fields; here, at the command line and the consoles, they are said
in the user's language. The catalogues are `locale/en.toml` and `locale/zh.toml`.
"""

import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from anyvenue.model.errors import AnyvenueError, ConfigError, Inconsistent
from anyvenue.model.numbers import plain

__all__ = ["LANGUAGES", "Language", "language", "text", "translate", "word"]

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

_LOCALE = Path(__file__).with_name("locale")
# In the order of POSIX: the first that is set and not empty decides.
_SYSTEM_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


class _Catalogue(msgspec.Struct, frozen=True):
    """One language: headlines by code of the error class, error templates by code, interface texts by key.

    An error may have several templates: the first whose fields the error carries is used.
    """

    texts: Mapping[str, str]
    headlines: Mapping[str, str]
    errors: Mapping[str, tuple[str, ...]]


def language(explicit: str | None, environ: Mapping[str, str]) -> Language:
    """Return the language asked for, by ``--lang``, ANYVENUE_LANG, LC_ALL, LC_MESSAGES or LANG, in that order.

    Raises ConfigError when ``--lang`` or ANYVENUE_LANG names a language there is no catalogue for; a system locale
    without one means English.
    """
    for name, wanted in (("--lang", explicit), ("ANYVENUE_LANG", environ.get("ANYVENUE_LANG"))):
        if wanted:
            return _asked_for(name, wanted)
    locale = next((environ[name] for name in _SYSTEM_VARIABLES if environ.get(name)), "")
    return _known(locale) or "en"


def translate(error: AnyvenueError, lang: str) -> str:
    """Return what `error` says in `lang`.

    Where the catalogue has no template the error's fields can fill, the English text stands behind a headline in
    `lang`: nothing is lost.
    """
    catalogue = _catalogue(_asked_for("language", lang))
    if not catalogue.headlines:
        return error.text
    shown = _shown(error.fields, catalogue)
    for template in catalogue.errors.get(error.code, ()):
        try:
            return template.format_map(shown)
        except KeyError:
            continue
    return catalogue.texts["phrase.headline"].format(
        headline=_headline(error, catalogue), text=error.text
    )


def text(key: str, lang: str, **fields: object) -> str:
    """Return the interface text `key` in `lang`, its ``{field}`` places filled.

    Raises Inconsistent when there is no such text or a field is missing.
    """
    catalogue = _catalogue(_asked_for("language", lang))
    try:
        return catalogue.texts[key].format_map(_shown(fields, catalogue))
    except KeyError as missing:
        raise Inconsistent(
            f"interface text {key!r} cannot be said in {lang!r}: {missing} is missing; add it to "
            f"locale/{lang}.toml or to the call",
            key=key,
            lang=lang,
        ) from None


def word(value: Enum, lang: str) -> str:
    """Return the word for an enum value, such as "buy" or 买入 for `Side.BUY`."""
    return text(_key(value), lang)


def _asked_for(name: str, wanted: str) -> Language:
    known = _known(wanted)
    if known is None:
        raise ConfigError(
            f"{name} was {wanted!r}; use one of {', '.join(LANGUAGES)}",
            code="config.language",
            option=name,
            value=wanted,
            known=LANGUAGES,
        )
    return known


def _known(locale: str) -> Language | None:
    """Return the language of a locale such as zh, zh_CN.UTF-8 or zh-Hans-CN."""
    spoken = locale.replace("-", "_").partition(".")[0].partition("_")[0].lower()
    return next((one for one in LANGUAGES if one == spoken), None)


def _headline(error: AnyvenueError, catalogue: _Catalogue) -> str:
    """Return the headline of the code or of the nearest base class: plug-ins bring codes of their own."""
    codes = [error.code, *(getattr(base, "code", "") for base in type(error).__mro__)]
    return next(catalogue.headlines[code] for code in codes if code in catalogue.headlines)


def _shown(fields: Mapping[str, object], catalogue: _Catalogue) -> dict[str, str]:
    """Return the fields as text; one that is None or empty counts as missing."""
    return {
        name: catalogue.texts.get(_key(value, name)) or _plain(value)
        for name, value in fields.items()
        if value is not None and value != "" and value != () and value != []
    }


def _key(value: object, group: str = "") -> str:
    """Return the key of the text for `value`: enum values are grouped by class, others by field name."""
    if isinstance(value, Enum):
        group = re.sub("(?<!^)([A-Z])", r"_\1", type(value).__name__).lower()
        return f"{group}.{value.value}"
    return f"{group}.{value}"


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value))
    return str(value)


@cache
def _catalogue(lang: Language) -> _Catalogue:
    read = tomllib.loads((_LOCALE / f"{lang}.toml").read_text(encoding="utf-8"))
    texts = {
        f"{group}.{key}": text
        for group, keys in read["texts"].items()
        for key, text in keys.items()
    }
    errors = {
        code: (templates,) if isinstance(templates, str) else tuple(templates)
        for code, templates in read.get("errors", {}).items()
    }
    return _Catalogue(texts, read.get("headlines", {}), errors)

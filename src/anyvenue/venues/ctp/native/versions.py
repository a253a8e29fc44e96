"""From a library's word for its version to the description that holds for it, or a refusal."""

import re
from itertools import takewhile

import msgspec

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.description import DESCRIBED, Api, Description, describe
from anyvenue.venues.ctp.native.factories import Which

__all__ = ["EQUAL_LAYOUTS", "Equal", "Match", "match_version", "version_numbers"]

_VERSION = re.compile(r"\d+(?:[._]\d+)*")
_YEAR = 1900


class Equal(msgspec.Struct, frozen=True):
    """A version without a description of its own whose layouts are those of `version`, and how that is known."""

    version: str
    reason: str


EQUAL_LAYOUTS: dict[tuple[str, Which, tuple[int, ...]], Equal] = {
    ("mini", "md", (1, 7, 5)): Equal(
        "1.7.7", "vnpy_mini ships it with the headers of 1.7.7, 13 methods in its vtable as there"
    ),
    ("ctp", "md", (1, 4, 1, 3)): Equal(
        "6.7.2", "Rohon's quotes: ships with the headers of CTP 6.7.2, 15 methods as there"
    ),
    ("toramd", "md", (1, 0, 9)): Equal(
        "4.1.6",
        "the quotes library that ships with TORA 4.1.6 and its headers, 43 methods as there",
    ),
}
"""Versions proven equal to a described one, by dialect, library and number. A row needs a vendor's own headers."""


class Match(msgspec.Struct, frozen=True):
    """The description for a library; `reason` is empty for one of just that version."""

    description: Description
    reason: str = ""


def version_numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of a version text: ``v6.7.11_20250617 16:22`` -> (6, 7, 11), ``V6_7_2`` -> (6, 7, 2).

    Empty when there is none. A date behind the version, and what follows it, is not part of it.
    """
    found = _VERSION.search(text)
    if found is None:
        return ()
    numbers = (int(part) for part in re.split("[._]", found[0]))
    return tuple(takewhile(lambda number: number < _YEAR, numbers))


def match_version(dialects: tuple[str, ...], which: Which, text: str, slots: int | None) -> Match:
    """Return the description of a library that calls its version `text` and has `slots` methods (None: unknown).

    A version that is described holds if the number of methods agrees; a fourth number is the vendor's own build. Any
    other must be in `EQUAL_LAYOUTS` and agree in its methods, too. Raises ConfigError else.
    """
    numbers = version_numbers(text)
    for dialect in dialects:
        for description, reason in _candidates(dialect, which, numbers):
            methods = _methods(description, which)
            if slots == methods or (slots is None and not reason):
                return Match(description, reason)
    raise _refusal(dialects, which, text, slots)


def _candidates(
    dialect: str, which: Which, numbers: tuple[int, ...]
) -> list[tuple[Description, str]]:
    equal = EQUAL_LAYOUTS.get((dialect, which, numbers))
    if equal is not None:
        return [(describe(dialect, equal.version), equal.reason)]
    versions = [v for v in DESCRIBED[dialect] if _is(v, numbers)]
    return [(describe(dialect, version), "") for version in versions]


def _is(described: str, numbers: tuple[int, ...]) -> bool:
    own = version_numbers(described)
    return bool(numbers) and numbers[: len(own)] == own


def _methods(description: Description, which: Which) -> int | None:
    api: Api | None = getattr(description, which)
    return len(api.api) if api is not None else None


def _refusal(dialects: tuple[str, ...], which: Which, text: str, slots: int | None) -> ConfigError:
    numbers = version_numbers(text)
    known = "; ".join(f"{dialect} {', '.join(DESCRIBED[dialect])}" for dialect in dialects)
    version = ".".join(map(str, numbers)) or text or "nothing"
    nearest = _nearest(dialects[0], numbers)
    methods = "" if slots is None else f" and has {slots} methods"
    return ConfigError(
        f"the {which} library calls itself version {text!r}{methods}, of which the layouts are not known; described "
        f"are {known}. Install one of these, such as {nearest}",
        code="config.ctp_version",
        version=version,
        described=known,
        nearest=nearest,
        which=which,
    )


def _nearest(dialect: str, numbers: tuple[int, ...]) -> str:
    """Return the newest described version that is not newer, else the oldest, with how to get it."""
    versions = DESCRIBED[dialect]
    older = [version for version in versions if version_numbers(version) <= numbers]
    version = older[-1] if older else versions[0]
    return f"pip install 'openctp-ctp=={version}.*'" if dialect == "ctp" else f"{dialect} {version}"

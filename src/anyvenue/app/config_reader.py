"""From TOML to the frozen tree; what is wrong is named with file, key path and line."""

import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn, TypeVar, get_args, get_origin

import msgspec

from anyvenue.app.accounts import AccountConfig
from anyvenue.app.config import Config
from anyvenue.app.secrets import Secret, variable_name
from anyvenue.model.errors import ConfigError
from anyvenue.reference.overrides import Overrides, parse_overrides
from anyvenue.venues.registry import Venue, find_venue
from anyvenue.venues.settings import Setting

__all__ = ["line_of", "parse_config", "read_config", "read_text"]

KeyPath = tuple[str, ...]
S = TypeVar("S", bound=msgspec.Struct)

_OVERRIDES = ("instruments", "products", "fees", "margins", "defaults", "calendars")


def read_config(path: Path) -> tuple[Config, Overrides]:
    """Return the configuration of a file and its overrides of the tables; raise ConfigError."""
    return parse_config(read_text(path), path)


def parse_config(text: str, path: Path) -> tuple[Config, Overrides]:
    """Return the configuration of a text that is, or is to be, the file `path`; raise ConfigError."""
    reader = _Reader(path, text)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{path} is not TOML: {error}",
            code="config.not_toml",
            file=str(path),
            detail=str(error),
        ) from error
    config = reader.struct(data, Config, ())
    return config, reader.overrides({key: data[key] for key in _OVERRIDES if key in data})


def line_of(text: str, path: KeyPath) -> int:
    """Return the line (from 1) where a key path stands in TOML, that of its nearest part else, 0 for none."""
    table: KeyPath = ()
    best, depth = 0, 0
    for number, line in enumerate(text.splitlines(), 1):
        words = line.strip()
        if words.startswith("["):
            table = at = _keys(words.strip("[] ").partition("]")[0])
        elif "=" in words and not words.startswith("#"):
            at = (*table, *_keys(words.partition("=")[0]))
        else:
            continue
        if at == path:
            return number
        shared = len(at) if at == path[: len(at)] else 0
        if shared > depth:
            best, depth = number, shared
    return best


def _keys(text: str) -> KeyPath:
    """Return the parts of a dotted key, in which quotes hold dots together."""
    parts: list[str] = []
    for number, piece in enumerate(text.replace("'", '"').split('"')):
        parts += (
            [piece] if number % 2 else [part.strip() for part in piece.split(".") if part.strip()]
        )
    return tuple(parts)


def read_text(path: Path) -> str:
    """Return a file's text; raise ConfigError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}; name another file with --config",
            code="config.unreadable",
            file=str(path),
            detail=error.strerror,
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path} is not UTF-8 text: {error.reason} at byte {error.start}; save it as UTF-8",
            code="config.not_utf8",
            file=str(path),
            byte=error.start,
        ) from error


def _struct_among(forms: Sequence[object]) -> type[msgspec.Struct] | None:
    """Return the one struct that a value may be when it is a table, None when it is none."""
    found = [each for each in forms if isinstance(each, type) and issubclass(each, msgspec.Struct)]
    return found[0] if len(found) == 1 else None


class _Reader:
    """Turns tables into structs, one key after the other, so that an error knows its key."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._text = text

    def struct(self, table: object, kind: type[S], path: KeyPath) -> S:
        if not isinstance(table, Mapping):
            self._wrong(path, "a table", table)
        forms = {field.name: field for field in msgspec.structs.fields(kind)}
        for key in table:
            if key not in forms:
                self._unknown((*path, str(key)), forms)
        for name, field in forms.items():
            if field.required and name not in table:
                self._missing((*path, name))
        values = {
            key: self._value(value, forms[key].type, (*path, key)) for key, value in table.items()
        }
        try:
            return kind(**values)
        except ValueError as error:  # a value out of its range: the text begins with the key's name
            name = str(error).partition(" ")[0]
            self._raise(
                (*path, name) if name in forms else path,
                "config.type",
                f"is wrong: {error}",
                expected=str(error),
            )

    def account(self, table: object, path: KeyPath) -> AccountConfig:
        """Return an account whose keys are those of its venue's type."""
        if not isinstance(table, Mapping):
            # What was written there may be a secret: it is not repeated.
            self._raise(path, "config.type", "is to be a table", expected="a table")
        if "venue" not in table:
            self._missing((*path, "venue"))
        venue = self._venue(table["venue"], (*path, "venue"))
        known = {each.name: each for each in venue.settings}
        for key in table:
            if key not in known and key != "venue":
                self._unknown((*path, str(key)), {"venue": None, **known})
        for setting in known.values():
            if setting.required and setting.name not in table:
                self._missing((*path, setting.name))
        forms = {field.encode_name: field.type for field in msgspec.structs.fields(venue.config)}
        settings = {
            key: self._setting(value, known[key], forms[key], (*path, key))
            for key, value in table.items()
            if key != "venue"
        }
        return AccountConfig(name=path[-1], venue=venue.name, settings=settings)

    def overrides(self, data: Mapping[str, object]) -> Overrides:
        try:
            return parse_overrides(data, str(self._path))
        except ConfigError as error:
            path = self._real_path(str(error.fields.get("key", "")).split("."), data)
            line = line_of(self._text, path)
            raise ConfigError(
                error.text.replace(str(self._path), f"{self._path}, line {line}", 1),
                code=error.code,
                file=str(self._path),
                key=error.fields.get("key", ""),
                line=line,
            ) from None

    def _venue(self, name: object, path: KeyPath) -> Venue:
        if not isinstance(name, str):
            self._wrong(path, "the name of a venue", name)
        try:
            return find_venue(name)
        except ConfigError as error:
            self._raise(path, error.code, f"is wrong: {error.text}", **error.fields)

    def _setting(
        self, value: object, setting: Setting, form: object, path: KeyPath
    ) -> str | int | float | bool | Secret:
        if isinstance(value, Mapping):
            return self.struct(value, Secret, path)
        if setting.secret:
            self._plain_secret(path)
        try:
            made: str | int | float | bool = msgspec.convert(value, form)
        except msgspec.ValidationError as error:
            self._ill_typed(path, error)
        return made

    def _value(self, value: object, form: object, path: KeyPath) -> object:
        if isinstance(form, type) and issubclass(form, msgspec.Struct):
            return self.struct(value, form, path)
        inner = get_args(form)
        if AccountConfig in inner and isinstance(value, Mapping):
            return {key: self.account(each, (*path, key)) for key, each in value.items()}
        if get_origin(form) is dict and isinstance(inner[1], type) and isinstance(value, Mapping):
            return {key: self._value(each, inner[1], (*path, key)) for key, each in value.items()}
        if isinstance(value, Mapping) and (optional := _struct_among(inner)) is not None:
            return self.struct(value, optional, path)
        try:
            return msgspec.convert(value, form)
        except msgspec.ValidationError as error:
            self._ill_typed(path, error)

    def _real_path(self, path: Sequence[str], data: Mapping[str, object]) -> KeyPath:
        """Return the path with the keys that hold dots themselves (``fees."rb.SHFE"``) put together again."""
        found: list[str] = []
        at: object = data
        rest = list(path)
        while rest:
            known = at if isinstance(at, Mapping) else {}
            for count in range(len(rest), 0, -1):
                key = ".".join(rest[:count])
                if key in known or count == 1:
                    found.append(key)
                    at = known.get(key)
                    del rest[:count]
                    break
        return tuple(found)

    def _wrong(self, path: KeyPath, expected: str, value: object) -> NoReturn:
        self._raise(
            path, "config.type", f"was {value!r}; {expected} is expected", expected=expected
        )

    def _ill_typed(self, path: KeyPath, error: msgspec.ValidationError) -> NoReturn:
        detail = str(error).replace("`", "").partition(" - at ")[0]
        self._raise(path, "config.type", f"is wrong: {detail}", expected=detail)

    def _missing(self, path: KeyPath) -> NoReturn:
        self._raise(path, "config.key_missing", "is missing; give it a value")

    def _plain_secret(self, path: KeyPath) -> NoReturn:
        name = variable_name(*path[-2:])
        self._raise(
            path,
            "config.plain_secret",
            f'holds a secret in plain text; write {{ env = "{name}" }} and set that variable',
            variable=name,
        )

    def _unknown(self, path: KeyPath, known: Mapping[str, object]) -> NoReturn:
        near = get_close_matches(path[-1], known, 1)
        advice = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
        self._raise(
            path,
            "config.key_unknown",
            f"is not a known key: {advice}",
            known=tuple(known),
            nearest=near[0] if near else "",
        )

    def _raise(self, path: KeyPath, code: str, what: str, **fields: object) -> NoReturn:
        line = line_of(self._text, path)
        key = ".".join(f'"{part}"' if "." in part else part for part in path)
        raise ConfigError(
            f"{self._path}, line {line}: {key} {what}",
            code=code,
            file=str(self._path),
            key=key,
            line=line,
            **fields,
        )

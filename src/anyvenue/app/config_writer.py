"""Write the configuration: whole, or with accounts added to it. What would not be read again is never written."""

import json
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from anyvenue.app.config_reader import parse_config, read_text
from anyvenue.app.secrets import Secret
from anyvenue.model.errors import ConfigError

__all__ = [
    "commented",
    "existing_text",
    "holds_account",
    "table_text",
    "toml_value",
    "with_tables",
    "write_config",
]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
Value = str | int | float | bool | Secret


def table_text(head: tuple[str, ...], values: Mapping[str, Value]) -> str:
    """Return a table: its head, then a line for each key."""
    lines = [f"[{'.'.join(map(_key, head))}]"]
    lines += [f"{_key(name)} = {toml_value(value)}" for name, value in values.items()]
    return "\n".join(lines) + "\n"


def toml_value(value: Value) -> str:
    """Return a value as TOML has it, a secret as the table that names its place."""
    if isinstance(value, Secret):
        name = "env" if value.env is not None else "keyring"
        return f"{{ {name} = {toml_value(str(getattr(value, name)))} }}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        # TOML's texts are JSON's, but for DEL, which TOML wants escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)


def commented(text: str, *notes: str) -> str:
    """Return a table as comments below its notes."""
    lines = [line for note in notes for line in note.splitlines()]
    return "".join(f"# {line}".rstrip() + "\n" for line in [*lines, *text.splitlines()])


def with_tables(text: str, tables: list[str]) -> str:
    """Return the file with tables added at its end, each after an empty line."""
    parts = [text.rstrip("\n") + "\n"] if text.strip() else []
    return "\n".join([*parts, *tables])


def holds_account(text: str, name: str) -> bool:
    """Tell whether a file has a table for an account of this name, be it commented out."""
    heads = (re.sub(r"^[#\s]+", "", line).rstrip() for line in text.splitlines())
    known = {f"[accounts.{form}]" for form in (name, f'"{name}"', f"'{name}'")}
    return any(head in known for head in heads)


def write_config(path: Path, text: str) -> None:
    """Put the text in place of the file at once; raise ConfigError, and leave the file, where it would not be read."""
    parse_config(text, path)
    place = path.resolve()
    draft = place.with_name(place.name + ".new")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8", newline="\n")
        if place.exists():
            shutil.copymode(place, draft)
        os.replace(draft, place)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror}; name another file with --config",
            code="config.unwritable",
            file=str(path),
            detail=error.strerror,
        ) from error


def existing_text(path: Path) -> str:
    """Return the text of the file, nothing where there is none."""
    return read_text(path) if path.exists() else ""


def _key(text: str) -> str:
    return text if _BARE.fullmatch(text) else toml_value(text)

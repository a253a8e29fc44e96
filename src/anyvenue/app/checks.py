"""The checks of ``anyvenue doctor``."""

import os
import platform
import re
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal

import msgspec

from anyvenue.app.config_paths import config_folder
from anyvenue.app.invocation import Invocation
from anyvenue.app.messages import translate
from anyvenue.app.settings import Settings
from anyvenue.app.terminal import Terminal
from anyvenue.model.errors import ConfigError
from anyvenue.reference.calendar import MARKETS

__all__ = ["Check", "Requirement", "all_checks", "parse_requirement"]

_OLDEST_PYTHON = (3, 11)
_REQUIREMENT = re.compile(r"^\s*(?P<name>[A-Za-z0-9._-]+)(?P<rest>[^;]*)(?:;(?P<marker>.*))?$")
_EXTRA = re.compile(r"extra\s*==\s*['\"]([^'\"]+)['\"]")


class Check(msgspec.Struct, frozen=True):
    """One thing looked at: ``failed`` needs doing something, ``absent`` is optional and not there."""

    name: str
    state: Literal["good", "absent", "failed"]
    found: str
    advice: str = ""


class Requirement(msgspec.Struct, frozen=True):
    """A distribution that anyvenue uses; `extra` is empty for what it cannot do without."""

    name: str
    extra: str
    marker: str


def all_checks(invocation: Invocation) -> list[Check]:
    """Look at everything."""
    terminal = invocation.terminal()
    return [
        *_machine(terminal),
        *_distributions(terminal),
        _loop(terminal),
        *_configuration(invocation, terminal),
        *_folders(invocation, terminal),
    ]


def parse_requirement(text: str) -> Requirement | None:
    """Return what a line of a distribution's metadata requires, None for a line that says nothing."""
    match = _REQUIREMENT.match(text)
    if match is None:
        return None
    marker = (match["marker"] or "").strip()
    extra = _EXTRA.search(marker)
    return Requirement(match["name"], extra[1] if extra else "", marker)


def _machine(terminal: Terminal) -> Iterator[Check]:
    from anyvenue import __version__

    yield Check("anyvenue", "good", __version__)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    good = sys.version_info >= _OLDEST_PYTHON
    yield Check("Python", "good" if good else "failed", python, sys.executable)
    yield Check(terminal.text("check.platform"), "good", platform.platform())


def _distributions(terminal: Terminal) -> Iterator[Check]:
    try:
        lines = requires("anyvenue") or []
    except PackageNotFoundError:
        lines = []  # run from a source tree without being installed
    seen: set[tuple[str, str]] = set()
    for requirement in filter(None, map(parse_requirement, lines)):
        key = (requirement.name, requirement.extra)
        if key not in seen:
            seen.add(key)
            yield _distribution(requirement, terminal)


def _distribution(requirement: Requirement, terminal: Terminal) -> Check:
    name, extra = requirement.name, requirement.extra
    label = f"{name} [{extra}]" if extra else name
    purpose = terminal.text_or_nothing(f"purpose.{name}")
    try:
        return Check(label, "good", version(name), purpose)
    except PackageNotFoundError:
        pass
    if not extra and "win32" in requirement.marker and sys.platform == "win32":
        return Check(label, "absent", terminal.text("cli.not_for_windows"), purpose)
    install = f"pip install 'anyvenue[{extra}]'" if extra else f"pip install {name}"
    advice = f"{purpose}: {install}" if purpose else install
    return Check(label, "absent" if extra else "failed", terminal.text("cli.not_installed"), advice)


def _loop(terminal: Terminal) -> Check:
    from anyvenue.runtime.loop import loop_name

    name = loop_name()
    reason = "cli.loop_uvloop" if name == "uvloop" else "cli.loop_asyncio"
    return Check(terminal.text("check.event_loop"), "good", name, terminal.text(reason))


def _configuration(invocation: Invocation, terminal: Terminal) -> Iterator[Check]:
    settings = Settings()
    try:
        settings = invocation.settings
    except ConfigError as error:
        yield Check("anyvenue.toml", "failed", translate(error, terminal.lang))
    else:
        found = str(settings.path) if settings.path else terminal.text("cli.no_config")
        yield Check("anyvenue.toml", "good" if settings.path else "absent", found)
    catalog = settings.catalog()
    for market in MARKETS:
        until = catalog.calendar(market).known_until
        if until < 9999_00_00:
            name = terminal.text("check.calendar", market=market)
            yield Check(name, "good", terminal.text("cli.known_until", day=until))


def _folders(invocation: Invocation, terminal: Terminal) -> Iterator[Check]:
    folders = (
        ("working_folder", Path.cwd()),
        ("temporary_folder", Path(tempfile.gettempdir())),
        ("config_folder", config_folder(invocation.environ)),
    )
    for name, folder in folders:
        writable = os.access(folder, os.W_OK)
        key = "writable" if writable else "read_only" if folder.exists() else "not_there"
        yield Check(
            terminal.text(f"check.{name}"),
            "good" if writable else "absent",
            str(folder),
            terminal.text(f"cli.{key}"),
        )

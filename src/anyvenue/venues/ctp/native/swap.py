"""Putting another library into the place of the one inside an installed package, and back.

The wrapper of `openctp-ctp` looks for a file of one hashed name beside itself; neither LD_LIBRARY_PATH nor the name
inside the library matters. So the file is replaced, the original kept beside it.
"""

import os
import shutil
from pathlib import Path

import msgspec

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.native.catalogue import find_library
from anyvenue.venues.ctp.native.elf import read_library_file
from anyvenue.venues.ctp.native.factories import FACTORIES, Factory, Which
from anyvenue.venues.ctp.native.library import factory_of, slots_of
from anyvenue.venues.ctp.native.places import RECORD, Place, Swap, file_sum
from anyvenue.venues.ctp.native.probe import probe_library
from anyvenue.venues.ctp.native.versions import version_numbers

__all__ = ["restore", "swap_in", "users_of"]

_ORIGINAL = ".anyvenue-original"
_WHICH: tuple[Which, ...] = ("trader", "md")


def swap_in(place: Place, library: Path, when: str) -> Swap:
    """Put the libraries of a folder into a package; raise ConfigError, with nothing changed, when they do not fit.

    They must have the same factories, the same number of methods and the same version as the package's own. Two
    files replace two files; when the second cannot be, the first is put back.
    """
    new = {which: find_library(str(library), which) for which in _WHICH}
    _refuse_while_used(place)
    version = ""
    for which in _WHICH:
        version = _check_fit(_original(place.file(which)), new[which])
    for which in _WHICH:
        _keep_original(place.file(which))
    done: list[Path] = []
    try:
        for which in _WHICH:
            _replace(place.file(which), new[which])
            done.append(place.file(which))
    except OSError as error:
        for each in done:
            _replace(each, _original(each))
        raise _not_written(place, error) from None
    sums = {place.file(which).name: file_sum(place.file(which)) for which in _WHICH}
    swap = Swap(str(library.absolute()), when, version, sums)
    (place.folder / RECORD).write_bytes(msgspec.json.format(msgspec.json.encode(swap)))
    return swap


def restore(place: Place) -> None:
    """Put a package's own libraries back; raise ConfigError when there is nothing to put back.

    A package that was installed anew since has its own libraries already: what was kept of the old one is removed.
    """
    swap = place.state()
    if swap is None:
        raise ConfigError(
            f"{place.package} has its own libraries; there is nothing to restore",
            code="config.ctp_not_swapped",
            package=place.package,
        )
    _refuse_while_used(place)
    try:
        for which in _WHICH:
            file = place.file(which)
            kept = _kept(file)
            if kept.exists() and file_sum(file) == swap.sums.get(file.name):
                os.replace(kept, file)
            kept.unlink(missing_ok=True)
        (place.folder / RECORD).unlink(missing_ok=True)
    except OSError as error:
        raise _not_written(place, error) from None


def users_of(file: Path) -> list[int]:
    """Return the processes that have a file mapped; none where the system does not tell."""
    found = []
    for maps in Path("/proc").glob("[0-9]*/maps"):
        try:
            if str(file.resolve()) in maps.read_text(errors="replace"):
                found.append(int(maps.parent.name))
        except OSError:
            continue  # it has ended, or is another user's
    return sorted(found)


def _refuse_while_used(place: Place) -> None:
    users = {pid for which in _WHICH for pid in users_of(place.file(which))}
    if users:
        raise ConfigError(
            f"{place.package} is in use by process {', '.join(map(str, sorted(users)))}; end it first",
            code="config.ctp_in_use",
            package=place.package,
            pids=tuple(sorted(users)),
        )


def _check_fit(own: Path, new: Path) -> str:
    """Return the version; raise ConfigError when a wrapper made for `own` could not work with `new`."""
    own_facts, new_facts = _facts(own), _facts(new)
    for what, mine, other in zip(("factory", "methods"), own_facts, new_facts, strict=True):
        if mine != other and None not in (mine, other):
            raise _misfit(own, new, what, str(mine), str(other))
    old, found = probe_library(own), probe_library(new)
    if found.error is not None:
        raise found.error
    # Of the package's own there may be no description, and then no version is known here.
    if old.version and version_numbers(old.version)[:3] != version_numbers(found.version)[:3]:
        raise _misfit(own, new, "version", old.version, found.version)
    return found.version


def _facts(path: Path) -> tuple[str, int | None]:
    file = read_library_file(path)
    factory: Factory = factory_of(file)
    assert factory in FACTORIES
    symbols = sorted(name for name in file.symbols if name.startswith(f"{factory.prefix}E"))
    return symbols[0], slots_of(file, factory)


def _misfit(own: Path, new: Path, what: str, mine: str, other: str) -> ConfigError:
    return ConfigError(
        f"{new.name} does not fit {own.name}: its {what} is {other}, the package needs {mine}. Build or take a library "
        "of the package's version",
        code="config.ctp_misfit",
        library=str(new),
        what=what,
        other=other,
        mine=mine,
    )


def _not_written(place: Place, error: OSError) -> ConfigError:
    return ConfigError(
        f"the libraries of {place.package} in {place.folder} cannot be written: {error}",
        code="config.ctp_not_written",
        package=place.package,
        path=str(place.folder),
        reason=str(error),
    )


def _kept(file: Path) -> Path:
    return file.with_name(f"{file.name}{_ORIGINAL}")


def _original(file: Path) -> Path:
    """Return the package's own library: the file itself until something was swapped in."""
    kept = _kept(file)
    return kept if kept.exists() else file


def _keep_original(file: Path) -> None:
    if not _kept(file).exists():
        _replace(_kept(file), file)


def _replace(file: Path, source: Path) -> None:
    """Make `file` a copy of `source` in one step: whoever opens it meets the old or the new one whole."""
    half = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        shutil.copy2(source, half)
        os.replace(half, file)
    finally:
        half.unlink(missing_ok=True)

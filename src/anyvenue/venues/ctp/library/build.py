"""From a description to a shared library: the sources, the compiler, and a cache of what was built before."""

import os
import shutil
import subprocess
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.description import describe
from anyvenue.venues.ctp.door.greeting import Side, side_of
from anyvenue.venues.ctp.library.bodies import library_source
from anyvenue.venues.ctp.library.declarations import api_header
from anyvenue.venues.ctp.library.naming import library_stems
from anyvenue.venues.ctp.library.windows import windows_recipe
from anyvenue.venues.ctp.native.factories import factory_symbol, version_symbol

__all__ = ["FLAGS", "Built", "build_libraries", "find_compiler", "write_sources"]

FLAGS = (
    "-std=c++17",
    "-O2",
    "-fPIC",
    "-shared",
    "-s",
    "-pthread",
    "-fvisibility=hidden",
    "-fvisibility-inlines-hidden",
)
# Its threads run on code of this file: it is never unloaded.
_LINUX_FLAGS = ("-Wl,-z,nodelete", "-Wl,-z,relro,-z,now", "-Wl,--version-script=exports.map")
_HEADER = "anyvenue_ctp.h"
_RUNTIME = (
    "frames.h",
    "net.h",
    "flow.h",
    "pace.h",
    "link.h",
    "link.cpp",
    _HEADER,
    "c_interface.h",
)
_COMPILERS = ("g++", "c++", "clang++")

_HOW = """Linux, with any compiler of C++17, in this folder:

    {command}

Windows (untested): build_windows.bat
"""


class Built(msgspec.Struct, frozen=True):
    """A library that was built, or taken from the cache."""

    side: Side
    path: Path
    cached: bool


def write_sources(dialect: str, version: str, folder: Path) -> list[Path]:
    """Write the sources of an API's libraries, each in a folder of its own, with the recipe for Windows.

    Raise ConfigError for an API that is not described.
    """
    description = describe(dialect, version)
    found = []
    for side, stem in library_stems(dialect).items():
        place = folder / stem
        texts = _sources(dialect, description.version, side)
        texts |= windows_recipe(description, side_of(description, side), stem)
        texts["build.txt"] = _HOW.format(command=" ".join(_command("g++", f"lib{stem}.so")))
        place.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (place / name).write_text(text, encoding="utf-8")
        found.append(place)
    return found


def build_libraries(
    dialect: str, version: str, folder: Path, *, compiler: str = "", cache: Path | None = None
) -> list[Built]:
    """Build an API's libraries into `folder`, with the header of their C interface; what was built once is in `cache`.

    Raise ConfigError for an API that is not described, and where there is no compiler or it fails.
    """
    described = describe(dialect, version)
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for side, stem in library_stems(dialect).items():
        texts = _sources(dialect, described.version, side)
        path = folder / f"lib{stem}.so"
        found.append(_build(texts, side, path, compiler, cache))
        (folder / _HEADER).write_text(texts[_HEADER], encoding="utf-8")
    return found


def find_compiler(wanted: str = "") -> str:
    """Return the path of a C++ compiler; raise ConfigError, which names the package to install, where there is none."""
    for name in (wanted,) if wanted else _COMPILERS:
        path = shutil.which(name)
        if path:
            return path
    looked = wanted or ", ".join(_COMPILERS)
    raise ConfigError(
        f"no C++ compiler was found (looked for {looked}). Install one: `apt install g++` on Debian and Ubuntu, "
        "`dnf install gcc-c++` on Fedora and Red Hat, `apk add g++` on Alpine; or name one with --cxx",
        code="ctp.no_compiler",
        compiler=looked,
    )


def _sources(dialect: str, version: str, side: Side) -> dict[str, str]:
    description = describe(dialect, version)
    runtime = files(__package__).joinpath("source")
    texts = {name: runtime.joinpath(name).read_text(encoding="utf-8") for name in _RUNTIME}
    api = side_of(description, side)
    texts["api.h"] = api_header(description, api)
    texts["library.cpp"] = library_source(description, side)
    # Nothing else is shown to the program, whose other libraries may hold the same templates from another compiler.
    exported = (factory_symbol(api, description), version_symbol(api), "anyvenue_ctp_*")
    texts["exports.map"] = f"{{ global: {'; '.join(exported)}; local: *; }};\n"
    return texts


def _build(
    texts: dict[str, str], side: Side, path: Path, compiler: str, cache: Path | None
) -> Built:
    found = find_compiler(compiler)
    kept = cache / _mark(texts, found) / path.name if cache is not None else None
    if kept is not None and kept.is_file():
        _place(kept, path)
        return Built(side, path, cached=True)
    with TemporaryDirectory(prefix="anyvenue-ctp-") as made:
        for name, text in texts.items():
            Path(made, name).write_text(text, encoding="utf-8")
        _compile(found, Path(made), path.name)
        _place(Path(made, path.name), path)
        if kept is not None:
            _keep(path, kept)
    return Built(side, path, cached=False)


def _mark(texts: dict[str, str], compiler: str) -> str:
    mark = sha256(f"{compiler} {FLAGS}".encode())
    for name in sorted(texts):
        mark.update(texts[name].encode())
    return mark.hexdigest()[:24]


def _command(compiler: str, name: str) -> list[str]:
    return [
        compiler,
        *FLAGS,
        *_LINUX_FLAGS,
        f"-Wl,-soname,{name}",
        "library.cpp",
        "-o",
        name,
        "-ldl",
    ]


def _compile(compiler: str, folder: Path, name: str) -> None:
    command = _command(compiler, name)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = "\n".join((done.stderr or done.stdout).splitlines()[:20])
        raise ConfigError(
            f"{compiler} could not build {name} (C++17 is needed):\n{said}",
            code="ctp.compiler_failed",
        )


def _place(source: Path, target: Path) -> None:
    """Put a file in its place at once: a program that runs on the older one keeps it."""
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copyfile(source, fresh)
    fresh.chmod(0o755)
    fresh.replace(target)


def _keep(path: Path, kept: Path) -> None:
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        _place(path, kept)
    except OSError:
        # A cache that cannot be written is no reason to fail.
        return

"""Loading a vendor's library by its path: which API it is, at which version, and making API objects with it."""

import ctypes
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.description import Api, Description
from anyvenue.venues.ctp.native.elf import LibraryFile, read_library_file
from anyvenue.venues.ctp.native.factories import (
    FACTORIES,
    Argument,
    Factory,
    Which,
    arguments,
    factory_symbol,
    version_symbol,
    vtable_symbol,
)
from anyvenue.venues.ctp.native.versions import Match, match_version

__all__ = ["Library", "factory_of", "open_library", "slots_of"]

_MACHINE = "x86-64"


class Library:
    """A loaded library; it stays loaded until the process ends, as vendors' threads may outlive their objects."""

    def __init__(
        self, path: Path, which: Which, match: Match, version: str, loaded: ctypes.CDLL
    ) -> None:
        """Hold what `open_library` found."""
        self.path = path
        self.which: Which = which
        self.description: Description = match.description
        self.reason = match.reason
        self.version = version
        self._loaded = loaded

    def __repr__(self) -> str:
        return f"Library({str(self.path)!r}, {self.which}, {self.description!r})"

    @property
    def api(self) -> Api:
        """The classes and methods of the API."""
        api: Api | None = getattr(self.description, self.which)
        assert api is not None
        return api

    def create(self, flow: str, options: Mapping[str, str | bool] | None = None) -> int:
        """Return the address of a new API object; `flow` is the prefix of its files, whose folder must exist.

        `options` sets further parameters of the factory by their names in the headers, such as `bIsProductionMode`.
        Raise ConfigError when there is no such parameter or the library makes no object.
        """
        wanted = dict(options or {})
        given = [
            _value(argument, wanted.pop(argument.name, flow if at == 0 else argument.default))
            for at, argument in enumerate(arguments(self.api, self.description))
        ]
        if wanted:
            raise ConfigError(
                f"{self.api.create_name} of {self.description.dialect} {self.description.version} has no parameter "
                f"{', '.join(wanted)}; it is declared ({self.api.create})",
                code="config.ctp_option",
                option=", ".join(wanted),
                declared=self.api.create,
            )
        factory = self._loaded[factory_symbol(self.api, self.description)]
        factory.restype = ctypes.c_void_p
        made: int | None = factory(*given)
        if not made:
            raise ConfigError(f"{self.path} made no API object", code="config.ctp_no_object")
        return made


def open_library(path: Path | str, which: Which | None = None) -> Library:
    """Load a library of any described API; raise ConfigError that says why it cannot be, and what to do.

    `which` is checked where it is given. Nothing of the vendor's runs before the file has been recognised.
    """
    path = Path(path).absolute()
    file = read_library_file(path)
    _check_platform(file)
    factory = factory_of(file)
    if which is not None and factory.which != which:
        raise ConfigError(
            f"{path} is a {factory.which} library; a {which} library is needed",
            code="config.ctp_which",
            path=str(path),
            found=factory.which,
            wanted=which,
        )
    loaded = _load(file)
    version = _version(loaded, factory)
    match = match_version(factory.dialects, factory.which, version, slots_of(file, factory))
    library = Library(path, factory.which, match, version, loaded)
    symbol = factory_symbol(library.api, match.description)
    if symbol not in file.symbols:
        raise ConfigError(
            f"{path} calls itself version {version} but has no factory {symbol}, as that version has",
            code="config.ctp_factory_missing",
            path=str(path),
            version=version,
            symbol=symbol,
        )
    return library


def factory_of(file: LibraryFile) -> Factory:
    """Return which API a file is the library of; raise ConfigError for one of no API of the family."""
    for factory in FACTORIES:
        if any(symbol.startswith(f"{factory.prefix}E") for symbol in file.symbols):
            return factory
    raise ConfigError(
        f"{file.path} is no library of the CTP family: it exports none of its factories",
        code="config.ctp_unknown_library",
        path=str(file.path),
    )


def slots_of(file: LibraryFile, factory: Factory) -> int | None:
    """Return how many virtual methods the library's API class has, None when it does not tell.

    The table of an abstract class is two words (offset to the top, type) and one for each method.
    """
    size = file.symbols.get(vtable_symbol(factory), 0)
    return size // 8 - 2 if size else None


def _check_platform(file: LibraryFile) -> None:
    here = {"linux": f"linux {_MACHINE}", "win32": "windows", "darwin": "macos"}.get(
        sys.platform, ""
    )
    if file.platform != here:
        raise ConfigError(
            f"{file.path} is a library for {file.platform}; this is {here or sys.platform}",
            code="config.ctp_platform",
            path=str(file.path),
            found=file.platform,
            here=here or sys.platform,
        )


def _load(file: LibraryFile) -> ctypes.CDLL:
    # Local symbols: CTP's and TTS's libraries have the same names inside.
    mode = os.RTLD_NOW | os.RTLD_LOCAL if hasattr(os, "RTLD_NOW") else 0
    try:
        with _beside(file):
            return ctypes.CDLL(str(file.path), mode=mode)
    except OSError as error:
        raise ConfigError(
            f"the library {file.path} does not load: {error}",
            code="config.ctp_does_not_load",
            path=str(file.path),
            reason=str(error),
        ) from None


@contextmanager
def _beside(file: LibraryFile) -> Iterator[None]:
    """Let the loader find the libraries that lie beside this one.

    Rohon's search path is `./`: beside the working directory, not beside the library.
    """
    folder = file.path.parent
    if not any((folder / name).exists() for name in file.needed) or "$ORIGIN" in file.search:
        yield
        return
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _version(loaded: ctypes.CDLL, factory: Factory) -> str:
    try:
        function = loaded[version_symbol(factory)]
    except AttributeError:
        return ""
    function.restype = ctypes.c_char_p
    said: bytes | None = function()
    return (said or b"").decode("gb18030", "replace")


def _value(argument: Argument, value: str | bool) -> object:
    if argument.kind == "text":
        return ctypes.c_char_p(os.fsencode(str(value)))
    if argument.kind == "bool":
        return ctypes.c_bool(bool(value))
    code = ctypes.c_char(str(value).encode()[:1])
    return code if argument.kind == "char" else ctypes.byref(code)

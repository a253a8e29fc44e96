"""The modules of CTP's Python packages: names that are made from a description when they are first asked for."""

import os
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from anyvenue.venues.ctp.description import describe, described_versions
from anyvenue.venues.ctp.door.greeting import Side, side_of
from anyvenue.venues.ctp.python.classes import api_class, spi_class
from anyvenue.venues.ctp.python.constants import constants_of
from anyvenue.venues.ctp.python.structs import StructFamily, struct_family

__all__ = ["VERSION", "Surface", "module_of", "surface_of", "version_named"]

VERSION = "ANYVENUE_CTP_VERSION"
"""Environment variable: the version of CTP whose names are given; the newest by default."""


class Surface:
    """The names of one module: two classes, the structs and the constants."""

    def __init__(self, dialect: str, version: str, side: Side, module: str) -> None:
        """Make none yet; raise ConfigError for what is not described. `module` is whose the classes say they are."""
        self.description = describe(dialect, version)
        self.side = side
        self.module = module
        self._family: StructFamily = struct_family(self.description)
        self._constants = constants_of(self.description)
        self._made: dict[str, Any] = {}

    def names(self) -> list[str]:
        """Return all names, sorted."""
        api = side_of(self.description, self.side)
        classes = [api.api_class, api.spi_class]
        structs = map(self._family.class_name, self.description.structs)
        return sorted({*classes, *structs, *self._constants})

    def get(self, name: str) -> Any:
        """Return what goes by a name; raise AttributeError when nothing does."""
        if name in self._made:
            return self._made[name]
        made = self._made[name] = self._make(name)
        return made

    def _make(self, name: str) -> Any:
        if name in self._constants:
            return self._constants[name]
        api = side_of(self.description, self.side)
        if name == api.spi_class:
            return spi_class(self._family, self.side, self.module)
        if name == api.api_class:
            return api_class(self._family, self.side, self.get(api.spi_class), self.module)
        struct = self._family.struct_of(name)
        if struct is None:
            version = f"{self.description.dialect} {self.description.version}"
            raise AttributeError(f"module {self.module!r} ({version}) has no attribute {name!r}")
        return self._family[struct]


def version_named(asked: str, dialect: str = "ctp") -> str:
    """Return a version as descriptions name it: ``6.7.8.0``, as packages are numbered, is 6.7.8."""
    versions = described_versions(dialect)
    shorter = asked.rpartition(".")[0]
    return shorter if asked not in versions and shorter in versions else asked


def surface_of(
    module: str, dialect: str, side: Side
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return ``__getattr__``, ``__dir__`` and ``__all__`` for a module; raise ConfigError for an unknown version."""
    # The variable speaks of CTP; the ETF-option API has versions of its own.
    asked = version_named(os.environ.get(VERSION, "")) if dialect == "ctp" else ""
    surface = Surface(dialect, asked, side, module)

    def get(name: str) -> Any:
        found = surface.get(name)
        # From now on the module has it: the next look-up does not come here.
        setattr(sys.modules[module], name, found)
        return found

    names = surface.names()
    return get, lambda: names, names


def module_of(name: str, dialect: str, version: str, side: Side, package: str) -> ModuleType:
    """Return a new module with the names of a description; `package` is the one it is to lie in."""
    surface = Surface(dialect, version, side, name)
    made = ModuleType(name, f"{dialect} {surface.description.version}, made by anyvenue.")
    made.__package__ = package

    def get(attribute: str) -> Any:
        found = surface.get(attribute)
        setattr(made, attribute, found)
        return found

    names = surface.names()
    vars(made).update(__getattr__=get, __dir__=lambda: names, __all__=names)
    return made

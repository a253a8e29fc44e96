"""The packages that CTP programs import, provided under their own names: for programs that are not to be changed."""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import msgspec

from anyvenue.venues.ctp.description import describe
from anyvenue.venues.ctp.door.greeting import Side
from anyvenue.venues.ctp.python.modules import module_of, version_named

__all__ = ["PACKAGES", "Package", "provide_packages"]


class Package(msgspec.Struct, frozen=True):
    """One package: its API, the version of it where none is asked for, and whose names its modules have."""

    name: str
    dialect: str
    version: str
    trader: str = "thosttraderapi"
    md: str = "thostmduserapi"


PACKAGES = (
    Package("openctp_ctp", "ctp", ""),
    Package("openctp_tts", "ctp", "6.7.2"),
    Package("openctp_ctpopt", "opt", "", "soptthosttraderapi", "soptthostmduserapi"),
)
"""What is provided; an installed package of the name stands back."""


def provide_packages(version: str = "") -> list[str]:
    """Make all packages importable, CTP's at `version`; return a line about each. Raise ConfigError."""
    return [_provide(package, version) for package in PACKAGES]


def _provide(package: Package, version: str) -> str:
    wanted = package.version
    if version and package.dialect == "ctp":
        wanted = version_named(version)
    described = describe(package.dialect, wanted)
    made = ModuleType(package.name, f"{described.dialect} {described.version} by anyvenue.")
    spec = ModuleSpec(package.name, None, is_package=True)
    made.__spec__, made.__package__, made.__path__ = spec, package.name, []
    vars(made)["__version__"] = f"{described.version}.0"
    sys.modules[package.name] = made
    for side, name, alias in (
        (Side.TRADER, package.trader, "tdapi"),
        (Side.MD, package.md, "mdapi"),
    ):
        full = f"{package.name}.{name}"
        module = module_of(full, package.dialect, described.version, side, package.name)
        module.__spec__ = ModuleSpec(full, None)
        for each in (name, alias):
            setattr(made, each, module)
            sys.modules[f"{package.name}.{each}"] = module
    return f"{package.name} ({described.dialect} {described.version})"

"""Finding and reading the descriptions that come with the package."""

import gzip
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.description.apis import (
    Api,
    Description,
    Method,
    Param,
    ParamKind,
    ScalarType,
)

__all__ = ["DESCRIBED", "describe", "described_versions"]

DESCRIBED: dict[str, tuple[str, ...]] = {
    "ctp": (
        "6.3.15",
        "6.3.19",
        "6.5.1",
        "6.6.1",
        "6.6.7",
        "6.6.9",
        "6.7.0",
        "6.7.1",
        "6.7.2",
        "6.7.7",
        "6.7.8",
        "6.7.9",
        "6.7.10",
        "6.7.11",
    ),
    "opt": ("3.7.3",),
    "mini": ("1.7.7",),
    "femas": ("3.02",),
    "tora": ("4.1.6",),
    "toramd": ("4.1.6",),
    "toraopt": ("1.3.4",),
}
"""Versions by dialect, oldest first."""


class _Param(msgspec.Struct):
    struct: str = ""
    name: str = ""
    c: str = ""


class _Method(msgspec.Struct):
    name: str
    returns: str
    params: list[_Param]


class _Api(msgspec.Struct):
    api_class: str
    spi_class: str
    namespace: str | None
    create_name: str
    create: str
    has_static_version: bool
    api: list[_Method]
    spi: list[_Method]


class _File(msgspec.Struct):
    dialect: str
    version: str
    type_prefix: str
    struct_prefix: str
    types: dict[str, ScalarType]
    structs: dict[str, tuple[tuple[str, str], ...]]
    trader: _Api | None
    md: _Api | None


def described_versions(dialect: str) -> tuple[str, ...]:
    """Return the described versions of a dialect, oldest first; raise ConfigError for an unknown one."""
    try:
        return DESCRIBED[dialect]
    except KeyError:
        raise ConfigError(
            f"no API of the CTP family is called {dialect!r}; there are {', '.join(DESCRIBED)}"
        ) from None


def describe(dialect: str = "ctp", version: str = "") -> Description:
    """Return the description of an API at a version, by default the newest; raise ConfigError when there is none.

    The same object every time, so its layouts are made once.
    """
    versions = described_versions(dialect)
    version = version or versions[-1]
    if version not in versions:
        raise ConfigError(
            f"version {version} of {dialect} is not described; there are {', '.join(versions)}",
            code="config.ctp_not_described",
            version=version,
            dialect=dialect,
            known=", ".join(versions),
        )
    return _read(dialect, version)


@cache
def _read(dialect: str, version: str) -> Description:
    raw = files(__package__).joinpath("data", f"{dialect}-{version}.json.gz").read_bytes()
    file = msgspec.json.decode(gzip.decompress(raw), type=_File)
    return Description(
        file.dialect,
        file.version,
        (file.type_prefix, file.struct_prefix),
        file.types,
        file.structs,
        _api(file.trader),
        _api(file.md),
    )


def _api(api: _Api | None) -> Api | None:
    if api is None:
        return None
    fixed: dict[str, Any] = {name: getattr(api, name) for name in _Api.__struct_fields__}
    fixed |= {"namespace": api.namespace or "", "api": _methods(api.api), "spi": _methods(api.spi)}
    return Api(**fixed)


def _methods(methods: list[_Method]) -> tuple[Method, ...]:
    # Some descriptions come from mangled names, which write `char const *`.
    return tuple(
        Method(
            each.name,
            each.returns.replace("char const *", "const char *"),
            tuple(map(_param, each.params)),
        )
        for each in methods
    )


def _param(param: _Param) -> Param:
    if param.struct:
        return Param(param.name, ParamKind.STRUCT, param.struct)
    declared = param.c.partition("=")[0]
    name = declared.replace("*", " ").replace("[]", " ").split()[-1]
    return Param(name, _kind(declared), c=param.c)


def _kind(declared: str) -> ParamKind:
    kinds = {
        "Spi ": ParamKind.SPI,
        "RESUME_TYPE": ParamKind.RESUME,
        "unsigned": ParamKind.UNSIGNED,
        "int ": ParamKind.INT,
        "bool ": ParamKind.BOOL,
    }
    for sign, kind in kinds.items():
        if sign in declared:
            return kind
    stars = declared.count("*") + declared.count("[]")
    return (ParamKind.CHAR, ParamKind.TEXT, ParamKind.TEXTS)[stars]

"""Type stubs of CTP's Python packages, for editors and type checkers: the names of `modules`, written down."""

from collections.abc import Iterator
from pathlib import Path

from anyvenue.venues.ctp.description import Api, Description, Method, ParamKind, describe
from anyvenue.venues.ctp.description.layout import Field
from anyvenue.venues.ctp.door.greeting import Side, side_of
from anyvenue.venues.ctp.native.factories import arguments
from anyvenue.venues.ctp.python.constants import constants_of
from anyvenue.venues.ctp.python.modules import version_named
from anyvenue.venues.ctp.python.packages import PACKAGES
from anyvenue.venues.ctp.python.structs import is_piece

__all__ = ["stub_text", "write_stubs"]

_KINDS = {
    ParamKind.INT: "int",
    ParamKind.UNSIGNED: "int",
    ParamKind.BOOL: "bool",
    ParamKind.CHAR: "str",
    ParamKind.TEXT: "str",
    ParamKind.TEXTS: "Sequence[str | bytes]",
    ParamKind.RESUME: "int",
}
_RETURNS = {"int": "int", "const char *": "str"}
_ARGUMENTS = {"text": "str", "bool": "bool"}


def write_stubs(folder: Path, version: str = "") -> list[Path]:
    """Write the stubs of all packages under `folder`, CTP's at `version`; return the files. Raise ConfigError."""
    written: list[Path] = []
    for package in PACKAGES:
        wanted = package.version
        if version and package.dialect == "ctp":
            wanted = version_named(version)
        described = describe(package.dialect, wanted)
        home = folder / package.name
        home.mkdir(parents=True, exist_ok=True)
        texts = {
            f"{package.trader}.pyi": stub_text(described, Side.TRADER),
            f"{package.md}.pyi": stub_text(described, Side.MD),
            "tdapi.pyi": f"from {package.name}.{package.trader} import *\n",
            "mdapi.pyi": f"from {package.name}.{package.md} import *\n",
            "__init__.pyi": "from . import mdapi as mdapi, tdapi as tdapi\n__version__: str\n",
        }
        for name, text in texts.items():
            (home / name).write_text(text, encoding="utf-8")
            written.append(home / name)
    return written


def stub_text(description: Description, side: Side) -> str:
    """Return the stub of one module."""
    api = side_of(description, side)
    lines = ["from collections.abc import Sequence", ""]
    lines += [
        f"{name}: {type(value).__name__}"
        for name, value in sorted(constants_of(description).items())
    ]
    for struct in description.structs:
        lines += _struct(description, struct)
    lines += _spi_class(description, api)
    lines += _api_class(description, api)
    return "\n".join(lines) + "\n"


def _struct(description: Description, struct: str) -> Iterator[str]:
    yield f"\nclass {description.struct_prefix}{struct}Field:"
    yield "    def __init__(self) -> None: ..."
    for field in description.layout(struct).fields:
        read, write = _types(struct, field)
        if read == write:
            yield f"    {field.name}: {read}"
            continue
        yield "    @property"
        yield f"    def {field.name}(self) -> {read}: ..."
        yield f"    @{field.name}.setter"
        yield f"    def {field.name}(self, value: {write}) -> None: ..."


def _types(struct: str, field: Field) -> tuple[str, str]:
    """Return what a field reads as, and what may be written."""
    if not field.is_text:
        return ("float", "float") if field.c == "double" else ("int", "int")
    read = "bytes" if is_piece(struct, field.name) else "str"
    return read, "str | bytes | None" if field.length else "str | bytes | int | None"


def _spi_class(description: Description, api: Api) -> Iterator[str]:
    yield f"\nclass {api.spi_class}:"
    yield "    def __init__(self) -> None: ..."
    for method in api.spi:
        given = "".join(f", {each}" for each in _parameters(description, method, " | None"))
        slash = ", /" if given else ""
        yield f"    def {method.name}(self{given}{slash}) -> None: ..."


def _api_class(description: Description, api: Api) -> Iterator[str]:
    made = ", ".join(
        f"{each.name}: {_ARGUMENTS.get(each.kind, 'str')} = ..."
        for each in arguments(api, description)
    )
    yield f"\nclass {api.api_class}:"
    yield "    @staticmethod"
    yield f"    def {api.create_name}({made}) -> {api.api_class}: ..."
    yield "    @staticmethod"
    yield "    def GetApiVersion() -> str: ..."
    for method in api.api:
        given = "".join(f", {each}" for each in _parameters(description, method, "", api.spi_class))
        slash = ", /" if given else ""
        returns = _RETURNS.get(method.returns, "None")
        yield f"    def {method.name}(self{given}{slash}) -> {returns}: ..."


def _parameters(
    description: Description, method: Method, may_be: str, spi: str = ""
) -> Iterator[str]:
    """Give the parameters of a method; structs of a callback may be absent."""
    for param in method.params:
        if param.struct:
            yield f"{param.name}: {description.struct_prefix}{param.struct}Field{may_be}"
        elif param.kind is ParamKind.SPI:
            yield f"{param.name}: {spi} | None"
        else:
            yield f"{param.name}: {_KINDS[param.kind]}"

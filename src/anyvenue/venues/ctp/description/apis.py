"""The words of a description: scalar types, methods, the two classes of an API."""

from enum import StrEnum
from functools import cached_property

import msgspec

from anyvenue.venues.ctp.description.layout import Layout

__all__ = ["Api", "Description", "Method", "Param", "ParamKind", "ScalarType"]


class ScalarType(msgspec.Struct, frozen=True, rename={"length": "len"}):
    """A named scalar: its C type, the length of a char[] (0 for one value), its codes by constant name."""

    c: str
    length: int = 0
    codes: dict[str, str] = {}


class ParamKind(StrEnum):
    """What a parameter of a method is."""

    STRUCT = "struct"
    INT = "int"
    UNSIGNED = "unsigned"
    BOOL = "bool"
    CHAR = "char"
    TEXT = "text"
    TEXTS = "texts"
    SPI = "spi"
    RESUME = "resume"


class Param(msgspec.Struct, frozen=True):
    """One parameter; `struct` names the layout that is pointed to, without the vendor's prefix; `c` is its C text."""

    name: str
    kind: ParamKind
    struct: str = ""
    c: str = ""


class Method(msgspec.Struct, frozen=True):
    """One virtual method; its place in the list is its place in the vtable."""

    name: str
    returns: str
    params: tuple[Param, ...]

    @property
    def struct(self) -> str:
        """The name of the struct it carries, "" for none; for answers the one that is not RspInfo."""
        for param in self.params:
            if param.struct and param.struct != "RspInfo":
                return param.struct
        return ""


class Api(msgspec.Struct, frozen=True):
    """One of the two APIs: its classes and their virtual methods in vtable order; `create` is its factory's C text."""

    api_class: str
    spi_class: str
    namespace: str
    create_name: str
    create: str
    has_static_version: bool
    api: tuple[Method, ...]
    spi: tuple[Method, ...]


class Description:
    """One API at one version: everything that a library, a program or a wire of it needs to know."""

    def __init__(
        self,
        dialect: str,
        version: str,
        prefixes: tuple[str, str],
        types: dict[str, ScalarType],
        structs: dict[str, tuple[tuple[str, str], ...]],
        trader: Api | None,
        md: Api | None,
    ) -> None:
        """Hold the parts; `prefixes` stand before the names of types and of structs in the vendor's headers."""
        self.dialect = dialect
        self.version = version
        self.type_prefix, self.struct_prefix = prefixes
        self.types = types
        self.structs = structs
        self.trader = trader
        self.md = md
        self._layouts: dict[str, Layout] = {}

    def __repr__(self) -> str:
        return f"Description({self.dialect!r}, {self.version!r}, {len(self.structs)} structs)"

    def layout(self, struct: str) -> Layout:
        """Return a struct's layout; raise KeyError for a struct that this version does not have."""
        known = self._layouts.get(struct)
        if known is None:
            known = self._layouts[struct] = Layout(
                struct, [self._field(*field) for field in self.structs[struct]]
            )
        return known

    def _field(self, name: str, type_name: str) -> tuple[str, str, str, int]:
        scalar = self.types[type_name]
        return name, type_name, scalar.c, scalar.length

    @cached_property
    def constants(self) -> dict[str, str]:
        """All codes by their C name, ``THOST_FTDC_D_Buy`` -> ``0``."""
        return {name: code for scalar in self.types.values() for name, code in scalar.codes.items()}

    @cached_property
    def requests(self) -> dict[str, Method]:
        """The trader API's methods by name."""
        return {method.name: method for method in self.trader.api} if self.trader else {}

    @cached_property
    def callbacks(self) -> dict[str, Method]:
        """The trader SPI's methods by name."""
        return {method.name: method for method in self.trader.spi} if self.trader else {}

    @cached_property
    def md_requests(self) -> dict[str, Method]:
        """The market data API's methods by name."""
        return {method.name: method for method in self.md.api} if self.md else {}

    @cached_property
    def md_callbacks(self) -> dict[str, Method]:
        """The market data SPI's methods by name."""
        return {method.name: method for method in self.md.spi} if self.md else {}

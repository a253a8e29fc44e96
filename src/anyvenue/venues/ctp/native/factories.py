"""The static functions of an API class: whose they are, under which symbol, with which arguments they are called.

Symbols follow the Itanium C++ ABI (Linux, macOS). Those of MSVC are written down too, untested: no Windows machine
was at hand.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.description import DESCRIBED, Api, Description

__all__ = [
    "FACTORIES",
    "Argument",
    "Factory",
    "Which",
    "arguments",
    "factory_symbol",
    "msvc_factory_symbol",
    "version_symbol",
    "vtable_symbol",
]

Which = Literal["trader", "md"]
"""Which of an API's two libraries."""

_TYPES = {"text": "PKc", "bool": "b", "char": "c", "char reference": "RKc"}
_MSVC_TYPES = {"text": "PEBD", "bool": "_N", "char": "D", "char reference": "AEBD"}


class Factory(msgspec.Struct, frozen=True):
    """A class that makes API objects; several dialects may have one of the same name."""

    which: Which
    namespace: str
    api_class: str
    create_name: str
    dialects: tuple[str, ...]

    @property
    def prefix(self) -> str:
        """How the factory's symbol begins, whatever its parameters are."""
        return _nested(self.namespace, self.api_class, self.create_name)


class Argument(msgspec.Struct, frozen=True):
    """One parameter of a factory: `kind` is text, bool, char or char reference; `default` its value."""

    name: str
    kind: str
    default: str | bool


def _thost(which: Which, namespace: str, *dialects: str) -> Factory:
    kind = "Trader" if which == "trader" else "Md"
    return Factory(which, namespace, f"CThostFtdc{kind}Api", f"CreateFtdc{kind}Api", dialects)


FACTORIES: tuple[Factory, ...] = (
    _thost("trader", "", "ctp", "mini"),
    _thost("md", "", "ctp", "mini"),
    _thost("trader", "ctp_sopt", "opt"),
    _thost("md", "ctp_sopt", "opt"),
    Factory("trader", "", "CUstpFtdcTraderApi", "CreateFtdcTraderApi", ("femas",)),
    Factory("md", "", "CUstpFtdcMduserApi", "CreateFtdcMduserApi", ("femas",)),
    Factory("trader", "TORASTOCKAPI", "CTORATstpTraderApi", "CreateTstpTraderApi", ("tora",)),
    Factory("md", "TORALEV1API", "CTORATstpXMdApi", "CreateTstpXMdApi", ("toramd",)),
    Factory("trader", "TORASPAPI", "CTORATstpSPTraderApi", "CreateTstpSPTraderApi", ("toraopt",)),
)
"""All factories of the described APIs; a test holds them against the descriptions."""

assert {d for factory in FACTORIES for d in factory.dialects} == set(DESCRIBED)


def factory_symbol(api: Api, described: Description) -> str:
    """Return the symbol of an API's factory: ``_ZN19CThostFtdcTraderApi19CreateFtdcTraderApiEPKc``."""
    # Names and compound types that came before are referred to by number; builtin types never are.
    seen = [*filter(None, (api.namespace, api.api_class))]
    written = ""
    for argument in arguments(api, described):
        code = _TYPES[argument.kind]
        if code in seen:
            written += _reference(seen.index(code))
            continue
        written += code
        if len(code) > 1:
            seen += [code[1:], code]
    return f"{_nested(api.namespace, api.api_class, api.create_name)}E{written or 'v'}"


def version_symbol(api: Api | Factory) -> str:
    """Return the symbol of the static GetApiVersion."""
    return f"{_nested(api.namespace, api.api_class, 'GetApiVersion')}Ev"


def vtable_symbol(api: Api | Factory) -> str:
    """Return the symbol of the API class's virtual table; its size tells how many methods the class has."""
    if api.namespace:
        return f"_ZTV{_nested(api.namespace, api.api_class)[2:]}E"
    return f"_ZTV{len(api.api_class)}{api.api_class}"


def msvc_factory_symbol(api: Api, described: Description) -> str:
    """Return the name that a 64-bit Windows library exports for the factory. Untested."""
    scope = "@".join(filter(None, (api.api_class, api.namespace)))
    own = "12" if api.namespace else "1"
    seen: list[str] = []
    written = ""
    for argument in arguments(api, described):
        code = _MSVC_TYPES[argument.kind]
        if code in seen:
            written += str(seen.index(code))
            continue
        written += code
        if len(code) > 1:
            seen.append(code)
    return f"?{api.create_name}@{scope}@@SAPEAV{own}@{written}@Z"


def arguments(api: Api, described: Description) -> Iterator[Argument]:
    """Give the parameters of an API's factory with their default values."""
    for text in filter(None, map(str.strip, api.create.split(","))):
        yield _argument(text, described.constants)


def _argument(text: str, constants: Mapping[str, str]) -> Argument:
    declared, _, default = (part.strip() for part in text.partition("="))
    name = re.split(r"[\s*&]", declared)[-1]
    if "char" in declared.split() or re.search(r"char\s*\*", declared):
        return Argument(name, "text", default.strip('"'))
    if re.search(r"\bbool\b", declared):
        return Argument(name, "bool", default == "true")
    if default in constants:
        kind = "char reference" if "&" in declared else "char"
        return Argument(name, kind, constants[default])
    raise ConfigError(
        f"the description has a factory parameter of an unknown form: {text!r}",
        code="config.ctp_factory",
    )


def _nested(*names: str) -> str:
    return "_ZN" + "".join(f"{len(name)}{name}" for name in names if name)


def _reference(number: int) -> str:
    """Return the Itanium short form: ``S_``, ``S0_``, ``S1_``..."""
    return f"S{'' if number == 0 else number - 1}_"

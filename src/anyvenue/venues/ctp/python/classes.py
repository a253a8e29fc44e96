"""CTP's two classes of each side, made from a description: the API's and the one that programs derive theirs from."""

import weakref
from collections.abc import Callable
from inspect import Parameter, Signature
from types import FunctionType
from typing import Any

from anyvenue.venues.ctp.description import Description, Method, ParamKind
from anyvenue.venues.ctp.door.greeting import Side, side_of
from anyvenue.venues.ctp.native.factories import arguments
from anyvenue.venues.ctp.python.link import Link
from anyvenue.venues.ctp.python.methods import implement
from anyvenue.venues.ctp.python.receiving import Receiver
from anyvenue.venues.ctp.python.structs import StructFamily

__all__ = ["api_class", "api_version", "spi_class"]

_ANNOTATIONS = {
    ParamKind.INT: "int",
    ParamKind.BOOL: "bool",
    ParamKind.TEXT: "str",
    ParamKind.TEXTS: "list",
    ParamKind.RESUME: "int",
}
_RETURNS = {"int": "int", "const char *": "str"}


def api_version(description: Description) -> str:
    """Return what GetApiVersion says."""
    return f"v{description.version}_anyvenue_{description.dialect}"


def api_class(family: StructFamily, side: Side, spi: type, module: str) -> type:
    """Return the API class; its objects come from its static ``CreateFtdc...Api`` only."""
    api = side_of(family.description, side)
    name = api.api_class

    def init(self: object, *_: object, **__: object) -> None:
        raise AttributeError(f"{name} has no constructor: {name}.{api.create_name}() makes one")

    body: dict[str, Any] = {
        "__module__": module,
        "__doc__": f"{name} of {family.description.dialect} {family.description.version}.",
        "__init__": init,
        "_side": side,
        "_spi_type": spi,
        "this": property(lambda self: self, doc="The object itself."),
        "thisown": property(lambda self: False, doc="False: it lives until Release."),
        "GetApiVersion": staticmethod(_get_version(family.description, name)),
    }
    for index, method in enumerate(api.api):
        made = implement(family, index, method)
        body[method.name] = _dressed(made, family, name, method)
    made_class = type(name, (), body)
    create = _create(family, side, made_class, spi)
    setattr(made_class, api.create_name, staticmethod(create))
    return made_class


def spi_class(family: StructFamily, side: Side, module: str) -> type:
    """Return the class that programs derive from: every callback does nothing."""
    api = side_of(family.description, side)
    body: dict[str, Any] = {
        "__module__": module,
        "__doc__": f"{api.spi_class} of {family.description.dialect} {family.description.version}.",
        "__disown__": weakref.proxy,
        "this": property(lambda self: self, doc="The object itself."),
        "thisown": property(lambda self: True, lambda self, value: None, doc="True."),
    }
    for method in api.spi:
        body[method.name] = _dressed(_silent, family, api.spi_class, method)
    return type(api.spi_class, (), body)


def _silent(_self: object, *_: object) -> None:
    """Take a callback and do nothing."""


def _create(family: StructFamily, side: Side, made_class: type, spi: type) -> Callable[..., object]:
    api = side_of(family.description, side)
    signature = Signature(
        [
            Parameter(each.name, Parameter.POSITIONAL_OR_KEYWORD, default=each.default)
            for each in arguments(api, family.description)
        ]
    )
    silent = {getattr(spi, method.name) for method in api.spi}

    def create(*args: object, **kwargs: object) -> object:
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        flow = next(iter(given.arguments.values()), "")
        if isinstance(flow, bytes):
            flow = flow.decode("gb18030", "replace")
        if not isinstance(flow, str):
            raise TypeError(f"{api.create_name} needs a path, was {flow!r}")
        made: Any = object.__new__(made_class)
        made._receiver = Receiver(family, silent)
        made._link = Link(family.description, side, made._receiver, flow)
        made._fronts = set()
        return made

    create.__name__ = api.create_name
    create.__qualname__ = f"{api.api_class}.{api.create_name}"
    create.__module__ = made_class.__module__
    create.__doc__ = "Return an API object; its flow files begin with the path."
    vars(create)["__signature__"] = signature
    return create


def _get_version(description: Description, owner: str) -> Callable[[], str]:
    def get_version() -> str:
        return api_version(description)

    get_version.__name__ = "GetApiVersion"
    get_version.__qualname__ = f"{owner}.GetApiVersion"
    get_version.__doc__ = "Return whose API this is, and at which version."
    return get_version


def _dressed(
    function: Callable[..., Any], family: StructFamily, owner: str, method: Method
) -> Callable[..., Any]:
    """Return a method of its own name and signature that does what `function` does."""

    # One function may stand behind many names; a name and a signature belong to one.
    assert isinstance(function, FunctionType)
    made = FunctionType(
        function.__code__,
        function.__globals__,
        method.name,
        function.__defaults__,
        function.__closure__,
    )
    made.__qualname__ = f"{owner}.{method.name}"
    made.__doc__ = _doc(method)
    vars(made)["__signature__"] = _signature(family, method)
    return made


def _doc(method: Method) -> str:
    if method.name.startswith("Req"):
        return "Send a request; return 0, or -1 not connected, -2 too many in flight, -3 too many a second."
    return "Be called back." if method.name.startswith("On") else f"CTP's {method.name}."


def _signature(family: StructFamily, method: Method) -> Signature:
    kind = Parameter.POSITIONAL_ONLY
    parameters = [Parameter("self", kind)]
    for param in method.params:
        told = family.class_name(param.struct) if param.struct else _ANNOTATIONS.get(param.kind)
        annotation = told or Parameter.empty
        parameters.append(Parameter(param.name, kind, annotation=annotation))
    return Signature(parameters, return_annotation=_RETURNS.get(method.returns, "None"))

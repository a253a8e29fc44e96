"""The declarations of an API as C++: structs and the two classes, so that memory and vtables lie as in the vendor's."""

from collections.abc import Iterator

from anyvenue.venues.ctp.description import Api, Description, Method, Param, ParamKind
from anyvenue.venues.ctp.native.factories import arguments

__all__ = [
    "api_header",
    "factory_parameters",
    "in_namespace",
    "layout_checks",
    "parameters",
    "struct_type",
]

_TYPES = {
    ParamKind.INT: "int",
    ParamKind.UNSIGNED: "unsigned int",
    ParamKind.BOOL: "bool",
    ParamKind.CHAR: "char",
    ParamKind.TEXT: "const char *",
    ParamKind.TEXTS: "char **",
    ParamKind.RESUME: "int",
}
_ARGUMENTS = {
    "text": "const char *",
    "bool": "bool",
    "char": "char",
    "char reference": "const char &",
}


def api_header(description: Description, api: Api) -> str:
    """Return the header of one API; a compiler that lays a struct out differently refuses it."""
    parts = [
        f"// {description.dialect} {description.version}: generated from anyvenue's description of the API.",
        "#ifndef ANYVENUE_API_H",
        "#define ANYVENUE_API_H",
        "",
        "#include <cstddef>",
        "",
        *in_namespace(api, "\n".join(_declarations(description, api))),
        "",
        "#endif",
        "",
    ]
    return "\n".join(parts)


def layout_checks(description: Description) -> str:
    """Return C++ that compiles where every struct's size and every field's offset are the description's."""
    lines = ["#include <cstddef>"]
    for struct in description.structs:
        lines += _struct(description, struct)
        name = struct_type(description, struct)
        lines += [
            f"static_assert(offsetof({name}, {field.name}) == {field.offset}, "
            f'"{struct}.{field.name}");'
            for field in description.layout(struct).fields
        ]
    return "\n".join([*lines, ""])


def in_namespace(api: Api, text: str) -> list[str]:
    """Return the lines of `text`, inside the API's namespace where it has one."""
    if not api.namespace:
        return [text]
    return [f"namespace {api.namespace} {{", text, f"}}  // namespace {api.namespace}"]


def struct_type(description: Description, struct: str) -> str:
    """Return the C++ name of a struct."""
    return f"{description.struct_prefix}{struct}Field"


def parameters(description: Description, api: Api, method: Method) -> str:
    """Return a method's parameters as ``a0, a1 ...``; only what a caller passes matters, not what it is called."""
    return ", ".join(
        f"{_type(description, api, param)} a{i}" for i, param in enumerate(method.params)
    )


def factory_parameters(description: Description, api: Api) -> str:
    """Return the parameters of the static factory; their types are part of its symbol."""
    return ", ".join(f"{_ARGUMENTS[each.kind]} {each.name}" for each in arguments(api, description))


def _type(description: Description, api: Api, param: Param) -> str:
    if param.kind is ParamKind.STRUCT:
        return struct_type(description, param.struct) + " *"
    if param.kind is ParamKind.SPI:
        return api.spi_class + " *"
    return _TYPES[param.kind]


def _declarations(description: Description, api: Api) -> Iterator[str]:
    for struct in description.structs:
        yield from _struct(description, struct)
    yield f"class {api.spi_class} {{\n  public:"
    for method in api.spi:
        yield f"    virtual void {method.name}({parameters(description, api, method)}) {{}}"
    yield "};\n"
    yield f"class ANYVENUE_CLASS {api.api_class} {{\n  public:"
    yield (
        f"    ANYVENUE_VISIBLE static {api.api_class} *{api.create_name}"
        f"({factory_parameters(description, api)});"
    )
    yield "    ANYVENUE_VISIBLE static const char *GetApiVersion();"
    for method in api.api:
        returns = "const char *" if "*" in method.returns else method.returns
        yield (f"    virtual {returns} {method.name}({parameters(description, api, method)}) = 0;")
    yield f"\n  protected:\n    ~{api.api_class}() {{}}\n}};"


def _struct(description: Description, struct: str) -> Iterator[str]:
    layout = description.layout(struct)
    name = struct_type(description, struct)
    yield f"struct {name} {{"
    for field in layout.fields:
        room = f"[{field.length}]" if field.length else ""
        c = field.c.replace("long long int", "long long")
        yield f"    {c} {field.name}{room};"
    yield "};"
    yield f'static_assert(sizeof({name}) == {layout.size}, "{name}");'
    if layout.fields:
        last = layout.fields[-1]
        yield f'static_assert(offsetof({name}, {last.name}) == {last.offset}, "{name}");'
    yield ""

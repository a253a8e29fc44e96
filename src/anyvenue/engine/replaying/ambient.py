"""Places in a strategy's code that read what no record holds: the wall clock, chance, the world outside."""

import ast
from collections.abc import Iterator

from anyvenue.engine.live.tape_entries import CodeSeen

__all__ = ["ambient_reads"]

_MODULES = frozenset({"random", "secrets", "uuid", "socket", "urllib", "requests", "subprocess"})
_CALLS = frozenset(
    {
        "time.time",
        "time.time_ns",
        "time.monotonic",
        "time.monotonic_ns",
        "time.perf_counter",
        "time.perf_counter_ns",
        "time.localtime",
        "time.gmtime",
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "date.today",
        "os.urandom",
        "os.environ",
        "os.getenv",
        "open",
    }
)


def ambient_reads(code: CodeSeen) -> list[str]:
    """Return ``file:line what`` of everything that looks so; nothing for code that cannot be read."""
    try:
        tree = ast.parse(code.text)
    except SyntaxError:
        return []
    names = dict(_imported(tree))
    found: dict[str, None] = {}
    for node in ast.walk(tree):
        what = _full_name(node, names)
        if what is not None and _is_ambient(what):
            found[f"{code.file}:{node.lineno} {what}"] = None  # type: ignore[attr-defined]
    return list(found)


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Give what names of the module stand for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                yield each.asname or each.name, each.name
        elif isinstance(node, ast.ImportFrom):
            for each in node.names:
                yield each.asname or each.name, f"{node.module}.{each.name}"


def _full_name(node: ast.AST, names: dict[str, str]) -> str | None:
    """Return what a use of a name or attribute means, None for anything else."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return names.get(node.func.id, node.func.id)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
        head = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
        return f"{names.get(head, head)}.{node.attr}"
    return None


def _is_ambient(what: str) -> bool:
    if what.partition(".")[0] in _MODULES and "." in what:
        return not what.startswith(
            "random.Random"
        )  # a generator of one's own, with a seed, repeats
    return what in _CALLS or ".".join(what.split(".")[-2:]) in _CALLS

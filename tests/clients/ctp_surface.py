"""Prints what a CTP package for Python gives, as JSON. Arguments: the package, the names of its two modules.

It runs under a real client's interpreter and under ours, and knows neither.
"""

import importlib
import inspect
import json
import sys


def plain(value: object) -> object:
    return f"bytes {value!r}" if isinstance(value, bytes) else value


def fields(kind: type) -> dict[str, object]:
    made = kind()
    names = [name for name, member in vars(kind).items() if isinstance(member, property)]
    return {name: plain(getattr(made, name)) for name in names if name != "thisown"}


def methods(kind: type) -> list[str]:
    return sorted(n for n in dir(kind) if n[0].isupper() and callable(getattr(kind, n)))


def surface(module: object) -> dict[str, object]:
    names = [name for name in dir(module) if name.startswith(("CThost", "THOST"))]
    found = {name: getattr(module, name) for name in names}
    classes = {name: what for name, what in found.items() if inspect.isclass(what)}
    return {
        "constants": {name: what for name, what in found.items() if name not in classes},
        "structs": {name: fields(what) for name, what in classes.items() if name.endswith("Field")},
        "classes": {n: methods(what) for n, what in classes.items() if not n.endswith("Field")},
    }


def main() -> None:
    package, *modules = sys.argv[1:]
    given = {name: surface(importlib.import_module(f"{package}.{name}")) for name in modules}
    # Not the program's output but a file's: whatever a library prints, it is no part of this.
    json.dump(given, sys.stdout)


if __name__ == "__main__":
    main()

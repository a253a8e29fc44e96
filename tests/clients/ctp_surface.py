"""Prints what a CTP package for Python gives, as JSON. Arguments: the package, the names of its two modules.

It runs under a real client's interpreter and under ours, and knows neither.
"""

import ast
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


def methods(kind: type, written: "dict[str, list[str]]") -> dict[str, list[str]]:
    """Return the methods with the names of their parameters; SWIG's are built in and have them in the source alone."""
    names = [n for n in dir(kind) if n[0].isupper() and callable(getattr(kind, n))]
    return {n: written[n] if n in written else signature(getattr(kind, n)) for n in names}


def signature(function: object) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name != "self"]


def written_in(module: object) -> dict[str, dict[str, list[str]]]:
    """Return what a generated module's source says of its classes: methods by name, with their parameters."""
    path = module.__file__
    if "openctp" not in path:
        return {}
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    found = {}
    for each in tree.body:
        if isinstance(each, ast.ClassDef) and not each.name.endswith("Field"):
            found[each.name] = {
                made.name: [a.arg for a in made.args.args if a.arg != "self"]
                for made in each.body
                if isinstance(made, ast.FunctionDef)
            }
    return found


def surface(module: object) -> dict[str, object]:
    names = [name for name in dir(module) if name.startswith(("CThost", "THOST"))]
    found = {name: getattr(module, name) for name in names}
    written = written_in(module)
    classes = {name: what for name, what in found.items() if inspect.isclass(what)}
    return {
        "constants": {name: what for name, what in found.items() if name not in classes},
        "structs": {name: fields(what) for name, what in classes.items() if name.endswith("Field")},
        "classes": {
            name: methods(what, written.get(name, {}))
            for name, what in classes.items()
            if not name.endswith("Field")
        },
    }


def main() -> None:
    package, *modules = sys.argv[1:]
    given = {name: surface(importlib.import_module(f"{package}.{name}")) for name in modules}
    # Not the program's output but a file's: whatever a library prints, it is no part of this.
    json.dump(given, sys.stdout)


if __name__ == "__main__":
    main()

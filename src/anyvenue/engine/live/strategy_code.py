"""The code of a strategy as it was run: its text, and a class made of that text again."""

import sys
from itertools import count
from pathlib import Path
from types import ModuleType

from anyvenue.engine.live.tape_entries import CodeSeen
from anyvenue.model.errors import StrategyError
from anyvenue.strategy.base import Strategy

__all__ = ["class_of", "code_of"]

_OWN = "anyvenue."
_numbers = count()


def code_of(kind: type[Strategy]) -> CodeSeen:
    """Return the code of a strategy class; anyvenue's own has no text, its version says what it is."""
    module = kind.__module__
    if module.startswith(_OWN):
        return CodeSeen(kind.__qualname__, module)
    file = str(getattr(sys.modules.get(module), "__file__", "") or "")
    file = str(Path(file).resolve()) if file else ""
    return CodeSeen(kind.__qualname__, module, file, _text_of(file))


def class_of(code: CodeSeen) -> type[Strategy]:
    """Return the class that some code makes, whatever stands in its file now; raise StrategyError.

    Only the file's own text is known: what it imports is imported as it is now.
    """
    found: object = _module_of(code)
    for part in code.name.split("."):
        found = getattr(found, part, None)
    if isinstance(found, type) and issubclass(found, Strategy):
        return found
    raise StrategyError(
        f"{code.module} has no strategy {code.name} any more; replay with the version that recorded it",
        code="strategy.replay_class",
        strategy=code.name,
    )


def _text_of(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8") if file else ""
    except (OSError, UnicodeDecodeError):
        return ""


def _module_of(code: CodeSeen) -> ModuleType:
    if not code.text:
        return _imported(code)
    folder = str(Path(code.file).resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    # A name of its own: the module as it is now may be in use. Annotations are resolved by it.
    module = ModuleType(f"replayed_{next(_numbers)}_{code.module.replace('.', '_')}")
    module.__file__, module.__package__ = code.file, code.module.rpartition(".")[0]
    sys.modules[module.__name__] = module
    try:
        exec(compile(code.text, code.file, "exec"), module.__dict__)
    except Exception as error:
        raise StrategyError(
            f"the recorded code of {code.file} cannot be run here: {type(error).__name__}: {error}; it may need "
            "modules that were there when it was recorded",
            code="strategy.replay_code",
            file=code.file,
        ) from error
    return module


def _imported(code: CodeSeen) -> ModuleType:
    module = sys.modules.get(code.module)
    if module is None:
        __import__(code.module)
        module = sys.modules[code.module]
    return module

"""Find a strategy by what people type: a name, a Python file, or a class in a module."""

import sys
from collections.abc import Iterator
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from traceback import extract_tb
from types import ModuleType

import msgspec

from anyvenue.model.errors import AnyvenueError, ConfigError, StrategyError
from anyvenue.strategy.base import Strategy
from anyvenue.strategy.library import BUILT_IN, built_in

__all__ = ["GROUP", "KnownStrategy", "known_strategies", "load_strategy", "parse_settings"]

GROUP = "anyvenue.strategies"


class KnownStrategy(msgspec.Struct, frozen=True):
    """A strategy with a name: where its class is, and which distribution brought it, empty for the built-in ones."""

    name: str
    target: str
    distribution: str = ""


def known_strategies() -> list[KnownStrategy]:
    """Return the built-in strategies, then those of installed distributions, each group by name."""
    found = [KnownStrategy(name, target) for name, target in sorted(BUILT_IN.items())]
    for point in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        if point.name not in BUILT_IN:
            source = point.dist.name if point.dist is not None else ""
            found.append(KnownStrategy(point.name, point.value, source))
    return found


def load_strategy(text: str) -> type[Strategy]:
    """Return the class that `text` means; raise StrategyError.

    It is a name of `known_strategies`, ``file.py`` with one strategy in it, ``file.py:Class`` or ``module:Class``.
    """
    head, suffix, tail = text.rpartition(".py")
    if suffix and (not tail or tail.startswith(":")):
        return _pick(_load_file(Path(head + suffix)), tail[1:], text)
    module, colon, name = text.partition(":")
    if colon:
        return _pick(_load_module(module, text), name, text)
    if text in BUILT_IN:
        return built_in(text)
    return _load_point(text)


def parse_settings(pairs: list[str]) -> dict[str, object]:
    """Return ``key=value`` texts as a dict; raise ConfigError for one without ``=``."""
    found: dict[str, object] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise ConfigError(
                f"--set was {pair!r}; key=value is expected, such as --set fast=5",
                code="config.setting",
                value=pair,
            )
        found[key.strip().replace("-", "_")] = value
    return found


def _load_point(name: str) -> type[Strategy]:
    for point in entry_points(group=GROUP):
        if point.name == name:
            with _Explained(name):
                return _checked(point.load(), name)
    names = [each.name for each in known_strategies()]
    near = get_close_matches(name, names, 1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise StrategyError(
        f"there is no strategy {name!r}; {hint}known: {', '.join(names)}; "
        "or name a file (my_strategy.py) or a class (module:Class)",
        code="strategy.unknown",
        strategy=name,
        known=names,
        nearest=near[0] if near else "",
    )


def _load_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise StrategyError(
            f"there is no file {path}; name a Python file with a strategy in it",
            code="strategy.no_file",
            file=str(path),
        )
    spec = spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise StrategyError(f"{path} is no Python file", code="strategy.no_file", file=str(path))
    module = module_from_spec(spec)
    # As when a script is run: modules beside the file can be imported, and annotations can be resolved.
    sys.path.insert(0, str(path.resolve().parent))
    sys.modules[path.stem] = module
    with _Explained(str(path)):
        spec.loader.exec_module(module)
    return module


def _load_module(name: str, text: str) -> ModuleType:
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    with _Explained(text):
        return import_module(name)


def _pick(module: ModuleType, name: str, text: str) -> type[Strategy]:
    if name:
        if not hasattr(module, name):
            names = ", ".join(each.__name__ for each in _own_strategies(module)) or "none"
            raise StrategyError(
                f"{text}: there is no class {name}; strategies there: {names}",
                code="strategy.no_class",
                strategy=text,
                name=name,
                known=names,
            )
        return _checked(getattr(module, name), text)
    found = list(_own_strategies(module))
    if len(found) == 1:
        return found[0]
    names = ", ".join(each.__name__ for each in found) or "none"
    raise StrategyError(
        f"{text} has {len(found)} strategies ({names}); exactly one is expected, or name it: {text}:Class",
        code="strategy.not_one",
        strategy=text,
        count=len(found),
        known=names,
    )


def _own_strategies(module: ModuleType) -> Iterator[type[Strategy]]:
    for name, each in vars(module).items():
        if (
            isinstance(each, type)
            and issubclass(each, Strategy)
            and each.__module__ == module.__name__
            and not name.startswith("_")
        ):
            yield each


def _checked(found: object, text: str) -> type[Strategy]:
    if isinstance(found, type) and issubclass(found, Strategy):
        return found
    raise StrategyError(
        f"{text} is a {type(found).__name__}; a subclass of anyvenue.Strategy is expected",
        code="strategy.no_strategy",
        strategy=text,
        kind=type(found).__name__,
    )


class _Explained:
    """Turns what a user's module raises while it is imported into a StrategyError with file and line."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, Exception) or isinstance(error, AnyvenueError):
            return
        frames = [
            frame for frame in extract_tb(error.__traceback__) if "importlib" not in frame.filename
        ]
        line = getattr(error, "lineno", None) or frames[-1].lineno
        file = getattr(error, "filename", None) or frames[-1].filename
        raise StrategyError(
            f"{self._text} cannot be loaded: {type(error).__name__}: {error} ({file}, line {line})",
            code="strategy.broken",
            strategy=self._text,
            error=f"{type(error).__name__}: {error}",
            file=file,
            line=line,
        ) from error

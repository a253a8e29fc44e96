"""What makes a finished point the same point again: data, strategy source, parameters, money and venue."""

import sys
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from types import ModuleType

import msgspec

from anyvenue.engine.feed import Feed
from anyvenue.engine.optimise.loading import Setup
from anyvenue.engine.optimise.points import Task
from anyvenue.strategy.base import Strategy

__all__ = ["Identity", "source_files"]

_BASE = Strategy.__module__


class Identity:
    """Makes the keys under which the points of one search are stored."""

    def __init__(self, setup: Setup, strategy: type[Strategy], feed: Feed) -> None:
        """Hash what all points have in common."""
        from anyvenue import __version__

        common = (
            __version__,
            strategy.__qualname__,
            [_file_hash(path) for path in source_files(strategy)],
            feed.content_hashes(),
            # The same file read in another way is other data.
            [(each.profile, each.record, each.interval, each.zone) for each in feed.sources],
            setup.date,
            feed.instruments,
            setup.cash,
            setup.options,
            setup.risk,
            setup.catalog_date,
            setup.overrides,
        )
        self._common = _digest(common)

    def key(self, task: Task) -> str:
        """Return the key of a task."""
        return _digest((self._common, task.parameters, task.window, task.curve))


def source_files(strategy: type[Strategy]) -> list[Path]:
    """Return the files of a strategy: those of its class and bases, and what they import from beside them.

    A module that is installed for itself counts by its own file only, anyvenue by its version.
    """
    pending = [sys.modules.get(each.__module__) for each in strategy.__mro__]
    homes = {
        path.parent
        for path in map(_file_of, pending)
        if path is not None and path.parent.name != "site-packages"
    }
    found = {path for path in map(_file_of, pending) if path is not None}
    pending = [other for module in pending if module for other in _imported(module)]
    while pending:
        module = pending.pop()
        path = _file_of(module)
        if path is not None and path not in found and path.parents[0] in homes and module:
            found.add(path)
            pending += _imported(module)
    return sorted(found)


def _imported(module: ModuleType) -> Iterator[ModuleType]:
    for value in list(vars(module).values()):
        name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", "")
        other = sys.modules.get(name) if isinstance(name, str) else None
        if other is not None:
            yield other


def _file_of(module: ModuleType | None) -> Path | None:
    """Return the source file of a module that is neither the standard library's nor our own machinery."""
    name = getattr(module, "__name__", "")
    path = Path(getattr(module, "__file__", None) or "")
    if name.partition(".")[0] in sys.stdlib_module_names - {"__main__"} or name == _BASE:
        return None
    return path.resolve() if path.suffix == ".py" and path.is_file() else None


def _file_hash(path: Path) -> str:
    return blake2b(path.read_bytes(), digest_size=16).hexdigest()


def _digest(value: object) -> str:
    encoded = msgspec.json.encode(value, order="deterministic", enc_hook=repr)
    return blake2b(encoded, digest_size=16).hexdigest()

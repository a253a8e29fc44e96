"""The option ``--record``: what a run consumed and brought, written into a store."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from anyvenue.app.terminal import Terminal
from anyvenue.data.store import Store, open_store

__all__ = ["recording_to"]


@contextmanager
def recording_to(terminal: Terminal, path: Path | None) -> Iterator[Store | None]:
    """Open the store at `path` for a run and say afterwards how much went into it; give None without a path."""
    if path is None:
        yield None
        return
    with open_store(path) as store:
        before = _rows(store)
        yield store
        rows = f"{_rows(store) - before:,}"
        terminal.note(terminal.text("cli.recorded", rows=rows, path=path))


def _rows(store: Store) -> int:
    return sum(entry.rows for entry in store.list())

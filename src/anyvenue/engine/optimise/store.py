"""Finished points on disk: one JSON line each, appended as they come, found again by key."""

from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import msgspec

from anyvenue.engine.optimise.points import Outcome, Task
from anyvenue.model.errors import ConfigError

__all__ = ["FILE_NAME", "Store"]

FILE_NAME = "points.jsonl"
"""The file in the folder that a search is given."""


class _Line(msgspec.Struct):
    key: str
    parameters: dict[str, object]
    window: tuple[int, int] | None
    outcome: Outcome


class _Kept(msgspec.Struct):
    key: str
    outcome: Outcome


class Store:
    """The points of a folder; several searches may share it, one at a time."""

    def __init__(self, folder: Path) -> None:
        """Read what is there; raise ConfigError where the folder cannot be used."""
        self.path = folder / FILE_NAME
        self._found: dict[str, Outcome] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file: BinaryIO = self.path.open("a+b")
        except OSError as error:
            raise ConfigError(
                f"{folder} cannot be written: {error.strerror}; name another folder",
                code="config.store",
                folder=str(folder),
                detail=error.strerror,
            ) from None
        self._read()

    def get(self, key: str) -> Outcome | None:
        """Return the outcome of a point that is finished."""
        return self._found.get(key)

    def put(self, key: str, task: Task, outcome: Outcome) -> None:
        """Keep an outcome for good."""
        self._found[key] = outcome
        line = _Line(key, task.parameters, task.window, outcome)
        self._file.write(msgspec.json.encode(line) + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _read(self) -> None:
        """Take every whole line. One that is torn, by a crash or a full disk, is computed again."""
        self._file.seek(0)
        decoder = msgspec.json.Decoder(_Kept)
        last = b"\n"
        for last in self._file:
            try:
                kept = decoder.decode(last)
            except msgspec.DecodeError:
                continue
            self._found[kept.key] = kept.outcome
        if not last.endswith(b"\n"):
            self._file.write(b"\n")

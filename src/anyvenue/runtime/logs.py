"""The log of a node: lines are put into a queue, and a thread of their own writes them, to a file that rotates.

A full disk or a slow terminal does not hold the node up.
"""

import logging
import queue
import sys
from collections.abc import Callable
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from time import gmtime, strftime
from typing import Literal

import msgspec

__all__ = ["LogTerms", "NodeLog"]

Level = Literal["debug", "info", "warning", "error"]
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


class LogTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Where the log goes: a file of up to `max_bytes`, `keep` older ones beside it, standard error, or both.

    With `json` each line is a JSON object: ts (RFC 3339), level, source, text, and what else is known.
    """

    file: Path | None = None
    json: bool = False
    level: Level = "info"
    max_bytes: int = 20_000_000
    keep: int = 5
    to_stderr: bool = True


class NodeLog:
    """A log of its own, not one of the program's: several nodes in one process have several."""

    def __init__(self, terms: LogTerms, mask: Callable[[str], str] = str) -> None:
        """Open it; `mask` strikes secrets out of every line. Raise OSError when the file cannot be written."""
        self._queue: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
        handlers: list[logging.Handler] = []
        if terms.file is not None:
            terms.file.parent.mkdir(parents=True, exist_ok=True)
            handlers.append(
                RotatingFileHandler(
                    terms.file, maxBytes=terms.max_bytes, backupCount=terms.keep, encoding="utf-8"
                )
            )
        if terms.to_stderr:
            handlers.append(logging.StreamHandler(sys.stderr))
        for handler in handlers:
            handler.setFormatter(_Json(mask) if terms.json else _Plain(mask))
        self._handlers = handlers
        self._logger = logging.Logger("anyvenue.node", _LEVELS[terms.level])
        self._logger.addHandler(_Hand(self._queue))
        self._listener = QueueListener(self._queue, *handlers)
        self._listener.start()

    def write(self, source: str, text: str, level: Level = "info", **fields: object) -> None:
        """Write a line; `fields` are added as they are."""
        number = _LEVELS[level]
        if self._logger.isEnabledFor(number):
            self._logger.log(number, text, extra={"source": source, "fields": fields})

    def close(self) -> None:
        """Write what waits, and end; repeated calls do nothing."""
        handlers, self._handlers = self._handlers, []
        if handlers:
            self._listener.stop()
            for handler in handlers:
                handler.close()


class _Hand(QueueHandler):
    """Hands records over as they are: formatting is the other thread's work."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record


class _Plain(logging.Formatter):
    """``2026-11-20T09:30:00.123Z INFO [grid] text key=value``."""

    def __init__(self, mask: Callable[[str], str]) -> None:
        super().__init__()
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {key}={value}" for key, value in _fields(record).items())
        source = getattr(record, "source", "")
        line = f"{_time(record)} {record.levelname} [{source}] {record.msg}{fields}"
        return self._mask(line.replace("\n", "\\n"))


class _Json(_Plain):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "ts": _time(record),
            "level": record.levelname.lower(),
            "source": getattr(record, "source", ""),
            "text": str(record.msg),
            **_fields(record),
        }
        return self._mask(msgspec.json.encode(line, enc_hook=str).decode())


def _fields(record: logging.LogRecord) -> dict[str, object]:
    found: dict[str, object] = getattr(record, "fields", {})
    return found


def _time(record: logging.LogRecord) -> str:
    whole, rest = divmod(record.created, 1)
    return f"{strftime('%Y-%m-%dT%H:%M:%S', gmtime(whole))}.{int(rest * 1000):03}Z"

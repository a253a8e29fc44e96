"""A line that somebody types while reports come in: history, completion, and reports above what is being typed."""

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType

__all__ = ["Typist", "history_file"]

_LONGEST_HISTORY = 1_000


class Typist:
    """Reads lines from standard input; where that is a terminal with readline, with history and completion."""

    def __init__(
        self, prompt: str, complete: Callable[[str, str], Sequence[str]], history: Path | None
    ) -> None:
        """Ask with `prompt`; `complete` gives the words for a line so far and the word that was begun."""
        self.interactive = sys.stdin.isatty()
        self._prompt = prompt if self.interactive and sys.stdout.isatty() else ""
        self._complete = complete
        self._history = history
        self._lock = threading.RLock()
        self._reading = False
        self._found: list[str] = []
        self._readline = _readline() if self._prompt else None
        if self._readline is not None:
            self._prepare(self._readline)

    def read(self) -> str | None:
        """Return the next line, None at the end of the input."""
        self._reading = True
        try:
            line = input(self._prompt)
            if line.strip() and self._readline is not None:
                self._readline.add_history(line.strip())
            return line
        except EOFError:
            return None
        finally:
            self._reading = False

    def above(self, lines: Sequence[str]) -> None:
        """Write lines; those that come while somebody types stand above what is typed."""
        with self._lock:
            typing = self._reading and self._readline is not None
            if typing:
                sys.stdout.write("\r\x1b[K")
            sys.stdout.write("".join(f"{line}\n" for line in lines))
            if typing and self._readline is not None:
                sys.stdout.write(self._prompt + self._readline.get_line_buffer())
            sys.stdout.flush()

    def close(self) -> None:
        """Keep the history for the next time."""
        if self._readline is None or self._history is None:
            return
        with suppress(OSError):
            self._history.parent.mkdir(parents=True, exist_ok=True)
            self._readline.set_history_length(_LONGEST_HISTORY)
            self._readline.write_history_file(str(self._history))
            self._history.chmod(0o600)

    def _prepare(self, readline: ModuleType) -> None:
        # Answers to questions are typed, too, and no part of it.
        readline.set_auto_history(False)
        readline.set_completer(self._next)
        readline.set_completer_delims(" ")
        # libedit, as on macOS, has a language of its own.
        libedit = "libedit" in (readline.__doc__ or "")
        readline.parse_and_bind("bind ^I rl_complete" if libedit else "tab: complete")
        if self._history is not None:
            with suppress(OSError):
                readline.read_history_file(str(self._history))

    def _next(self, begun: str, number: int) -> str | None:
        if number == 0 and self._readline is not None:
            before = self._readline.get_line_buffer()[: self._readline.get_begidx()]
            self._found = [f"{word} " for word in self._complete(before, begun)]
        return self._found[number] if number < len(self._found) else None


def history_file(environ: Mapping[str, str]) -> Path:
    """Return where the history of the shell is kept."""
    base = Path(environ.get("XDG_STATE_HOME") or "")
    root = base if base.is_absolute() else Path.home() / ".local" / "state"
    return root / "anyvenue" / "ctp_history"


def _readline() -> ModuleType | None:
    try:
        return import_module("readline")
    except ImportError:
        return None  # Windows has none; lines can still be typed

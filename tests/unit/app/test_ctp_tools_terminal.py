"""``anyvenue ctp shell`` and ``prices`` on a terminal: what somebody at the keyboard sees."""

import os
import select
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ctp_served import PASSWORD, ServedCounter, served_counter

pty = pytest.importorskip("pty")
fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")

pytestmark = pytest.mark.long

PATIENCE_S = 60.0
# Ctrl-C reaches those alone whose terminal it is.
_BEGIN = """
import fcntl, runpy, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
runpy.run_module("anyvenue", run_name="__main__")
"""


class Keyboard:
    """A process on a terminal of its own: keys in, and what was written so far."""

    def __init__(self, words: list[str], env: dict[str, str]) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BEGIN, *words],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm", "NO_COLOR": "1", "ANYVENUE_LANG": "en", **env},
            start_new_session=True,
        )
        os.close(theirs)
        self._written = b""
        self._seen = 0

    def type(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def until(self, text: str) -> str:
        """Return what was written since the last time, up to this text."""
        end = time.monotonic() + PATIENCE_S
        while (at := self._written.find(text.encode(), self._seen)) < 0:
            assert time.monotonic() < end, (text, self._written[self._seen :].decode())
            assert self._read(), (text, self._written[self._seen :].decode())
        found, self._seen = self._written[self._seen : at], at + len(text.encode())
        return found.decode()

    def close(self) -> None:
        """End it in any case."""
        self._process.kill()
        self._process.wait()

    def end(self) -> int:
        """Read to the end and return the exit code."""
        while self._read():
            pass
        os.close(self._ours)
        return self._process.wait(PATIENCE_S)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._ours], [], [], PATIENCE_S)
        assert ready, self._written[self._seen :].decode()
        try:
            more = os.read(self._ours, 65536)
        except OSError:
            return False  # as Linux says that nobody is at the other end
        self._written += more
        return bool(more)


@pytest.fixture
def counter() -> Iterator[ServedCounter]:
    with served_counter() as found:
        yield found


@pytest.fixture
def sit_down(counter: ServedCounter, tmp_path: Path) -> Iterator[Callable[..., Keyboard]]:
    made: list[Keyboard] = []

    def begin(tool: str, *words: str) -> Keyboard:
        front = "--md-front" if tool == "prices" else "--front"
        access = [front, counter.front, "--broker", "9999", "--user", "alice"]
        env = {"XDG_STATE_HOME": str(tmp_path)}
        made.append(Keyboard(["ctp", tool, *access, *words], env))
        return made[-1]

    yield begin
    for keyboard in made:
        keyboard.close()


def test_a_password_is_asked_for_unseen_and_words_are_completed(
    sit_down: Callable[..., Keyboard], tmp_path: Path
) -> None:
    keyboard = sit_down("shell")
    keyboard.until("password: ")  # with the blank the echo is off
    keyboard.type(f"{PASSWORD}\n")
    greeting = keyboard.until("ctp> ")
    assert PASSWORD not in greeting
    assert "alice is logged in" in greeting
    keyboard.type("acc\t\n")
    assert keyboard.until("balance").startswith("account")
    keyboard.until("ctp> ")
    keyboard.type("confirm\n")
    keyboard.until("ctp> ")
    keyboard.type("buy rb2701 1 3400\n")
    keyboard.until("buy open 1 rb2701 at 3400 GFD? [y/N]:")
    keyboard.type("y\n")
    keyboard.until("0/1 queued")
    keyboard.until("ctp> ")
    keyboard.type("\x04")
    assert keyboard.end() == 0
    history = tmp_path / "anyvenue" / "ctp_history"
    assert history.read_text().split("\n") == ["account", "confirm", "buy rb2701 1 3400", ""]
    assert history.stat().st_mode & 0o777 == 0o600


def test_a_report_stands_above_what_is_being_typed(
    counter: ServedCounter, sit_down: Callable[..., Keyboard]
) -> None:
    keyboard = sit_down("shell", "--yes")
    keyboard.until("password: ")  # with the blank the echo is off
    keyboard.type(f"{PASSWORD}\n")
    keyboard.until("ctp> ")
    keyboard.type("confirm\n")
    keyboard.until("ctp> ")
    keyboard.type("buy rb2701 1 3400\n")
    keyboard.until("0/1 queued")
    keyboard.until("ctp> ")
    keyboard.type("acco")
    keyboard.until("acco")
    counter.quote(3398, 3399)
    keyboard.until("1/1 all traded")
    keyboard.until("trade 1 of order 1: rb2701 buy open 1 at 3399")
    keyboard.until("ctp> acco")
    keyboard.type("unt\n")
    assert "balance" in keyboard.until("ctp> ")
    keyboard.type("half a line\x03")  # Ctrl-C leaves the line
    keyboard.until("ctp> ")
    keyboard.type("quit\n")
    assert keyboard.end() == 0


def test_the_board_is_moved_by_keys_and_left_with_q(
    counter: ServedCounter, sit_down: Callable[..., Keyboard], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANYVENUE_CTP_PASSWORD", PASSWORD)
    keyboard = sit_down("prices", "rb2701")
    keyboard.until("3499")
    counter.quote(3512, 3513, last=3512.0)
    keyboard.until("3512")
    keyboard.type("a")
    keyboard.until("Enter")
    keyboard.type("IF2609\r")
    keyboard.until("IF2609")
    keyboard.type("\x1b[Aq")
    assert keyboard.end() == 0

"""Single keys from a terminal, arrows among them."""

import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

__all__ = ["can_read_keys", "raw_keys", "read_keys"]

_ARROWS = {b"\x1b[A": "up", b"\x1b[B": "down", b"\x1b[C": "right", b"\x1b[D": "left"}
_ARROWS |= {b"\x1bOA": "up", b"\x1bOB": "down", b"\x1bOC": "right", b"\x1bOD": "left"}
_ARROWS |= {b"\x1b[5~": "page-up", b"\x1b[6~": "page-down"}
_NAMED = {b"\r": "enter", b"\n": "enter", b"\x7f": "back", b"\x08": "back", b"\x0c": "redraw"}
_NAMED |= {b"\x1b": "escape", b"\x03": "quit", b"\x04": "quit"}


def can_read_keys() -> bool:
    """Tell whether standard input is a terminal whose keys can be read one by one; on Windows it is not."""
    if not sys.stdin.isatty():
        return False
    try:
        import_module("termios")
    except ImportError:
        return False
    return True


@contextmanager
def raw_keys() -> Iterator[None]:
    """Have keys come one by one and unseen; the terminal is as before afterwards."""
    import termios
    import tty

    number = sys.stdin.fileno()
    before = termios.tcgetattr(number)
    tty.setcbreak(number)
    try:
        yield
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)


def read_keys(timeout: float) -> list[str]:
    """Return the keys that were pressed, waiting so many seconds for one; letters as they are, others by name."""
    number = sys.stdin.fileno()
    ready, _, _ = select.select([number], [], [], timeout)
    if not ready:
        return []
    raw = os.read(number, 256)
    return list(_keys(raw)) if raw else ["quit"]


def _keys(raw: bytes) -> Iterator[str]:
    while raw:
        arrow = next((code for code in _ARROWS if raw.startswith(code)), None)
        if arrow is not None:
            yield _ARROWS[arrow]
            raw = raw[len(arrow) :]
        else:
            yield _NAMED.get(raw[:1]) or raw[:1].decode("ascii", "ignore")
            raw = raw[1:]

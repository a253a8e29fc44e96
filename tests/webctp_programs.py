"""The WebSocket JSON service as a program of its own, for tests of its clients."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile

__all__ = ["served_program"]


@contextmanager
def served_program(*options: str) -> Iterator[str]:
    """Run ``anyvenue webctp serve`` on a free port; give the address of its path for both, ``ws://...:PORT/``."""
    command = [sys.executable, "-m", "anyvenue", "webctp", "serve", "--port", "0", "--json"]
    program = subprocess.Popen(
        [*command, "--sim", "--instrument", "rb2701", "--instrument", "ag2612", *options],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert program.stdout is not None
        # What follows the object is for people, and is not waited for.
        announced = json.loads("".join(takewhile(lambda line: line != "}\n", program.stdout)) + "}")
        yield announced["td"].removesuffix("td/")
    finally:
        program.terminate()
        program.communicate(timeout=30)

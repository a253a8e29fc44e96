"""How far a stream has been received, in memory and in the flow file, so that RESUME goes on where it ended.

The files are those of the native libraries, byte for byte: a program may change from one to the other.
"""

import os
import re
from contextlib import suppress
from typing import BinaryIO

from anyvenue.venues.ctp.counter.seam import Resume
from anyvenue.venues.ctp.door.greeting import TopicWish

__all__ = ["Flow"]

_LINE = re.compile(rb"anyvenue (\d{8}) (\d{10})\n")


class Flow:
    """One stream's count; `number` is the topic's place in ``private, public``."""

    def __init__(self, number: int) -> None:
        """Begin with nothing received and nothing wanted."""
        self.number = number
        self.resume: Resume | None = None
        self.day = 0
        self.count = 0
        self._file: BinaryIO | None = None

    def open(self, path: str, resume: Resume) -> None:
        """Subscribe, with the count of the file at `path`; without a file the count lives in memory alone."""
        self.resume = resume
        self.shut()
        with suppress(OSError):
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            number = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
            self._file = os.fdopen(number, "r+b", buffering=0)
            found = _LINE.fullmatch(self._file.read(29))
            if found is not None:
                self.day, self.count = int(found[1]), int(found[2])

    def wish(self) -> TopicWish | None:
        """Return what to ask the server for; None where the stream was not subscribed."""
        if self.resume is None:
            return None
        if self.resume is Resume.RESUME:
            return TopicWish(self.number, self.resume, self.count, self.day)
        return TopicWish(self.number, self.resume, 0, 0)

    def received(self, day: int, count: int) -> None:
        """Take note of a message that the program has been told."""
        self.day, self.count = day, count
        if self._file is not None:
            with suppress(OSError):
                self._file.seek(0)
                self._file.write(b"anyvenue %08d %010d\n" % (day, count))

    def shut(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

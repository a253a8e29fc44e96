"""Calling a program back: one callback at a time, none after the end, and no fault of the program beyond it."""

import sys
import threading
from collections.abc import Callable
from typing import Protocol

from anyvenue.venues.ctp.python.table import Callback

__all__ = ["Caller", "Deliver"]

_PATIENCE_S = 2.0


class Deliver(Protocol):
    """Gets every callback, on the link's thread: structs as bytes of the description's layout, None for null."""

    def __call__(
        self, callback: Callback, data: bytes | None, info: bytes | None, number: int, last: bool
    ) -> None:
        """Take one callback; `number` is the request id, the reason of a disconnection, else 0."""
        ...


class Caller:
    """Calls `deliver` until it is ended."""

    def __init__(self, deliver: Deliver) -> None:
        """Call nobody yet."""
        self._deliver: Deliver | None = deliver
        self._changed = threading.Condition()
        self._calling = 0

    def call(
        self,
        callback: Callback | None,
        data: bytes | None = None,
        info: bytes | None = None,
        number: int = 0,
        last: bool = False,
        told: Callable[[], None] | None = None,
    ) -> None:
        """Deliver one callback; None is one that the API does not have. What it raises is printed.

        Later callbacks go on then, as with the vendor's wrapper, also after sys.exit. `told` is called before an `end`
        goes on, and not for a callback that did not begin any more.
        """
        with self._changed:
            deliver = self._deliver
            if callback is None or deliver is None:
                return
            self._calling = threading.get_ident()
        try:
            deliver(callback, data, info, number, last)
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            if told is not None:
                told()
            with self._changed:
                self._calling = 0
                self._changed.notify_all()

    def end(self) -> None:
        """Let no callback begin any more, and wait for one that runs on another thread, 2 s at most."""
        with self._changed:
            self._deliver = None
            if self._calling not in (0, threading.get_ident()):
                # A callback that waits for its caller would otherwise wait for ever.
                self._changed.wait_for(lambda: self._calling == 0, _PATIENCE_S)

    def silence(self) -> None:
        """Let no callback begin any more; wait for nothing."""
        self._deliver = None

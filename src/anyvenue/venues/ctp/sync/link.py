"""One API object on the worker's thread: its login after every connection, and requests whose answers come back."""

from collections.abc import Callable, Mapping
from functools import partial

import msgspec

from anyvenue.venues.ctp.description import Description, Value
from anyvenue.venues.ctp.native.seam import Called, LibrarySession, OnCalled
from anyvenue.venues.ctp.sync.worker import Worker

__all__ = ["Answered", "Link", "OpenSession", "Row"]

Row = dict[str, Value]
OpenSession = Callable[[OnCalled], LibrarySession]
"""Makes an API object whose callbacks go to what it is given; raises ConfigError."""

_LATER = (-2, -3)
_RETRY = (90, 154)  # NEED_RETRY, QK_BUSY
_RETRY_S = 0.2
_NOT_CONNECTED = (-1, "there is no connection to the front")


class Answered(msgspec.Struct):
    """The answer to a request: its rows, and the error, (0, "") for none."""

    rows: list[Row]
    error: tuple[int, str] = (0, "")


class _Asked(msgspec.Struct):
    name: str
    fields: Mapping[str, Value]
    done: Callable[[Answered], None]
    answered: Answered


class Link:
    """A `LibrarySession` whose callbacks are heard on the worker's thread, where all methods but the first are called.

    `hear` gets what answers no request: the callback's name, its fields and its error.
    """

    def __init__(
        self,
        open_session: OpenSession,
        worker: Worker,
        hear: Callable[[str, Row, tuple[int, str]], None],
        *,
        trader: bool,
    ) -> None:
        """Open the session; raise ConfigError."""
        self._worker = worker
        self._hear = hear
        self._asked: dict[int, _Asked] = {}
        self._last_id = 0
        self.session = open_session(lambda called: worker.post(partial(self._take, called)))
        self.description: Description = self.session.description
        self._callbacks = (
            self.description.callbacks if trader else self.description.md_callbacks
        )  # fmt: skip

    def next_id(self) -> int:
        """Return a request id that nobody had."""
        self._last_id += 1
        return self._last_id

    def ask(self, name: str, fields: Mapping[str, Value], done: Callable[[Answered], None]) -> None:
        """Send a request and call `done` with its whole answer; one that comes too soon is sent again later."""
        number = self.next_id()
        self._asked[number] = _Asked(name, fields, done, Answered([]))
        code = self.session.request(name, fields, number)
        if code in _LATER:
            del self._asked[number]
            self._worker.later(_RETRY_S, partial(self.ask, name, fields, done))
        elif code:
            del self._asked[number]
            done(Answered([], _NOT_CONNECTED))

    def drop(self, reason: str) -> None:
        """Answer everything that is asked with an error: the connection is gone."""
        asked, self._asked = self._asked, {}
        for each in asked.values():
            each.done(Answered([], (-1, reason)))

    def _take(self, called: Called) -> None:
        fields = self._fields(called)
        error = self._error(called)
        asked = self._asked.get(called.number)
        answers = called.callback.startswith("OnRsp")
        if asked is None or not answers or not self._is_of(asked, called.callback):
            self._hear(called.callback, fields, error)
            return
        if called.data is not None and called.callback != "OnRspError":
            asked.answered.rows.append(fields)
        if error[0]:
            asked.answered.error = error
        if called.is_last or called.callback == "OnRspError":
            del self._asked[called.number]
            if asked.answered.error[0] in _RETRY:
                again = partial(self.ask, asked.name, asked.fields, asked.done)
                self._worker.later(_RETRY_S, again)
            else:
                asked.done(asked.answered)

    def _is_of(self, asked: _Asked, callback: str) -> bool:
        return callback in ("OnRspError", f"OnRsp{asked.name[3:]}")

    def _fields(self, called: Called) -> Row:
        method = self._callbacks.get(called.callback)
        if method is None or called.data is None or not method.struct:
            return {}
        return self.description.layout(method.struct).unpack(called.data)

    def _error(self, called: Called) -> tuple[int, str]:
        if called.error is None:
            return 0, ""
        row = self.description.layout("RspInfo").unpack(called.error)
        code = row.get("ErrorID", 0)
        return (code if isinstance(code, int) else 0), str(row.get("ErrorMsg", ""))

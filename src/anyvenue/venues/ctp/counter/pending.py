"""Rows that another counter of CTP's family is still being asked for."""

from collections.abc import Callable
from typing import Protocol

from anyvenue.model.errors import AnyvenueError, VenueRefused

__all__ = ["Pending"]

Row = dict[str, str | int | float | bytes]
Error = tuple[int, str]


class _Future(Protocol):
    """What a broker's `native` gives where the answer takes its time, such as an asyncio future."""

    def add_done_callback(self, callback: Callable[["_Future"], object], /) -> object:
        """Call back on the broker's thread once there is an answer."""
        ...

    def cancelled(self) -> bool:
        """Tell whether nobody waits any more."""
        ...

    def exception(self) -> BaseException | None:
        """Return what went wrong."""
        ...

    def result(self) -> object:
        """Return the rows."""
        ...


class Pending:
    """An answer to come: the other counter's rows or error; `otherwise` answers where it could not be asked."""

    def __init__(self, future: _Future) -> None:
        """Wait for `future`."""
        self._future = future
        self.otherwise: Callable[[], list[Row]] = list

    @staticmethod
    def is_one(answer: object) -> bool:
        """Tell whether what a broker gave is an answer to come."""
        return hasattr(answer, "add_done_callback")

    def then(
        self,
        answer: Callable[[list[Row]], None],
        refuse: Callable[[Error], None],
        fail: Callable[[AnyvenueError], None],
    ) -> None:
        """Call one of these once: with rows, with the other counter's own error, or with what went wrong."""

        def done(future: _Future) -> None:
            if future.cancelled():
                return
            error = future.exception()
            if error is None:
                rows = future.result()
                answer([dict(row) for row in rows] if isinstance(rows, list) else self.otherwise())
            elif isinstance(error, VenueRefused):
                own = _own_error(error)
                if own is None:
                    answer(self.otherwise())
                else:
                    refuse(own)
            elif isinstance(error, AnyvenueError):
                fail(error)
            else:
                raise error

        self._future.add_done_callback(done)


def _own_error(error: VenueRefused) -> Error | None:
    """Return the other counter's error, None where it was not even asked."""
    code = str(error.fields.get("venue_code", ""))
    return (int(code), str(error.fields.get("venue_text", ""))) if code.isdecimal() else None

"""Something asynchronous for scripts and notebooks: it lives on a thread of its own, and every call blocks."""

import asyncio
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

from anyvenue.model.errors import ConnectivityError
from anyvenue.runtime.loop_thread import LoopThread

__all__ = ["Blocking", "Opened"]


class Opened(Protocol):
    """What is open from ``async with`` on until it is closed."""

    async def __aenter__(self) -> Self:
        """Open it."""
        ...

    async def close(self) -> None:
        """Close it; repeated calls do nothing."""
        ...


_Opened = TypeVar("_Opened", bound=Opened)
_Result = TypeVar("_Result")


class Blocking(Generic[_Opened]):
    """Base of the blocking twin of an asynchronous class. Use it with ``with``, or call `open` and `close`."""

    opener: ClassVar[str] = "connect(...)"
    """How people open one, for the error that says so."""

    def __init__(self, make: Callable[[], _Opened]) -> None:
        """Open what `make` returns, on a thread of its own."""
        self._make = make
        self._loop: LoopThread | None = None
        self._inside: _Opened | None = None

    def open(self) -> Self:
        """Open it; raise what keeps it from opening. Repeated calls do nothing."""
        if self._loop is None:
            self._loop = LoopThread()
            try:
                self._inside = self._call(self._enter())
            except BaseException:
                self.close()
                raise
        return self

    def close(self) -> None:
        """Close it and end the thread; repeated calls do nothing."""
        loop, self._loop = self._loop, None
        if loop is None:
            return
        inside, self._inside = self._inside, None
        try:
            if inside is not None:
                # Not by `call`: a second Ctrl-C must not keep it from being closed.
                asyncio.run_coroutine_threadsafe(inside.close(), loop.loop).result()
        finally:
            loop.end()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    async def _enter(self) -> _Opened:
        return await self._make().__aenter__()

    def _opened(self) -> _Opened:
        """Return what is open; raise ConnectivityError."""
        if self._inside is None or self._loop is None:
            raise self._closed()
        return self._inside

    def _call(self, doing: Coroutine[Any, Any, _Result]) -> _Result:
        """Return what a coroutine does on the thread; raise ConnectivityError when there is none."""
        if self._loop is None:
            doing.close()
            raise self._closed()
        return self._loop.call(doing)

    def _do(self, what: Callable[[_Opened], _Result]) -> _Result:
        """Return what a function of what is open does, called on its thread."""
        opened = self._opened()

        async def on_loop() -> _Result:
            return what(opened)

        return self._call(on_loop())

    def _closed(self) -> ConnectivityError:
        return ConnectivityError(f"the venue is closed; open it with `with {self.opener}`")

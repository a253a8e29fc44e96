"""One API object on the loop's thread: requests that can be awaited, and everything else that it calls."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from anyvenue.model.errors import ConnectivityError, NotSent, RateLimited, VenueRefused
from anyvenue.venues.ctp.description import Description, Method, Value
from anyvenue.venues.ctp.driver.calls import CallQueue
from anyvenue.venues.ctp.driver.errors import Error, error_of
from anyvenue.venues.ctp.driver.pacing import Pacer, Urgency
from anyvenue.venues.ctp.native.seam import Called, LibrarySession, OnCalled

__all__ = ["Answered", "Link", "OpenSession", "Row"]

Row = dict[str, Value]

_NOT_CONNECTED = -1
_TOO_MANY = (-2, -3)
_RETRY_CODES = (90, 154)  # NEED_RETRY, QK_BUSY
_TRIES = 60


class OpenSession(Protocol):
    """Makes a `LibrarySession` whose callbacks go to `post`; raise ConfigError."""

    def __call__(self, post: OnCalled) -> LibrarySession:
        """Make one."""
        ...


class Answered(msgspec.Struct):
    """The answer to a request: its rows, and the error if there was one."""

    rows: list[Row]
    error: Error | None = None


class _Asked:
    __slots__ = ("answer", "future", "hold")

    def __init__(self, future: "asyncio.Future[Answered]", hold: bool) -> None:
        self.future = future
        self.answer = Answered([])
        self.hold = hold


class Link:
    """A `LibrarySession` for one connection's life after another.

    `on_called` hears every callback that answers no request of `ask`. Malformed structs are passed over; `malformed`
    counts them.
    """

    def __init__(
        self,
        open_session: OpenSession,
        on_called: Callable[[Called], None],
        pacer: Pacer,
        *,
        trader: bool = True,
    ) -> None:
        """Open the session; raise ConfigError. The running loop is the one that hears."""
        self._queue = CallQueue(asyncio.get_running_loop(), self._take)
        self.session = open_session(self._queue.post)
        self.description: Description = self.session.description
        self.malformed = 0
        self._on_called = on_called
        self._pacer = pacer
        self._trader = trader
        self._asked: dict[int, _Asked] = {}
        self._last_id = 0
        self._closed = False

    @property
    def requests(self) -> Mapping[str, Method]:
        """The requests that this version has."""
        return self.description.requests if self._trader else self.description.md_requests

    @property
    def callbacks(self) -> Mapping[str, Method]:
        """The callbacks that this version has."""
        return self.description.callbacks if self._trader else self.description.md_callbacks

    def has(self, name: str) -> bool:
        """Tell whether this version has a request."""
        return name in self.requests

    def hears(self, callback: str) -> bool:
        """Tell whether this version has a callback."""
        return callback in self.callbacks

    async def close(self) -> None:
        """Release the API object; nothing is heard any more."""
        self._closed = True
        self._queue.close()
        self.fail(ConnectivityError("the session was closed"))
        # A vendor's Release may take its time.
        await asyncio.to_thread(self.session.close)

    # ---- requests

    def next_id(self) -> int:
        """Return a request id that was not used."""
        self._last_id += 1
        return self._last_id

    def send(self, name: str, fields: Mapping[str, Value], request_id: int = 0) -> int:
        """Make a request whose answer comes as a callback; return its id.

        Raise NotSent, with the code of RateLimited where there were too many, or VenueRefused where this version has no
        such request.
        """
        number = request_id or self.next_id()
        if not self.has(name):
            raise VenueRefused(
                f"{name} is not part of {self.description.dialect} {self.description.version}",
                venue_code="no_request",
                venue_text=name,
            )
        code = self.session.request(name, fields, number)
        if code in _TOO_MANY:
            raise NotSent(
                f"{name} was not sent: there were too many requests ({code})",
                code=RateLimited.code,
                retry_after=1.0,
            )
        if code:
            why = "there is no connection" if code == _NOT_CONNECTED else "the library refused it"
            raise NotSent(f"{name} was not sent: {why} ({code})")
        return number

    def go_on(self) -> None:
        """Hear what has come since an answer that was waited for with `hold`."""
        self._queue.go_on()

    async def ask(
        self, name: str, fields: Mapping[str, Value], timeout: float, *, hold: bool = False
    ) -> Answered:
        """Make a request and return its answer; raise ConnectivityError, RateLimited or VenueRefused.

        With `hold` nothing is heard after the answer until `go_on`: what comes after it may have to be taken otherwise.
        """
        number = self.next_id()
        future = asyncio.get_running_loop().create_future()
        asked = self._asked[number] = _Asked(future, hold)
        try:
            self.send(name, fields, number)
            async with asyncio.timeout(timeout):
                return await asked.future
        except NotSent as error:
            if error.code == RateLimited.code:
                raise RateLimited(error.text, retry_after=1.0) from None
            raise ConnectivityError(error.text) from None
        except TimeoutError:
            raise ConnectivityError(f"{name} was not answered within {timeout:g} s") from None
        finally:
            self._asked.pop(number, None)

    async def query(
        self,
        name: str,
        fields: Mapping[str, Value],
        timeout: float,
        urgency: Urgency = Urgency.SOON,
    ) -> Answered:
        """Make a query at its turn, again where it was too early; raise ConnectivityError or VenueRefused."""
        async with self._pacer.turn(urgency):
            for _ in range(_TRIES):
                try:
                    answer = await self.ask(name, fields, timeout)
                except RateLimited:
                    answer = None
                if answer is not None and not (answer.error and answer.error[0] in _RETRY_CODES):
                    return answer
                self._pacer.retry_later()
                await self._pacer.wait()
        raise ConnectivityError(f"{name} found the counter busy {_TRIES} times")

    def subscribe(self, codes: Sequence[str]) -> None:
        """Begin the quotes of instruments."""
        self.session.subscribe("SubscribeMarketData", codes)

    def fail(self, error: ConnectivityError) -> None:
        """Have everything that waits for an answer fail."""
        for asked in self._asked.values():
            if not asked.future.done():
                asked.future.set_exception(error)

    # ---- callbacks

    def row(self, called: Called) -> Row | None:
        """Return a callback's struct by names, None for a null pointer or one of another size."""
        if called.data is None:
            return None
        struct = self.callbacks[called.callback].struct
        try:
            return self.description.layout(struct).unpack(called.data)
        except ValueError:
            self.malformed += 1
            return None

    def error(self, called: Called) -> Error | None:
        """Return the error that a callback carries, None for none."""
        if called.error is None:
            return None
        try:
            return error_of(self.description.layout("RspInfo").unpack(called.error))
        except ValueError:
            self.malformed += 1
            return None

    def _take(self, called: Called) -> None:
        asked = self._asked.get(called.number) if called.callback.startswith("OnRsp") else None
        if asked is None:
            if not self._closed:
                self._on_called(called)
            return
        error = self.error(called)
        if error is not None:
            asked.answer.error = error
        row = None if called.callback == "OnRspError" else self.row(called)
        if row is not None:
            asked.answer.rows.append(row)
        if called.is_last and not asked.future.done():
            asked.future.set_result(asked.answer)
            if asked.hold:
                self._queue.hold()

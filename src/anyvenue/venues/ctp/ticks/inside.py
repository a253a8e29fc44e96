"""A counter in the same process seen as a vendor's library: no sockets, no threads, raw structs all the same.

What the counter tells is posted at once, on the caller's thread.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from anyvenue.model.errors import VenueRefused
from anyvenue.venues.ctp.counter.seam import (
    Answer,
    CounterDoors,
    Door,
    MdSession,
    Reason,
    Resume,
    Topic,
    TraderSession,
)
from anyvenue.venues.ctp.description import Description, Method, Value, describe
from anyvenue.venues.ctp.native.seam import Called, LibrarySession, OnCalled

__all__ = ["InsideSession", "open_inside"]

_ADDRESS = "127.0.0.1:0"
_NOT_CONNECTED = -1
_STREAMS = {
    "SubscribeMarketData": "subscribe",
    "UnSubscribeMarketData": "unsubscribe",
    "SubscribeForQuoteRsp": "subscribe_for_quote",
    "UnSubscribeForQuoteRsp": "unsubscribe_for_quote",
}


class InsideSession:
    """One API object over a counter; use `open_inside`. It connects again at once when the counter drops it."""

    def __init__(
        self,
        counter: CounterDoors,
        trader: bool,
        description: Description,
        post: OnCalled,
        now: Callable[[], int],
    ) -> None:
        """Post every callback, stamped by `now`."""
        self._counter = counter
        self._trader = trader
        self._description = description
        self._post = post
        self._now = now
        self._callbacks = description.callbacks if trader else description.md_callbacks
        self._requests = description.requests if trader else description.md_requests
        self._info = description.layout("RspInfo")
        self._resume = (0, 0)
        self._door: _Door | None = None
        self._session: TraderSession | MdSession | None = None
        self._closed = False

    def __repr__(self) -> str:
        return f"InsideSession({'trader' if self._trader else 'md'}, {self._description!r})"

    @property
    def description(self) -> Description:
        """The API and version whose structs are used."""
        return self._description

    @property
    def version(self) -> str:
        """The version, as a library would say it."""
        return f"v{self._description.version}_anyvenue_{self._description.dialect}"

    def start(self, fronts: Sequence[str], private: int = 0, public: int = 0) -> None:
        """Begin: the front is the counter itself, whatever `fronts` are."""
        self._resume = (private, public)
        self._call("OnFrontConnected")

    def request(self, name: str, fields: Mapping[str, Value], request_id: int) -> int:
        """Make a request; return 0, or -1 when the session is closed.

        Raise VenueRefused for a request that this version does not have.
        """
        self._method(name)
        session = self._connected()
        return _NOT_CONNECTED if session is None else session.request(name, fields, request_id)

    def subscribe(self, method: str, instruments: Sequence[str]) -> int:
        """Call ``SubscribeMarketData`` and its likes with a list of codes."""
        self._method(method)
        session = self._connected()
        if session is None:
            return _NOT_CONNECTED
        code: int = getattr(session, _STREAMS[method])(list(instruments))
        return code

    def trading_day(self) -> str:
        """Return the counter's trading day."""
        return str(self._counter.trading_day)

    def close(self) -> None:
        """End the session; no callback comes any more."""
        self._closed = True
        if self._session is not None:
            self._session.close()
        self._session = self._door = None

    def _method(self, name: str) -> Method:
        method = self._requests.get(name)
        if method is None:
            raise VenueRefused(
                f"{self._description.dialect} {self._description.version} has no {name}",
                method=name,
            )
        return method

    def _connected(self) -> TraderSession | MdSession | None:
        """Return the session with the counter, a new one after the counter dropped the last."""
        if self._session is None and not self._closed:
            door = self._door = _Door(self)
            if self._trader:
                trader = self._counter.trader(door, _ADDRESS)
                for topic, resume in zip((Topic.PRIVATE, Topic.PUBLIC), self._resume, strict=True):
                    trader.subscribe(topic, Resume(resume))
                self._session = trader
            else:
                self._session = self._counter.md(door, _ADDRESS)
        return self._session

    # ---- from the counter

    def told(self, door: Door, answer: Answer) -> None:
        """Post an answer of the counter's."""
        method = self._callbacks.get(answer.callback)
        if door is not self._door or method is None:
            return
        data = None
        if answer.fields is not None:
            data = self._description.layout(method.struct).pack(answer.fields)
        error = None
        if answer.error is not None:
            number, text = answer.error
            error = self._info.pack({"ErrorID": number, "ErrorMsg": text})
        self._call(answer.callback, data, error, answer.request_id, answer.is_last)

    def dropped(self, door: Door, reason: Reason) -> None:
        """Post that the connection is lost, and that there is another."""
        if door is self._door:
            self._session = self._door = None
            self._call("OnFrontDisconnected", number=reason)
            self._call("OnFrontConnected")

    def _call(
        self,
        callback: str,
        data: bytes | None = None,
        error: bytes | None = None,
        number: int = 0,
        is_last: bool = True,
    ) -> None:
        if not self._closed:
            self._post(Called(callback, data, error, number, is_last, self._now()))


class _Door:
    """Implements `counter.seam.Door`."""

    def __init__(self, session: InsideSession) -> None:
        self._session = session

    def answer(self, answer: Answer) -> None:
        """Deliver one callback."""
        self._session.told(self, answer)

    def cut(self, reason: Reason) -> None:
        """End the connection."""
        self._session.dropped(self, reason)


def open_inside(
    counter: CounterDoors,
    trader: bool,
    post: OnCalled,
    now: Callable[[], int],
    description: Description | None = None,
) -> InsideSession:
    """Return a trader's or a market data session of a counter in this process; default: the newest CTP's structs."""
    return InsideSession(counter, trader, description or describe(), post, now)


if TYPE_CHECKING:
    _checked: type[LibrarySession] = InsideSession

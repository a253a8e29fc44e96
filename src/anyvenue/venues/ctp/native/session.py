"""One API object of a vendor's library, as a driver sees it."""

import atexit
import ctypes
import os
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING
from weakref import WeakSet

from anyvenue.model.errors import ConfigError, VenueRefused
from anyvenue.venues.ctp.description import Description, Method, ParamKind, Value, encode_text
from anyvenue.venues.ctp.native.calls import ApiObject, texts
from anyvenue.venues.ctp.native.library import Library
from anyvenue.venues.ctp.native.seam import LibrarySession, OnCalled
from anyvenue.venues.ctp.native.spi import SpiObject

__all__ = ["NOT_CONNECTED", "NativeSession", "open_session"]

NOT_CONNECTED = -1
"""What a request returns on a closed session, as CTP's own do without a connection."""

_LONGEST_CODE = 80
_FRONTS = {"ns+": "RegisterNameServer", "query+": "RegisterQryFront"}
# What a session does itself, or what would not come back.
_OWN = frozenset({"Init", "Join", "RegisterSpi", "Release"})
_TOPICS = {
    "SubscribePrivateTopic": "private",
    "SubscribeUserTopic": "private",
    "SubscribePublicTopic": "public",
}


class NativeSession:
    """A `LibrarySession`: the calls of one API object, its callbacks posted from the vendor's thread.

    Join is never called: in CTP a Release that meets a thread in Join hangs.
    """

    def __init__(
        self, library: Library, api: ApiObject, spi: SpiObject, release_within: float
    ) -> None:
        """Use `open_session`, which makes the objects."""
        self._library = library
        self._api = api
        self._spi = spi
        self._release_within = release_within
        self._started = self._closed = False
        self.released = False
        _open_sessions.add(self)

    def __repr__(self) -> str:
        state = "closed" if self._closed else "started" if self._started else "new"
        return f"NativeSession({self._library.which}, {self._library.version!r}, {state})"

    @property
    def description(self) -> Description:
        """The API and version that the library was found to have."""
        return self._library.description

    @property
    def version(self) -> str:
        """The library's own word for its version."""
        return self._library.version

    def start(self, fronts: Sequence[str], private: int = 0, public: int = 0) -> None:
        """Register SPI and fronts, subscribe the topics and init; callbacks begin.

        ``tcp://127.0.0.1:7001`` is a front, ``ns+tcp://...`` a name server, ``query+tcp://...`` a query front of
        FEMAS. Raises ConfigError without a front, or on a second start.
        """
        if self._started or self._closed:
            raise ConfigError(
                "a session of a library starts once; open another", code="config.ctp_started"
            )
        if not fronts:
            raise ConfigError(
                "name at least one front, as tcp://HOST:PORT", code="config.ctp_no_front"
            )
        self._started = True
        self._api.call("RegisterSpi", self._spi.address)
        for front in fronts:
            self._register(front)
        resume = {"private": private, "public": public}
        for method, topic in _TOPICS.items():
            if self._api.has(method):
                self._api.call(method, resume[topic])
        self._api.call("Init", *self._without_value("Init"))

    def request(self, name: str, fields: Mapping[str, Value], request_id: int) -> int:
        """Call ``ReqOrderInsert`` and the like; return the library's code, -1 on a closed session.

        Raise VenueRefused for a request that this version does not have, TypeError for a value that does not fit.
        """
        method = self._method(name)
        values: list[object] = []
        for param in method.params:
            if param.kind is ParamKind.STRUCT:
                values.append(self.description.layout(param.struct).pack(fields))
            else:
                values.append(request_id)
        return self._code(name, *values)

    def subscribe(self, method: str, instruments: Sequence[str]) -> int:
        """Call ``SubscribeMarketData`` and its likes with a list of codes; return the library's code.

        TORA's quotes want the exchange, too: ``600000@1``. Codes of each exchange go in a call of their own, and the
        first code that is not 0 is returned.
        """
        kinds = [param.kind for param in self._api.method(method).params]
        if kinds == [ParamKind.CHAR]:
            codes = [self._code(method, _text(each)[:1]) for each in instruments]
            return next(filter(None, codes), 0)
        if ParamKind.CHAR not in kinds:
            return self._list(method, instruments)
        codes = []
        for exchange, group in groupby(sorted(instruments, key=_exchange), key=_exchange):
            listed = [each.rpartition("@")[0] or each for each in group]
            codes.append(self._list(method, listed, _text(exchange)[:1] or b"\0"))
        return next(filter(None, codes), 0)

    def call(self, name: str, *values: object) -> int | str | None:
        """Call any other method with plain values: numbers, text, bytes of a struct.

        For what the seam has no word for, such as ``RegisterCertificateFile``. None on a closed session.
        """
        self._method(name)
        if self._closed:
            return None
        given = [_text(value) if isinstance(value, str) else value for value in values]
        answer = self._api.call(name, *given)
        return answer.decode("gb18030", "replace") if isinstance(answer, bytes) else answer

    def trading_day(self) -> str:
        """Return GetTradingDay, "" where the API has none; CTP says 19800100 before the login.

        What is no day is "": MINI's quotes give memory that nobody has written before the login.
        """
        if self._closed or not self._api.has("GetTradingDay"):
            return ""
        day = self._api.call("GetTradingDay")
        return day.decode() if isinstance(day, bytes) and day.isdigit() and len(day) == 8 else ""

    def front_info(self) -> dict[str, Value]:
        """Return GetFrontInfo (address, queries and packets a second), empty where the API has none."""
        if self._closed or not self._api.has("GetFrontInfo"):
            return {}
        layout = self.description.layout("FrontInfo")
        filled = ctypes.create_string_buffer(layout.size)
        self._api.call("GetFrontInfo", filled)
        return layout.unpack(filled.raw)

    def close(self) -> None:
        """Release the API object; returns when no callback can come any more; repeated calls do nothing.

        A library that does not come back from Release within `release_within` seconds is left behind. So is an
        object that was never started: MINI's and Rohon's Release crash on it.
        """
        if self._closed:
            return
        self._closed = True
        _open_sessions.discard(self)
        self._spi.detach()
        if not self._started:
            return
        releasing = Thread(target=self._release, name="ctp-release", daemon=True)
        try:
            releasing.start()
        except RuntimeError:
            self._release()  # an interpreter that ends makes no more threads
        else:
            releasing.join(self._release_within)

    def _method(self, name: str) -> Method:
        if name in _OWN:
            raise VenueRefused(f"{name} is the session's own to call", method=name)
        return self._api.method(name)

    def _release(self) -> None:
        self._api.call("Release")
        self.released = True

    def _register(self, front: str) -> None:
        for prefix, method in _FRONTS.items():
            if front.startswith(prefix):
                self._api.call(method, _text(front.removeprefix(prefix)))
                return
        self._api.call("RegisterFront", _text(front))

    def _without_value(self, method: str) -> list[object]:
        """Return false, 0 or "" for each parameter of a method."""
        empty = {ParamKind.TEXT: b"", ParamKind.CHAR: b"\0"}
        return [empty.get(param.kind, 0) for param in self._api.method(method).params]

    def _list(self, method: str, codes: Sequence[str], *more: object) -> int:
        listed = [encode_text(code, _LONGEST_CODE) for code in codes]
        return self._code(method, texts(listed), len(listed), *more)

    def _code(self, name: str, *values: object) -> int:
        if self._closed:
            return NOT_CONNECTED
        code = self._api.call(name, *values)
        return code if isinstance(code, int) else 0


def open_session(
    library: Library,
    flow: Path,
    post: OnCalled,
    now: Callable[[], int],
    *,
    options: Mapping[str, str | bool] | None = None,
    release_within: float = 5.0,
) -> NativeSession:
    """Make an API object whose files are in the folder `flow`, which is made: without it a vendor's library aborts.

    Callbacks go to `post` on the vendor's thread, stamped by `now` (int ns UTC). `options` are further parameters of
    the factory. Raises ConfigError when the folder cannot be made.
    """
    try:
        flow.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"the folder {flow} for the library's files cannot be made: {error}",
            code="config.ctp_flow",
            path=str(flow),
        ) from None
    spi = SpiObject(library.api.spi, library.description, post, now)
    address = library.create(f"{flow.absolute()}{os.sep}", options)
    return NativeSession(library, ApiObject(address, library.api), spi, release_within)


def _text(value: str) -> bytes:
    return value.encode("gb18030")


def _exchange(instrument: str) -> str:
    return instrument.rpartition("@")[2] if "@" in instrument else ""


@atexit.register
def _close_all() -> None:
    """Release what is open when the process ends: Rohon's libraries hang in their destructors otherwise."""
    for session in list(_open_sessions):
        session.close()


_open_sessions: WeakSet[NativeSession] = WeakSet()

if TYPE_CHECKING:
    _checked: type[LibrarySession] = NativeSession

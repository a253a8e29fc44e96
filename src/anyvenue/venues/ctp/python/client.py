"""A `LibrarySession` without a library: the framed door's client in Python, for tools and drivers.

session = open_door("ctp", "", Side.TRADER, post, now)
session.start(["tcp://127.0.0.1:41205"])
"""

from collections.abc import Callable, Mapping, Sequence

from anyvenue.model.errors import ConfigError, VenueRefused
from anyvenue.venues.ctp.counter.seam import Resume
from anyvenue.venues.ctp.description import Description, Value, describe
from anyvenue.venues.ctp.door.greeting import Side
from anyvenue.venues.ctp.native.seam import Called, LibrarySession, OnCalled
from anyvenue.venues.ctp.python.link import Link
from anyvenue.venues.ctp.python.table import Callback, Request

__all__ = ["DoorSession", "open_door"]

_VERSION = "anyvenue"


class DoorSession:
    """One connection to a counter of ours; use `open_door`."""

    def __init__(
        self,
        description: Description,
        side: Side,
        post: OnCalled,
        now: Callable[[], int],
        flow: str,
    ) -> None:
        """Post every callback, stamped by `now`."""
        self._description = description
        self._post = post
        self._now = now
        self._started = False
        self._link = Link(description, side, self._called, flow)

    def __repr__(self) -> str:
        return f"DoorSession({self._description!r}, {self._link.front or 'no front'!r})"

    @property
    def description(self) -> Description:
        """The API and version that is spoken."""
        return self._description

    @property
    def version(self) -> str:
        """The version, as a library would say it."""
        return f"v{self._description.version}_{_VERSION}_{self._description.dialect}"

    def start(self, fronts: Sequence[str], private: int = 0, public: int = 0) -> None:
        """Register the fronts, subscribe the topics and begin; raise ConfigError without a front or a second time."""
        if self._started:
            raise ConfigError("a session starts once; open another", code="config.ctp_started")
        if not fronts:
            raise ConfigError(
                "name at least one front, as tcp://HOST:PORT", code="config.ctp_no_front"
            )
        for front in fronts:
            self._link.register_front(front)
        self._started = True
        # Quotes have no streams.
        if "SubscribePrivateTopic" in self._link.table.places:
            for topic, resume in enumerate((private, public)):
                self._link.subscribe_topic(topic, Resume(resume))
        self._link.init()

    def request(self, name: str, fields: Mapping[str, Value], request_id: int) -> int:
        """Send ``ReqOrderInsert`` and the like; return 0, or -1, -2, -3 as CTP's library does.

        Raise VenueRefused for a request that this version does not have, TypeError for a value that does not fit.
        """
        request = self._find(name)
        struct = request.method.struct
        data = self._description.layout(struct).pack(fields) if struct else None
        return self._link.request(request.index, data, request_id)

    def subscribe(self, method: str, instruments: Sequence[str]) -> int:
        """Call ``SubscribeMarketData`` and its likes with a list of codes; TORA's name the exchange, ``600000@1``."""
        index = self._find(method).index
        by_exchange: dict[str, list[str]] = {}
        for each in instruments:
            code, _, exchange = each.partition("@")
            by_exchange.setdefault(exchange, []).append(code)
        returned = 0
        for exchange, codes in by_exchange.items():
            returned = self._link.names(index, codes, exchange[:1]) or returned
        return returned

    def trading_day(self) -> str:
        """Return the day of the login, yyyymmdd; before it 19800100, as CTP says."""
        return self._link.trading_day()

    def close(self) -> None:
        """End the connection; no callback comes any more; repeated calls do nothing."""
        self._link.release()

    def _find(self, name: str) -> Request:
        found = self._link.table.places.get(name)
        if found is None:
            raise VenueRefused(
                f"{self._description.dialect} {self._description.version} has no {name}",
                method=name,
            )
        return found

    def _called(
        self, callback: Callback, data: bytes | None, info: bytes | None, number: int, last: bool
    ) -> None:
        self._post(Called(callback.name, data, info, number, last, self._now()))


def open_door(
    dialect: str,
    version: str,
    side: Side,
    post: OnCalled,
    now: Callable[[], int],
    flow: str = "",
) -> DoorSession:
    """Return a session of an API at a version, "" for the newest; raise ConfigError when it is not described.

    `flow` is put in front of the names of the flow files; the default keeps them in the current folder, as CTP does.
    Callbacks go to `post` on the session's own thread, stamped by `now` (int ns UTC).
    """
    return DoorSession(describe(dialect, version), side, post, now, flow)


def _is_a_library_session(session: DoorSession) -> LibrarySession:
    return session

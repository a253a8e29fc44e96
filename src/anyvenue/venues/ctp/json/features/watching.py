"""A counter that is listened to: every request on its way up and every answer on its way down, once."""

import asyncio
from collections.abc import Callable, Sequence

from anyvenue.venues.ctp.counter.seam import (
    Answer,
    CounterDoors,
    Door,
    Fields,
    MdSession,
    Reason,
    Resume,
    Topic,
    TraderSession,
)

__all__ = ["WatchedDoors", "Watcher"]

_QUOTE = "OnRtnDepthMarketData"
_SAMPLE = 16


class Watcher:
    """What listens; does nothing by itself."""

    def asked(self, account: str, name: str, fields: Fields, request_id: int) -> None:
        """Hear of a request to the counter, by the number it has there."""

    def heard(self, account: str, answer: Answer) -> None:
        """Hear of an answer; quotes are of the account ""."""

    def delivered(self, seconds: float) -> None:
        """Hear how long a quote took from the counter to the sockets; a sample is told."""


class WatchedDoors:
    """Implements `seam.CounterDoors` over another one."""

    def __init__(self, doors: CounterDoors, watcher: Watcher, now: Callable[[], int]) -> None:
        """Tell `watcher`; `now` is int ns."""
        self._doors = doors
        self.watcher = watcher
        self.now = now

    @property
    def trading_day(self) -> int:
        """The open trading day, yyyymmdd."""
        return self._doors.trading_day

    def trader(self, door: Door, address: str) -> "_Trader":
        """Begin a trader session."""
        return _Trader(self, self._doors, door, address)

    def md(self, door: Door, address: str) -> "_Md":
        """Begin a market data session."""
        return _Md(self, self._doors, door, address)


class _Trader:
    """A trader session and its door: both ways pass here."""

    def __init__(
        self, watched: WatchedDoors, doors: CounterDoors, door: Door, address: str
    ) -> None:
        self._watched = watched
        self._door = door
        self._account = ""
        self._session: TraderSession = doors.trader(self, address)

    def subscribe(self, topic: Topic, resume: Resume, after: int = 0, trading_day: int = 0) -> None:
        self._session.subscribe(topic, resume, after, trading_day)

    def request(self, name: str, fields: Fields, request_id: int) -> int:
        if name == "ReqUserLogin":
            self._account = str(fields.get("UserID", ""))
        self._watched.watcher.asked(self._account, name, fields, request_id)
        return self._session.request(name, fields, request_id)

    def close(self) -> None:
        self._session.close()

    def answer(self, answer: Answer) -> None:
        self._watched.watcher.heard(self._account, answer)
        self._door.answer(answer)

    def cut(self, reason: Reason) -> None:
        self._door.cut(reason)


class _Md:
    """A market data session and its door."""

    def __init__(
        self, watched: WatchedDoors, doors: CounterDoors, door: Door, address: str
    ) -> None:
        self._watched = watched
        self._door = door
        self._count = 0
        self._session: MdSession = doors.md(self, address)

    def request(self, name: str, fields: Fields, request_id: int) -> int:
        return self._session.request(name, fields, request_id)

    def subscribe(self, instruments: Sequence[str]) -> int:
        return self._session.subscribe(instruments)

    def unsubscribe(self, instruments: Sequence[str]) -> int:
        return self._session.unsubscribe(instruments)

    def subscribe_for_quote(self, instruments: Sequence[str]) -> int:
        return self._session.subscribe_for_quote(instruments)

    def unsubscribe_for_quote(self, instruments: Sequence[str]) -> int:
        return self._session.unsubscribe_for_quote(instruments)

    def close(self) -> None:
        self._session.close()

    def answer(self, answer: Answer) -> None:
        watched = self._watched
        if answer.callback != _QUOTE:
            self._door.answer(answer)
            return
        watched.watcher.heard("", answer)
        self._count += 1
        if self._count % _SAMPLE:
            self._door.answer(answer)
            return
        began = watched.now()
        self._door.answer(answer)
        # The frames are written when this turn is over, and this comes after them.
        asyncio.get_running_loop().call_soon(self._written, began)

    def _written(self, began: int) -> None:
        self._watched.watcher.delivered((self._watched.now() - began) / 1e9)

    def cut(self, reason: Reason) -> None:
        self._door.cut(reason)

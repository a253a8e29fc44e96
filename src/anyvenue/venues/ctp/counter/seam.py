"""Between the counter and its doors: requests by name with plain fields in, answers out. No bytes, no versions."""

from collections.abc import Mapping, Sequence
from enum import IntEnum, StrEnum
from typing import Protocol

import msgspec

from anyvenue.venues.ctp.description import Value

__all__ = [
    "ANY_SESSION",
    "Answer",
    "CounterDoors",
    "Door",
    "Fields",
    "MdSession",
    "Reason",
    "Resume",
    "Topic",
    "TraderSession",
]

Fields = Mapping[str, Value]
"""Values of a struct by CTP's field names; what is not named is zero."""


ANY_SESSION = -1
"""SessionID of a cancel by OrderRef, whichever session of the account sent the order: the latest of that OrderRef."""


class Topic(StrEnum):
    """Which stream an answer is part of; dialog answers go to the asking session alone."""

    DIALOG = "dialog"
    PRIVATE = "private"
    PUBLIC = "public"


class Resume(IntEnum):
    """THOST_TE_RESUME_TYPE."""

    RESTART = 0
    RESUME = 1
    QUICK = 2
    NONE = 3


class Reason(IntEnum):
    """Why OnFrontDisconnected was called."""

    READ = 0x1001
    WRITE = 0x1002
    HEARTBEAT_RECEIVE = 0x2001
    HEARTBEAT_SEND = 0x2002
    BAD_PACKET = 0x2003


class Answer(msgspec.Struct, frozen=True, gc=False):
    """One callback. `fields` None is a null pointer; `error` is RspInfo (id, text), None where there is none.

    `number` counts the messages of a private or public stream from 1 within the trading day. One object may go to
    many doors, which may keep its bytes by its identity.
    """

    callback: str
    fields: Fields | None = None
    error: tuple[int, str] | None = None
    request_id: int = 0
    is_last: bool = True
    topic: Topic = Topic.DIALOG
    number: int = 0


class Door(Protocol):
    """One client's connection, as the counter sees it; neither call waits."""

    def answer(self, answer: Answer) -> None:
        """Deliver one callback; answers arrive in the order of the calls."""
        ...

    def cut(self, reason: Reason) -> None:
        """End the connection, once what was answered has been written."""
        ...


class TraderSession(Protocol):
    """A trader connection."""

    def subscribe(self, topic: Topic, resume: Resume, after: int = 0, trading_day: int = 0) -> None:
        """Ask for a stream, before the login: RESUME begins after message `after` of `trading_day`.

        Where the day is another one than the counter's, the stream begins at its first message.
        """
        ...

    def request(self, name: str, fields: Fields, request_id: int) -> int:
        """Take ``ReqOrderInsert`` and the like; return CTP's code: 0 taken, -1 not connected, -2 or -3 too many.

        Every request that is taken is answered. One that this counter refuses is answered with an error of CTP's.
        """
        ...

    def close(self) -> None:
        """The client has gone; nothing is answered any more."""
        ...


class MdSession(Protocol):
    """A market data connection."""

    def request(self, name: str, fields: Fields, request_id: int) -> int:
        """Take ReqUserLogin, ReqUserLogout or ReqQryMulticastInstrument."""
        ...

    def subscribe(self, instruments: Sequence[str]) -> int:
        """Begin the quotes of instruments, each answered with OnRspSubMarketData."""
        ...

    def unsubscribe(self, instruments: Sequence[str]) -> int:
        """End them."""
        ...

    def subscribe_for_quote(self, instruments: Sequence[str]) -> int:
        """Begin the for-quote notices."""
        ...

    def unsubscribe_for_quote(self, instruments: Sequence[str]) -> int:
        """End them."""
        ...

    def close(self) -> None:
        """The client has gone."""
        ...


class CounterDoors(Protocol):
    """What a door needs of a counter; all calls on the broker's thread."""

    @property
    def trading_day(self) -> int:
        """The open trading day, yyyymmdd."""
        ...

    def trader(self, door: Door, address: str) -> TraderSession:
        """Begin a trader session for a client at `address` (``ip:port``)."""
        ...

    def md(self, door: Door, address: str) -> MdSession:
        """Begin a market data session."""
        ...

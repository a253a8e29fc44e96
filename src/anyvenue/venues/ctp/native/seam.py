"""Between a driver and a library: requests by name with plain fields, callbacks as raw struct bytes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from anyvenue.venues.ctp.description import Description, Value

__all__ = ["Called", "LibrarySession", "OnCalled"]


class Called(msgspec.Struct, frozen=True, gc=False):
    """One callback, copied on the vendor's thread: `data` is its struct (None for a null pointer), unparsed.

    `error` is RspInfo's bytes, None for a null pointer. `number` is the int argument: request id, reason or time
    lapse. `ts_recv` is int ns UTC by the clock that was handed in.
    """

    callback: str
    data: bytes | None
    error: bytes | None
    number: int
    is_last: bool
    ts_recv: int


OnCalled = Callable[[Called], None]
"""Called on the vendor's thread: it copies what it needs into an inbox and returns at once."""


class LibrarySession(Protocol):
    """One API object of a library, trader or market data. Calls may come from any one thread, never from a callback."""

    @property
    def description(self) -> Description:
        """The API and version that the library was found to have."""
        ...

    @property
    def version(self) -> str:
        """The library's own word for its version."""
        ...

    def start(self, fronts: Sequence[str], private: int = 0, public: int = 0) -> None:
        """Register SPI and fronts, subscribe the topics (THOST_TE_RESUME_TYPE numbers) and init; callbacks begin."""
        ...

    def request(self, name: str, fields: Mapping[str, Value], request_id: int) -> int:
        """Call ``ReqOrderInsert`` and the like; return the library's code.

        Raise VenueRefused for a request that this version does not have.
        """
        ...

    def subscribe(self, method: str, instruments: Sequence[str]) -> int:
        """Call ``SubscribeMarketData`` and its likes with a list of codes."""
        ...

    def trading_day(self) -> str:
        """Return GetTradingDay, "" where the API has none."""
        ...

    def close(self) -> None:
        """Release the API object; returns when no callback can come any more; repeated calls do nothing."""
        ...

"""What a link has to know of an API: its requests and callbacks by their place in the vtable."""

from functools import cache

import msgspec

from anyvenue.venues.ctp.description import Description, Method
from anyvenue.venues.ctp.door.framing import Flag, FrameError, Head
from anyvenue.venues.ctp.door.greeting import Side, side_of

__all__ = ["Callback", "Request", "Table", "table_of"]


class Request(msgspec.Struct, frozen=True, gc=False):
    """One method of the API class."""

    index: int
    method: Method
    is_query: bool


class Callback(msgspec.Struct, frozen=True, gc=False):
    """One method of the SPI class; sizes are those of its struct (0 for none) and of RspInfo."""

    name: str
    method: Method
    size: int
    info_size: int
    is_query: bool
    is_error: bool
    is_login: bool

    def parts(self, head: Head) -> tuple[bytes | None, bytes | None]:
        """Return struct and RspInfo of an answer, None where it has none; raise FrameError when bytes are missing."""
        body, data, info, at = head.body, None, None, 0
        if head.flags & Flag.DATA:
            data = body[: self.size]
            at = self.size + -self.size % 8
        if head.flags & Flag.ERROR:
            info = body[at : at + self.info_size]
            at += self.info_size
        if len(body) < at:
            raise FrameError(f"{self.name} came with {len(body)} bytes")
        return data, info


class Table(msgspec.Struct, frozen=True):
    """All of one side."""

    requests: tuple[Request, ...]
    callbacks: tuple[Callback, ...]
    places: dict[str, Request]
    connected: Callback | None
    disconnected: Callback | None


@cache
def table_of(description: Description, side: Side) -> Table:
    """Return the table of one side of a description; raise FrameError where it has none."""
    api = side_of(description, side)
    info_size = description.layout("RspInfo").size
    requests = tuple(
        Request(index, method, method.name.startswith("ReqQry"))
        for index, method in enumerate(api.api)
    )
    callbacks = tuple(_callback(description, method, info_size) for method in api.spi)
    by_name = {each.name: each for each in callbacks}
    return Table(
        requests,
        callbacks,
        {each.method.name: each for each in requests},
        by_name.get("OnFrontConnected"),
        by_name.get("OnFrontDisconnected"),
    )


def _callback(description: Description, method: Method, info_size: int) -> Callback:
    return Callback(
        method.name,
        method,
        description.layout(method.struct).size if method.struct else 0,
        info_size,
        method.name.startswith("OnRspQry"),
        method.name == "OnRspError",
        method.name == "OnRspUserLogin",
    )

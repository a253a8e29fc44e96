"""HTTP between a driver and a venue at which a test can do something, such as lose an answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from anyvenue.model.errors import ConnectivityError
from anyvenue.venues.transport.http import HttpReply, WebClient

__all__ = ["Go", "Hanging", "Step", "TamperedHttp", "lost"]

Go = Callable[[], Awaitable[HttpReply]]
Step = Callable[[Go], Awaitable[HttpReply]]


class TamperedHttp(WebClient):
    """Does `next[method, end of path]` once, instead of a request; it gets what makes the request."""

    def __init__(self) -> None:
        super().__init__(timeout_s=20.0)
        self.next: dict[tuple[str, str], Step] = {}

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> HttpReply:
        path = url.partition("?")[0]

        async def go() -> HttpReply:
            return await super(TamperedHttp, self).request(method, url, headers, body)

        for (wanted, end), step in list(self.next.items()):
            if wanted == method and path.endswith(end):
                del self.next[wanted, end]
                return await step(go)
        return await go()


class Hanging:
    """A step that never answers; the request is made first where it is to be `done`."""

    def __init__(self, *, done: bool) -> None:
        self.done = done
        self.reached = asyncio.Event()

    async def __call__(self, go: Go) -> HttpReply:
        if self.done:
            await go()
        self.reached.set()
        await asyncio.Event().wait()
        raise AssertionError


def lost() -> ConnectivityError:
    """Return what is raised where no answer came to a request that was sent."""
    return ConnectivityError("the connection broke", sent=True)

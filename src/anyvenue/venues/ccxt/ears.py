"""What an exchange pushes of the account, kept like one line: it is up, or it has broken and is made anew."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import cast

from anyvenue.model.errors import AnyvenueError, ConnectivityError, RateLimited
from anyvenue.venues.ccxt.calls import CallFailed, Calls
from anyvenue.venues.ccxt.library import Row
from anyvenue.venues.ccxt.sessions import Sessions
from anyvenue.venues.transport.tasks import Tasks

__all__ = ["Ears"]

_SOON_S = 2.0
_SWEEP_S = 60.0
_LONGEST_PAUSE_S = 30.0
_LOOK_AGAIN_S = 0.02
_NOT_SO = ("ArgumentsRequired", "NotSupported")


class Ears:
    """Waits for orders and fills, and looks at the open orders every so often: often where they are not pushed."""

    def __init__(
        self,
        sessions: Sessions,
        heard: Callable[[str, Row], None],
        sweep: Callable[[], Awaitable[None]],
        came_up: Callable[[], None],
        lost: Callable[[AnyvenueError], None],
        *,
        poll_s: float,
        timeout_s: float,
        backoff_s: float,
    ) -> None:
        """`heard` gets orders and fills as they are pushed; `sweep` looks at all that works; `lost` hears of breaks."""
        self._sessions, self._heard, self._sweep = sessions, heard, sweep
        self._came_up, self._lost = came_up, lost
        self._poll_s, self._timeout_s, self._backoff_s = poll_s, timeout_s, backoff_s
        self._calls: Calls | None = None
        self._topics: set[str] = set()
        self._listening: list[asyncio.Task[None]] = []
        self._keeping = Tasks()
        self.is_up = False

    @property
    def _pushed(self) -> bool:
        return "orders" in self._topics

    async def open(self) -> None:
        """Listen; raise VenueError. Later breaks are mended."""
        await self._listen()
        self._keeping.start(self._keep())

    async def close(self) -> None:
        """Listen no more; repeated calls do nothing."""
        self.is_up = False
        await self._keeping.stop()
        await self._stop()

    # ---- listening

    async def _listen(self) -> None:
        ways = self._sessions.abilities.ways
        self._calls = calls = self._sessions.ears()
        names = [("orders", "watch_orders"), ("fills", "watch_my_trades")]
        pushed = [each for each in names if ways[each[0]] == "push"]
        self._topics = {topic for topic, _ in pushed}
        self._listening = [
            asyncio.ensure_future(self._hear(calls, topic, method)) for topic, method in pushed
        ]
        try:
            await self._until_connected(calls)
        except BaseException:
            await self._stop()
            raise
        self._listening.append(asyncio.ensure_future(self._sweep_now_and_then()))
        self.is_up = True

    async def _hear(self, calls: Calls, topic: str, method: str) -> None:
        while True:
            try:
                rows = await calls.call(method)
            except CallFailed as error:
                if error.failure.name not in _NOT_SO:
                    raise
                # It pushes the orders of single symbols only: all of them are asked for then.
                self._topics.discard(topic)
                await asyncio.Event().wait()
                return
            for row in cast(Sequence[Row], rows):
                self._heard(topic, row)

    async def _until_connected(self, calls: Calls) -> None:
        """Wait until the sockets are there: ccxt opens them by itself, and says nothing until something comes."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._timeout_s
        while self._topics and not _connected(calls):
            self._raise_failed()
            if loop.time() > until:
                raise ConnectivityError(
                    f"the exchange's push connection was not there after {self._timeout_s:g} seconds"
                )
            await asyncio.sleep(_LOOK_AGAIN_S)

    def _raise_failed(self) -> None:
        for task in self._listening:
            if task.done() and not task.cancelled():
                error = task.exception()
                if isinstance(error, CallFailed):
                    raise error.failure.error()
                if error is not None:
                    raise error

    async def _sweep_now_and_then(self) -> None:
        # What was asked for may not have been in force yet when the driver caught up.
        pause = _SOON_S if self._pushed else self._poll_s
        while True:
            await asyncio.sleep(pause)
            pause = _SWEEP_S if self._pushed else self._poll_s
            try:
                await self._sweep()
            except RateLimited as error:  # the line is there, it was used too much
                pause = max(float(str(error.fields.get("retry_after") or 0)), _SOON_S)

    # ---- breaks

    async def _keep(self) -> None:
        while True:
            error = await self._failure()
            self.is_up = False
            self._lost(error)
            await self._stop()
            await self._come_back()
            self._came_up()

    async def _failure(self) -> AnyvenueError:
        """Wait until something breaks and return what."""
        done, _ = await asyncio.wait(self._listening, return_when=asyncio.FIRST_COMPLETED)
        error = next(iter(done)).exception()
        if isinstance(error, CallFailed):
            return error.failure.error()
        if isinstance(error, AnyvenueError):
            return error
        return ConnectivityError(self._sessions.clean(f"the push connection broke: {error!r}"))

    async def _come_back(self) -> None:
        pause = self._backoff_s
        while True:
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)
            with suppress(AnyvenueError):
                # A line that only pushes again would hide that nothing can be asked or sent.
                await self._sessions.money()
                await self._listen()
                return

    async def _stop(self) -> None:
        tasks, self._listening = self._listening, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        calls, self._calls = self._calls, None
        if calls is not None:
            await self._sessions.forget(calls)


def _connected(calls: Calls) -> bool:
    # Beside its sockets ccxt keeps things of its own there, which have no address.
    clients = [each for url, each in calls.exchange.clients.items() if "://" in url]
    return bool(clients) and all(getattr(each, "isConnected", False) for each in clients)

"""A connection that is kept: opened again with growing pauses whenever it breaks."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress

from anyvenue.model.errors import AnyvenueError, AuthError, ConnectivityError, NotSent, OrderError
from anyvenue.model.protocols import Transport

__all__ = ["Line"]

_Dropped = Callable[[AnyvenueError], None]


class Line:
    """Frames over one connection after another.

    `connect` returns a transport that is not open yet. `began` is run after every connection: it subscribes or logs
    in, may wait for answers, and the line is up when it returns. `lost` is told why the line went down; after an
    AuthError it stays down. What anything here raises besides goes to the loop's exception handler and breaks the
    connection: nobody knows what was not taken, and the next one begins anew. Where nothing comes for `ping_s`, `ping`
    is sent, and a connection on which nothing comes for another `ping_s` is given up.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[Transport]],
        heard: Callable[[bytes], None],
        began: Callable[[], Awaitable[None]],
        lost: Callable[[AnyvenueError], None],
        *,
        backoff_s: float = 0.25,
        longest_backoff_s: float = 30.0,
        ping: bytes = b"",
        ping_s: float = 12.0,
    ) -> None:
        """Open nothing yet."""
        self._connect, self._heard, self._began, self._lost = connect, heard, began, lost
        self._backoff = (backoff_s, longest_backoff_s)
        self._ping, self._ping_s = ping, ping_s
        self._frames = 0
        self._transport: Transport | None = None
        self._outbox: deque[tuple[bytes, _Dropped | None]] = deque()
        self._filled = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None
        self._first: asyncio.Future[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self.is_up = False
        self.connections = 0

    async def open(self) -> None:
        """Connect for the first time and keep the line from now on; raise what kept it from coming up."""
        self._first = asyncio.get_running_loop().create_future()
        self._keeping = asyncio.create_task(self._keep())
        await self._first

    async def close(self) -> None:
        """Let the connection go; repeated calls do nothing."""
        task, self._keeping = self._keeping, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    @property
    def is_open(self) -> bool:
        """Whether frames can be sent, be the line up or in its beginning."""
        return self._transport is not None

    def send(self, frame: bytes, dropped: _Dropped | None = None) -> None:
        """Send one frame soon; raise NotSent without a connection.

        `dropped` is called where it could not be written: with NotSent as proof that no byte left, else OutcomeUnknown.
        """
        if self._transport is None:
            raise NotSent("there is no connection; nothing was sent")
        self._outbox.append((frame, dropped))
        self._filled.set()

    def restart(self) -> None:
        """Break the connection on purpose and connect again."""
        if self._transport is not None:
            self._closing = asyncio.create_task(self._transport.close())

    # ---- keeping

    async def _keep(self) -> None:
        wait, longest = self._backoff
        while True:
            try:
                error = await self._broken()
            except BaseException:
                self._down(ConnectivityError("the line was closed"))
                raise
            was_up = self._down(error)
            if self._first is not None:
                first, self._first = self._first, None
                first.set_exception(error)
                return
            self._lost(error)
            if isinstance(error, AuthError):
                return
            wait = self._backoff[0] if was_up else min(wait * 2, longest)
            await asyncio.sleep(wait)

    async def _broken(self) -> AnyvenueError:
        """Live with one connection and return why that ended."""
        try:
            await self._live()
        except AnyvenueError as error:
            return error
        except Exception as error:
            text = (
                f"a frame could not be taken ({type(error).__name__}: {error}); please report this"
            )
            context = {"message": text, "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)
            return ConnectivityError(text)
        return ConnectivityError("the connection has ended")

    def _down(self, error: AnyvenueError) -> bool:
        was_up, self.is_up, self._transport = self.is_up, False, None
        while self._outbox:
            _, dropped = self._outbox.popleft()
            if dropped is not None:
                dropped(NotSent(f"the connection was lost first: {error.text}"))
        return was_up

    async def _live(self) -> None:
        transport = await self._connect()
        tasks: list[asyncio.Task[None]] = []
        try:
            await transport.connect()
            self._transport = transport
            self.connections += 1
            steps = [self._read(transport), self._write(transport)]
            if self._ping:
                steps.append(self._attend())
            begin = asyncio.ensure_future(self._begin())
            tasks = [begin, *(asyncio.create_task(each) for each in steps)]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if begin.done():
                begin.result()
                await asyncio.wait(tasks[1:], return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            self._transport = None
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with suppress(AnyvenueError):
                await transport.close()

    async def _begin(self) -> None:
        await self._began()
        self.is_up = True
        if self._first is not None:
            first, self._first = self._first, None
            first.set_result(None)

    async def _read(self, transport: Transport) -> None:
        async for frame in transport.frames():
            self._frames += 1
            self._heard(frame)
        raise ConnectivityError("the connection has ended")

    async def _attend(self) -> None:
        while True:
            before = self._frames
            await asyncio.sleep(self._ping_s)
            if self._frames != before:
                continue
            self.send(self._ping)
            await asyncio.sleep(self._ping_s)
            if self._frames == before:
                raise ConnectivityError(f"nothing was heard for {2 * self._ping_s:g} s")

    async def _write(self, transport: Transport) -> None:
        while True:
            while self._outbox:
                frame, dropped = self._outbox.popleft()
                try:
                    await transport.send(frame)
                except OrderError as error:
                    if dropped is not None:
                        dropped(error)
                    raise ConnectivityError(error.text) from None
            self._filled.clear()
            await self._filled.wait()

"""A connection that is logged in and hears the account's streams."""

import asyncio
from collections.abc import Callable

import msgspec

from anyvenue.model.errors import AnyvenueError, ConnectivityError
from anyvenue.model.protocols import Transport
from anyvenue.venues.okx.api import OkxRest, login_error
from anyvenue.venues.okx.errors import CLOCK_WRONG, CLOSING_SOON
from anyvenue.venues.okx.pushes import Push, decode_frame
from anyvenue.venues.okx.wire import PING, Argument, Frame, Subscribe
from anyvenue.venues.transport.line import Line

__all__ = ["AccountLine"]

_ENCODER = msgspec.json.Encoder()


class AccountLine:
    """Logs in and subscribes after every connection; `line` is up when all of it is confirmed.

    `told` gets what streams tell, `answered` frames of answers to requests. What cannot be read is counted in
    `malformed`.
    """

    def __init__(
        self,
        connect: Callable[[], Transport],
        rest: OkxRest,
        channels: list[Argument],
        told: Callable[[Push | Frame], None],
        answered: Callable[[bytes], None],
        came_up: Callable[[], None],
        lost: Callable[[AnyvenueError], None],
        *,
        timeout_s: float,
        backoff_s: float,
    ) -> None:
        """Connect by `connect`."""
        self._connect, self._rest, self._channels = connect, rest, channels
        self._told, self._answered, self._came_up = told, answered, came_up
        self._timeout_s = timeout_s
        self._events: asyncio.Queue[Frame] = asyncio.Queue()
        self.malformed = 0
        self.line = Line(
            self._transport, self._heard, self._began, lost, backoff_s=backoff_s, ping=PING
        )

    async def _transport(self) -> Transport:
        return self._connect()

    async def _began(self) -> None:
        self._events = asyncio.Queue()
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._login()
                self.line.send(_ENCODER.encode(Subscribe("subscribe", self._channels)))
                for _ in self._channels:
                    await self._confirmed("subscribe")
        except TimeoutError:
            text = f"OKX did not confirm the login within {self._timeout_s:g} s"
            raise ConnectivityError(text) from None
        self._came_up()

    async def _login(self) -> None:
        for again in (False, True):
            self.line.send(_ENCODER.encode(self._rest.login()))
            try:
                await self._confirmed("login")
                return
            except AnyvenueError as error:
                if again or error.fields.get("venue_code") not in CLOCK_WRONG:
                    raise
            await self._rest.synchronise()

    async def _confirmed(self, what: str) -> None:
        while True:
            event = await self._events.get()
            if event.event == what:
                return
            if event.event == "error":
                raise login_error(event.code, event.msg)

    def _heard(self, frame: bytes) -> None:
        try:
            found = decode_frame(frame)
            if not isinstance(found, Frame):
                self._told(found)
            elif found.op:
                self._answered(frame)
            elif found.event:
                self._on_event(found)
            else:
                self._told(found)
        except (msgspec.MsgspecError, ValueError, ArithmeticError):
            self.malformed += 1

    def _on_event(self, frame: Frame) -> None:
        if frame.event == "notice" and frame.code == CLOSING_SOON:
            self.line.restart()
        elif not self.line.is_up:
            self._events.put_nowait(frame)

"""The process of a driver: makes it, gives it commands, passes on what it posts. Started by `HostedDriver`."""

import asyncio
import faulthandler
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Coroutine
from contextlib import suppress
from importlib import import_module
from typing import Any, cast

import msgspec

from anyvenue.model.commands import CancelOrder, Command, ModifyOrder, SubmitOrder
from anyvenue.model.errors import AnyvenueError, ConfigError, VenueRefused
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.protocols import Cursor, Driver
from anyvenue.runtime.journal.codec import decode_value
from anyvenue.runtime.loop import run
from anyvenue.runtime.processes.messages import (
    Alive,
    Ask,
    Begin,
    Failed,
    FrameReader,
    FromChild,
    Give,
    Hello,
    Listen,
    Resume,
    Said,
    ToChild,
    Unsent,
    decode_to_child,
    packed,
)
from anyvenue.runtime.processes.outbox import Outbox

__all__ = ["main", "make_driver"]

_LEAVE_S = 2.0


def main() -> None:
    """Serve the node at the other end of stdin until it goes."""
    # Whatever prints to stdout, in whatever language, must not write between our messages.
    link = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    code = 1
    try:
        code = run(_serve(link))
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # A driver's threads would keep the process from ending.
        os._exit(code)


def make_driver(factory: str, config: dict[str, object] | bytes) -> Driver:
    """Return what "module:callable" makes of `config`; raise ConfigError where there is no such."""
    module, _, name = factory.partition(":")
    try:
        made: Any = import_module(module)
        for part in name.split("."):
            made = getattr(made, part)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(
            f"there is no driver {factory!r} ({error}); it is named as module:callable",
            code="config.driver",
            driver=factory,
        ) from None
    driver: Driver = made(config) if isinstance(config, bytes) else made(**config)
    return driver


class _Child(asyncio.Protocol):
    """The pipe's end and the driver behind it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.gone = asyncio.Event()
        self.code = 0
        self._loop = loop
        self._out = Outbox(loop)
        self._frames = FrameReader()
        self._driver: Driver | None = None
        self._state = ""
        self._beat_s = self._patience_s = 1.0
        self._tasks: dict[asyncio.Task[None], None] = {}

    # ---- the pipe

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._out.transport = cast(asyncio.WriteTransport, transport)

    def pause_writing(self) -> None:
        self._out.pause()

    def resume_writing(self) -> None:
        self._out.go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()

    def data_received(self, data: bytes) -> None:
        for frame in self._frames.feed(data):
            try:
                self._take(decode_to_child(frame))
            except SystemExit as end:
                # Not every loop lets it through from here.
                self.code = end.code if isinstance(end.code, int) else 1
                self.gone.set()
                return

    def _take(self, message: ToChild) -> None:
        if isinstance(message, Give):
            self._give(message)
        elif isinstance(message, Ask):
            self._start(self._answer(message))
        elif isinstance(message, Begin):
            self._begin(message)
        else:
            self._try(message)
        self._tell_state()

    # ---- the driver

    @property
    def driver(self) -> Driver:
        assert self._driver is not None
        return self._driver

    def _begin(self, message: Begin) -> None:
        self._beat_s, self._patience_s = message.heartbeat_s, message.patience_s
        try:
            self._driver = driver = make_driver(message.factory, message.config)
            self._out.post(Hello(driver.venue, driver.capabilities))
        except Exception as error:
            self._out.post(_failed(0, error))
            self._loop.call_later(1.0, self.gone.set)
            return
        self._beat()

    def _give(self, message: Give) -> None:
        command = cast(Command, decode_value(message.kind, message.body))
        try:
            self._pass_on(command)
        except Exception as error:
            failed = _failed(0, error)
            self._out.post(
                Unsent(message.kind, message.body, failed.error, failed.text, failed.code)
            )

    def _pass_on(self, command: Command) -> None:
        if isinstance(command, SubmitOrder):
            self.driver.submit(command)
        elif isinstance(command, CancelOrder):
            self.driver.cancel(command)
        elif isinstance(command, ModifyOrder):
            self.driver.modify(command)
        else:
            self.driver.send(command)

    def _try(self, message: Resume | Listen) -> None:
        try:
            if isinstance(message, Listen):
                self.driver.subscribe(message.instrument, message.channel)
            else:
                place = (message.day, message.number)
                self.driver.resume(message.account, message.epoch, place, message.unanswered)
        except Exception as error:
            self._out.post(_failed(0, error))

    async def _answer(self, ask: Ask) -> None:
        try:
            answer: FromChild = Said(ask.id, packed(await self._ask(ask)))
        except Exception as error:
            answer = _failed(ask.id, error)
        # At once: what the driver posts from here on is newer than the answer.
        self._tell_state()
        self._out.post(answer)

    async def _ask(self, ask: Ask) -> object:
        driver = self.driver
        if ask.what == "open":
            await driver.open(self._out)
            return driver.capabilities  # the account may have told of some
        if ask.what == "close":
            await driver.close()
            return None
        if ask.what == "instruments":
            return await driver.instruments()
        if ask.what == "history":
            return await driver.history(*_HISTORY.decode(ask.body))
        if ask.what == "native":
            return await _native(driver, *_NATIVE.decode(ask.body))
        return await driver.snapshot(*_SNAPSHOT.decode(ask.body))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks[task] = None
        task.add_done_callback(self._tasks.pop)

    # ---- signs of life

    def _beat(self) -> None:
        """Say that the loop turns, and have the system end this process when it does not any more.

        The alarm works even where a library keeps the interpreter lock and the node is gone, too.
        """
        signal.setitimer(signal.ITIMER_REAL, self._patience_s)
        if not len(self._out):
            self._out.post(_alive(self.driver))
        self._loop.call_later(self._beat_s, self._beat)

    def _tell_state(self) -> None:
        driver = self._driver
        if driver is not None and driver.state != self._state:
            self._state = driver.state
            self._out.post(_alive(driver))

    async def leave(self) -> None:
        """Close the driver, if it lets itself be closed soon."""
        if self._driver is not None:
            with suppress(Exception):
                async with asyncio.timeout(_LEAVE_S):
                    await self._driver.close()


_HISTORY = msgspec.msgpack.Decoder(tuple[InstrumentId, str, int, int])
_NATIVE = msgspec.msgpack.Decoder(tuple[str, dict[str, object]])
_SNAPSHOT = msgspec.msgpack.Decoder(tuple[AccountId, Cursor])


async def _native(driver: Driver, name: str, fields: dict[str, object]) -> object:
    native = getattr(driver, "native", None)
    if native is None:
        raise VenueRefused(f"{driver.venue} takes no requests in words of its own", venue_code="")
    return await native(name, fields)


def _failed(number: int, error: Exception) -> Failed:
    code = error.code if isinstance(error, AnyvenueError) else "venue.driver_raised"
    text = error.text if isinstance(error, AnyvenueError) else str(error)
    if not isinstance(error, AnyvenueError):
        traceback.print_exception(error)
    said = error.fields if isinstance(error, AnyvenueError) else {}
    words = str(said.get("venue_code", "")), str(said.get("venue_text", ""))
    return Failed(number, _known_name(error), text, code, words)


def _known_name(error: Exception) -> str:
    """Return the name of the error's type, or of the first of its bases that is one of ours."""
    for kind in type(error).__mro__:
        if kind.__module__ == AnyvenueError.__module__:
            return kind.__name__
    return type(error).__name__


def _alive(driver: Driver) -> Alive:
    return Alive(driver.state, getattr(driver, "sockets", None))


async def _serve(link: socket.socket) -> int:
    loop = asyncio.get_running_loop()
    link.setblocking(False)
    make: Callable[[], _Child] = lambda: _Child(loop)  # noqa: E731
    _, child = await loop.create_unix_connection(make, sock=link)
    await child.gone.wait()
    if not child.code:
        await child.leave()
    return child.code


if __name__ == "__main__":
    main()

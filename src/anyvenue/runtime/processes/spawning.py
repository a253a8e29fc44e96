"""One child process and the pipe to it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from time import monotonic
from typing import Generic, TypeVar, cast

import msgspec

from anyvenue.model.errors import ConfigError, ConnectivityError
from anyvenue.runtime.processes.messages import (
    Begin,
    Failed,
    FrameReader,
    FromChild,
    Hello,
    decode_from_child,
    error_of,
    framed,
)

__all__ = ["ENDED", "ChildKind", "ChildLink", "DriverLink", "HostOptions", "driver_link"]

ENDED = "venue.process_ended"
"""The code of errors that say that a child has ended by itself."""

_MODULE = "anyvenue.runtime.processes.child"
_REAP_S = 2.0
_From = TypeVar("_From")
_Greeting = TypeVar("_Greeting")


class HostOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How patient a node is with a child. Times are in seconds.

    A child that gives no sign of life for `silent_beats` beats is killed. Restarts pause `first_pause_s`, then twice
    as long each time, up to `longest_pause_s`. A child that lived shorter than `quick_s` crashed quickly; after
    `crashes` of those in a row there is no further restart. `unread_limit` is how many bytes may wait for a child that
    does not read; beyond, requests are refused as not sent.
    """

    heartbeat_s: float = 1.0
    silent_beats: int = 10
    start_timeout_s: float = 30.0
    call_timeout_s: float = 60.0
    close_timeout_s: float = 5.0
    first_pause_s: float = 1.0
    longest_pause_s: float = 30.0
    quick_s: float = 60.0
    crashes: int = 5
    unread_limit: int = 1 << 20


class ChildKind(Generic[_From, _Greeting]):
    """What runs in a child: its module, what it is called, and how its first message is taken."""

    def __init__(
        self,
        module: str,
        noun: str,
        decode: Callable[[bytes], _From],
        greeted: Callable[[_From], _Greeting],
        ended_code: str,
    ) -> None:
        """`greeted` returns the greeting, or raises what went wrong; ends have the code `ended_code`."""
        self.module = module
        self.noun = noun
        self.decode = decode
        self.greeted = greeted
        self.ended_code = ended_code


class ChildLink(asyncio.Protocol, Generic[_From, _Greeting]):
    """A process with somebody's code in it: started and greeted blocking, then attached to a loop."""

    def __init__(
        self,
        kind: ChildKind[_From, _Greeting],
        begin: msgspec.Struct,
        what: str,
        options: HostOptions,
    ) -> None:
        """Prepare to start a child and give it `begin`, which makes `what`; nothing is started yet."""
        self.heard = True
        self.born = monotonic()
        self.output: deque[str] = deque(maxlen=50)
        self._kind = kind
        self._begin = begin
        self._what = what
        self._options = options
        self._frames = FrameReader()
        self._early: list[_From] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._transport: asyncio.Transport | None = None
        self._reading: asyncio.BaseTransport | None = None
        self._unwanted = False
        self._on_message: Callable[[_From], None] | None = None
        self._on_end: Callable[[str], None] | None = None

    @property
    def pid(self) -> int:
        """The child's process id, 0 before the start."""
        return self._process.pid if self._process is not None else 0

    # ---- blocking: before a loop, or on a thread

    def start(self) -> _Greeting:
        """Start the child and return its greeting; raise what it raised instead, or ConnectivityError."""
        self._spawn()
        try:
            assert self._socket is not None
            self._socket.sendall(framed(self._begin))
            return self._greeting()
        except BaseException:
            self.kill()
            self.reap(0.5)
            raise

    def _spawn(self) -> None:
        if sys.platform == "win32":
            raise ConfigError('host = "process" needs Linux or macOS; leave it out here')
        ours, theirs = socket.socketpair()
        path = os.pathsep.join(each or os.getcwd() for each in sys.path)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", self._kind.module],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": path},
                # Ctrl-C at the terminal is for the node, which then stops its children in order.
                start_new_session=True,
            )
        except OSError as error:
            ours.close()
            raise ConnectivityError(
                f"the {self._kind.noun}'s process could not be started: {error.strerror or error}"
            ) from None
        finally:
            theirs.close()
        self._socket = ours
        self.born = monotonic()

    def _greeting(self) -> _Greeting:
        assert self._socket is not None
        kind = self._kind
        until = monotonic() + self._options.start_timeout_s
        while True:
            if self._unwanted:
                raise ConnectivityError(f"the {kind.noun} was closed while its process started")
            self._socket.settimeout(max(min(until - monotonic(), 0.2), 0.001))
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                if monotonic() < until:
                    continue
                raise ConnectivityError(
                    f"the {kind.noun}'s process has not made {self._what} within "
                    f"{self._options.start_timeout_s:g} seconds"
                ) from None
            except OSError:
                data = b""
            if not data:
                raise ConnectivityError(
                    f"the {kind.noun}'s process ended {self._end_of(_REAP_S)}", code=kind.ended_code
                )
            self._early += [kind.decode(frame) for frame in self._frames.feed(data)]
            if self._early:
                return kind.greeted(self._early.pop(0))

    def kill(self) -> None:
        """End the child at once; repeated calls do nothing."""
        self._unwanted = True
        process = self._process
        if process is not None and process.returncode is None:
            process.kill()

    def reap(self, timeout: float = _REAP_S) -> str:
        """Wait for the child's end, kill it after `timeout` seconds, and return how it ended."""
        how = self._end_of(timeout)
        if self._process is not None and self._process.stderr is not None and not self._reading:
            self._process.stderr.close()
        if self._socket is not None and self._transport is None:
            self._socket.close()
        return how

    def _end_of(self, timeout: float) -> str:
        process = self._process
        if process is None:
            return "before it began"
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        return _how(process.returncode)

    # ---- attached to a loop

    async def attach(
        self,
        on_message: Callable[[_From], None],
        on_end: Callable[[str], None],
        on_output: Callable[[str], None],
    ) -> None:
        """Give messages to `on_message` and lines that the child prints to `on_output`; `on_end` says why it ended."""
        loop = asyncio.get_running_loop()
        assert self._process is not None
        assert self._process.stderr is not None
        self._on_message, self._on_end = on_message, on_end
        assert self._socket is not None
        self._socket.setblocking(False)
        await loop.create_unix_connection(lambda: self, sock=self._socket)
        self._reading, _ = await loop.connect_read_pipe(
            lambda: _Output(self.output, on_output), self._process.stderr
        )
        early, self._early = self._early, []
        for message in early:
            on_message(message)

    def write(self, message: msgspec.Struct) -> bool:
        """Write a message; return False, with no byte of it written, when that is not possible."""
        return self.write_frames(framed(message))

    def write_frames(self, frames: bytes) -> bool:
        """Write messages that are framed already, all of them or, returning False, none."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        if transport.get_write_buffer_size() > self._options.unread_limit:
            return False
        transport.write(frames)
        return True

    @property
    def attached(self) -> bool:
        """Whether there is a pipe to write to."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def is_dead(self) -> bool:
        """Whether the process has ended, whoever still holds its pipe."""
        return self._process is not None and self._process.poll() is not None

    def close(self) -> None:
        """Close the pipe, which asks the child to leave; `on_end` is not called any more."""
        self._on_end = None
        self._unwanted = True
        if self._transport is not None:
            self._transport.abort()
        elif self._socket is not None:
            self._socket.close()
        if self._reading is not None:
            self._reading.close()

    def end(self, reason: str) -> None:
        """Kill the child and say why."""
        self.kill()
        on_end, self._on_end = self._on_end, None
        if self._transport is not None:
            self._transport.abort()
        if on_end is not None:
            on_end(reason)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Hand out what came."""
        self.heard = True
        on_message = self._on_message
        assert on_message is not None
        try:
            for frame in self._frames.feed(data):
                on_message(self._kind.decode(frame))
        except (ConnectivityError, msgspec.DecodeError) as error:
            self.end(f"it sent something that could not be read ({error})")

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that the child has ended, or closed its side."""
        self._transport = None
        on_end, self._on_end = self._on_end, None
        if on_end is not None:
            on_end("")


class _Output(asyncio.Protocol):
    """Lines that a child prints."""

    def __init__(self, kept: deque[str], on_line: Callable[[str], None]) -> None:
        self._kept = kept
        self._on_line = on_line
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > 65536:
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            self._tell(line)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._rest:
            self._tell(self._rest)

    def _tell(self, line: bytes) -> None:
        text = line[:2000].decode("utf-8", "replace").rstrip()
        self._kept.append(text)
        with suppress(Exception):
            self._on_line(text)


DriverLink = ChildLink[FromChild, Hello]
"""A process with a driver in it."""


def driver_link(
    factory: str, config: Mapping[str, object] | bytes, options: HostOptions
) -> DriverLink:
    """Return a child that will run `factory` ("module:callable") with `config`; nothing is started yet."""
    begin = Begin(
        factory,
        config if isinstance(config, bytes) else dict(config),
        options.heartbeat_s,
        2 * options.heartbeat_s * options.silent_beats,
    )
    return ChildLink(_DRIVERS, begin, factory, options)


def _greeted(first: FromChild) -> Hello:
    if isinstance(first, Failed):
        raise error_of(first.error, first.text, first.code)
    if not isinstance(first, Hello):
        raise ConnectivityError("the driver's process began with something else than a greeting")
    return first


_DRIVERS = ChildKind(_MODULE, "driver", decode_from_child, _greeted, ENDED)


def _how(returncode: int) -> str:
    if returncode >= 0:
        return f"with exit code {returncode}"
    try:
        name = signal.Signals(-returncode).name
    except ValueError:
        name = "unknown"
    return f"by signal {-returncode} ({name})"

"""The way to steer a running node from the same machine: a port on loopback and a file that only its owner can read.

A frame is four bytes of length and a MessagePack map. A caller shows the token of the file; one that has not is cut.
"""

import asyncio
import hmac
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from secrets import token_urlsafe
from struct import Struct
from typing import Any

import msgspec

from anyvenue.model.errors import AnyvenueError, ConfigError, ConnectivityError

__all__ = ["CONTROL_FILE", "ControlServer", "Handler", "ask", "find_control"]

CONTROL_FILE = "control.json"
_LENGTH = Struct(">I")
_LONGEST = 4 << 20
_PATIENCE_S = 10.0


class _Where(msgspec.Struct, frozen=True):
    host: str
    port: int
    token: str
    pid: int

    def __repr__(self) -> str:
        return f"_Where(host={self.host!r}, port={self.port}, pid={self.pid}, ***)"


class _Request(msgspec.Struct, frozen=True):
    token: str
    verb: str
    arguments: dict[str, Any] = {}


class _Reply(msgspec.Struct, frozen=True):
    good: bool
    body: msgspec.Raw = msgspec.Raw(b"\xc0")
    code: str = ""
    text: str = ""
    fields: dict[str, str] = {}


Handler = Callable[[Mapping[str, Any]], Awaitable[object]]
"""Does what one verb asks for with its arguments and returns what MessagePack can carry; raises AnyvenueError."""


class ControlServer:
    """Answers verbs on loopback; where and with which token stands in `folder`, for the owner alone."""

    def __init__(self, folder: Path, handlers: Mapping[str, Handler]) -> None:
        """Answer `handlers`, by verb."""
        self._file = folder / CONTROL_FILE
        self._handlers = dict(handlers)
        self._token = token_urlsafe(24)
        self._server: asyncio.Server | None = None
        self._calls: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen, and say where."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        draft = self._file.with_suffix(".new")
        with open(draft, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(msgspec.json.encode(_Where("127.0.0.1", port, self._token, os.getpid())))
        draft.replace(self._file)

    async def close(self) -> None:
        """Listen no more; calls under way are ended."""
        server, self._server = self._server, None
        if server is not None:
            with suppress(OSError):
                self._file.unlink()
            server.close()
            for each in list(self._calls):
                each.cancel()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._calls.add(task)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                request = await self._read(reader)
            reply = await self._answer(request)
            body = msgspec.msgpack.encode(reply)
            writer.write(_LENGTH.pack(len(body)) + body)
            await writer.drain()
        except (OSError, EOFError, TimeoutError, msgspec.DecodeError, asyncio.CancelledError):
            pass  # whoever that was knows no better, or does not listen any more
        finally:
            self._calls.discard(task)
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> _Request:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        if not 0 < length <= _LONGEST:
            raise EOFError
        request = msgspec.msgpack.decode(await reader.readexactly(length), type=_Request)
        if not hmac.compare_digest(request.token.encode(), self._token.encode()):
            raise EOFError
        return request

    async def _answer(self, request: _Request) -> _Reply:
        handler = self._handlers.get(request.verb)
        if handler is None:
            return _Reply(False, code="config.verb", text=f"the node knows no {request.verb!r}")
        try:
            found = await handler(request.arguments)
        except AnyvenueError as error:
            fields = {key: str(value) for key, value in error.fields.items()}
            return _Reply(False, code=error.code, text=error.text, fields=fields)
        except Exception as error:  # the caller's arguments, or a bug: the node goes on
            return _Reply(False, code="error", text=f"{type(error).__name__}: {error}")
        return _Reply(True, msgspec.Raw(msgspec.msgpack.encode(found)))


def find_control(folder: Path) -> bool:
    """Tell whether a node said that it listens; it may have been killed since."""
    return (folder / CONTROL_FILE).is_file()


def ask(
    folder: Path, verb: str, arguments: Mapping[str, Any] | None = None, timeout_s: float = 30.0
) -> object:
    """Ask the node whose folder this is, and return its answer; for callers without a loop.

    Raise ConnectivityError when no node listens, ConfigError when the file is damaged, and AnyvenueError for what the
    node refuses.
    """
    where = _where(folder)
    body = msgspec.msgpack.encode(_Request(where.token, verb, dict(arguments or {})))
    try:
        with socket.create_connection((where.host, where.port), timeout_s) as connection:
            connection.sendall(_LENGTH.pack(len(body)) + body)
            (length,) = _LENGTH.unpack(_received(connection, _LENGTH.size))
            # A node that was killed leaves its file behind, and its port to whoever comes next.
            answer = _received(connection, min(length, _LONGEST))
        reply = msgspec.msgpack.decode(answer, type=_Reply)
    except (OSError, EOFError, msgspec.DecodeError) as error:
        raise _nobody(folder, str(error) or "it closed the connection") from None
    if not reply.good:
        raise AnyvenueError(reply.text, code=reply.code, **reply.fields)
    found: object = msgspec.msgpack.decode(reply.body)
    return found


def _where(folder: Path) -> _Where:
    path = folder / CONTROL_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Where)
    except OSError:
        raise _nobody(folder, f"there is no {path}") from None
    except msgspec.DecodeError as error:
        raise ConfigError(
            f"{path} cannot be read ({error}); delete it and start the node again", key="journal"
        ) from None


def _nobody(folder: Path, reason: str) -> ConnectivityError:
    return ConnectivityError(
        f"no node runs on {folder}: {reason}",
        code="venue.no_node",
        folder=str(folder),
        reason=reason,
    )


def _received(connection: socket.socket, size: int) -> bytes:
    parts = b""
    while len(parts) < size:
        part = connection.recv(size - len(parts))
        if not part:
            raise EOFError
        parts += part
    return parts

"""A few pages over HTTP, for monitoring on the same machine: GET, one answer, the end."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus

from anyvenue.model.errors import ConfigError

__all__ = ["Page", "Pages"]

_LONGEST_HEAD = 8192
_PATIENCE_S = 5.0
_MOST_AT_ONCE = 32

Page = Callable[[], tuple[HTTPStatus, str, str]]
"""Makes a status, a content type and a text."""


class Pages:
    """Serves pages by their path; whoever asks too slowly or for too much is cut."""

    def __init__(self, pages: Mapping[str, Page]) -> None:
        """Serve `pages`, such as ``{"/metrics": ...}``."""
        self._pages = dict(pages)
        self._server: asyncio.Server | None = None
        self._open = 0

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen and return the port; raise ConfigError when it is taken."""
        try:
            self._server = await asyncio.start_server(self._serve, host, port, limit=_LONGEST_HEAD)
        except OSError as error:
            raise ConfigError(
                f"port {port} of {host} cannot be listened on: {error.strerror or error}; choose another, or 0",
                code="config.port",
                port=port,
                host=host,
                reason=error.strerror or str(error),
            ) from None
        found: int = self._server.sockets[0].getsockname()[1]
        return found

    async def close(self) -> None:
        """Listen no more."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= _MOST_AT_ONCE:
                async with asyncio.timeout(_PATIENCE_S):
                    head = await reader.readuntil(b"\r\n\r\n")
                    writer.write(self._answer(head))
                    await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError, TimeoutError):
            pass  # there is nobody to tell
        finally:
            self._open -= 1
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def _answer(self, head: bytes) -> bytes:
        words = head.split(b"\r\n", 1)[0].decode("latin-1").split()
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            return _response(HTTPStatus.BAD_REQUEST, "text/plain", "this is not HTTP\n")
        method, path = words[0], words[1].partition("?")[0]
        if method not in ("GET", "HEAD"):
            return _response(HTTPStatus.METHOD_NOT_ALLOWED, "text/plain", "only GET\n")
        page = self._pages.get(path)
        if page is None:
            there = "\n".join(self._pages)
            return _response(HTTPStatus.NOT_FOUND, "text/plain", f"there are:\n{there}\n")
        try:
            status, kind, text = page()
        except Exception as error:  # a page is no reason to end anything
            status, kind = HTTPStatus.INTERNAL_SERVER_ERROR, "text/plain"
            text = f"{type(error).__name__}: {error}\n"
        return _response(status, kind, text, head_only=method == "HEAD")


def _response(status: HTTPStatus, kind: str, text: str, *, head_only: bool = False) -> bytes:
    body = text.encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {kind}; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    ).encode()
    return head if head_only else head + body

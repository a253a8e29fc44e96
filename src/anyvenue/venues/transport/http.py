"""HTTP requests and WebSocket connections over aiohttp; tests and other libraries put something else in its place.

aiohttp is loaded with the first client: it takes longer and more memory than everything else a driver needs together.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Protocol

import msgspec

from anyvenue.model.errors import ConnectivityError, NotSent, OutcomeUnknown
from anyvenue.model.protocols import Transport

if TYPE_CHECKING:
    import aiohttp
    from aiohttp.typedefs import StrOrURL

__all__ = ["Http", "HttpReply", "WebClient", "WebSocketTransport"]

_LARGEST = 64 << 20  # a list of all instruments in one frame
_HEARTBEAT_S = 15.0


class HttpReply(msgspec.Struct, frozen=True):
    """An answer; names of headers are in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str] = {}


class Http(Protocol):
    """Makes requests and connections; the real one and a test's are equals."""

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> HttpReply:
        """Return the answer, whatever its status; raise ConnectivityError.

        Its field `sent` is False only with proof that no byte left.
        """
        ...

    def socket(self, url: str) -> Transport:
        """Return a connection to a WebSocket, not open yet."""
        ...

    async def close(self) -> None:
        """Close what is open; repeated calls do nothing."""
        ...


class WebClient:
    """Implements `Http`; `timeout_s` is for a whole request, `proxy` an URL of an HTTP proxy."""

    def __init__(self, *, timeout_s: float = 10.0, proxy: str = "") -> None:
        """Open nothing yet."""
        import aiohttp  # now, so that no loop waits for it later

        self._timeout_s = timeout_s
        self._proxy = proxy or None
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> "aiohttp.ClientSession":
        """The session, made when it is first needed, in a running loop."""
        import aiohttp

        if self._session is None or self._session.closed:
            timeout = aiohttp.ClientTimeout(total=self._timeout_s)
            self._session = aiohttp.ClientSession(timeout=timeout, trust_env=True)
        return self._session

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> HttpReply:
        """Return the answer; raise ConnectivityError with the field `sent`."""
        import aiohttp

        try:
            async with self.session.request(
                method, _as_is(url), headers=headers, data=body or None, proxy=self._proxy
            ) as reply:
                content = await reply.read()
                found = {name.lower(): value for name, value in reply.headers.items()}
                return HttpReply(reply.status, content, found)
        except aiohttp.ClientConnectorError as error:
            raise ConnectivityError(
                f"{_host(url)} cannot be reached: {error}", sent=False
            ) from None
        except TimeoutError:
            text = f"{_host(url)} did not answer within {self._timeout_s:g} s"
            raise ConnectivityError(text, sent=True) from None
        except (aiohttp.ClientError, OSError) as error:
            text = f"the connection to {_host(url)} broke: {error or type(error).__name__}"
            raise ConnectivityError(text, sent=True) from None

    def socket(self, url: str) -> Transport:
        """Return a connection to a WebSocket, not open yet."""
        return WebSocketTransport(self, url, self._timeout_s, self._proxy)

    async def close(self) -> None:
        """Close the session; it may be used again."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


class WebSocketTransport:
    """One connection; text frames come and go as bytes. A peer that answers no ping is a broken connection."""

    def __init__(self, client: WebClient, url: str, timeout_s: float, proxy: str | None) -> None:
        """Connect to `url` when told to."""
        self.url = url
        self._client = client
        self._timeout_s = timeout_s
        self._proxy = proxy
        self._socket: aiohttp.ClientWebSocketResponse[bool] | None = None

    async def connect(self) -> None:
        """Open the connection; raise ConnectivityError."""
        import aiohttp

        try:
            async with asyncio.timeout(self._timeout_s):
                self._socket = await self._client.session.ws_connect(
                    self.url,
                    heartbeat=_HEARTBEAT_S,
                    max_msg_size=_LARGEST,
                    decode_text=False,
                    proxy=self._proxy,
                )
        except TimeoutError:
            text = f"{_host(self.url)} did not answer within {self._timeout_s:g} s"
            raise ConnectivityError(text) from None
        except (aiohttp.ClientError, OSError) as error:
            raise ConnectivityError(f"{_host(self.url)} cannot be reached: {error}") from None

    async def send(self, frame: bytes) -> None:
        """Send one text frame; raise NotSent where the connection was closed before, else OutcomeUnknown."""
        import aiohttp

        socket = self._socket
        if socket is None or socket.closed:
            raise NotSent(f"the connection to {_host(self.url)} is closed; nothing was sent")
        try:
            await socket.send_frame(frame, aiohttp.WSMsgType.TEXT)
        except (aiohttp.ClientError, OSError) as error:
            raise OutcomeUnknown(f"the connection to {_host(self.url)} broke: {error}") from None

    async def frames(self) -> AsyncIterator[bytes]:
        """Yield frames as they come; raise ConnectivityError when the connection ends."""
        from aiohttp import WSMsgType

        socket = self._socket
        if socket is None:
            raise ConnectivityError("the connection was not opened")
        async for message in socket:
            if message.type is WSMsgType.ERROR:
                break
            yield message.data
        code = socket.close_code
        raise ConnectivityError(f"{_host(self.url)} closed the connection (code {code})")

    async def close(self) -> None:
        """Close the connection; repeated calls do nothing."""
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()


def _as_is(url: str) -> "StrOrURL":
    """Return an URL whose query stays as it was signed."""
    from yarl import URL

    return URL(url, encoded=True)


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0] or url

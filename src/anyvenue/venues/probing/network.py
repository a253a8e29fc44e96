"""The layers below HTTP, tried one by one: the name, the connection, the proxy, the encryption."""

import asyncio
import socket
import ssl
from base64 import b64encode
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec

from anyvenue.model.errors import ConnectivityError

__all__ = [
    "Broken",
    "Place",
    "connect",
    "encrypt",
    "is_odd",
    "look_up",
    "place_of",
    "through_proxy",
]

_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
# OpenSSL's numbers for why a certificate is not believed.
_EXPIRED, _NOT_YET, _WRONG_HOST, _WRONG_ADDRESS = 10, 9, 62, 64
_LONGEST_ANSWER = 1 << 14
_STAGGER_S = 0.25


class Broken(Exception):
    """A layer that does not work, and the word for what to do about it."""

    def __init__(self, error: ConnectivityError, advice: str) -> None:
        super().__init__(error.text)
        self.error, self.advice = error, advice


class Place(msgspec.Struct, frozen=True):
    """Where an URL leads: directly, or by way of the proxy with these credentials (``user:password``)."""

    host: str
    port: int
    tls: bool
    proxy_host: str = ""
    proxy_port: int = 0
    proxy_login: str = ""

    @property
    def first(self) -> tuple[str, int]:
        """Who is connected to: the proxy where there is one."""
        return (self.proxy_host, self.proxy_port) if self.proxy_host else (self.host, self.port)


class Connection(msgspec.Struct):
    """An open connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def close(self) -> None:
        """Let it go at once."""
        self.writer.transport.abort()


def place_of(url: str, proxy: str = "") -> Place:
    """Return where an URL leads, by `proxy` or that of the environment; raise Broken for what leads nowhere."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        host, port = "", 0
    if not host:
        raise Broken(
            ConnectivityError(
                f"the address {url!r} cannot be read; such as https://host:port is expected",
                code="venue.probe_address",
                url=url,
            ),
            "address",
        )
    tls = parts.scheme in ("https", "wss")
    way = proxy or _proxy_of_environment(parts)
    if not way:
        return Place(host, port, tls)
    try:
        by = urlsplit(way if "://" in way else f"http://{way}")
        by_port = by.port or 80
    except ValueError:
        by, by_port = urlsplit("none://"), 0
    if by.scheme != "http" or not by.hostname:
        shown = f"{by.scheme}://..." if by.scheme else "..."
        raise Broken(
            ConnectivityError(
                f"the proxy {shown} is no HTTP proxy; http://host:port is expected",
                code="venue.probe_proxy_kind",
                proxy=shown,
            ),
            "proxy_kind",
        )
    login = f"{unquote(by.username)}:{unquote(by.password or '')}" if by.username else ""
    return Place(host, port, tls, by.hostname, by_port, login)


def _proxy_of_environment(parts: SplitResult) -> str:
    from urllib.request import getproxies, proxy_bypass  # slow to import

    host = parts.hostname or ""
    return "" if proxy_bypass(host) else getproxies().get(parts.scheme, "")


async def look_up(host: str, port: int, timeout: float) -> list[str]:
    """Return the addresses of a name; raise Broken."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError) as error:
        detail = getattr(error, "strerror", None) or str(error) or "no answer"
        raise Broken(
            ConnectivityError(
                f"the name {host} has no address: {detail}",
                code="venue.probe_name",
                host=host,
                detail=detail,
            ),
            "name",
        ) from None
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def is_odd(host: str, addresses: list[str]) -> bool:
    """Tell whether a public name has an address that nobody in the Internet has: forged, or a proxy of this machine."""
    if _is_address(host) or "." not in host or host.endswith((".local", ".internal", ".lan")):
        return False
    return any(not ip_address(each.partition("%")[0]).is_global for each in addresses)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


async def connect(addresses: list[str], host: str, port: int, timeout: float) -> Connection:
    """Return a connection to whichever of several addresses takes one first; raise Broken.

    They are tried one shortly after the other, so that one that leads nowhere does not hold up the rest.
    """
    dials = [
        asyncio.ensure_future(_dial(each, port, number * _STAGGER_S, timeout))
        for number, each in enumerate(addresses)
    ]
    won: Connection | None = None
    last: OSError = OSError("no address")
    try:
        for done in asyncio.as_completed(dials):
            try:
                won = await done
                return won
            except OSError as error:  # a timeout is one, too
                last = error
    finally:
        for dial in dials:
            dial.cancel()
        for found in await asyncio.gather(*dials, return_exceptions=True):
            if isinstance(found, Connection) and found is not won:
                found.close()
    detail = "timed out" if isinstance(last, TimeoutError) else last.strerror or str(last)
    advice = {TimeoutError: "timeout", ConnectionRefusedError: "refused"}.get(type(last), "network")
    raise Broken(
        ConnectivityError(
            f"{host}:{port} takes no connection: {detail}",
            code="venue.probe_connection",
            host=host,
            port=port,
            detail=detail,
        ),
        advice,
    )


async def _dial(address: str, port: int, delay: float, timeout: float) -> Connection:
    await asyncio.sleep(delay)
    async with asyncio.timeout(timeout):
        return Connection(*await asyncio.open_connection(address, port))


async def through_proxy(connection: Connection, place: Place, timeout: float) -> None:
    """Let the proxy at the other end connect to the venue; raise Broken."""
    target = f"{place.host}:{place.port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if place.proxy_login:
        word = b64encode(place.proxy_login.encode()).decode()
        lines.append(f"Proxy-Authorization: Basic {word}")
    try:
        async with asyncio.timeout(timeout):
            connection.writer.write("\r\n".join([*lines, "", ""]).encode())
            head = await connection.reader.readuntil(b"\r\n\r\n")
    except (OSError, EOFError, asyncio.LimitOverrunError) as error:
        detail = "timed out" if isinstance(error, TimeoutError) else "it hung up"
        raise _refused(place, detail, "proxy_refused") from None
    words = head[:_LONGEST_ANSWER].split(b"\r\n", 1)[0].decode("latin-1").split(None, 2)
    status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    if not 200 <= status < 300:
        said = " ".join(words[1:]) or "no HTTP answer"
        raise _refused(place, said, "proxy_login" if status == 407 else "proxy_refused")


def _refused(place: Place, detail: str, advice: str) -> Broken:
    proxy = f"{place.proxy_host}:{place.proxy_port}"
    return Broken(
        ConnectivityError(
            f"the proxy {proxy} does not connect to {place.host}:{place.port}: {detail}",
            code="venue.probe_proxy",
            proxy=proxy,
            host=place.host,
            port=place.port,
            detail=detail,
        ),
        advice,
    )


async def encrypt(
    connection: Connection, host: str, timeout: float, context: ssl.SSLContext | None = None
) -> str:
    """Shake hands and return the protocol, who vouches for the venue and until when; raise Broken.

    `context` says whom to believe, by default the authorities of this machine.
    """
    context = context or ssl.create_default_context()
    try:
        async with asyncio.timeout(timeout):
            await connection.writer.start_tls(context, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        raise _unbelieved(host, error) from None
    except (OSError, EOFError) as error:
        slow = isinstance(error, TimeoutError)
        plain = isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError)
        detail = "timed out" if slow else getattr(error, "reason", None) or str(error) or "cut off"
        raise Broken(
            ConnectivityError(
                f"{host} does not shake hands: {detail}",
                code="venue.probe_encryption",
                host=host,
                detail=str(detail),
            ),
            "not_tls" if plain else "tls_cut",
        ) from None
    return _certificate(connection.writer)


def _unbelieved(host: str, error: ssl.SSLCertVerificationError) -> Broken:
    number, detail = error.verify_code, error.verify_message
    advice = "certificate"
    if number in (_EXPIRED, _NOT_YET):
        advice = "certificate_time"
    elif number in (_WRONG_HOST, _WRONG_ADDRESS):
        advice = "certificate_name"
    return Broken(
        ConnectivityError(
            f"the certificate of {host} is not believed: {detail}",
            code="venue.probe_certificate",
            host=host,
            detail=detail,
        ),
        advice,
    )


def _certificate(writer: asyncio.StreamWriter) -> str:
    found = writer.get_extra_info("ssl_object")
    shown = writer.get_extra_info("peercert") or {}
    issuer = {key: value for group in shown.get("issuer", ()) for key, value in group}
    name = issuer.get("organizationName") or issuer.get("commonName") or ""
    parts = [found.version() if found is not None else "", name, str(shown.get("notAfter", ""))]
    return ", ".join(filter(None, parts))

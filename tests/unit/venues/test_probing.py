"""The probe names the layer that is broken and tries nothing above it."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from anyvenue.model.errors import AuthError, ConnectivityError
from anyvenue.venues.binance.config import BinanceConfig
from anyvenue.venues.binance.probing import probe_of
from anyvenue.venues.probing.asking import Address, Rights, VenueProbe
from anyvenue.venues.probing.layers import probe_venue
from anyvenue.venues.probing.network import Broken, connect, is_odd, place_of
from anyvenue.venues.probing.steps import Step
from anyvenue.venues.transport.http import Http, HttpReply

CERTIFICATES = Path(__file__).parents[2] / "certificates"
MS = 1_000_000
NOW = 1_760_000_000_000 * MS
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Clock:
    """Ours: every look takes it on by 10 ms."""

    def __init__(self) -> None:
        self.now_ns = NOW

    def __call__(self) -> int:
        self.now_ns += 10 * MS
        return self.now_ns


class Socket:
    """A WebSocket that opens, or does not."""

    def __init__(self, error: ConnectivityError | None) -> None:
        self._error = error

    async def connect(self) -> None:
        if self._error is not None:
            raise self._error

    async def send(self, frame: bytes) -> None:
        raise AssertionError(frame)

    async def frames(self) -> AsyncIterator[bytes]:
        yield b""

    async def close(self) -> None:
        return


class Answers:
    """An `Http` that answers what a test says; the venue's clock is `ahead_ms` ahead."""

    def __init__(self, clock: Clock, status: int = 200, body: bytes = b"", ahead_ms: int = 0):
        self._clock, self._status, self._body, self._ahead = clock, status, body, ahead_ms
        self.socket_error: ConnectivityError | None = None

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> HttpReply:
        now_ms = self._clock() // MS + self._ahead
        return HttpReply(self._status, self._body or msgspec.json.encode({"serverTime": now_ms}))

    def socket(self, url: str) -> Socket:
        return Socket(self.socket_error)

    async def close(self) -> None:
        return


def read_time(body: bytes) -> int:
    return int(msgspec.json.decode(body, type=dict[str, int])["serverTime"])


def venue(port: int, scheme: str = "http", **fields: Any) -> VenueProbe:
    host = fields.pop("host", "127.0.0.1")
    given = {"timeout_s": 20.0, **fields}
    return VenueProbe(time_url=f"{scheme}://{host}:{port}/time", read_time=read_time, **given)


@asynccontextmanager
async def listening(talk: Talk) -> AsyncIterator[int]:
    """Listen on a port of this machine; all connections are gone afterwards."""
    talking: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talking.add(task)
        with suppress(OSError, EOFError):
            await talk(reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.gather(*talking)
        for _ in range(3):  # what was aborted is closed in the loop's next turns
            await asyncio.sleep(0)


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take a connection and say nothing."""
    await reader.read()
    writer.close()


async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


def says(head: bytes) -> Talk:
    """Answer the first request with `head` and hang up."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head)
        await writer.drain()
        writer.close()

    return talk


def outcome(steps: list[Step]) -> list[tuple[str, str, str]]:
    return [(step.side, step.step, step.state) for step in steps]


def last(steps: list[Step]) -> tuple[str, str, str]:
    """Return layer, state and advice of the last step."""
    step = steps[-1]
    return step.step, step.state, step.advice.removeprefix("probe_advice.")


def probed(probe: VenueProbe, http: Http | None = None) -> list[Step]:
    return asyncio.run(probe_venue(probe, http or Answers(Clock()), Clock()))


def with_listener(talk: Talk, make: Callable[[int], VenueProbe]) -> list[Step]:
    async def run() -> list[Step]:
        async with listening(talk) as port:
            return await probe_venue(make(port), Answers(Clock()), Clock())

    return asyncio.run(run())


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        return int(gone.getsockname()[1])


# ---- below HTTP


def test_a_venue_that_works_is_good_at_every_layer() -> None:
    steps = with_listener(silence, venue)
    assert outcome(steps) == [
        ("rest", "connection", "good"),
        ("rest", "http", "good"),
        ("rest", "clock", "good"),
    ]


def test_a_name_without_an_address() -> None:
    steps = probed(venue(80, host=f"{'x' * 64}.invalid"))
    assert len(steps) == 1
    assert last(steps) == ("name", "failed", "name")


def test_a_port_at_which_nobody_listens() -> None:
    assert last(probed(venue(closed_port()))) == ("connection", "failed", "refused")


def test_of_several_addresses_one_that_works_is_enough() -> None:
    async def run(addresses: list[str]) -> str:
        async with listening(silence) as port:
            found = await connect(addresses, "venue.example", port, 20.0)
            name = str(found.writer.get_extra_info("peername")[0])
            found.close()
            return name

    # Nobody listens at the first one.
    assert asyncio.run(run(["127.0.0.2", "127.0.0.1"])) == "127.0.0.1"
    assert asyncio.run(run(["127.0.0.1", "127.0.0.2"])) == "127.0.0.1"


def test_an_address_that_is_none() -> None:
    probe = VenueProbe(time_url="127.0.0.1:8080/time", read_time=read_time)
    assert last(probed(probe)) == ("name", "failed", "address")


def test_a_certificate_that_nobody_vouches_for() -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(CERTIFICATES / "loopback.pem", CERTIFICATES / "loopback.key")

    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await writer.start_tls(tls)

    steps = with_listener(talk, lambda port: venue(port, "https"))
    assert last(steps) == ("encryption", "failed", "certificate")
    assert "self" in str(steps[-1].error)


def test_an_end_that_does_not_speak_tls() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        await silence(reader, writer)

    steps = with_listener(talk, lambda port: venue(port, "https"))
    assert last(steps) == ("encryption", "failed", "not_tls")


def test_a_connection_that_is_cut_in_the_handshake() -> None:
    steps = with_listener(hang_up, lambda port: venue(port, "https"))
    assert last(steps)[1:] == ("failed", "tls_cut")


def test_a_handshake_that_gets_no_answer() -> None:
    steps = with_listener(silence, lambda port: venue(port, "https", timeout_s=0.75))
    assert last(steps) == ("encryption", "failed", "tls_cut")


@pytest.mark.parametrize(
    ("head", "advice"),
    [
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "proxy_refused"),
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "proxy_login"),
        (b"what?\r\n\r\n", "proxy_refused"),
        (b"", "proxy_refused"),
    ],
)
def test_a_proxy_that_lets_nothing_through(head: bytes, advice: str) -> None:
    steps = with_listener(
        says(head),
        lambda port: venue(443, "https", host="venue.invalid", proxy=f"http://127.0.0.1:{port}"),
    )
    assert len(steps) == 1
    assert last(steps) == ("proxy", "failed", advice)


def test_a_proxy_that_is_not_there_and_one_of_another_kind() -> None:
    gone = venue(443, "https", host="venue.invalid", proxy=f"http://127.0.0.1:{closed_port()}")
    assert last(probed(gone)) == ("proxy", "failed", "refused")
    other = venue(443, "https", host="venue.invalid", proxy="socks5://u:secret@127.0.0.1:1080")
    steps = probed(other)
    assert steps[-1].advice == "probe_advice.proxy_kind"
    assert "secret" not in str(steps[-1].error)


def test_a_proxy_gets_its_password_and_the_venues_certificate_is_still_checked() -> None:
    heads: list[bytes] = []

    async def through(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await reader.read(10)
        writer.transport.abort()

    steps = with_listener(
        through,
        lambda port: venue(
            443, "https", host="venue.invalid", proxy=f"http://me:s%40cret@127.0.0.1:{port}"
        ),
    )
    assert outcome(steps) == [("rest", "proxy", "good"), ("rest", "encryption", "failed")]
    assert heads[0].startswith(b"CONNECT venue.invalid:443 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic bWU6c0BjcmV0\r\n" in heads[0]


def test_the_environments_proxy_is_used_unless_the_address_is_excepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy", "HTTPS_PROXY", "NO_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://10.0.0.1:3128")
    assert place_of("https://venue.example").first == ("10.0.0.1", 3128)
    assert place_of("https://venue.example", "http://10.0.0.2:1").first == ("10.0.0.2", 1)
    monkeypatch.setenv("no_proxy", "venue.example")
    assert place_of("https://venue.example").first == ("venue.example", 443)
    with pytest.raises(Broken):
        place_of("https://venue.example:port")


def test_a_public_name_with_a_private_address_is_odd() -> None:
    assert is_odd("api.binance.com", ["127.0.0.1"])
    assert is_odd("api.binance.com", ["198.18.0.7"])
    assert not is_odd("api.binance.com", ["1.1.1.1"])
    assert not is_odd("localhost", ["127.0.0.1"])
    assert not is_odd("10.0.0.1", ["10.0.0.1"])
    assert not is_odd("exchange.lan", ["10.0.0.1"])


# ---- HTTP and above


def answered(http: Answers, **fields: Any) -> list[Step]:
    async def run() -> list[Step]:
        async with listening(silence) as port:
            return await probe_venue(venue(port, **fields), http, Clock())

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (403, "blocked"),
        (418, "limited"),
        (429, "limited"),
        (451, "region"),
        (503, "down"),
        (404, "not_the_venue"),
    ],
)
def test_answers_that_are_refusals_say_why(status: int, advice: str) -> None:
    steps = answered(Answers(Clock(), status, b"no service"))
    assert last(steps) == ("http", "failed", advice)
    assert f"HTTP {status}: no service" in str(steps[-1].error)


def test_somebody_else_who_answers() -> None:
    steps = answered(Answers(Clock(), 200, b"<html>please log in</html>"))
    assert last(steps) == ("http", "failed", "not_the_venue")


@pytest.mark.parametrize(
    ("ahead_ms", "state"),
    [(0, "good"), (-900, "good"), (2_000, "warning"), (-4_000, "warning"), (7_000, "failed")],
)
def test_clocks_are_compared(ahead_ms: int, state: str) -> None:
    clock = Clock()

    async def run() -> list[Step]:
        async with listening(silence) as port:
            http = Answers(clock, ahead_ms=ahead_ms)
            return await probe_venue(venue(port), http, clock)

    steps = asyncio.run(run())
    assert last(steps) == ("clock", state, "" if state == "good" else "clock")
    assert steps[-1].fields["trip"] == "20"
    assert steps[-1].fields["offset"] == f"{ahead_ms:,}"


def test_websockets_that_are_cut_where_http_works() -> None:
    http = Answers(Clock())
    http.socket_error = ConnectivityError("403")

    async def run() -> list[Step]:
        async with listening(silence) as port:
            probe = venue(
                port, sockets=(Address("stream", f"ws://127.0.0.1:{port}/ws?key=secret"),)
            )
            return await probe_venue(probe, http, Clock())

    steps = asyncio.run(run())
    # One connection is enough for both: they are at the same address.
    assert [each[:2] for each in outcome(steps)].count(("rest", "connection")) == 1
    assert last(steps) == ("socket", "failed", "socket")
    http.socket_error = None
    assert asyncio.run(run())[-1].found.endswith("/ws")


def rights(**given: bool | None) -> Callable[[Http], Awaitable[Rights]]:
    async def ask(_http: Http) -> Rights:
        return Rights(**given)

    return ask


def test_a_key_that_may_withdraw_is_warned_of() -> None:
    steps = answered(Answers(Clock()), rights=rights(trades=True, withdraws=True, bound=True))
    found = {step.step: (step.state, step.told, step.advice) for step in steps}
    assert found["key"] == ("good", "probe.key_good", "")
    assert found["trading"] == ("good", "phrase.yes", "")
    assert found["withdrawal"] == ("warning", "phrase.yes", "probe_advice.withdrawal")
    assert found["bound"] == ("good", "phrase.yes", "")


def test_a_key_that_may_not_trade_and_what_a_venue_does_not_tell() -> None:
    steps = answered(Answers(Clock()), rights=rights(trades=False, withdraws=None, bound=False))
    found = {step.step: (step.state, step.told, step.advice) for step in steps}
    assert found["trading"] == ("warning", "phrase.no", "probe_advice.no_trading")
    assert found["withdrawal"] == ("good", "phrase.unknown", "")
    assert found["bound"] == ("good", "phrase.no", "probe_advice.unbound")


def test_a_key_that_is_refused() -> None:
    async def ask(_http: Http) -> Rights:
        raise AuthError("invalid key")

    steps = answered(Answers(Clock()), rights=ask)
    assert last(steps) == ("key", "failed", "key")


def test_the_key_is_not_shown_to_an_address_that_is_not_the_venues() -> None:
    asked: list[Http] = []

    async def ask(http: Http) -> Rights:
        asked.append(http)
        return Rights()

    answered(Answers(Clock(), 200, b"<html>"), rights=ask)
    assert asked == []


# ---- Binance


class Wallet:
    """Answers as Binance's REST does; `wallet` is the status and body of apiRestrictions."""

    def __init__(self, wallet: tuple[int, object]) -> None:
        self.wallet = wallet
        self.asked: list[str] = []

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> HttpReply:
        path = url.partition("?")[0]
        self.asked.append(path)
        status, found = 200, {"serverTime": 1, "canTrade": True}
        if path.endswith("apiRestrictions"):
            status, found = self.wallet  # type: ignore[assignment]
        return HttpReply(status, msgspec.json.encode(found))

    def socket(self, url: str) -> Socket:
        return Socket(None)

    async def close(self) -> None:
        return


def key_rights(http: Wallet, **config: Any) -> Rights:
    probe = probe_of(BinanceConfig(api_key="k", secret="s", **config))
    assert probe.rights is not None
    return asyncio.run(probe.rights(http))  # type: ignore[arg-type]


def test_what_binance_tells_of_a_key() -> None:
    told = {
        "ipRestrict": True,
        "enableWithdrawals": True,
        "enableSpotAndMarginTrading": True,
        "enableFutures": False,
    }
    http = Wallet((200, told))
    assert key_rights(http) == Rights(trades=True, withdraws=True, bound=True)
    # Keys are described at spot's address, whatever they trade.
    http = Wallet((200, told))
    assert key_rights(http, market="usdm") == Rights(trades=False, withdraws=True, bound=True)
    assert http.asked == [
        "https://fapi.binance.com/fapi/v1/time",
        "https://api.binance.com/sapi/v1/account/apiRestrictions",
    ]


def test_a_test_network_has_no_wallet_to_ask() -> None:
    http = Wallet((404, {}))
    found = key_rights(http, market="usdm", environment="testnet")
    assert found == Rights(trades=True)
    assert http.asked[-1] == "https://testnet.binancefuture.com/fapi/v2/account"


def test_which_orders_are_for_real_money() -> None:
    assert probe_of(BinanceConfig()).live
    assert not probe_of(BinanceConfig(environment="testnet")).live
    assert not probe_of(BinanceConfig(rest_url="http://127.0.0.1:8080")).live
    assert probe_of(BinanceConfig(rest_url="https://mirror.example")).live


def test_without_a_key_only_public_places_are_tried() -> None:
    assert [each.side for each in probe_of(BinanceConfig()).sockets] == ["stream"]
    with_key = probe_of(BinanceConfig(api_key="k", secret="s", market="usdm"))
    assert [each.url for each in with_key.sockets] == [
        "wss://fstream.binance.com/public/ws",
        "wss://ws-fapi.binance.com/ws-fapi/v1",
    ]

"""A Binance that does what a test says, request by request: an `Http` for the driver, without sockets."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from anyvenue.model.enums import DriverState
from anyvenue.model.errors import ConnectivityError, NotSent
from anyvenue.model.events import Event
from anyvenue.venues.binance.config import BinanceConfig
from anyvenue.venues.binance.driver import BinanceDriver
from anyvenue.venues.transport.http import HttpReply

__all__ = ["NOW", "Inbox", "Script", "ScriptedSocket", "spot_symbol", "usdm_symbol"]

NOW = 1_760_000_000_000_000_000
Reply = tuple[int, Any]
Answer = Callable[[dict[str, str]], Reply | Exception]


def spot_symbol() -> dict[str, Any]:
    """Return BTCUSDT as spot lists it."""
    return {
        "symbol": "BTCUSDT",
        "status": "TRADING",
        "baseAsset": "BTC",
        "quoteAsset": "USDT",
        "filters": [
            {"filterType": "PRICE_FILTER", "tickSize": "0.01000000"},
            {"filterType": "LOT_SIZE", "minQty": "0.00001000", "stepSize": "0.00001000"},
        ],
    }


def usdm_symbol() -> dict[str, Any]:
    """Return BTCUSDT as USD-M lists it."""
    return spot_symbol() | {
        "pair": "BTCUSDT",
        "contractType": "PERPETUAL",
        "marginAsset": "USDT",
        "filters": [
            {"filterType": "PRICE_FILTER", "tickSize": "0.10"},
            {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
        ],
    }


class Inbox:
    """Keeps what is posted."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def post(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type) -> list[Any]:
        """Return the events of a kind, in order."""
        return [each for each in self.events if isinstance(each, kind)]


class ScriptedSocket:
    """A WebSocket of the driver's: the test reads what was sent and says what comes."""

    def __init__(self, script: "Script", url: str) -> None:
        self.url = url
        self.sent: list[dict[str, Any]] = []
        self.is_open = False
        self._script = script
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def connect(self) -> None:
        if self._script.unreachable:
            raise ConnectivityError("nobody listens")
        self.is_open = True
        self._script.sockets.append(self)

    async def send(self, frame: bytes) -> None:
        if not self.is_open:
            raise NotSent("the connection is closed")
        request = msgspec.json.decode(frame)
        self.sent.append(request)
        self._script.requested(self, request)

    async def frames(self) -> AsyncIterator[bytes]:
        while (frame := await self._frames.get()) is not None:
            yield frame
        raise ConnectivityError("the connection was cut")

    async def close(self) -> None:
        if self.is_open:
            self.is_open = False
            self._frames.put_nowait(None)

    def say(self, message: object) -> None:
        """Let a message come, a dictionary or raw bytes."""
        raw = message if isinstance(message, bytes) else msgspec.json.encode(message)
        self._frames.put_nowait(raw)

    def cut(self) -> None:
        """Break the connection."""
        self.is_open = False
        self._frames.put_nowait(None)


class Script:
    """Answers by (method and path) of REST, or by the name of the WebSocket API's method.

    An answer is a status and a body, an exception, or a function of the parameters that returns one; of several in a
    list each serves once, the last for ever. `asked` has all that was asked, in order. The WebSocket API says nothing
    of a method that has no answer.
    """

    def __init__(self, market: str = "spot", **changes: Any) -> None:
        self.now_ns = NOW
        self.unreachable = False
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.sockets: list[ScriptedSocket] = []
        self.answers: dict[str, deque[Any]] = {}
        self.inbox = Inbox()
        self.market = market
        root = "/api/v3" if market == "spot" else "/fapi/v1"
        symbol = spot_symbol() if market == "spot" else usdm_symbol()
        limits = changes.pop("limits", [])
        info = {"symbols": [symbol], "rateLimits": limits}
        self.answer(f"GET {root}/exchangeInfo", 200, info)
        self.answer(f"GET {root}/time", lambda _: (200, {"serverTime": self.now_ns // 1_000_000}))
        self.answer("GET /api/v3/account", 200, {"balances": []})
        self.answer("GET /fapi/v1/positionSide/dual", 200, {"dualSidePosition": False})
        self.answer("GET /fapi/v1/multiAssetsMargin", 200, {"multiAssetsMargin": False})
        self.answer("GET /fapi/v1/leverageBracket", 200, [])
        self.answer("GET /fapi/v1/fundingInfo", 200, [])
        self.answer("POST /fapi/v1/listenKey", 200, {"listenKey": "key"})
        for path in (f"{root}/openOrders", "/fapi/v1/openAlgoOrders", "/fapi/v3/positionRisk"):
            self.answer(f"GET {path}", 200, [])
        self.answer("userDataStream.subscribe.signature", 200, {"subscriptionId": 0})
        config: dict[str, Any] = {"api_key": "key", "secret": "secret", "backoff_s": 0.001}
        self.config = BinanceConfig(market=market, **(config | {"timeout_s": 0.25} | changes))  # type: ignore[arg-type]
        self.driver = BinanceDriver(self.config, account="main", clock=self, http=self)

    def now(self) -> int:
        """Return the time, which goes on by a microsecond with every look."""
        self.now_ns += 1000
        return self.now_ns

    def answer(self, what: str, *answers: Any) -> None:
        """Say what is answered: a status and a body, or several answers one after another."""
        if len(answers) == 2 and isinstance(answers[0], int):
            answers = (answers,)
        self.answers[what] = deque(answers)

    def count(self, what: str) -> int:
        """Return how often something was asked."""
        return sum(name == what for name, _ in self.asked)

    def last(self, what: str) -> dict[str, str]:
        """Return the parameters of the latest such request."""
        return next(each for name, each in reversed(self.asked) if name == what)

    @property
    def api(self) -> ScriptedSocket:
        """The latest connection to the WebSocket API."""
        return next(
            each for each in reversed(self.sockets) if "ws-api" in each.url or "ws-fapi" in each.url
        )

    @property
    def private(self) -> ScriptedSocket:
        """The latest connection that brings the account's events."""
        if self.market == "spot":
            return self.api
        return next(each for each in reversed(self.sockets) if "/private/" in each.url)

    def tell(self, event: dict[str, Any]) -> None:
        """Let an event of the account come."""
        wrapped = {"subscriptionId": 0, "event": event} if self.market == "spot" else event
        self.private.say(wrapped)

    async def __aenter__(self) -> "Script":
        await self.driver.open(self.inbox)
        assert self.driver.state is DriverState.READY
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.driver.close()

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until something is so, for a minute at most."""
        async with asyncio.timeout(60):
            while not true():
                await asyncio.sleep(0.002)

    # ---- Http

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> HttpReply:
        parts = urlsplit(url)
        what = f"{method} {parts.path}"
        found = self._found(what, dict(parse_qsl(parts.query)))
        if isinstance(found, Exception):
            raise found
        status, content, *more = found
        data = content if isinstance(content, bytes) else msgspec.json.encode(content)
        return HttpReply(status, data, more[0] if more else {})

    def socket(self, url: str) -> ScriptedSocket:
        return ScriptedSocket(self, url)

    async def close(self) -> None:
        """Nothing is open."""

    def requested(self, socket: ScriptedSocket, request: dict[str, Any]) -> None:
        """Answer a request of the WebSocket API, where there is an answer."""
        name, number = request["method"], request["id"]
        parameters = request["params"]
        if not isinstance(parameters, dict):
            socket.say({"result": None, "id": number})
            return
        if name not in self.answers:
            self.asked.append((name, parameters))
            return
        found = self._found(name, parameters)
        if isinstance(found, Exception):
            return
        status, content = found[:2]
        key = "result" if status == 200 else "error"
        socket.say({"id": number, "status": status, key: content})

    def _found(self, what: str, parameters: dict[str, str]) -> Any:
        self.asked.append((what, parameters))
        if what not in self.answers:
            raise AssertionError(f"nobody said what is answered to {what}")
        waiting = self.answers[what]
        answer = waiting.popleft() if len(waiting) > 1 else waiting[0]
        return answer(parameters) if callable(answer) else answer

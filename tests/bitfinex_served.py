"""Bitfinex v2 served: REST arrays, and both WebSockets.

Shapes: docs.bitfinex.com/reference as ccxt quotes them beside its parsers (orders of 32 fields, trades of 12, wallets,
positions of 20, books P0 and R0, ``te`` and ``tu``, ``on``, ``ou`` and ``oc``), and what plain ccxt was seen to ask for
(info, conf, auth, arrays by chanId).
"""

import hashlib
import hmac
import itertools
from decimal import Decimal
from typing import Any

import msgspec
from aiohttp import web

from exchange_desk import Desk, DeskServer, DeskTrade, Placed, Refusal, now_ms

__all__ = ["KEY", "SECRET", "Bitfinex"]

KEY, SECRET = "bfx-key", "bfx-secret"
_ERRORS = {
    "money": (10001, "Invalid order: not enough exchange balance for 500.0 BTCUST at 90000.0"),
    "unknown": (10001, "Order not found."),
    "key": (10100, "apikey: invalid"),
    "limit": (11010, "ratelimit: error"),
    "nonce": (10114, "nonce: small"),
}


class Bitfinex(DeskServer):
    """One pair of spot or one perpetual; `market` is its symbol there."""

    def __init__(self, *, futures: bool = False) -> None:
        self.market = "tBTCF0:USTF0" if futures else "tBTCUST"
        super().__init__(Desk(self.market, "BTC", "UST"))
        self.desk.futures = futures
        self.desk.heard.append(self._told)
        self._private: list[web.WebSocketResponse] = []
        self._books: dict[int, web.WebSocketResponse] = {}
        self._prints: dict[int, web.WebSocketResponse] = {}
        self._channels = itertools.count(17)
        self._shown = self.desk.best

    def routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("/{host}/v2/conf/{config}", self.conf)
        router.add_get("/{host}/v2/ticker/{symbol}", self.ticker)
        router.add_get("/{host}/v2/book/{symbol}/{precision}", self.book)
        router.add_get("/{host}/v2/trades/{symbol}/hist", self.prints)
        router.add_get("/{host}/v2/candles/{key}/hist", self.candles)
        router.add_post("/{host}/v2/auth/{path:.+}", self.private)
        router.add_get("/{host}/ws/2", self.socket)

    # ---- public

    async def conf(self, request: web.Request) -> web.Response:
        wanted = request.match_info["config"].split(",")
        info = [None, None, None, "0.00004", "2000.0", None, None, None, None, None, None, None]
        pair = [self.market[1:], info]
        known: dict[str, Any] = {
            "pub:list:currency": ["BTC", "UST", "BTCF0", "USTF0"],
            "pub:map:currency:sym": [["UST", "USDt"]],
            "pub:map:currency:label": [["BTC", "Bitcoin"], ["UST", "Tether USDt"]],
            "pub:info:pair": [] if self.desk.futures else [pair],
            "pub:info:pair:futures": [pair] if self.desk.futures else [],
        }
        return web.json_response([known.get(each, []) for each in wanted])

    async def ticker(self, request: web.Request) -> web.Response:
        bid, ask = map(float, self.desk.best)
        return web.json_response([bid, 5.0, ask, 5.0, 1.0, 0.0001, ask, 1234.5, ask, bid])

    def _levels(self, raw: bool) -> list[list[Any]]:
        size = float(self.desk.size)
        bid, ask = map(float, self.desk.best)
        if raw:
            return [[1, bid, size], [2, ask, -size]]
        return [[bid, 3, size], [ask, 2, -size]]

    async def book(self, request: web.Request) -> web.Response:
        return web.json_response(self._levels(request.match_info["precision"] == "R0"))

    async def prints(self, request: web.Request) -> web.Response:
        return web.json_response([[401, now_ms(), -0.01, float(self.desk.best[0])]])

    async def candles(self, request: web.Request) -> web.Response:
        minute = now_ms() // 60_000 * 60_000
        price = float(self.desk.best[1])
        rows = [[minute - n * 60_000, price, price, price, price, 1.5] for n in range(5)]
        start = int(request.query.get("start", 0))
        return web.json_response([each for each in reversed(rows) if each[0] >= start])

    # ---- private

    async def private(self, request: web.Request) -> web.Response:
        body = await request.text()
        path = request.match_info["path"]
        try:
            self._check(request, path, body)
            answer = await self._answer(request, path, msgspec.json.decode(body or "{}"))
        except Refusal as error:
            code, said = _ERRORS[error.kind]
            status = 429 if error.kind == "limit" else 500
            return web.json_response(["error", code, said], status=status)
        return web.json_response(answer)

    def _check(self, request: web.Request, path: str, body: str) -> None:
        nonce = request.headers.get("bfx-nonce", "")
        signed = f"/api/v2/auth/{path}{nonce}{body}".encode()
        right = hmac.new(SECRET.encode(), signed, hashlib.sha384).hexdigest()
        if (
            request.headers.get("bfx-apikey") != KEY
            or request.headers.get("bfx-signature") != right
        ):
            raise Refusal("key")

    async def _answer(self, request: web.Request, path: str, said: dict[str, Any]) -> Any:
        desk, parts = self.desk, path.split("/")
        if path == "r/wallets":
            return self._wallets()
        if path == "r/positions":
            return [self._position()] if desk.contracts else []
        if path == "w/order/submit":
            order = self._place(request, said)
            return self._notice("on-req", [_order(order)])
        if path == "w/order/cancel":
            order = desk.find(str(said["id"]))
            desk.cancel(order)
            return self._notice("oc-req", _order(order))
        if parts[:2] == ["r", "orders"]:
            return self._orders(parts[-1] == "hist", said)
        if parts[:2] == ["r", "trades"]:
            since = said.get("start", 0)
            return [_trade(each) for each in reversed(desk.trades) if each.ts_ms >= since]
        raise Refusal("unknown")

    def _notice(self, what: str, order: list[Any]) -> list[Any]:
        return [now_ms(), what, None, None, order, None, "SUCCESS", "Submitting order."]

    def _orders(self, done: bool, said: dict[str, Any]) -> list[Any]:
        wanted = [int(each) for each in said.get("id", [])]
        found = [each for each in self.desk.orders if (each.state == "open") != done]
        return [_order(each) for each in found if not wanted or int(each.id) in wanted]

    def _wallets(self) -> list[Any]:
        desk = self.desk
        if desk.futures:
            amount = float(desk.money["UST"])
            return [["margin", "USTF0", amount, 0, amount, None, None]]
        return [
            ["exchange", name, float(amount), 0, float(amount - desk.held(name)), None, None]
            for name, amount in desk.money.items()
        ]

    def _position(self) -> list[Any]:
        desk = self.desk
        held, price, ts = float(desk.contracts), float(desk.entry), now_ms()
        row = [self.market, "ACTIVE", held, price, 0, 0, 0.0, 0.0, 7045.8, 10.0, None, 142355652]
        return [*row, ts, ts, None, 1, None, 950.0, 475.0, {"reason": "TRADE"}]

    def _place(self, request: web.Request, said: dict[str, Any]) -> Placed:
        amount, words = Decimal(said["amount"]), said["type"].removeprefix("EXCHANGE ")
        market = words == "MARKET"
        return self.place(
            request,
            client_id=str(said.get("cid", now_ms())),
            symbol=said["symbol"],
            side="buy" if amount > 0 else "sell",
            type="market" if market else "limit",
            quantity=abs(amount),
            price=Decimal(said["price"]) if not market else Decimal(0),
            times={"IOC": "ioc", "FOK": "fok"}.get(words, "gtc"),
            reduce_only=bool(said.get("flags", 0) & 1024),
        )

    # ---- sockets

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        async def began(socket: web.WebSocketResponse) -> None:
            info = {"event": "info", "version": 2, "serverId": "x", "platform": {"status": 1}}
            await socket.send_json(info)

        return await self.talk(request, self._hear, began)

    async def _hear(self, socket: web.WebSocketResponse, said: str) -> None:
        message = msgspec.json.decode(said)
        if message["event"] == "auth":
            right = hmac.new(SECRET.encode(), message["authPayload"].encode(), hashlib.sha384)
            good = message["apiKey"] == KEY and message["authSig"] == right.hexdigest()
            status = (
                {"status": "OK"}
                if good
                else {"status": "FAILED", "code": 10100, "msg": "apikey: invalid"}
            )
            await socket.send_json({"event": "auth", "chanId": 0, "userId": 1, **status})
            if good:
                self._private.append(socket)
                await socket.send_json([0, "os", [_order(e) for e in self.desk.open_orders()]])
        elif message["event"] == "subscribe":
            await self._subscribe(socket, message)

    async def _subscribe(self, socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        number, channel = next(self._channels), message["channel"]
        pair = message.get("symbol", "")[1:]
        await socket.send_json({**message, "event": "subscribed", "chanId": number, "pair": pair})
        if channel == "book":
            self._books[number] = socket
            await socket.send_json([number, self._levels(raw=False)])
        elif channel == "trades":
            self._prints[number] = socket
            await socket.send_json([number, [[401, now_ms(), 0.01, float(self.desk.best[1])]]])

    def _told(self, what: str, thing: Any) -> None:
        if what == "market":
            gone = [[float(self._shown[0]), 0, 1], [float(self._shown[1]), 0, -1]]
            self._shown = thing
            for number, socket in self._books.items():
                for level in [*gone, *self._levels(raw=False)]:
                    self.say(socket, lambda s=socket, m=[number, level]: s.send_json(m))
            for number, socket in self._prints.items():
                row = [number, "te", [402, now_ms(), 0.02, float(thing[1])]]
                self.say(socket, lambda s=socket, m=row: s.send_json(m))
            return
        if what == "trade":
            rows = [[0, "te", [*_trade(thing)[:9], None, None, None]], [0, "tu", _trade(thing)]]
        else:
            new = thing.state == "open" and not thing.filled
            name = "on" if new else "ou" if thing.state == "open" else "oc"
            rows = [[0, name, _order(thing)]]
        for socket in self._private:
            for row in rows:
                self.say(socket, lambda s=socket, m=row: s.send_json(m))


def _order(order: Placed) -> list[Any]:
    sign = 1 if order.side == "buy" else -1
    status = {"open": "ACTIVE", "canceled": "CANCELED", "closed": "EXECUTED"}[order.state]
    if order.filled:
        at = f"@ {order.average}({order.filled * sign})"
        status = f"PARTIALLY FILLED {at}" if order.state == "open" else f"{status} {at}"
        if order.state == "canceled":
            status = f"CANCELED was: PARTIALLY FILLED {at}"
    word = order.type.upper() if order.times == "gtc" else order.times.upper()
    row = [int(order.id), None, int(order.client_id), order.symbol, order.ts_ms, order.changed_ms]
    row += [float(order.rest * sign), float(order.quantity * sign), f"EXCHANGE {word}", None, None]
    row += [None, 0, status, None, None, float(order.price), float(order.average), 0, 0]
    return [*row, None, None, None, 0, 0, None, None, None, "API>BFX", None, None, {}]


def _trade(trade: DeskTrade) -> list[Any]:
    order, sign = trade.order, 1 if trade.order.side == "buy" else -1
    row = [trade.number, order.symbol, trade.ts_ms, int(order.id), float(trade.quantity * sign)]
    row += [float(trade.price), f"EXCHANGE {order.type.upper()}", float(order.price)]
    # What is paid is below zero at Bitfinex.
    return [*row, 1 if trade.maker else -1, float(-trade.fee), "UST", int(order.client_id)]

"""Alpaca's crypto served: the trading API, its account stream, and crypto market data.

Shapes: docs.alpaca.markets (getallorders, postorder, getaccountactivitiesbyactivitytype, websocket-streaming) as ccxt
quotes them beside its parsers. Crypto fills name no fee; the account stream comes as binary frames of JSON.
"""

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from aiohttp import web

from exchange_desk import Desk, DeskServer, DeskTrade, Placed, Refusal, now_ms, text

__all__ = ["KEY", "SECRET", "Alpaca"]

KEY, SECRET = "alpaca-key", "alpaca-secret"
_ERRORS = {
    "money": (403, 40310000, "insufficient balance for USD (requested: 1, available: 0)"),
    "unknown": (404, 40410000, "order is not found."),
    "key": (401, 40110000, "request is not authorized"),
    "limit": (429, 42910000, "too many requests."),
}
_STATES = {"open": "new", "closed": "filled", "canceled": "canceled"}


class Alpaca(DeskServer):
    """BTC/USD."""

    def __init__(self) -> None:
        super().__init__(Desk("BTC/USD", "BTC", "USD", new_id=_identity))
        self.desk.fee = Decimal(0)  # it is taken of what is bought, later, and fills do not tell it
        self.desk.heard.append(self._told)
        self._private: list[web.WebSocketResponse] = []
        self._public: list[web.WebSocketResponse] = []

    def routes(self, router: web.UrlDispatcher) -> None:
        router.add_route("*", "/{host}/v2/{path:.+}", self.trading)
        router.add_get("/{host}/v1beta3/crypto/us/{path:.+}", self.data)
        router.add_get("/{host}/v1beta2/crypto", self.market_socket)
        router.add_get("/{host}/stream", self.account_socket)

    # ---- market data

    async def data(self, request: web.Request) -> web.Response:
        path, symbol = request.match_info["path"], self.desk.symbol
        bid, ask = map(float, self.desk.best)
        if path == "latest/orderbooks":
            return web.json_response({"orderbooks": {symbol: self._book(snapshot=False)}})
        if path == "trades":
            return web.json_response({"trades": {symbol: [self._print(bid)]}})
        minute = now_ms() // 60_000 * 60_000
        bars = [
            {
                "c": ask,
                "h": ask,
                "l": bid,
                "o": bid,
                "n": 3,
                "t": _iso(minute - n * 60_000),
                "v": 1.5,
                "vw": bid,
            }
            for n in reversed(range(1, 5))
        ]
        return web.json_response({"bars": {symbol: bars}, "next_page_token": None})

    def _book(self, *, snapshot: bool) -> dict[str, Any]:
        bid, ask = map(float, self.desk.best)
        size = float(self.desk.size)
        book = {"t": _iso(now_ms()), "b": [{"p": bid, "s": size}], "a": [{"p": ask, "s": size}]}
        return {**book, "T": "o", "S": self.desk.symbol, "r": True} if snapshot else book

    def _print(self, price: float) -> dict[str, Any]:
        return {"i": now_ms(), "p": price, "s": 0.01, "t": _iso(now_ms()), "tks": "B"}

    async def market_socket(self, request: web.Request) -> web.WebSocketResponse:
        async def began(socket: web.WebSocketResponse) -> None:
            await socket.send_json([{"T": "success", "msg": "connected"}])

        return await self.talk(request, self._hear_market, began)

    async def _hear_market(self, socket: web.WebSocketResponse, said: str) -> None:
        message = msgspec.json.decode(said)
        if message["action"] == "auth":
            good = (message["key"], message["secret"]) == (KEY, SECRET)
            answer = {"T": "success", "msg": "authenticated"}
            await socket.send_json(
                [answer if good else {"T": "error", "code": 402, "msg": "auth failed"}]
            )
            return
        self._public.append(socket)
        await socket.send_json([{"T": "subscription", "trades": message.get("trades", [])}])
        if "orderbooks" in message:
            await socket.send_json([self._book(snapshot=True)])
        if "trades" in message:
            row = {**self._print(float(self.desk.best[0])), "T": "t", "S": self.desk.symbol}
            await socket.send_json([row])

    # ---- trading

    async def trading(self, request: web.Request) -> web.Response:
        try:
            keys = (
                request.headers.get("APCA-API-KEY-ID"),
                request.headers.get("APCA-API-SECRET-KEY"),
            )
            if keys != (KEY, SECRET):
                raise Refusal("key")
            answer = await self._answer(request, request.match_info["path"])
        except Refusal as error:
            status, code, said = _ERRORS[error.kind]
            return web.json_response({"code": code, "message": said}, status=status)
        return web.Response(status=204) if answer is None else web.json_response(answer)

    async def _answer(self, request: web.Request, path: str) -> Any:
        desk, parts = self.desk, path.split("/")
        if path == "clock":
            return {"timestamp": _iso(now_ms()), "is_open": True}
        if path == "assets":
            return [_asset(desk.symbol)]
        if path == "account":
            return self._account()
        if path == "positions":
            return [self._position()]
        if path.startswith("account/activities"):
            return [_activity(each) for each in reversed(desk.trades)]
        if path == "orders" and request.method == "POST":
            return _order(self._place(request, await request.json()))
        if path == "orders":
            return self._orders(request.query.get("status", "open"))
        order = desk.find(parts[1])
        if request.method == "DELETE":
            desk.cancel(order)
            return None
        return _order(order)

    def _orders(self, status: str) -> list[dict[str, Any]]:
        wanted = [
            each
            for each in self.desk.orders
            if status == "all" or (each.state == "open") == (status == "open")
        ]
        return [_order(each) for each in reversed(wanted)]

    def _place(self, request: web.Request, said: dict[str, Any]) -> Placed:
        return self.place(
            request,
            client_id=said["client_order_id"],
            symbol=said["symbol"],
            side=said["side"],
            type=said["type"],
            quantity=Decimal(said["qty"]),
            price=Decimal(said.get("limit_price", 0)),
            times=said["time_in_force"],
        )

    def _account(self) -> dict[str, Any]:
        cash, price = self.desk.money["USD"], self.desk.best[0]
        value = self.desk.money["BTC"] * price
        return {
            "currency": "USD",
            "status": "ACTIVE",
            "crypto_status": "ACTIVE",
            "cash": text(cash - self.desk.held("USD")),
            "equity": text(cash + value),
            "position_market_value": text(value),
        }

    def _position(self) -> dict[str, Any]:
        held = text(self.desk.money["BTC"])
        return {"symbol": "BTCUSD", "asset_class": "crypto", "qty": held, "qty_available": held}

    # ---- the account's stream

    async def account_socket(self, request: web.Request) -> web.WebSocketResponse:
        return await self.talk(request, self._hear_account)

    async def _hear_account(self, socket: web.WebSocketResponse, said: str) -> None:
        message = msgspec.json.decode(said)
        if message["action"] == "authenticate":
            data = message["data"]
            good = (data["key_id"], data["secret_key"]) == (KEY, SECRET)
            status = "authorized" if good else "unauthorized"
            answer = {
                "stream": "authorization",
                "data": {"status": status, "action": "authenticate"},
            }
        else:
            answer = {"stream": "listening", "data": {"streams": ["trade_updates"]}}
            if socket not in self._private:
                self._private.append(socket)
        await socket.send_bytes(msgspec.json.encode(answer))

    def _told(self, what: str, thing: Any) -> None:
        if what == "market":
            rows = [
                self._book(snapshot=True),
                {**self._print(float(thing[0])), "T": "t", "S": self.desk.symbol},
            ]
            for socket in self._public:
                self.say(socket, lambda s=socket: s.send_json(rows))
            return
        if what == "trade":
            event = "partial_fill" if thing.order.rest else "fill"
            order = thing.order
        else:
            order = thing
            event = {"open": "new", "canceled": "canceled"}.get(order.state, "")
            if not event or (order.filled and order.state == "open"):
                return  # its fill has told of it
        data = {
            "event": event,
            "timestamp": _iso(now_ms()),
            "order": _order(order),
            "execution_id": _identity(1),
        }
        frame = msgspec.json.encode({"stream": "trade_updates", "data": data})
        for socket in self._private:
            self.say(socket, lambda s=socket: s.send_bytes(frame))


def _identity(number: int) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, str(number)))


def _iso(ts_ms: int) -> str:
    return datetime.fromtimestamp(ts_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"


def _asset(symbol: str) -> dict[str, Any]:
    return {
        "id": "276e2673-764b-4ab6-a611-caf665ca6340",
        "class": "crypto",
        "exchange": "CRYPTO",
        "symbol": symbol,
        "name": "Bitcoin / US Dollar",
        "status": "active",
        "tradable": True,
        "min_order_size": "0.000010",
        "min_trade_increment": "0.000000001",
        "price_increment": "0.000000001",
    }


def _order(order: Placed) -> dict[str, Any]:
    filled = order.filled and order.state == "open"
    done = _iso(order.changed_ms) if order.state == "closed" else None
    return {
        "id": order.id,
        "client_order_id": order.client_id,
        "created_at": _iso(order.ts_ms),
        "updated_at": _iso(order.changed_ms),
        "submitted_at": _iso(order.ts_ms),
        "filled_at": done,
        "canceled_at": None,
        "asset_class": "crypto",
        "symbol": order.symbol,
        "notional": None,
        "qty": text(order.quantity),
        "filled_qty": text(order.filled),
        "filled_avg_price": text(order.average) if order.filled else None,
        "order_type": order.type,
        "type": order.type,
        "side": order.side,
        "time_in_force": order.times,
        "limit_price": text(order.price) if order.price else None,
        "stop_price": None,
        "status": "partially_filled" if filled else _STATES[order.state],
    }


def _activity(trade: DeskTrade) -> dict[str, Any]:
    stamp = datetime.fromtimestamp(trade.ts_ms / 1000, UTC).strftime("%Y%m%d%H%M%S%f")[:17]
    return {
        "id": f"{stamp}::{_identity(trade.number)}",
        "activity_type": "FILL",
        "transaction_time": _iso(trade.ts_ms),
        "type": "partial_fill" if trade.order.rest else "fill",
        "price": text(trade.price),
        "qty": text(trade.quantity),
        "side": trade.order.side,
        "symbol": trade.order.symbol,
        "order_id": trade.order.id,
        "cum_qty": text(trade.order.filled),
        "leaves_qty": text(trade.order.rest),
    }

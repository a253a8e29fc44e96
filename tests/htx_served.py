"""HTX served: spot (v1 REST, ``/ws``, ``/feed``, ``/ws/v2``) and USDT-margined contracts (v5 REST and notifications).

Shapes: huobiapi.github.io (spot v1, linear swap) and htx.com (v5) as ccxt quotes them beside its parsers, and
what plain ccxt was seen to need: public frames are gzip, a spot order needs an account first, its answer is an id.
"""

import base64
import gzip
import hashlib
import hmac
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import msgspec
from aiohttp import web

from exchange_desk import Desk, DeskServer, DeskTrade, Placed, Refusal, now_ms, text

__all__ = ["KEY", "SECRET", "HtxContracts", "HtxSpot"]

KEY, SECRET = "htx-key", "htx-secret"
_ERRORS = {
    "money": "account-frozen-balance-insufficient-error",
    "unknown": "base-record-invalid",
    "key": "api-signature-not-valid",
    "limit": "rate-too-many-requests",
}


def _sign(method: str, host: str, path: str, words: dict[str, str]) -> str:
    query = "&".join(f"{name}={quote(words[name], safe='')}" for name in words)
    signed = "\n".join([method, host, path, query]).encode()
    return base64.b64encode(hmac.digest(SECRET.encode(), signed, hashlib.sha256)).decode()


class _Htx(DeskServer):
    """What both have: signatures, zipped frames, pings."""

    host = ""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        desk.heard.append(self.told)
        self.private: list[web.WebSocketResponse] = []
        self.public: list[tuple[web.WebSocketResponse, str]] = []
        self.sequence = 100

    def told(self, what: str, thing: Any) -> None:
        """Push what happened."""
        raise NotImplementedError

    def check(self, request: web.Request, path: str) -> None:
        """See that a request is signed."""
        words = {name: value for name, value in request.query.items() if name != "Signature"}
        right = _sign(request.method, self.host, path, words)
        if words.get("AccessKeyId") != KEY or request.query.get("Signature") != right:
            raise Refusal("key")

    def greets(self, request: web.Request, words: dict[str, str], given: str) -> bool:
        """Tell whether a login over a socket is signed; ccxt signs the whole of an address that it does not know."""
        whole = f"ws://{request.host}{request.path}"
        return given == _sign("GET", self.host, whole, dict(sorted(words.items())))

    async def send(self, socket: web.WebSocketResponse, message: Any) -> None:
        """Send a zipped frame."""
        await socket.send_bytes(gzip.compress(msgspec.json.encode(message)))

    def market_rows(self) -> tuple[list[Any], list[Any]]:
        """Return bids and asks."""
        size = float(self.desk.size)
        return [[float(self.desk.best[0]), size]], [[float(self.desk.best[1]), size]]

    async def quotes(self, request: web.Request) -> web.Response:
        """Answer public questions about the market."""
        what, price = request.path.rsplit("/", 1)[-1], float(self.desk.best[1])
        if what == "depth":
            bids, asks = self.market_rows()
            tick = {"bids": bids, "asks": asks, "version": 1, "ts": now_ms()}
            return web.json_response({"status": "ok", "ts": now_ms(), "tick": tick})
        if what == "trade":
            data = [{"id": 7, "ts": now_ms(), "data": [self.print_of(price)]}]
            return web.json_response({"status": "ok", "ts": now_ms(), "data": data})
        minute = now_ms() // 60_000 * 60
        bars = [
            {"id": minute - n * 60, "open": price, "close": price, "low": price, "high": price}
            | {"amount": 1.5, "vol": 1.5 * price, "count": 3}
            for n in range(1, 5)
        ]
        return web.json_response({"status": "ok", "ts": now_ms(), "data": bars})

    def print_of(self, price: float) -> dict[str, Any]:
        """Return a public trade."""
        number = now_ms()
        return {
            "id": number,
            "ts": number,
            "trade-id": number,
            "tradeId": number,
            "amount": 0.01,
            "price": price,
            "direction": "buy",
        }

    async def public_socket(self, request: web.Request) -> web.WebSocketResponse:
        """Serve market data."""
        return await self.talk(request, self._hear_public)

    async def _hear_public(self, socket: web.WebSocketResponse, said: str) -> None:
        message = msgspec.json.decode(said)
        if "req" in message:
            bids, asks = self.market_rows()
            data = {"seqNum": self.sequence, "bids": bids, "asks": asks}
            answer = {"id": message["id"], "rep": message["req"], "status": "ok", "ts": now_ms()}
            await self.send(socket, {**answer, "data": data})
        elif "sub" in message:
            channel = message["sub"]
            answer = {"id": message["id"], "status": "ok", "subbed": channel, "ts": now_ms()}
            await self.send(socket, answer)
            self.public.append((socket, channel))
            await self.send(socket, self.update(channel, first=True))

    def update(self, channel: str, *, first: bool = False) -> dict[str, Any]:
        """Return what a channel says now."""
        bids, asks = self.market_rows()
        tick: dict[str, Any]
        if "trade" in channel:
            row = self.print_of(asks[0][0])
            tick = {"id": row["id"], "ts": row["ts"], "data": [row]}
        elif "mbp" in channel:
            before = self.sequence if first else self.sequence - 1
            tick = {"seqNum": self.sequence, "prevSeqNum": before, "bids": bids, "asks": asks}
        else:
            event = "snapshot"
            tick = {"bids": bids, "asks": asks, "event": event, "version": self.sequence}
        return {"ch": channel, "ts": now_ms(), "tick": tick}

    def tell_market(self) -> None:
        """Push the market to all who listen."""
        self.sequence += 1
        for socket, channel in self.public:
            message = self.update(channel)
            self.say(socket, lambda s=socket, m=message: self.send(s, m))


class HtxSpot(_Htx):
    """BTC/USDT."""

    host = "api.huobi.pro"

    def __init__(self) -> None:
        super().__init__(Desk("btcusdt", "btc", "usdt"))
        self._shown = self.desk.best

    def routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("/{host}/market/{path:.+}", self.quotes)
        router.add_route("*", "/{host}/{path:v[12]/.+}", self.rest)
        router.add_get("/{host}/ws", self.public_socket)
        router.add_get("/{host}/feed", self.public_socket)
        router.add_get("/{host}/ws/v2", self.account_socket)

    def update(self, channel: str, *, first: bool = False) -> dict[str, Any]:
        found = super().update(channel, first=first)
        if "mbp" in channel and not first:
            found["tick"]["bids"].insert(0, [float(self._shown[0]), 0])
            found["tick"]["asks"].insert(0, [float(self._shown[1]), 0])
        return found

    async def rest(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        if path == "v1/common/timestamp":
            return web.json_response({"status": "ok", "data": now_ms()})
        if path == "v1/common/symbols":
            return web.json_response({"status": "ok", "data": [_SYMBOL]})
        if path == "v2/reference/currencies":
            return web.json_response({"code": 200, "data": []})
        try:
            self.check(request, f"/{path}")
            data = await self._answer(request, path)
        except Refusal as error:
            said = {"err-code": _ERRORS[error.kind], "err-msg": error.kind, "data": None}
            return web.json_response({"status": "error", **said})
        return web.json_response({"status": "ok", "data": data})

    async def _answer(self, request: web.Request, path: str) -> Any:
        desk, words = self.desk, request.query
        if path == "v1/account/accounts":
            return [{"id": 1000001, "type": "spot", "subtype": "", "state": "working"}]
        if path.endswith("/balance"):
            return {"id": 1000001, "type": "spot", "state": "working", "list": self._money()}
        if path == "v1/order/orders/place":
            return self._place(request, await request.json()).id
        if path.endswith("/submitcancel"):
            order = desk.find(path.split("/")[3])
            desk.cancel(order)
            return order.id
        if path == "v1/order/matchresults":
            since = int(words.get("start-time", 0))
            return [_match(each) for each in reversed(desk.trades) if each.ts_ms >= since]
        if path == "v1/order/openOrders":
            return [_order(each) for each in desk.open_orders()]
        if path in ("v1/order/orders", "v1/order/history"):
            states = words.get("states", "")
            rows = [_order(each) for each in reversed(desk.orders)]
            return [each for each in rows if not states or each["state"] in states.split(",")]
        if path.endswith("getClientOrder"):
            return _order(desk.find(client_id=words["clientOrderId"]))
        return _order(desk.find(path.split("/")[3]))

    def _money(self) -> list[dict[str, str]]:
        rows = []
        for name, amount in self.desk.money.items():
            held = self.desk.held(name)
            rows.append({"currency": name, "type": "trade", "balance": text(amount - held)})
            rows.append({"currency": name, "type": "frozen", "balance": text(held)})
        return rows

    def _place(self, request: web.Request, said: dict[str, Any]) -> Placed:
        side, _, kind = said["type"].partition("-")
        return self.place(
            request,
            client_id=said["client-order-id"],
            symbol=said["symbol"],
            side=side,
            type="market" if kind == "market" else "limit",
            quantity=Decimal(said["amount"]),
            price=Decimal(said.get("price", 0)),
            times="ioc" if kind == "ioc" else "fok" if kind.endswith("fok") else "gtc",
        )

    async def account_socket(self, request: web.Request) -> web.WebSocketResponse:
        async def hear(socket: web.WebSocketResponse, said: str) -> None:
            message = msgspec.json.decode(said)
            if message.get("action") == "req":
                words = dict(message["params"])
                given = words.pop("signature")
                words.pop("authType")
                good = words["accessKey"] == KEY and self.greets(request, words, given)
                code = {"code": 200} if good else {"code": 2002, "message": "auth.fail"}
                await socket.send_json({"action": "req", "ch": "auth", "data": {}, **code})
            elif message.get("action") == "sub":
                self.private.append(socket)
                await socket.send_json(
                    {"action": "sub", "code": 200, "ch": message["ch"], "data": {}}
                )

        return await self.talk(request, hear)

    def told(self, what: str, thing: Any) -> None:
        if what == "market":
            self.tell_market()
            self._shown = thing
            return
        rows = [_event(thing)] if what == "order" else [_executed(thing), _clearing(thing)]
        for socket in self.private:
            for row in rows:
                self.say(socket, lambda s=socket, m=row: s.send_json(m))


_SYMBOL = {
    "symbol": "btcusdt",
    "base-currency": "btc",
    "quote-currency": "usdt",
    "price-precision": 2,
    "amount-precision": 6,
    "value-precision": 8,
    "state": "online",
    "min-order-amt": 0.00001,
    "max-order-amt": 1000,
    "min-order-value": 5,
}


def _state(order: Placed) -> str:
    if order.state == "closed":
        return "filled"
    if order.filled:
        return "partial-filled" if order.state == "open" else "partial-canceled"
    return "submitted" if order.state == "open" else "canceled"


def _type(order: Placed) -> str:
    return f"{order.side}-{order.type if order.times == 'gtc' else order.times}"


def _order(order: Placed) -> dict[str, Any]:
    return {
        "id": int(order.id),
        "symbol": order.symbol,
        "account-id": 1000001,
        "client-order-id": order.client_id,
        "amount": text(order.quantity),
        "price": text(order.price),
        "created-at": order.ts_ms,
        "type": _type(order),
        "field-amount": text(order.filled),
        "field-cash-amount": text(order.value),
        "field-fees": "0.0",
        "finished-at": 0 if order.state == "open" else order.changed_ms,
        "source": "spot-api",
        "state": _state(order),
        "canceled-at": 0,
    }


def _match(trade: DeskTrade) -> dict[str, Any]:
    return {
        "symbol": trade.order.symbol,
        "fee-currency": "usdt",
        "source": "spot-api",
        "price": text(trade.price),
        "created-at": trade.ts_ms,
        "role": "maker" if trade.maker else "taker",
        "order-id": int(trade.order.id),
        "match-id": trade.number,
        "trade-id": trade.number,
        "filled-fees": text(trade.fee),
        "filled-amount": text(trade.quantity),
        "filled-points": "0.0",
        "id": trade.number + 1,
        "type": _type(trade.order),
    }


def _event(order: Placed) -> dict[str, Any]:
    kind = "creation" if order.state == "open" else "cancellation"
    if order.filled and order.state != "canceled":
        kind = "update"  # its trade has told of it
    data = {
        "eventType": kind,
        "symbol": order.symbol,
        "orderId": int(order.id),
        "clientOrderId": order.client_id,
        "orderPrice": text(order.price),
        "orderSize": text(order.quantity),
        "orderStatus": _state(order),
        "type": _type(order),
        "orderCreateTime": order.ts_ms,
        "execAmt": text(order.filled),
        "remainAmt": text(order.rest),
        "lastActTime": order.changed_ms,
    }
    return {"action": "push", "ch": f"orders#{order.symbol}", "data": data}


def _executed(trade: DeskTrade) -> dict[str, Any]:
    order = trade.order
    data = {
        "eventType": "trade",
        "symbol": order.symbol,
        "orderId": int(order.id),
        "clientOrderId": order.client_id,
        "orderPrice": text(order.price),
        "orderSize": text(order.quantity),
        "orderStatus": "partial-filled" if order.rest else "filled",
        "type": _type(order),
        "tradePrice": text(trade.price),
        "tradeVolume": text(trade.quantity),
        "tradeId": trade.number,
        "tradeTime": trade.ts_ms,
        "aggressor": not trade.maker,
        "execAmt": text(order.filled),
        "remainAmt": text(order.rest),
    }
    return {"action": "push", "ch": f"orders#{order.symbol}", "data": data}


def _clearing(trade: DeskTrade) -> dict[str, Any]:
    order = trade.order
    data = {
        "eventType": "trade",
        "symbol": order.symbol,
        "orderId": order.id,
        "orderSide": order.side,
        "orderType": _type(order),
        "accountId": 1000001,
        "source": "spot-api",
        "orderStatus": "partial-filled" if order.rest else "filled",
        "feeCurrency": "usdt",
        "tradePrice": text(trade.price),
        "tradeVolume": text(trade.quantity),
        "aggressor": not trade.maker,
        "tradeId": trade.number,
        "tradeTime": trade.ts_ms,
        "transactFee": text(trade.fee),
        "feeDeduct": "0",
        "feeDeductType": "",
    }
    return {"action": "push", "ch": f"trade.clearing#{order.symbol}#0", "data": data}


class HtxContracts(_Htx):
    """BTC/USDT:USDT, a thousandth of a coin each."""

    host = "api.hbdm.vn"

    def __init__(self) -> None:
        super().__init__(Desk("BTC-USDT", "BTC", "USDT"))
        self.desk.futures = True
        self.desk.size = Decimal(5000)

    def routes(self, router: web.UrlDispatcher) -> None:
        router.add_get("/{host}/linear-swap-ex/market/{path:.+}", self.quotes)
        router.add_get("/{host}/{path:linear-swap-api/.+}", self.listing)
        router.add_get("/{host}/api/v1/timestamp", self.clock)
        router.add_get("/{host}/v2/reference/currencies", self.currencies)
        router.add_route("*", "/{host}/{path:v5/.+}", self.rest)
        router.add_get("/{host}/linear-swap-ws", self.public_socket)
        router.add_get("/{host}/ws/v5/notification", self.account_socket)

    async def clock(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "ts": now_ms()})

    async def currencies(self, request: web.Request) -> web.Response:
        return web.json_response({"code": 200, "data": []})

    async def listing(self, request: web.Request) -> web.Response:
        row = {
            "symbol": "BTC",
            "contract_code": "BTC-USDT",
            "contract_size": 0.001,
            "price_tick": 0.1,
            "delivery_date": "",
            "delivery_time": "",
            "create_date": "20201021",
            "contract_status": 1,
            "support_margin_mode": "all",
            "business_type": "swap",
            "pair": "BTC-USDT",
            "contract_type": "swap",
        }
        return web.json_response({"status": "ok", "data": [row], "ts": now_ms()})

    async def rest(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        try:
            self.check(request, f"/{path}")
            data = await self._answer(request, path.removeprefix("v5/"))
        except Refusal as error:
            said = {"err-code": _ERRORS[error.kind], "err-msg": error.kind}
            return web.json_response({"status": "error", **said, "ts": now_ms()})
        return web.json_response({"code": 200, "message": "Success", "data": data, "ts": now_ms()})

    async def _answer(self, request: web.Request, path: str) -> Any:
        desk, words = self.desk, request.query
        if path == "account/balance":
            money = text(desk.money["USDT"])
            row = {"currency": "USDT", "equity": money, "available": money, "profit_unreal": "0"}
            return {
                "state": "normal",
                "equity": money,
                "details": [row | {"available_margin": money}],
            }
        if path == "trade/position/opens":
            return [self._position()] if desk.contracts else []
        if path == "trade/order/opens":
            return [_contract_order(each) for each in desk.open_orders()]
        if path == "trade/order/history":
            return [_contract_order(each) for each in desk.orders if each.state != "open"]
        if path == "trade/order/details":
            since = int(words.get("start_time", 0))
            return [_detail(each) for each in reversed(desk.trades) if each.ts_ms >= since]
        if path == "trade/order" and request.method == "GET":
            name = words.get("client_order_id", "")
            return _contract_order(desk.find(words.get("order_id", ""), name))
        said = await request.json()
        if path == "trade/cancel_order":
            order = desk.find(said["order_id"])
            desk.cancel(order)
        else:
            order = self._place(request, said)
        return {"order_id": order.id, "client_order_id": order.client_id}

    def _place(self, request: web.Request, said: dict[str, Any]) -> Placed:
        return self.place(
            request,
            client_id=str(said.get("client_order_id", now_ms())),
            symbol=said["contract_code"],
            side=said["side"],
            type="market" if said["type"] == "market" else "limit",
            quantity=Decimal(said["volume"]),
            price=Decimal(said.get("price", 0)),
            times=said.get("time_in_force", "gtc"),
            reduce_only=bool(said.get("reduce_only", 0)),
        )

    def _position(self) -> dict[str, Any]:
        desk = self.desk
        side = "buy" if desk.contracts > 0 else "sell"
        return {
            "contract_code": "BTC-USDT",
            "position_side": "both",
            "direction": side,
            "margin_mode": "cross",
            "open_avg_price": text(desk.entry),
            "volume": text(abs(desk.contracts)),
            "available": text(abs(desk.contracts)),
            "lever_rate": 20,
            "margin": "4.75",
            "initial_margin": "4.75",
            "maintenance_margin": "0.2",
            "profit_unreal": "0",
            "profit_rate": "0",
            "margin_rate": "0.0012",
            "mark_price": text(desk.best[0]),
            "last_price": text(desk.best[0]),
            "margin_currency": "USDT",
            "contract_type": "swap",
            "created_time": str(now_ms()),
            "updated_time": str(now_ms()),
        }

    async def account_socket(self, request: web.Request) -> web.WebSocketResponse:
        async def hear(socket: web.WebSocketResponse, said: str) -> None:
            message = msgspec.json.decode(said)
            if message.get("op") == "auth":
                words = {k: v for k, v in message.items() if k not in ("op", "type", "Signature")}
                good = words["AccessKeyId"] == KEY
                good = good and self.greets(request, words, message["Signature"])
                code = {"err-code": 0} if good else {"err-code": 2002, "err-msg": "auth.fail"}
                await self.send(socket, {"op": "auth", "type": "api", **code, "ts": now_ms()})
            elif message.get("op") == "sub":
                self.private.append(socket)
                answer = {"op": "sub", "cid": message["cid"], "topic": message["topic"]}
                await self.send(socket, {**answer, "err-code": 0, "ts": now_ms()})

        return await self.talk(request, hear)

    def told(self, what: str, thing: Any) -> None:
        if what == "market":
            self.tell_market()
            return
        topic = "orders" if what == "order" else "trade"
        data = _contract_order(thing) if what == "order" else [_detail(thing)]
        row = {"op": "notify", "topic": topic, "contract_code": "BTC-USDT", "ts": now_ms()}
        for socket in self.private:
            self.say(socket, lambda s=socket: self.send(s, {**row, "data": data}))


def _contract_order(order: Placed) -> dict[str, Any]:
    state = {"open": "new", "closed": "filled", "canceled": "canceled"}[order.state]
    if order.filled and order.state != "closed":
        state = "partially_filled" if order.state == "open" else "partially_canceled"
    return {
        "id": order.id,
        "order_id": order.id,
        "client_order_id": order.client_id,
        "contract_code": order.symbol,
        "side": order.side,
        "position_side": "both",
        "type": order.type,
        "price": text(order.price),
        "volume": text(order.quantity),
        "state": state,
        "margin_mode": "cross",
        "lever_rate": 20,
        "reduce_only": order.reduce_only,
        "time_in_force": order.times,
        "trade_avg_price": text(order.average),
        "trade_volume": text(order.filled),
        "trade_turnover": text(order.value / 1000),
        "fee_currency": "USDT",
        "fee": "0",
        "contract_type": "swap",
        "created_time": str(order.ts_ms),
        "updated_time": str(order.changed_ms),
    }


def _detail(trade: DeskTrade) -> dict[str, Any]:
    order = trade.order
    return {
        "id": f"{trade.number}-{order.id}-1",
        "contract_code": order.symbol,
        "order_id": order.id,
        "trade_id": str(trade.number),
        "side": order.side,
        "direction": order.side,
        "position_side": "both",
        "order_type": order.type,
        "role": "MAKER" if trade.maker else "TAKER",
        "trade_price": text(trade.price),
        "trade_volume": text(trade.quantity),
        "trade_turnover": text(trade.price * trade.quantity / 1000),
        "created_time": str(trade.ts_ms),
        "updated_time": str(trade.ts_ms),
        "fee_currency": "USDT",
        # What is paid is above zero here, other than in the contracts' older answers.
        "trade_fee": text(trade.fee / 1000),
        "profit": "0",
        "contract_type": "swap",
    }

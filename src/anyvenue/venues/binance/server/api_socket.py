"""The WebSocket API: the same requests as by REST, one after the other on a socket, and spot accounts' streams."""

import asyncio
from collections.abc import Mapping
from inspect import isawaitable
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from anyvenue.model.errors import AnyvenueError
from anyvenue.venues.binance.server.asking import Asked, Endpoint, Security
from anyvenue.venues.binance.server.gate import Gate, Signed
from anyvenue.venues.binance.server.house import House
from anyvenue.venues.binance.server.refusals import Refused, missing, refusal_of
from anyvenue.venues.binance.server.terms import Market
from anyvenue.venues.binance.signing import signed_text
from anyvenue.venues.binance.wire import ApiRequest
from anyvenue.venues.serving.keys import Key
from anyvenue.venues.serving.member import Member
from anyvenue.venues.serving.numbers import Row, encode
from anyvenue.venues.serving.outlet import Outlet

__all__ = ["SPOT_METHODS", "USDM_METHODS", "ApiSocket"]

SPOT_METHODS = {
    "ping": ("GET", "ping"),
    "time": ("GET", "time"),
    "exchangeInfo": ("GET", "exchangeInfo"),
    "depth": ("GET", "depth"),
    "trades.recent": ("GET", "trades"),
    "trades.historical": ("GET", "historicalTrades"),
    "trades.aggregate": ("GET", "aggTrades"),
    "klines": ("GET", "klines"),
    "avgPrice": ("GET", "avgPrice"),
    "ticker.24hr": ("GET", "ticker/24hr"),
    "ticker.price": ("GET", "ticker/price"),
    "ticker.book": ("GET", "ticker/bookTicker"),
    "order.place": ("POST", "order"),
    "order.test": ("POST", "order/test"),
    "order.status": ("GET", "order"),
    "order.cancel": ("DELETE", "order"),
    "order.cancelReplace": ("POST", "order/cancelReplace"),
    "order.amend.keepPriority": ("PUT", "order/amend/keepPriority"),
    "openOrders.status": ("GET", "openOrders"),
    "openOrders.cancelAll": ("DELETE", "openOrders"),
    "allOrders": ("GET", "allOrders"),
    "myTrades": ("GET", "myTrades"),
    "account.status": ("GET", "account"),
    "account.commission": ("GET", "account/commission"),
    "account.rateLimits.orders": ("GET", "rateLimit/order"),
}
"""Methods of spot, and the requests that they are by REST."""

USDM_METHODS = {
    "ping": ("GET", "v1/ping"),
    "time": ("GET", "v1/time"),
    "depth": ("GET", "v1/depth"),
    "ticker.price": ("GET", "v1/ticker/price"),
    "ticker.book": ("GET", "v1/ticker/bookTicker"),
    "order.place": ("POST", "v1/order"),
    "order.modify": ("PUT", "v1/order"),
    "order.status": ("GET", "v1/order"),
    "order.cancel": ("DELETE", "v1/order"),
    "algoOrder.place": ("POST", "v1/algoOrder"),
    "algoOrder.cancel": ("DELETE", "v1/algoOrder"),
    "account.status": ("GET", "v3/account"),
    "v2/account.status": ("GET", "v3/account"),
    "account.balance": ("GET", "v3/balance"),
    "v2/account.balance": ("GET", "v3/balance"),
    "account.position": ("GET", "v2/positionRisk"),
    "v2/account.position": ("GET", "v3/positionRisk"),
    "userDataStream.start": ("POST", "v1/listenKey"),
    "userDataStream.ping": ("PUT", "v1/listenKey"),
    "userDataStream.stop": ("DELETE", "v1/listenKey"),
}
"""Methods of USD-M, and the requests that they are by REST."""

_SIGNED = Endpoint(lambda _asked: {}, Security.SIGNED)


class ApiSocket:
    """One client; `address` is whom its requests weigh on."""

    def __init__(
        self,
        house: House,
        gate: Gate,
        endpoints: Mapping[tuple[str, str], Endpoint],
        socket: web.WebSocketResponse,
        address: str,
    ) -> None:
        """Serve a socket that is open."""
        self._house, self._gate, self._endpoints = house, gate, endpoints
        self._socket, self._address = socket, address
        self._outlet = Outlet(socket, house.terms.longest_queue)
        self._methods = SPOT_METHODS if house.market is Market.SPOT else USDM_METHODS
        self._logged_in: Key | None = None
        self._subscriptions: dict[int, _Subscription] = {}
        self._last = -1
        self._own = {
            "session.logon": self._log_on,
            "session.status": self._status,
            "session.logout": self._log_out,
            "userDataStream.subscribe": self._subscribe,
            "userDataStream.subscribe.signature": self._subscribe,
            "userDataStream.unsubscribe": self._unsubscribe,
            "session.subscriptions": self._list,
        }

    async def serve(self) -> None:
        """Answer until the client leaves."""
        tasks: set[asyncio.Task[None]] = set()
        try:
            async for message in self._socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    task = asyncio.create_task(self._answer(message.data))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
        except ConnectionError:
            pass
        finally:
            for each in self._subscriptions.values():
                self._house.spot_users.leave(each.member, each)
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._outlet.close()

    async def _answer(self, data: str | bytes) -> None:
        number: int | str | None = None
        try:
            request = msgspec.json.decode(data, type=ApiRequest)
            number = request.id
            result = await self._do(request)
            row: Row = {"id": number, "status": 200, "result": result}
        except msgspec.MsgspecError as error:
            row = {"id": number, "status": 400, "error": {"code": -1100, "msg": str(error)}}
        except Refused as refused:
            row = {"id": number, "status": refused.status, "error": refused.body()}
        except AnyvenueError as error:
            meant = refusal_of(self._house.market, error)
            row = {"id": number, "status": meant.status, "error": meant.body()}
        except Exception as error:
            context = {"message": "a request of the WebSocket API failed", "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)
            text = "An unknown error occurred while processing the request."
            row = {"id": number, "status": 500, "error": {"code": -1000, "msg": text}}
        self._outlet.push(encode(row))

    async def _do(self, request: ApiRequest) -> object:
        asked = Asked({name: _text(value) for name, value in request.params.items()})
        own = self._own.get(request.method)
        if own is not None:
            self._house.limits.use(self._address, 2)
            return own(asked)
        path = self._methods.get(request.method)
        endpoint = self._endpoints.get(path) if path is not None else None
        if endpoint is None:
            raise Refused(-1020, f"Unsupported method {request.method}.")
        self._house.limits.use(self._address, endpoint.weight)
        self._admit(endpoint, asked)
        if endpoint.order:
            self._house.limits.order(asked.member.account)
        answer = endpoint.handler(asked)
        return await answer if isawaitable(answer) else answer

    def _admit(self, endpoint: Endpoint, asked: Asked) -> None:
        """Let a request in by its own signature, or by the log-on of the session."""
        if endpoint.security is Security.NONE:
            return
        if self._logged_in is None or asked.has("apiKey"):
            self._gate.admit(endpoint, asked, _signed(asked))
            return
        if endpoint.security is not Security.KEY:
            self._gate.check_time(asked)
        if endpoint.security is Security.TRADE and self._logged_in.read_only:
            raise Refused(-2015, "Invalid API-key, IP, or permissions for action.", 401)
        self._gate.enter(asked, self._logged_in)

    # ---- the session's own

    def _log_on(self, asked: Asked) -> Row:
        self._gate.admit(_SIGNED, asked, _signed(asked))
        self._logged_in = asked.key
        return self._status(asked)

    def _status(self, _asked: Asked) -> Row:
        now = self._house.now_ms()
        return {
            "apiKey": self._logged_in.api_key if self._logged_in is not None else None,
            "authorizedSince": now if self._logged_in is not None else None,
            "connectedSince": now,
            "returnRateLimits": False,
            "serverTime": now,
            "userDataStream": bool(self._subscriptions),
        }

    def _log_out(self, asked: Asked) -> Row:
        self._logged_in = None
        return self._status(asked)

    def _subscribe(self, asked: Asked) -> Row:
        if self._house.market is not Market.SPOT:
            raise Refused(-1020, "Unsupported method userDataStream.subscribe.")
        self._admit(_SIGNED, asked)
        self._last += 1
        subscription = _Subscription(self._last, asked.member, self._outlet)
        self._subscriptions[self._last] = subscription
        self._house.spot_users.join(asked.member, subscription)
        return {"subscriptionId": self._last}

    def _unsubscribe(self, asked: Asked) -> Row:
        named = (
            [asked.integer("subscriptionId")]
            if asked.has("subscriptionId")
            else list(self._subscriptions)
        )
        for number in named:
            subscription = self._subscriptions.pop(number, None)
            if subscription is None:
                raise missing("subscriptionId")
            self._house.spot_users.leave(subscription.member, subscription)
        return {}

    def _list(self, _asked: Asked) -> list[Row]:
        return [{"subscriptionId": each} for each in self._subscriptions]


class _Subscription:
    """One subscription of an account's stream."""

    def __init__(self, number: int, member: Member, outlet: Outlet) -> None:
        self.number, self.member, self._outlet = number, member, outlet

    def hear_account(self, payload: bytes) -> None:
        """Send an event."""
        self._outlet.push(b'{"subscriptionId":%d,"event":%s}' % (self.number, payload))


def _signed(asked: Asked) -> Signed:
    parameters = {key: value for key, value in asked.parameters.items() if key != "signature"}
    signature = asked.parameters.get("signature", "")
    return Signed(asked.parameters.get("apiKey", ""), signed_text(parameters), signature)


def _text(value: Any) -> str:
    """Return a parameter as the text that was signed."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return "" if value is None else msgspec.json.encode(value).decode()

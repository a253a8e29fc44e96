"""A Binance that does what a test says, request by request: an `Http` for the driver, without sockets."""

from typing import Any

from anyvenue.venues.binance.config import BinanceConfig
from anyvenue.venues.binance.driver import BinanceDriver
from driver_script import NOW, DriverScript, Inbox, ScriptedSocket

__all__ = ["NOW", "Inbox", "Script", "ScriptedSocket", "spot_symbol", "usdm_symbol"]


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


class Script(DriverScript):
    """Answers by (method and path) of REST, or by the name of the WebSocket API's method."""

    def __init__(self, market: str = "spot", **changes: Any) -> None:
        super().__init__()
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
        return self.latest("/private/")

    def tell(self, event: dict[str, Any]) -> None:
        """Let an event of the account come."""
        wrapped = {"subscriptionId": 0, "event": event} if self.market == "spot" else event
        self.private.say(wrapped)

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
        found = self.found(name, parameters)
        if isinstance(found, Exception):
            return
        status, content = found[:2]
        key = "result" if status == 200 else "error"
        socket.say({"id": number, "status": status, key: content})

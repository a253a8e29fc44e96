"""An OKX that does what a test says, request by request: an `Http` for the driver, without sockets."""

from typing import Any

from anyvenue.venues.okx.config import OkxConfig
from anyvenue.venues.okx.driver import OkxDriver
from driver_script import NOW, DriverScript, ScriptedSocket

__all__ = ["ALGO", "CANCEL", "NOW", "ORDER", "Script", "no", "yes"]

ORDER, CANCEL = "/api/v5/trade/order", "/api/v5/trade/cancel-order"
ALGO = "/api/v5/trade/order-algo"
_CODES = {"BTC-USDT": 11, "BTC-USDT-SWAP": 12}


def yes(*rows: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Return an answer with these rows."""
    return 200, {"code": "0", "msg": "", "data": list(rows)}


def no(code: str, text: str = "", status: int = 200) -> tuple[int, dict[str, Any]]:
    """Return a refusal."""
    return status, {"code": code, "msg": text, "data": []}


def _listed(wanted: dict[str, str]) -> tuple[int, dict[str, Any]]:
    row = {"tickSz": "0.1", "lotSz": "0.01", "minSz": "0.01", "instType": wanted["instType"]}
    if wanted["instType"] in ("SPOT", "MARGIN"):
        row |= {"instId": "BTC-USDT", "baseCcy": "BTC", "quoteCcy": "USDT"}
    elif wanted["instType"] == "SWAP":
        row |= {"instId": "BTC-USDT-SWAP", "ctVal": "0.01", "ctMult": "1", "ctType": "linear"}
        row |= {"settleCcy": "USDT", "instFamily": "BTC-USDT", "uly": "BTC-USDT"}
    else:
        return yes()
    return yes(row | {"instIdCode": _CODES[row["instId"]], "a field of next year": [1]})


class Script(DriverScript):
    """Answers by (method and path) of REST, or by ``ws`` and the operation over a socket: with the rows of the answer.

    Logins and subscriptions are confirmed, unless `login` says otherwise.
    """

    driver: OkxDriver

    def __init__(self, **changes: Any) -> None:
        super().__init__()
        self.login: list[dict[str, str]] = []
        self.answer("GET /api/v5/public/time", lambda _: yes({"ts": str(self.now_ns // 1_000_000)}))
        self.answer("GET /api/v5/account/config", *yes({"posMode": "net_mode", "acctLv": "2"}))
        self.answer("GET /api/v5/public/instruments", _listed)
        for path in (
            "account/bills",
            "account/positions",
            "account/balance",
            "account/leverage-info",
            "trade/orders-pending",
            "trade/orders-algo-pending",
            "trade/fills",
            "trade/fills-history",
        ):
            self.answer(f"GET /api/v5/{path}", *yes())
        config: dict[str, Any] = {
            "api_key": "key",
            "secret": "secret",
            "passphrase": "words",
            "backoff_s": 0.001,
            "timeout_s": 20.0,
        }
        self.config = OkxConfig(**(config | changes))
        self.driver = OkxDriver(self.config, account="main", clock=self, http=self)

    @property
    def private(self) -> ScriptedSocket:
        """The latest connection that brings the account's events."""
        return self.latest("/private")

    @property
    def business(self) -> ScriptedSocket:
        """The connection that brings the account's conditional orders."""
        return next(each for each in self.sockets if "/business" in each.url)

    @property
    def public(self) -> ScriptedSocket:
        """The latest connection that brings market data."""
        return self.latest("/public")

    def tell(self, channel: str, *rows: dict[str, Any], **more: Any) -> None:
        """Let a stream of the account tell something."""
        where = self.business if channel == "orders-algo" else self.private
        where.say({"arg": {"channel": channel, "uid": "7"}, "data": list(rows), **more})

    def requested(self, socket: ScriptedSocket, request: dict[str, Any]) -> None:
        op = request["op"]
        if op == "login":
            said = self.login.pop(0) if self.login else {"event": "login", "code": "0", "msg": ""}
            socket.say({**said, "connId": "1"})
        elif op in ("subscribe", "unsubscribe"):
            for each in request["args"]:
                self.asked.append((f"ws {op}", each))
                socket.say({"event": op, "arg": each, "connId": "1"})
        else:
            self._on_order(socket, request)

    def _on_order(self, socket: ScriptedSocket, request: dict[str, Any]) -> None:
        name = f"ws {request['op']}"
        wanted = request["args"][0] | {"expTime": request.get("expTime")}
        if name not in self.answers:
            self.asked.append((name, wanted))
            return
        found = self.found(name, wanted)
        if isinstance(found, Exception):
            return
        _, answer = found
        socket.say({"id": request["id"], "op": request["op"], **answer})

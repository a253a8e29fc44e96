"""The last that was heard of quotes, positions, money and orders, with its age: answered without asking the counter."""

from collections.abc import Callable, Sequence

import msgspec

from anyvenue.venues.ctp.counter.seam import Answer, Fields
from anyvenue.venues.ctp.json.features.clients import Client, Message, answer

__all__ = ["CACHED", "Cache", "Kept"]

CACHED = {
    "QueryMarketSnapshot": "DepthMarketData",
    "QueryPositionCached": "InvestorPosition",
    "QueryAccountCached": "TradingAccount",
    "QueryOrdersCached": "Order",
}
"""The cached queries and the field of each one's rows."""

_CALLBACKS = {
    "DepthMarketData": "OnRtnDepthMarketData",
    "InvestorPosition": "OnRspQryInvestorPosition",
    "TradingAccount": "OnRspQryTradingAccount",
    "Order": "OnRtnOrder",
}

_REFRESHED = ("ReqQryInvestorPosition", "ReqQryTradingAccount", "ReqQryOrder")
_NOT_LOGGED_IN = (-401, "未登录")
_BAD_INSTRUMENTS = (-400, "参数有误")
_DONE = "05"  # all traded, cancelled
_MOST_ORDERS = 10_000


class Kept(msgspec.Struct):
    """Rows and when they were true; `stale` once something has happened that changes them."""

    rows: list[Fields]
    at: int = 0
    stale: bool = False


class _Filling(msgspec.Struct):
    rows: list[Fields]


class Cache:
    """Hears every answer of the counter once, and answers the cached queries."""

    def __init__(self, now: Callable[[], int], longest_s: float = 30.0) -> None:
        """Call what is older than `longest_s` stale; `now` is int ns UTC."""
        self.hits = 0
        self.misses = 0
        self._now = now
        self._longest = int(longest_s * 1e9)
        self._quotes: dict[str, Kept] = {}
        self._kept: dict[tuple[str, str], Kept] = {}
        self._orders: dict[str, dict[tuple[object, ...], Fields]] = {}
        self._orders_at: dict[str, int] = {}
        self._complete: set[str] = set()
        self._days: dict[str, str] = {}
        self._filling: dict[tuple[str, str, int], _Filling] = {}
        self._whole: set[tuple[str, str, int]] = set()

    # ---- what is heard

    def asked(self, account: str, name: str, fields: Fields, request_id: int) -> None:
        """Take note of a query: only one that asks for everything fills the cache."""
        if name in _REFRESHED and not _narrowed(fields):
            self._whole.add((account, name.removeprefix("Req"), request_id))

    def heard(self, account: str, heard: Answer) -> None:
        """Take what an answer of the counter says."""
        fields = heard.fields
        match heard.callback:
            case "OnRtnDepthMarketData" if fields is not None:
                self._quotes[str(fields.get("InstrumentID", ""))] = Kept([fields], self._now())
            case "OnRspQryInvestorPosition" | "OnRspQryTradingAccount" | "OnRspQryOrder":
                self._fill(account, heard)
            case "OnRtnOrder" if fields is not None:
                self._put_order(account, fields)
                self._outdate(account, "TradingAccount", "InvestorPosition")
            case "OnRtnTrade":
                self._outdate(account, "TradingAccount", "InvestorPosition")
            case "OnRspUserLogin" if fields is not None and account:
                self._begin_day(account, str(fields.get("TradingDay", "")))

    def _begin_day(self, account: str, day: str) -> None:
        """Forget what was of another trading day."""
        if self._days.setdefault(account, day) == day:
            return
        self._days[account] = day
        self._orders.pop(account, None)
        self._orders_at.pop(account, None)
        self._complete.discard(account)
        for body in ("InvestorPosition", "TradingAccount"):
            self._kept.pop((account, body), None)

    def _fill(self, account: str, heard: Answer) -> None:
        name = heard.callback.removeprefix("On").replace("Rsp", "", 1)
        key = (account, name, heard.request_id)
        if key not in self._whole:
            return
        filling = self._filling.setdefault(key, _Filling([]))
        if heard.fields is not None:
            filling.rows.append(heard.fields)
        if heard.is_last:
            self._whole.discard(key)
            del self._filling[key]
            if not heard.error or not heard.error[0]:
                self._keep(account, name.removeprefix("Qry"), filling.rows)

    def _keep(self, account: str, body: str, rows: list[Fields]) -> None:
        if body == "Order":
            self._orders_at[account] = self._now()
            self._complete.add(account)
            for row in rows:
                self._put_order(account, row)
        else:
            self._kept[account, body] = Kept(rows, self._now())

    def _put_order(self, account: str, order: Fields) -> None:
        orders = self._orders.setdefault(account, {})
        key = tuple(order.get(name) for name in ("FrontID", "SessionID", "OrderRef"))
        # Told in one stream, so what is known of an order is never older than what is told of it.
        orders[key] = order
        self._orders_at[account] = self._now()
        if len(orders) > _MOST_ORDERS:
            done = next((k for k, o in orders.items() if o.get("OrderStatus") in tuple(_DONE)), key)
            del orders[done]

    def _outdate(self, account: str, *bodies: str) -> None:
        for body in bodies:
            kept = self._kept.get((account, body))
            if kept is not None:
                kept.stale = True

    # ---- what is asked

    def take(self, client: Client, message: Message) -> None:
        """Answer a cached query, or RefreshCache, which asks the counter in the client's name."""
        name = str(message["MsgType"])
        if name == "QueryMarketSnapshot":
            client.send(self._snapshot(client, message))
        elif not client.user:
            client.send(answer(message, error=_NOT_LOGGED_IN))
        elif name == "RefreshCache":
            for query in _REFRESHED:
                request = {"MsgType": query, query.removeprefix("Req"): {}}
                client.feed({**request, "RequestID": message.get("RequestID", 0)})
            client.send(
                answer(message, {"Refreshing": [q.removeprefix("ReqQry") for q in _REFRESHED]})
            )
        else:
            client.send(answer(message, self._of_account(client, CACHED[name])))

    def _snapshot(self, client: Client, message: Message) -> dict[str, object]:
        wanted = message.get("InstrumentID")
        if isinstance(wanted, str):
            wanted = [wanted]
        if not isinstance(wanted, Sequence) or not all(isinstance(each, str) for each in wanted):
            return answer(message, error=_BAD_INSTRUMENTS)
        found = {code: self._quotes.get(code) for code in wanted}
        now = self._now()
        rows = [
            {**_told(client, "DepthMarketData", kept.rows[0]), **self._age(kept.at, now)}
            for kept in found.values()
            if kept is not None
        ]
        self._count(len(rows) == len(found))
        missing = [code for code, kept in found.items() if kept is None]
        return answer(message, {"MarketSnapshot": rows, "Missing": missing})

    def _of_account(self, client: Client, body: str) -> dict[str, object]:
        account, now = client.user, self._now()
        if body == "Order":
            at = self._orders_at.get(account, 0)
            orders = self._orders.get(account, {}).values()
            rows = [client.row(_CALLBACKS[body], order) for order in orders]
            self._count(bool(at))
            # Every change of an order is told; but of orders from before the service came, only a query knows.
            complete = account in self._complete
            age = self._age(at, now)
            return {body: rows, **age, "Stale": not at, "Complete": complete}
        kept = self._kept.get((account, body))
        self._count(kept is not None)
        if kept is None:
            return {body: [], **self._age(0, now)}
        rows = [client.row(_CALLBACKS[body], row) for row in kept.rows]
        return {body: rows, **self._age(kept.at, now, stale=kept.stale)}

    def _age(self, at: int, now: int, *, stale: bool = False) -> dict[str, object]:
        if not at:
            return {"UpdatedAt": None, "AgeMs": None, "Stale": True}
        old = now - at
        return {
            "UpdatedAt": at // 1_000_000,
            "AgeMs": old // 1_000_000,
            "Stale": stale or old > self._longest,
        }

    def _count(self, hit: bool) -> None:
        if hit:
            self.hits += 1
        else:
            self.misses += 1

    @property
    def hit_rate(self) -> float | None:
        """Return the share of cached queries that found something, in percent; None before the first."""
        asked = self.hits + self.misses
        return 100 * self.hits / asked if asked else None


def _told(client: Client, body: str, row: Fields) -> dict[str, object]:
    return {body: client.row(_CALLBACKS[body], row)}


def _narrowed(fields: Fields) -> bool:
    """Tell whether a query asks for a part: one instrument, one exchange, one order."""
    whose = ("BrokerID", "InvestorID", "AccountID", "CurrencyID", "InvestUnitID")
    return any(value for name, value in fields.items() if name not in whose)

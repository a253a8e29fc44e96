"""What an exchange can do by ccxt's own account of it (`has`, `features`): what is pushed, what must be asked for."""

from collections.abc import Mapping
from typing import Literal, cast

import msgspec

from anyvenue.model.enums import OrderType, TimeInForce
from anyvenue.model.ids import OrderId
from anyvenue.model.protocols import Capabilities
from anyvenue.venues.ccxt.library import Exchange
from anyvenue.venues.ccxt.naming import client_name

__all__ = ["AMENDING", "LEVELS", "Abilities", "Way", "abilities_of", "table"]

Way = Literal["push", "poll", "no"]

AMENDING = frozenset({"binanceusdm", "binancecoinm", "okx", "bybit", "gate", "deribit"})
"""Where a change keeps the order; elsewhere ccxt cancels it and sends another, which could leave two or none."""

LEVELS = 20
_TOPICS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "quotes": (("watchBidsAsks", "watchOrderBook"), ("fetchOrderBook",)),
    "depth": (("watchOrderBook",), ("fetchOrderBook",)),
    "trades": (("watchTrades",), ("fetchTrades",)),
    "bars": (("watchOHLCV",), ("fetchOHLCV",)),
    "funding": (("watchFundingRate",), ("fetchFundingRate",)),
    "orders": (("watchOrders",), ("fetchOpenOrders",)),
    "fills": (("watchMyTrades",), ("fetchMyTrades", "fetchOrderTrades")),
    "balances": ((), ("fetchBalance",)),
    "positions": ((), ("fetchPositions",)),
}
_CHANNELS = frozenset({"quotes", "depth", "trades", "bars", "funding"})
_SOME = OrderId(10**11)
_TIMES = {"GTC": TimeInForce.GTC, "IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK}


class Abilities(msgspec.Struct, frozen=True):
    """`ways` tells how each thing is got; `has` are ccxt's methods that the exchange answers natively or not at all.

    `order` is ccxt's description of what `createOrder` takes, of the kind of market that is traded. `symbol_needed`:
    open orders are told of one symbol at a time. `page` is how many own trades can be asked for at once, None where
    nobody says.
    """

    exchange: str
    has: frozenset[str]
    ways: Mapping[str, Way]
    order: Mapping[str, object]
    contracts: bool
    symbol_needed: bool = False
    page: int | None = None

    def capabilities(self) -> Capabilities:
        """Return them in a node's words."""
        times = {_TIMES[each] for each in self.times if each in _TIMES}
        names = client_name(self.exchange, _SOME)
        # Bars are subscribed one by one; a node, which asks for all, builds its own.
        channels = _CHANNELS - {"bars", *(() if self.contracts else ("funding",))}
        return Capabilities(
            order_types=frozenset({OrderType.LIMIT, OrderType.MARKET}),
            times_in_force=frozenset(times | {TimeInForce.DAY, TimeInForce.GTC}),
            channels=frozenset(each for each in channels if self.ways[each] != "no"),
            depth_levels=LEVELS,
            modify=self.amends,
            post_only="PO" in self.times,
            reduce_only=self.contracts,
            client_ids=bool(names),
            history="fetchOHLCV" in self.has,
            hedged=False if self.contracts else None,
            polled=frozenset(name for name, way in self.ways.items() if way == "poll"),
        )

    @property
    def times(self) -> frozenset[str]:
        """Return ccxt's words for the times in force that are taken, PO among them."""
        found = self.order.get("timeInForce")
        if not isinstance(found, Mapping):
            return frozenset({"GTC", "IOC", "FOK", "PO"})  # not described: the exchange will say
        return frozenset(str(name) for name, taken in found.items() if taken)

    @property
    def amends(self) -> bool:
        """Whether an order can be changed and stays the same order."""
        return self.exchange in AMENDING and "editOrder" in self.has

    @property
    def buys_by_money(self) -> bool:
        """Whether a market order to buy is given in money: then a quantity cannot be kept to."""
        return bool(self.order.get("marketBuyRequiresPrice")) and not self.contracts


def abilities_of(exchange: Exchange, *, contracts: bool) -> Abilities:
    """Return what an exchange object can do; `contracts` where futures and not spot are traded."""
    has = frozenset(name for name, way in exchange.has.items() if way is True)
    emulated = frozenset(name for name, way in exchange.has.items() if way == "emulated")
    ways = {
        name: _way(pushes, asks, has, has | emulated) for name, (pushes, asks) in _TOPICS.items()
    }
    if not contracts:
        ways |= {"funding": "no", "positions": "no"}
    order = _described(exchange, contracts, "createOrder")
    needed = bool(_described(exchange, contracts, "fetchOpenOrders").get("symbolRequired"))
    page = _described(exchange, contracts, "fetchMyTrades").get("limit")
    most = page if isinstance(page, int) else None
    return Abilities(exchange.id, has, ways, order, contracts, needed, most)


def _way(
    pushes: tuple[str, ...], asks: tuple[str, ...], has: frozenset[str], answers: frozenset[str]
) -> Way:
    if has.intersection(pushes):
        return "push"
    return "poll" if answers.intersection(asks) else "no"


def _described(exchange: Exchange, contracts: bool, method: str) -> Mapping[str, object]:
    features = exchange.features if isinstance(exchange.features, Mapping) else {}
    kind = features.get("swap" if contracts else "spot") or {}
    if isinstance(kind, Mapping) and "linear" in kind:
        kind = kind["linear"] or {}
    found = kind.get(method) if isinstance(kind, Mapping) else None
    return cast(Mapping[str, object], found) if isinstance(found, Mapping) else {}


def table(abilities: Abilities) -> list[tuple[str, str]]:
    """Return what the exchange can do, line by line, for a page or a terminal."""
    can = abilities.capabilities()
    rows = [(name, str(way)) for name, way in abilities.ways.items()]
    return [
        *rows,
        ("times in force", ", ".join(sorted(abilities.times))),
        ("change of an order", "yes" if can.modify else "no"),
        ("market orders to buy", "by money only" if abilities.buys_by_money else "yes"),
        ("order ids of ours", "yes" if can.client_ids else "no"),
        ("leverage", "yes" if "setLeverage" in abilities.has else "no"),
        ("margin mode", "yes" if "setMarginMode" in abilities.has else "no"),
    ]

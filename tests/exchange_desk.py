"""A small exchange for servers of single venues' wires: one account, a market that a test moves, troubles on demand.

It knows no venue. A server turns it into a venue's words; shapes are those that the venue documents and ccxt reads.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from aiohttp import WSMsgType, web

__all__ = ["Desk", "DeskServer", "DeskTrade", "Placed", "Refusal", "now_ms", "text"]

FEE = Decimal("0.001")


def now_ms() -> int:
    """Return the time."""
    return time.time_ns() // 1_000_000


def text(number: Decimal) -> str:
    """Return a number without an exponent."""
    return format(number.normalize(), "f")


class Refusal(Exception):
    """The desk says no; `kind` is money, unknown, key or limit."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass
class DeskTrade:
    """One execution of an order of the account."""

    number: int
    order: "Placed"
    price: Decimal
    quantity: Decimal
    maker: bool
    fee: Decimal
    ts_ms: int


@dataclass
class Placed:
    """An order of the account; `id` is the venue's, made by the server."""

    id: str
    client_id: str
    symbol: str
    side: str
    type: str
    quantity: Decimal
    price: Decimal
    times: str
    ts_ms: int
    reduce_only: bool = False
    filled: Decimal = Decimal(0)
    value: Decimal = Decimal(0)
    state: str = "open"  # open, closed, canceled
    changed_ms: int = 0
    trades: list[DeskTrade] = field(default_factory=list)

    @property
    def rest(self) -> Decimal:
        """What is not filled."""
        return self.quantity - self.filled

    @property
    def average(self) -> Decimal:
        """Average price of the fills, 0 without any."""
        return self.value / self.filled if self.filled else Decimal(0)


class Desk:
    """Orders, money and a market of one price level on each side, deep enough for everything."""

    def __init__(
        self, symbol: str, base: str, quote: str, *, new_id: Callable[[int], str] = str
    ) -> None:
        self.symbol, self.base, self.quote = symbol, base, quote
        self.money = {quote: Decimal(1_000_000), base: Decimal(100)}
        self.contracts = Decimal(0)
        self.entry = Decimal(0)
        self.best = (Decimal(94_990), Decimal(95_000))
        self.size = Decimal(5)
        self.orders: list[Placed] = []
        self.trades: list[DeskTrade] = []
        self.heard: list[Callable[[str, Any], None]] = []
        self.futures = False
        self.fee = FEE
        self._new_id = new_id
        self._numbers = itertools.count(now_ms())

    def tell(self, what: str, thing: Any) -> None:
        """Tell all listeners of an order, a trade of the account, or a move of the market."""
        for each in list(self.heard):
            each(what, thing)

    # ---- the account

    def place(self, **wanted: Any) -> Placed:
        """Take an order; one that meets the market is filled at once."""
        order = Placed(id=self._new_id(next(self._numbers)), ts_ms=now_ms(), **wanted)
        bid, ask = self.best
        worth = order.quantity * (order.price or ask)
        if not self.futures and order.side == "buy" and worth > self.money[self.quote]:
            raise Refusal("money")
        order.changed_ms = order.ts_ms
        self.orders.append(order)
        self.tell("order", order)
        meets = order.price >= ask if order.side == "buy" else order.price <= bid
        if order.type == "market" or meets:
            self.fill(order, order.quantity, ask if order.side == "buy" else bid, maker=False)
        elif order.times in ("ioc", "fok"):
            self.cancel(order)
        return order

    def find(self, order_id: str = "", client_id: str = "") -> Placed:
        """Return an order by the venue's id or by the client's."""
        for each in reversed(self.orders):
            if (order_id and each.id == order_id) or (client_id and each.client_id == client_id):
                return each
        raise Refusal("unknown")

    def open_orders(self) -> list[Placed]:
        """Return what works."""
        return [each for each in self.orders if each.state == "open"]

    def cancel(self, order: Placed) -> None:
        """End an order."""
        if order.state != "open":
            raise Refusal("unknown")
        order.state, order.changed_ms = "canceled", now_ms()
        self.tell("order", order)

    def fill(
        self, order: Placed, quantity: Decimal, price: Decimal | None = None, *, maker: bool = True
    ) -> None:
        """Execute an order, at its price unless another is given."""
        at = price or order.price
        order.filled += quantity
        order.value += quantity * at
        order.changed_ms = now_ms()
        fee = (quantity * at * self.fee).normalize()
        trade = DeskTrade(next(self._numbers), order, at, quantity, maker, fee, order.changed_ms)
        order.trades.append(trade)
        self.trades.append(trade)
        sign = 1 if order.side == "buy" else -1
        if self.futures:
            self.contracts += sign * quantity
            self.entry = at
        else:
            self.money[self.base] += sign * quantity
            self.money[self.quote] -= sign * quantity * at
        self.money[self.quote] -= fee
        if not order.rest:
            order.state = "closed"
        self.tell("trade", trade)
        self.tell("order", order)

    def held(self, currency: str) -> Decimal:
        """Return what working orders to buy claim of the quote currency."""
        if currency != self.quote or self.futures:
            return Decimal(0)
        return sum((e.rest * e.price for e in self.open_orders() if e.side == "buy"), Decimal(0))

    # ---- the market

    def quote_at(self, bid: object, ask: object) -> None:
        """Move the market."""
        self.best = (Decimal(str(bid)), Decimal(str(ask)))
        self.tell("market", self.best)


@web.middleware
async def _lost(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Say nothing on a connection that was broken on purpose."""
    try:
        return await handler(request)
    except ConnectionResetError:
        return web.Response()


class DeskServer:
    """What servers of wires share: start and stop, sockets, and requests about orders that get lost."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.port = 0
        self.lose = ""
        """``command``: the next request for an order is not taken; ``report``: it is, and nobody is told."""
        self.limited = False
        self.sockets: list[web.WebSocketResponse] = []

    def routes(self, router: web.UrlDispatcher) -> None:
        """Add the venue's addresses."""
        raise NotImplementedError

    @asynccontextmanager
    async def served(self) -> AsyncIterator["DeskServer"]:
        """Listen on any port."""
        app = web.Application(middlewares=[_lost])
        self.routes(app.router)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            for each in self.sockets:
                await each.close()
            await runner.cleanup()

    def place(self, request: web.Request, **wanted: Any) -> Placed:
        """Place an order, or lose it on the way there or back."""
        lose, self.lose = self.lose, ""
        if self.limited:
            raise Refusal("limit")
        if lose != "command":
            placed = self.desk.place(**wanted)
        if lose:
            assert request.transport is not None
            request.transport.abort()
            raise ConnectionResetError("lost on purpose")
        return placed

    async def talk(
        self,
        request: web.Request,
        hear: Callable[[web.WebSocketResponse, Any], Awaitable[None]],
        began: Callable[[web.WebSocketResponse], Awaitable[None]] | None = None,
    ) -> web.WebSocketResponse:
        """Serve a WebSocket: `hear` gets what a client says."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        if began is not None:
            await began(socket)
        async for message in socket:
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                await hear(socket, message.data)
        self.sockets.remove(socket)
        return socket

    def say(self, socket: web.WebSocketResponse, send: Callable[[], Awaitable[None]]) -> None:
        """Send soon, unless the socket has gone."""
        if not socket.closed:
            task = asyncio.ensure_future(send())
            task.add_done_callback(lambda each: each.cancelled() or each.exception())

"""A served exchange and its driver behind a proxy that can cut, swallow and garble what goes through."""

import asyncio
from contextlib import AsyncExitStack, suppress
from decimal import Decimal

from msgspec.structs import replace

from anyvenue.model.commands import CancelOrder, SetLeverage, SubmitOrder
from anyvenue.model.enums import Side
from anyvenue.model.events import OrderAccepted, OrderFilled
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.model.positions import PositionTerms
from anyvenue.reference.catalog import Catalog
from anyvenue.testing.conformance import DriverHarness
from anyvenue.venues.paper.checks import RequestGuard
from anyvenue.venues.paper.driver import PaperDriver
from served import RB, Box, Served, SteppedClock, hosted, order, served

__all__ = ["PaperHarness"]

PERPETUAL = InstrumentId("BTC-USDT-PERP.BINANCE")


class Proxy:
    """Passes bytes on between clients and one port; `cut` ends all connections and refuses new ones."""

    def __init__(self) -> None:
        self.port = 0
        self.swallow = ""
        self._target = 0
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, target: int) -> None:
        """Listen, at first on any free port."""
        self._target = target
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Break everything."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def restore(self) -> None:
        """Listen again."""
        if self._server is None:
            await self.start(self._target)

    def abort(self) -> None:
        """End all connections; new ones may be made."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def inject(self, data: bytes) -> None:
        """Send bytes to the clients as if the exchange had."""
        for writer in self._writers[1::2]:
            writer.write(data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner, out = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers += [out, writer]
        for source, sink, way in ((reader, out, "command"), (inner, writer, "report")):
            task = asyncio.ensure_future(self._pump(source, sink, way))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, way: str
    ) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                if self.swallow == way:
                    self.swallow = ""
                    self.abort()
                    return
                if self.swallow == f"{way} then report":
                    self.swallow = "report"
                sink.write(data)
                await sink.drain()
        sink.close()


class PaperHarness(DriverHarness):
    """Another account is the other side of every fill."""

    account = AccountId("alice")
    resting_price = Decimal(3300)

    def __init__(self) -> None:
        self.instrument = Catalog().get(RB)
        self.proxy = Proxy()
        self.clock = SteppedClock()
        self._stack = AsyncExitStack()
        self._exchange: Served | None = None
        self._others: dict[str, tuple[PaperDriver, Box]] = {}
        self._number = 0

    @property
    def exchange(self) -> Served:
        """The exchange, once it is served."""
        assert self._exchange is not None
        return self._exchange

    async def start(self) -> None:
        self._exchange = await self._stack.enter_async_context(
            served(exchange=hosted(clock=self.clock, listed=(RB, PERPETUAL)))
        )
        await self.proxy.start(self._exchange.port)

    async def stop(self) -> None:
        await self.proxy.cut()
        await self._stack.aclose()

    def driver(self) -> PaperDriver:
        if self._exchange is None:  # only to look at
            return Served(None, None, 1).driver("alice")  # type: ignore[arg-type]
        return self._exchange.driver("alice", port=self.proxy.port)

    def intruder(self) -> PaperDriver:
        return self.exchange.driver("alice", port=self.proxy.port, password="wrong")

    def now(self) -> int:
        return self.clock.now()

    async def idle(self) -> None:
        self.clock.time += 1_000_000

    async def _other(self, account: str, session: str) -> tuple[PaperDriver, Box]:
        if account not in self._others:
            self._others[account] = await self.exchange.client(account, session=session)
        return self._others[account]

    async def fill(self, order_id: OrderId, quantity: Decimal) -> None:
        driver, box = await self._other("bob", "bob")
        self._number += 1
        driver.submit(order("bob", self._number, Side.SELL, self.resting_price, quantity))
        number = OrderId(self._number)
        await box.until(lambda box: [x for x in box.of(OrderFilled) if x.order_id == number])

    async def quote(self) -> None:
        driver, box = await self._other("bob", "bob")
        self._number += 1
        for side, price in ((Side.BUY, 3290), (Side.SELL, 3400)):
            self._number += 1
            driver.submit(order("bob", self._number, side, price))
        await box.until(lambda box: len(box.of(OrderAccepted)) >= 2)

    async def foreign(self, request: OrderRequest) -> None:
        driver, box = await self._other("alice", "elsewhere")
        driver.submit(SubmitOrder(OrderId(7), request, self.now()))
        await box.until(lambda box: box.of(OrderAccepted))

    async def end(self, order_id: OrderId) -> None:
        driver, _ = await self._other("alice", "elsewhere")
        for each in await driver.orders():
            if not each.done:
                driver.cancel(CancelOrder(each.order_id, self.account, self.now()))
        await driver.orders()

    async def cut(self) -> None:
        await self.proxy.cut()

    async def restore(self) -> None:
        await self.proxy.restore()

    async def lose_command(self) -> None:
        self.proxy.swallow = "command"

    async def lose_report(self) -> None:
        self.proxy.swallow = "command then report"

    async def garble(self) -> None:
        self.proxy.inject(b"\x00\x00\x00\x05hello")

    async def skew(self, ns: int) -> None:
        self.clock.time += ns

    async def limit_rate(self) -> None:
        server = self.exchange.server
        guard = server._requests[self.account] = RequestGuard(1, 3600)
        guard.check(False, asyncio.get_running_loop().time())
        server.terms = replace(server.terms, most_requests=1)

    async def choose_terms(self) -> PositionTerms:
        wish = SetLeverage(self.account, PERPETUAL, Decimal(7), self.now())
        self.exchange.exchange.execute(wish)
        return PositionTerms(self.account, PERPETUAL, Decimal(7))

    async def settle_day(self) -> None:
        self.exchange.exchange.settle()

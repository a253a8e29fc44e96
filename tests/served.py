"""A served exchange for tests: an exchange by the clock, its server on a free port, drivers with boxes for inboxes."""

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from anyvenue.engine.hosting.exchange import HostedExchange
from anyvenue.engine.hosting.log import InputLog
from anyvenue.engine.hosting.market import ClockMarket
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.commands import CancelOrder, SubmitOrder
from anyvenue.model.enums import Offset, Side
from anyvenue.model.events import Event
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.reference.catalog import Catalog
from anyvenue.venues.paper.config import PaperConfig
from anyvenue.venues.paper.driver import PaperDriver
from anyvenue.venues.paper.passwords import hashed
from anyvenue.venues.paper.server import ExchangeServer, ServerTerms

RB = InstrumentId("rb2701.SHFE")
SECOND = 1_000_000_000
PATIENCE_S = 60.0
SECRET = hashed("secret", cost=2)  # a test logs in often


class SteppedClock:
    """A clock that a test moves."""

    def __init__(self, now: int = 1_789_437_600 * SECOND) -> None:
        self.time = now

    def now(self) -> int:
        return self.time


class Box:
    """An inbox that keeps what it is given and lets a test wait for it."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._changed = asyncio.Event()

    def post(self, event: Event) -> None:
        self.events.append(event)
        self._changed.set()

    def of(self, *kinds: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kinds)]

    async def until(self, found: Callable[["Box"], object]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not found(self):
                self._changed.clear()
                await self._changed.wait()


class Served:
    """An exchange and its server; what a test needs of them."""

    def __init__(self, exchange: HostedExchange, server: ExchangeServer, port: int) -> None:
        self.exchange = exchange
        self.server = server
        self.port = port
        self.notes: list[str] = []
        self._drivers: list[PaperDriver] = []

    def driver(self, account: str, **options: Any) -> PaperDriver:
        """Return a driver, not yet open, that connects again at once."""
        given = {"password": "secret", "backoff_s": 0.001, "port": self.port, **options}
        driver = PaperDriver(PaperConfig(account=account, **given))
        self._drivers.append(driver)
        return driver

    async def client(self, account: str, **options: Any) -> tuple[PaperDriver, Box]:
        """Return an open driver and its inbox."""
        driver, box = self.driver(account, **options), Box()
        await driver.open(box)
        return driver, box

    async def leave(self) -> None:
        for driver in self._drivers:
            await driver.close()


def hosted(folder: Path | None = None, **options: Any) -> HostedExchange:
    """Return an exchange whose users meet each other; `clock` and `snapshot_every` may be given."""
    catalog = Catalog()
    clock = options.pop("clock", None) or SteppedClock()
    log = InputLog(folder, options.pop("sync", "batch")) if folder is not None else None
    venue = VenueOptions(hours="always", matching="book")
    listed = options.pop("listed", (RB,))
    market = ClockMarket([catalog.get(each) for each in listed], clock)
    try:
        return HostedExchange(market, catalog, venue, log=log, terms={}, **options)
    except BaseException:
        if log is not None:
            log.close()
        raise


@asynccontextmanager
async def served(
    folder: Path | None = None,
    *,
    accounts: tuple[str, ...] = ("alice", "bob"),
    terms: ServerTerms | None = None,
    exchange: HostedExchange | None = None,
    tls: "ssl.SSLContext | None" = None,
) -> AsyncIterator[Served]:
    """Serve an exchange with these accounts, of a million each and the password ``secret``."""
    exchange = exchange or hosted(folder)
    for account in accounts:
        if AccountId(account) not in exchange.accounts():
            exchange.create_account(AccountId(account), {"CNY": Decimal(1_000_000)}, SECRET)
    notes: list[str] = []
    server = ExchangeServer(exchange, exchange, terms, notes.append)
    _, port = await server.start(tls=tls)
    running = asyncio.ensure_future(exchange.run())
    found = Served(exchange, server, port)
    found.notes = notes
    try:
        yield found
    finally:
        await found.leave()
        await server.close()
        exchange.request_stop()
        await running
        exchange.close()


@contextmanager
def served_apart() -> Iterator[str]:
    """Serve an exchange on a thread of its own, for tests whose calls block; give its address."""
    ready, stop, found = threading.Event(), [], []

    async def main() -> None:
        async with served() as exchange:
            done = asyncio.Event()
            stop.append((asyncio.get_running_loop(), done))
            found.append(exchange.port)
            ready.set()
            await done.wait()

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    assert ready.wait(PATIENCE_S)
    try:
        yield f"paper://127.0.0.1:{found[0]}"
    finally:
        loop, done = stop[0]
        loop.call_soon_threadsafe(done.set)
        thread.join(PATIENCE_S)


def order(
    account: str, number: int, side: Side, price: object, quantity: object = 1, **fields: Any
) -> SubmitOrder:
    """Return the command for an order that opens."""
    request = OrderRequest(
        AccountId(account),
        RB,
        side,
        Decimal(str(quantity)),
        Decimal(str(price)),
        offset=Offset.OPEN,
        **fields,
    )
    return SubmitOrder(OrderId(number), request, 0)


def cancel(account: str, number: int) -> CancelOrder:
    """Return the command for a cancel."""
    return CancelOrder(OrderId(number), AccountId(account), 0)

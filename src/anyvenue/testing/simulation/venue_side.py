"""The venue of a simulation: the hosted exchange and its server in a process of their own."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anyvenue.engine.hosting.exchange import HostedExchange
from anyvenue.engine.hosting.log import InputLog
from anyvenue.engine.hosting.market import ClockMarket
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.errors import JournalError, VenueRefused
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.oms.account_state import AccountState
from anyvenue.reference.catalog import Catalog
from anyvenue.testing.simulation.plan import ACCOUNTS
from anyvenue.testing.simulation.processes import Process
from anyvenue.testing.simulation.world import World
from anyvenue.venues.paper.passwords import hashed
from anyvenue.venues.paper.server import ExchangeServer, ServerTerms

if TYPE_CHECKING:
    from anyvenue.testing.simulation.disks import Disk

__all__ = ["DEPOSIT", "INSTRUMENT", "PASSWORD", "PORT", "VenueSide"]

INSTRUMENT = InstrumentId("rb2701.SHFE")
DEPOSIT = Decimal(1_000_000)
PASSWORD = "secret"  # of nothing that exists
PORT = 7788

_SECRET = hashed(PASSWORD, cost=2)  # logging in is not what is simulated


class VenueSide:
    """The exchange; `up` while it serves. It comes back by `boot` to where its disk says it was."""

    def __init__(self, world: World, catalog: Catalog, snapshot_every: int) -> None:
        """Begin with an empty disk."""
        self.disk: Disk = world.disk()
        self.clock = world.clock()
        self.up = False
        self.halts = 0
        self.exchange: HostedExchange
        self.deposited = Decimal(0)
        self.notes: list[str] = []
        self.boots = 0
        self._world = world
        self._catalog = catalog
        self._snapshot_every = snapshot_every
        self._process: Process | None = None

    def boot(self) -> None:
        """Start the process; without room on the disk it ends by itself."""
        self.boots += 1
        process = self._process = self._world.process("venue")
        process.start(self._serve())

    def kill(self, *, kept: float | None = None) -> None:
        """End the process, or with `kept` the power of its machine."""
        if self._process is not None:
            self._process.kill(silently=kept is not None)
            self._process = None
        self.up = False
        self.disk = self.disk.after(kept)

    def account(self, name: str) -> AccountState:
        """Return the venue's own books of an account."""
        return self.exchange.broker.exchange.account(AccountId(name))

    def order_by_hand(self, request: OrderRequest, number: int) -> None:
        """Place an order of the account's from another session; raise VenueRefused while the market is halted."""
        self.check_halt()
        self.exchange.submit(request.account, request, f"hand-{number}", "hand")

    def trades(self) -> int:
        """Return how many fills there were so far."""
        return sum(len(self.exchange.fills(AccountId(name))) for name in ACCOUNTS)

    def check_halt(self) -> None:
        """Raise VenueRefused while the market is halted."""
        if self.halts:
            raise VenueRefused("trading is halted", venue_code="halted", venue_text="halted")

    def deposit(self, account: str, amount: Decimal) -> None:
        """Pay money in."""
        self.exchange.deposit(AccountId(account), "CNY", amount)

    async def _serve(self) -> None:
        try:
            self.exchange = self._open()
            server = ExchangeServer(
                _Gate(self),
                self.exchange,
                ServerTerms(),
                self.notes.append,
            )
            await server.start(port=PORT)
            self.up = True
            await self.exchange.run()
        except JournalError:
            # As the command does: what cannot be written down ends the exchange.
            asyncio.get_running_loop().call_soon(self._die, context=self._world.outside)

    def _die(self) -> None:
        self.kill()

    def _open(self) -> HostedExchange:
        instrument = self._catalog.get(INSTRUMENT)
        exchange = HostedExchange(
            ClockMarket([instrument], self.clock),
            self._catalog,
            VenueOptions(hours="always", matching="book"),
            log=InputLog(Path("venue"), "order", self.disk),
            snapshot_every=self._snapshot_every,
        )
        for name in ACCOUNTS:
            if AccountId(name) not in exchange.accounts():
                exchange.create_account(AccountId(name), {"CNY": DEPOSIT}, _SECRET)
        return exchange


class _Gate:
    """The exchange as its server sees it: while the market is halted nothing new is taken."""

    def __init__(self, venue: VenueSide) -> None:
        self._venue = venue

    def __getattr__(self, name: str) -> Any:
        return getattr(self._venue.exchange, name)

    def submit(
        self, account: AccountId, request: OrderRequest, client_ref: str = "", session: str = ""
    ) -> OrderId:
        self._venue.check_halt()
        return self._venue.exchange.submit(account, request, client_ref, session)

    def modify(
        self,
        account: AccountId,
        order_id: OrderId,
        quantity: Decimal | None = None,
        price: Decimal | None = None,
    ) -> None:
        self._venue.check_halt()
        self._venue.exchange.modify(account, order_id, quantity, price)

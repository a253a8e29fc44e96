"""Faults: what goes wrong, one method for each kind."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from anyvenue.engine.live.by_hand import kill, release
from anyvenue.model.enums import Offset, Side
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.ids import AccountId
from anyvenue.model.orders import OrderRequest
from anyvenue.testing.simulation.network import Connection
from anyvenue.testing.simulation.node_side import NodeSide
from anyvenue.testing.simulation.plan import ACCOUNTS, Fault
from anyvenue.testing.simulation.venue_side import INSTRUMENT, VenueSide
from anyvenue.testing.simulation.watch import Watch
from anyvenue.testing.simulation.world import World

__all__ = ["Faults"]

_SECOND = 1_000_000_000


class Faults:
    """Does what a plan's faults say."""

    def __init__(self, world: World, node: NodeSide, venue: VenueSide, watch: Watch) -> None:
        """Act on these."""
        self._world = world
        self._node = node
        self._venue = venue
        self._watch = watch
        self._hands = 0

    async def happen(self, fault: Fault) -> None:
        """Let one fault happen, and end it after its time."""
        await _KINDS[fault.kind](self, fault)

    def heal(self) -> None:
        """End all that is wrong."""
        self._world.network.heal()
        self._node.set_noise(0.0)
        self._node.disk.room = self._venue.disk.room = None

    # ---- the network

    async def _cut(self, fault: Fault) -> None:
        connection = self._connection(fault)
        if connection is not None:
            connection.cut(fault.size)

    async def _stall(self, fault: Fault) -> None:
        connection = self._connection(fault)
        if connection is not None:
            both = fault.size < 0.4
            out = both or fault.size < 0.7
            connection.stall(fault.seconds * 5, out=out, back=both or not out)

    async def _slow(self, fault: Fault) -> None:
        self._world.network.extra_s = 0.001 + fault.size * 0.1
        await asyncio.sleep(fault.seconds)
        self._world.network.extra_s = 0.0

    async def _refuse(self, fault: Fault) -> None:
        self._world.network.refuse(fault.seconds)
        await self._cut(fault)

    async def _swallow(self, fault: Fault) -> None:
        self._world.network.swallow(fault.seconds)
        await self._cut(fault)

    def _connection(self, fault: Fault) -> Connection | None:
        found = self._world.network.open_connections("node")
        return found[fault.which % len(found)] if found else None

    # ---- machines

    async def _node_crash(self, fault: Fault) -> None:
        self._node.kill()

    async def _node_power(self, fault: Fault) -> None:
        self._node.kill(kept=fault.size)

    async def _venue_crash(self, fault: Fault) -> None:
        # What the venue has said is on its disk: a loss of power is no worse than the end of the process.
        self._venue.kill(kept=fault.size if fault.which % 2 else None)

    async def _both_crash(self, fault: Fault) -> None:
        self._node.kill()
        self._venue.kill()

    async def _disk_full(self, fault: Fault) -> None:
        self._node.disk.room = int(fault.size * 2000)
        await asyncio.sleep(fault.seconds)
        self._node.disk.room = None

    async def _venue_disk_full(self, fault: Fault) -> None:
        self._venue.disk.room = int(fault.size * 2000)
        await asyncio.sleep(fault.seconds)
        self._venue.disk.room = None

    async def _clock_node(self, fault: Fault) -> None:
        self._node.clock.offset += int((fault.size - 0.5) * 10 * _SECOND)

    async def _clock_venue(self, fault: Fault) -> None:
        self._venue.clock.offset += int((fault.size - 0.5) * 10 * _SECOND)

    # ---- trading

    async def _halt(self, fault: Fault) -> None:
        """Trading stops at the venue: what works stays, and nothing trades."""
        self._venue.halts += 1
        before = self._venue.trades()
        await asyncio.sleep(fault.seconds)
        if self._venue.trades() != before:
            self._watch.violated(f"the venue traded while it was halted, from {fault.at:.6f} on")
        self._venue.halts -= 1

    async def _kill(self, fault: Fault) -> None:
        node = self._node.node
        if node is None or not self._node.started or node.chronicle.failure is not None:
            return
        self._node.as_node(lambda live: kill(live, "a fault of the simulation"))
        if node.chronicle.failure is not None:
            return  # it is halted by its journal now, which ends the process
        self._watch.halted = True
        await asyncio.sleep(fault.seconds)
        while self._node.node is None or not self._node.started:
            await asyncio.sleep(0.05)
        self._watch.halted = False
        self._node.as_node(lambda live: release(live, reason="it is over"))

    async def _noise(self, fault: Fault) -> None:
        self._node.set_noise(0.1 + fault.size / 2)
        await asyncio.sleep(fault.seconds)
        self._node.set_noise(0.0)

    async def _hand(self, fault: Fault) -> None:
        self._hands += 1
        side = Side.BUY if fault.which % 2 else Side.SELL
        account = AccountId(ACCOUNTS[fault.which // 2 % 2])
        price, quantity = Decimal(3498 + fault.which // 4 % 5), Decimal(1 + fault.which // 20 % 3)
        request = OrderRequest(account, INSTRUMENT, side, quantity, price, offset=Offset.OPEN)
        self._at_venue(lambda: self._venue.order_by_hand(request, self._hands))

    async def _deposit(self, fault: Fault) -> None:
        amount = Decimal(int(fault.size * 10_000) + 1)
        name = ACCOUNTS[fault.which % 2]
        if self._at_venue(lambda: self._venue.deposit(name, amount)):
            self._venue.deposited += amount

    async def _settle(self, fault: Fault) -> None:
        """The trading day ends, and time goes on from there on both machines."""
        if self._at_venue(lambda: self._venue.exchange.settle()):
            ahead = max(self._venue.exchange.now - self._venue.clock.now(), 0)
            self._venue.clock.offset += ahead
            self._node.clock.offset += ahead

    def _at_venue(self, call: Callable[[], object]) -> bool:
        if not self._venue.up:
            return False
        try:
            call()
        except AnyvenueError:
            return False  # it was refused, or cannot be written down: then the venue ends by itself
        return True


_KINDS: dict[str, Callable[[Faults, Fault], Awaitable[Any]]] = {
    "both_crash": Faults._both_crash,
    "clock_node": Faults._clock_node,
    "clock_venue": Faults._clock_venue,
    "cut": Faults._cut,
    "deposit": Faults._deposit,
    "disk_full": Faults._disk_full,
    "halt": Faults._halt,
    "hand": Faults._hand,
    "kill": Faults._kill,
    "node_crash": Faults._node_crash,
    "node_power": Faults._node_power,
    "noise": Faults._noise,
    "refuse": Faults._refuse,
    "settle": Faults._settle,
    "slow": Faults._slow,
    "stall": Faults._stall,
    "swallow": Faults._swallow,
    "venue_crash": Faults._venue_crash,
    "venue_disk_full": Faults._venue_disk_full,
}

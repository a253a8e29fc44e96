"""One simulation from its plan to its verdict."""

import asyncio
from time import process_time

from msgspec import Struct

from anyvenue.engine.live.requests import RequestTerms
from anyvenue.model.protocols import RequestLimit
from anyvenue.reference.catalog import Catalog
from anyvenue.testing.simulation.comparing import differences
from anyvenue.testing.simulation.faults import Faults
from anyvenue.testing.simulation.loop import SimulationStuck
from anyvenue.testing.simulation.node_side import NodeSide
from anyvenue.testing.simulation.plan import ACCOUNTS, Fault, Plan, Step
from anyvenue.testing.simulation.venue_side import VenueSide
from anyvenue.testing.simulation.watch import Watch
from anyvenue.testing.simulation.world import World

__all__ = ["Outcome", "simulate"]

_PATIENCE_S = 60.0
_RESTART_S = 0.15
_QUIET_S = 0.5
_ANSWER_S = 5.0
# Every third seed has so few requests that orders wait, are withdrawn while they do, and are refused.
_BUDGET = RequestTerms(
    limits=(RequestLimit(name="simulated", count=4, seconds=0.06, reserve=1),),
    queue=12,
    longest_wait_s=0.3,
)


class Outcome(Struct, frozen=True):
    """What a simulation came to. Two of one plan have the same `digest`; without `violations` all is well."""

    plan: Plan
    violations: tuple[str, ...]
    digest: str
    orders: int
    fills: int
    node_boots: int
    venue_boots: int
    seconds: float
    cpu_s: float
    log: tuple[str, ...]


def simulate(plan: Plan) -> Outcome:
    """Play a plan and return what came of it."""
    began = process_time()
    simulation = _Simulation(plan)
    return simulation.play(began)


class _Simulation:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.world = World(plan.seed)
        self.watch = Watch()
        self.log: list[str] = []
        catalog = Catalog()
        # Every other seed starts from snapshots, at either side.
        every = self.world.draw.choice((150, 20_000))
        self.venue = VenueSide(self.world, catalog, every)
        every = 300 if plan.seed % 2 else 100_000
        requests = _BUDGET if plan.seed % 3 == 2 else None
        self.node = NodeSide(self.world, catalog, self.watch, self._note, every, requests)
        self.faults = Faults(self.world, self.node, self.venue, self.watch)

    def play(self, began: float) -> Outcome:
        digest = ""
        try:
            self.world.run(self._play())
            digest = self._digest()
        except SimulationStuck as error:
            self.watch.violated(str(error))
        except TimeoutError:
            self.watch.violated(f"the node is not in line with the venue after {_PATIENCE_S:.0f} s")
        finally:
            self.world.close()
        violations = (*self.watch.violations, *self.world.failures)
        return Outcome(
            self.plan,
            violations,
            digest,
            len(self.watch.tags),
            self.watch.fills,
            self.node.boots,
            self.venue.boots,
            self.world.loop.time(),
            process_time() - began,
            tuple(self.log),
        )

    async def _play(self) -> None:
        keepers = [asyncio.ensure_future(each) for each in (self._keep_venue(), self._keep_node())]
        doing = [self._trade(name) for name in ACCOUNTS]
        doing += [self._later(fault) for fault in self.plan.faults]
        async with asyncio.timeout(_PATIENCE_S):
            await asyncio.gather(*doing)
            self.faults.heal()
            await self._heal()
        self._check()
        for keeper in keepers:
            keeper.cancel()
        left = await self.node.stop()
        for name in ACCOUNTS:
            working = self.venue.account(name).orders.open_orders()
            own = [
                each for each in working if self.venue.exchange.ref_of(each.order_id)[0] == "main"
            ]
            if own or left:
                self.watch.violated(f"orders of {name} still work after a graceful stop")

    # ---- what goes on at once

    async def _keep_venue(self) -> None:
        while True:
            if self.venue._process is None:
                self.venue.boot()
            await asyncio.sleep(_RESTART_S)

    async def _keep_node(self) -> None:
        while True:
            if self.node.node is None:
                self.node.boot()
            await asyncio.sleep(_RESTART_S)

    async def _trade(self, account: str) -> None:
        for step in self.plan.steps:
            if step.account == account:
                await self._until(step)
                self.node.do(step)

    async def _until(self, step: Step) -> None:
        wait = step.at - self.world.loop.time()
        if wait > 0:
            await asyncio.sleep(wait)
        while not (self.node.ready(step.account) or (step.eager and self.node.started)):
            await asyncio.sleep(0.03)

    async def _later(self, fault: Fault) -> None:
        await asyncio.sleep(fault.at)
        self._note("fault", f"{fault.kind} for {fault.seconds:.3f} s, size {fault.size:.2f}")
        await self.faults.happen(fault)

    # ---- the end

    async def _heal(self) -> None:
        """Wait until nothing is wrong and nothing happens any more.

        A connection may be dead and its end not noticed yet: what was sent on it has some seconds to be answered.
        """
        quiet, until = (-1, -1), self.world.loop.time() + _ANSWER_S
        while quiet != self._happened() or not (self.venue.up and self.node.in_line()):
            quiet = self._happened()
            await asyncio.sleep(_QUIET_S)
            if self.world.loop.time() < until and self.node.awaits_answers():
                quiet = (-1, -1)

    def _happened(self) -> tuple[int, int]:
        """Return how much has happened so far, at the node and at the venue."""
        return self.watch.events, self.venue.exchange._machine.told

    def _check(self) -> None:
        assert self.node.node is not None
        live = self.node.node
        self.watch.violations += differences(self.node, self.venue, self.watch)
        if live.inbox.failure is not None:
            self.watch.violated(f"the node could not take an event: {live.inbox.failure!r}")
        for fault in live.node.faults:
            self.watch.violated(f"strategy {fault.strategy} was faulted: {fault.error}")

    def _digest(self) -> str:
        ours = self.node.node.chronicle.hexdigest() if self.node.node is not None else ""
        return f"{ours}:{self.venue.exchange._machine.audit.hex()}"

    def _note(self, source: str, text: str) -> None:
        self.log.append(f"{self.world.loop.time():9.6f}  {source}: {text}")

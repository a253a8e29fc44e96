"""The node of a simulation: two accounts, a strategy on each, and a journal, in a process of their own."""

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

from anyvenue.engine.live import LiveNode
from anyvenue.engine.live.requests import RequestTerms
from anyvenue.model.commands import SubmitOrder
from anyvenue.model.enums import DriverState, OrderState
from anyvenue.model.errors import AnyvenueError, JournalError
from anyvenue.model.ids import AccountId, StrategyId, VenueId
from anyvenue.model.orders import Order
from anyvenue.model.protocols import Inbox
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.risk import NODE
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import get_sessions
from anyvenue.strategy.base import Strategy
from anyvenue.strategy.options import OrderOptions
from anyvenue.testing.simulation.noise import NoisyInbox
from anyvenue.testing.simulation.plan import ACCOUNTS, Step
from anyvenue.testing.simulation.processes import Process
from anyvenue.testing.simulation.venue_side import INSTRUMENT, PASSWORD, PORT
from anyvenue.testing.simulation.world import World
from anyvenue.venues.paper.config import PaperConfig
from anyvenue.venues.paper.driver import PaperDriver

if TYPE_CHECKING:
    from anyvenue.testing.simulation.disks import Disk
    from anyvenue.testing.simulation.watch import Watch

__all__ = ["Chancer", "NodeSide"]

_PATIENCE_S = 0.2


class Chancer(Strategy):
    """Does what it is told."""

    def on_start(self) -> None:
        """See prices."""
        self.quotes(self.instrument)

    def do(self, step: Step) -> None:
        """Try to do what a step says; a refusal is fine."""
        try:
            if step.kind == "order":
                self._order(step)
                return
            working = self.open_orders()
            if working:
                order = working[step.which % len(working)]
                if step.kind == "cancel":
                    self.context.cancel(order.order_id)
                else:
                    quantity = order.filled + step.quantity
                    self.context.modify(order.order_id, quantity, Decimal(step.price))
        except JournalError:
            raise
        except AnyvenueError:
            return

    def _order(self, step: Step) -> None:
        wish = self.buy if step.side == "buy" else self.sell
        options: OrderOptions = {"offset": step.offset, "tag": str(step.number)}
        price: int | None = step.price
        if step.flavour == "market":
            price = None
        elif step.flavour == "stop":
            options["stop"] = 3501 if step.side == "buy" else 3499
        elif step.flavour == "iceberg":
            options["display"] = 1
        elif step.flavour != "limit":
            options["time_in_force"] = step.flavour
        wish(self.instrument, step.quantity, price, **options)


class SimulatedDriver(PaperDriver):
    """The served exchange's own driver, with somebody who counts what it sends and an inbox that may be noisy."""

    def __init__(self, config: PaperConfig, venue: str, watch: "Watch", draw: Random) -> None:
        super().__init__(config, venue=venue)
        self.noise: NoisyInbox | None = None
        self._watch = watch
        self._draw = draw

    async def open(self, inbox: Inbox) -> None:
        self.noise = NoisyInbox(inbox, self._draw)
        await super().open(self.noise)

    def submit(self, command: SubmitOrder) -> None:
        super().submit(command)
        self._watch.sent(command)


class NodeSide:
    """The node; `node` is None while no process runs. `boot` starts one, which recovers from the disk."""

    def __init__(
        self,
        world: World,
        catalog: Catalog,
        watch: "Watch",
        log: Callable[[str, str], None],
        snapshot_every: int,
        requests: RequestTerms | None = None,
    ) -> None:
        """Begin with an empty disk; with `requests` the strategies share a budget and try again what was not sent."""
        self.disk: Disk = world.disk()
        self.clock = world.clock()
        self.node: LiveNode | None = None
        self.boots = 0
        self.noise_level = 0.0
        self.started = False
        self._world = world
        self._catalog = catalog
        self._watch = watch
        self._log = log
        self._process: Process | None = None
        self._draw = Random(world.draw.random())
        self._lossy = self._unwritable = False
        self._snapshot_every = snapshot_every
        self._requests = requests
        self._losses_of_power = 0

    def boot(self) -> None:
        """Start the process; it stays down when its disk does not let it."""
        self.boots += 1
        process = self._process = self._world.process("node")
        try:
            self.node = process.run(self._make)
        except JournalError as error:
            self._log("node", f"does not start: {error.text}")
            self.kill()
            return
        process.start(self._live(self.node))

    def kill(self, *, kept: float | None = None) -> None:
        """End the process, or with `kept` the power of its machine: that share of what was not safe is still there."""
        node, self.node, self.started = self.node, None, False
        if self._process is not None:
            self._process.kill(silently=kept is not None)
            self._process = None
        self.disk = self.disk.after(kept)
        self._losses_of_power += kept is not None
        failed = node is not None and node.chronicle.failure is not None
        self._unwritable = self._unwritable or failed
        lost = kept is not None or failed
        self._lossy = self._lossy or lost

    def ready(self, account: str) -> bool:
        """Tell whether an account may trade."""
        node = self.node
        if node is None or not self.started:
            return False
        return node.sessions[_venue(account)].is_ready(AccountId(account))

    def in_line(self) -> bool:
        """Tell whether every account's books are in line with the venue's and nothing waits."""
        node = self.node
        return (
            node is not None
            and all(map(self.ready, ACCOUNTS))
            and all(each.driver.state is DriverState.READY for each in node.sessions.values())
            and not node.inbox.depth
        )

    def do(self, step: Step) -> None:
        """Have the account's strategy do what a step says."""
        if self.node is not None and self._process is not None and self.started:
            host = self.node.node.hosts[step.account]  # type: ignore[index]
            if host.state == "running":
                self._process.run(host.strategy.do, step)  # type: ignore[attr-defined]

    def as_node(self, call: Callable[[LiveNode], object]) -> None:
        """Call something as the node's process, if there is one."""
        if self.node is not None and self._process is not None:
            self._process.run(call, self.node)

    def account(self, name: str) -> AccountState:
        """Return the node's books of an account."""
        assert self.node is not None
        return self.node.node.desk.account(AccountId(name))

    def orders(self) -> list[Order]:
        """Return all orders of both accounts."""
        return [order for name in ACCOUNTS for order in self.account(name).orders]

    def awaits_answers(self) -> bool:
        """Return whether the venue has not said what became of some order."""
        unsure = (OrderState.SENT, OrderState.UNKNOWN)
        return self.node is not None and any(order.state in unsure for order in self.orders())

    def set_noise(self, level: float) -> None:
        """Repeat and swap reports from now on."""
        self.noise_level = level
        if self.node is not None:
            for session in self.node.sessions.values():
                driver = session.driver
                if isinstance(driver, SimulatedDriver) and driver.noise is not None:
                    driver.noise.level = level

    async def stop(self) -> list[Order]:
        """Stop in good order and return what still works."""
        assert self.node is not None
        assert self._process is not None
        return await self._process.start(self.node.stop())

    def _make(self) -> LiveNode:
        node = LiveNode(
            self._catalog,
            clock=self.clock,
            sessions_of=lambda _: get_sessions("always"),
            logger=self._log,
        )
        instrument = self._catalog.get(INSTRUMENT)
        for name in ACCOUNTS:
            config = PaperConfig(
                account=name,
                password=PASSWORD,
                port=PORT,
                timeout_s=1.0,
                heartbeat_s=0.4,
                backoff_s=0.02,
                longest_backoff_s=0.3,
            )
            driver = SimulatedDriver(config, _venue(name), self._watch, self._draw)
            session = node.add_venue(driver, self._requests)
            node.add_account(AccountId(name), _venue(name))
            node.add_strategy(Chancer, AccountId(name), [instrument], name=name)
            if self._requests is not None:
                session.retry_unsent(StrategyId(name), _PATIENCE_S)
        node.chronicle.machine_run = f"after {self._losses_of_power} losses of power"
        node.open_journal(self.disk, sync="manual", snapshot_every=self._snapshot_every)
        self._look_at_halt(node)
        self._watch.restarted(node, lossy=self._lossy)
        self._lossy = False
        return node

    def _look_at_halt(self, node: LiveNode) -> None:
        """Be the operator: a node that could not write its journal stays halted until somebody has looked."""
        if self._unwritable:
            if not any(each.rule == "journal" for each in node.node.desk.risk.halts()):
                self._watch.violated(
                    "a node that could not write its journal came back as if it could"
                )
            self._unwritable = False
        node.node.desk.watch.release(NODE, rule="journal", reason="looked at")

    async def _live(self, node: LiveNode) -> None:
        try:
            await node.start(timeout=5.0)
        except (AnyvenueError, TimeoutError) as error:
            self._log("node", f"does not start: {error}")
            self._exit()
            return
        self.started = True
        self.set_noise(self.noise_level)
        # Only a journal that has failed ends it.
        await node._failed.wait()
        self._log("node", "the journal has failed")
        self._exit()

    def _exit(self) -> None:
        loop = self._world.loop
        loop.call_soon(self.kill, context=self._world.outside)


def _venue(account: str) -> VenueId:
    return VenueId(f"paper-{account}")

"""One venue of a live node: its driver, the accounts there, and bringing their books in line on every connect."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from anyvenue.engine.live.requests import Outgoing, RequestTerms
from anyvenue.engine.live.tape_entries import Corrected
from anyvenue.engine.rebuild import FIRST_FOREIGN_ID
from anyvenue.model.commands import CancelOrder, Command, ModifyOrder, SubmitOrder
from anyvenue.model.enums import DriverState, Offset
from anyvenue.model.errors import AnyvenueError, ConfigError, NotSent
from anyvenue.model.events import OrderOutcomeLost, OrderSubmitted, VenueStateChanged
from anyvenue.model.ids import AccountId, StrategyId, VenueId
from anyvenue.model.protocols import Cursor, Driver
from anyvenue.oms.reconcile import Correction, reconcile
from anyvenue.runtime.journal import RemarkNoted

if TYPE_CHECKING:
    from anyvenue.engine.live.node import LiveNode

__all__ = ["Session"]

_RETRY_S = 1.0


class Session:
    """A driver and its accounts. Until an account is reconciled only cancels and closing orders go out."""

    def __init__(
        self, node: "LiveNode", driver: Driver, requests: RequestTerms | None = None
    ) -> None:
        """Serve accounts of `driver`, which are added afterwards, within `requests` and what the driver tells."""
        self.driver = driver
        self.venue: VenueId = driver.venue
        self.cursors: dict[AccountId, Cursor] = {}
        self.corrections = 0
        self.unclear = 0
        self.on_sent: Callable[[SubmitOrder], None] | None = None
        self._node = node
        self._ready: dict[AccountId, asyncio.Event] = {}
        self._task: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._again = False
        self._requests = requests or RequestTerms()
        limits = {each.name: each for each in driver.capabilities.requests}
        limits |= {each.name: each for each in self._requests.limits}
        self.outgoing: Outgoing | None = None
        if limits:
            self.outgoing = Outgoing(node, self, list(limits.values()), self._requests)

    # ---- accounts

    def add_account(self, account: AccountId) -> Callable[[Command], None]:
        """Trade an account here; return what sends its commands."""
        self._ready[account] = asyncio.Event()
        return lambda command: self._send(account, command)

    @property
    def accounts(self) -> list[AccountId]:
        """The accounts here, in the order they were added."""
        return list(self._ready)

    def is_ready(self, account: AccountId) -> bool:
        """Tell whether the account's books are in line with the venue's."""
        return self._ready[account].is_set()

    async def ready(self) -> None:
        """Return once every account's books are in line."""
        for event in self._ready.values():
            await event.wait()

    def check_modes(self) -> None:
        """Raise ConfigError where the venue keeps lots side by side and the node nets them, or the reverse.

        An order that closes for one would open for the other.
        """
        hedged = self.driver.capabilities.hedged
        for account in self.accounts if hedged is not None else ():
            if self._node.node.desk.account(account).settings.hedged is not hedged:
                mode, wanted = ("hedge", "true") if hedged else ("one-way", "false")
                raise ConfigError(
                    f"account {account} is in {mode} mode at {self.venue} and this node keeps its books otherwise: set "
                    f"hedged = {wanted} under [account], or change the mode there while nothing is held or ordered",
                    code="config.position_mode",
                    account=account,
                    venue=self.venue,
                    hedged=wanted,
                )

    # ---- the way out

    def retry_unsent(self, strategy: StrategyId, seconds: float) -> None:
        """Try a strategy's orders again for so long when the driver proves that they were not sent; 0 for never."""
        if self.outgoing is None and seconds:
            self.outgoing = Outgoing(self._node, self, (), self._requests)
        if self.outgoing is not None:
            self.outgoing.patience[strategy] = seconds

    def _send(self, account: AccountId, command: Command) -> None:
        outgoing = self.outgoing
        if outgoing is None:
            self.pass_on(account, command)
        else:
            outgoing.send(account, command)

    def pass_on(self, account: AccountId, command: Command) -> None:
        """Give a command to the driver; raise NotSent, with the driver's proof.

        Whatever else an order's sending raises proves nothing: its outcome is lost, and the venue is asked.
        """
        if isinstance(command, SubmitOrder):
            self._check_ready(account, command)
            try:
                self.driver.submit(command)
            except NotSent:
                raise
            except Exception as error:
                self._lose(account, command, error)
            if self.on_sent is not None:
                self.on_sent(command)
        elif isinstance(command, CancelOrder):
            self.driver.cancel(command)
        elif isinstance(command, ModifyOrder):
            self.driver.modify(command)
        else:
            self.driver.send(command)

    def _lose(self, account: AccountId, command: SubmitOrder, error: Exception) -> None:
        now, order_id = self._node.now(), command.order_id
        reason = f"sending it failed, and may have sent it ({type(error).__name__}: {error})"
        self._node.log(self.venue, f"order {order_id} of {account}: {reason}")
        self._node.inbox.post(OrderOutcomeLost(account, order_id, now, now, reason))
        self.look_again()

    def _check_ready(self, account: AccountId, command: SubmitOrder) -> None:
        request = command.request
        opens = request.offset is Offset.OPEN and not request.reduce_only
        if opens and not self.is_ready(account):
            raise NotSent(
                f"{account} is not in line with {self.venue} yet: until then only cancels and closing orders go out",
                code="order.reconciling",
                order_id=command.order_id,
            )

    # ---- the way in

    def on_state(self, event: VenueStateChanged) -> None:
        """Follow the driver: what is not READY must be reconciled when it is."""
        if event.state is DriverState.READY:
            self._cancel_task()
            self._task = asyncio.ensure_future(self._bring_in_line())
            self._task.add_done_callback(self._on_end)
        else:
            for ready in self._ready.values():
                ready.clear()
            if self.outgoing is not None:
                self.outgoing.on_away()

    def look_again(self) -> None:
        """Compare the books with the venue's once more: something has happened there that the node knows nothing of."""
        if self.driver.state is DriverState.READY and not self._again:
            self._again = True
            self._looking = asyncio.ensure_future(self._look_again())
            self._looking.add_done_callback(self._on_end)

    async def _look_again(self) -> None:
        self._again = False
        for account in self.accounts:
            # Until then what moves the account's books waits; once the driver connects again it is compared anyway.
            while self.driver.state is DriverState.READY and not await self._compared(account):
                await asyncio.sleep(_RETRY_S)

    def _on_end(self, task: "asyncio.Task[None]") -> None:
        """Say at once what broke a comparison: nothing else would, and until there is one nothing may be opened."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            text = f"the books could not be compared ({type(error).__name__}: {error}); please report this"
            self._node.log(self.venue, text)
            task.get_loop().call_exception_handler({"message": text, "exception": error})

    async def _compared(self, account: AccountId) -> bool:
        try:
            await self.reconcile(account)
        except AnyvenueError as error:
            self._node.log(self.venue, f"{account} could not be compared: {error.text}")
            return False
        return True

    async def _bring_in_line(self) -> None:
        for account in self.accounts:
            while not await self._reconciled(account):
                await asyncio.sleep(_RETRY_S)
            self._ready[account].set()
            if self.outgoing is not None:
                self.outgoing.pump()
        self._node.on_ready(self)

    async def _reconciled(self, account: AccountId) -> bool:
        try:
            await self.reconcile(account)
        except AnyvenueError as error:
            self._node.log(self.venue, f"{account} could not be brought in line: {error.text}")
            return self.driver.state is not DriverState.READY and self._give_up()
        return True

    def _give_up(self) -> bool:
        self._cancel_task()
        raise asyncio.CancelledError

    def _since(self, account: AccountId) -> Cursor:
        """Return up to where of the venue's stream everything is in the books."""
        cursor, note = self.cursors.get(account, (0, 0)), self._node.chronicle.written.get(account)
        if note is None or note.epoch != getattr(self.driver, "epoch", note.epoch):
            return cursor
        return max(cursor, (note.day, note.number))

    async def reconcile(self, account: AccountId) -> Correction:
        """Compare the books with the venue's snapshot and correct them; raise VenueError or Inconsistent."""
        node = self._node
        snapshot = await self.driver.snapshot(account, self._since(account))
        for look in node.on_snapshot:
            look(snapshot)
        # What the snapshot holds has been posted before it came, and nothing newer (`Driver.snapshot`).
        node.inbox.flush()
        complete = self.driver.capabilities.complete_snapshots
        return self.correct(Corrected(account, node.now(), complete, snapshot))

    def correct(self, entry: Corrected) -> Correction:
        """Correct the books by a snapshot, as `reconcile` does; raise Inconsistent."""
        node, account, snapshot = self._node, entry.account, entry.snapshot
        node.put(entry)
        state = node.node.desk.account(account)
        correction = reconcile(state, snapshot, entry.now, complete=entry.complete)
        node.node.kernel.deliver(correction.events)
        self._skip_ids(correction)
        self.cursors[account] = snapshot.cursor
        node.behind.caught_up(account)
        self.corrections += len(correction.events)
        self.unclear += len(correction.queries)
        for note in correction.notes:
            node.log(self.venue, note.text)
            node.note(RemarkNoted(note.code, note.text, node.now(), note.fields))
        return correction

    def _skip_ids(self, correction: Correction) -> None:
        """Go on above ids of the node's own that it had lost and the venue still has."""
        own = [
            each.order_id
            for each in correction.events
            if isinstance(each, OrderSubmitted) and each.order_id < FIRST_FOREIGN_ID
        ]
        if own:
            self._node.node.desk.take_over(max(own))

    async def close(self) -> None:
        """Leave the venue."""
        self._cancel_task()
        if self._looking is not None:
            self._looking.cancel()
        if self.outgoing is not None:
            self.outgoing.close()
        await self.driver.close()

    def _cancel_task(self) -> None:
        task, self._task = self._task, None
        if task is not None and not task.done() and task is not asyncio.current_task():
            task.cancel()

"""Hosts one strategy in a process of its own, as if it were here.

Risk, books and journal are the node's: a wish comes as a message and goes the way of every other. The process may
crash, hang or lag; then this strategy is faulted, or told less, and nobody else.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from anyvenue.engine.host import StrategyHost
from anyvenue.engine.strategy_process.answers import answer
from anyvenue.engine.strategy_process.feed import Feed, StrategyLink
from anyvenue.engine.strategy_process.messages import (
    Ask,
    Began,
    Credit,
    FromStrategy,
    Held,
    Leave,
    Left,
    Line,
    Raised,
    SetTimer,
    Start,
)
from anyvenue.engine.strategy_process.stand_in import StandIn
from anyvenue.engine.strategy_process.terms import ENDED, ProcessTerms, plain_parameters
from anyvenue.model.errors import AnyvenueError, StrategyError
from anyvenue.model.events import AccountEvent
from anyvenue.model.ids import AccountId, InstrumentId, StrategyId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill, Order
from anyvenue.model.positions import Position
from anyvenue.runtime.processes.pulse import Pulse

if TYPE_CHECKING:
    from anyvenue.engine.node import Node

__all__ = ["ProcessHost"]


class ProcessHost(StrategyHost):
    """A `StrategyHost` over a child process. It is made, started, stopped and dropped on a running loop.

    `after` is a host of the same name whose process is to have ended first. With `keep_when_ended` the orders of a
    process that has died stay, for its successor.
    """

    def __init__(
        self,
        node: "Node",
        terms: ProcessTerms,
        parameters: Mapping[str, object],
        strategy_id: StrategyId,
        account: AccountId,
        instruments: Sequence[Instrument],
        clock: Callable[[], int],
        poke: Callable[[], None],
    ) -> None:
        """Prepare; raise ConfigError for parameters that cannot be given to another process.

        `clock` is the time of the node's, `poke` is called when timers or orders may have changed.
        """
        self.stand_in = StandIn(node.kernel)
        super().__init__(node, self.stand_in, strategy_id, account, instruments)
        self.after: ProcessHost | None = None
        self.keep_when_ended = False
        self.began = False
        self._terms = terms
        self._parameters = plain_parameters(parameters)
        self._given = tuple(instruments)
        self._clock = clock
        self._poke = poke
        self._link: StrategyLink | None = None
        self._pulse: Pulse | None = None
        self._feed: Feed | None = None
        self._held: dict[InstrumentId, Position] = {}
        self._kept = False
        self._leaving = False
        self._left = asyncio.Event()
        self._tasks: dict[asyncio.Task[None], None] = {}

    # ---- what there is to say of it

    @property
    def pid(self) -> int:
        """The process id of the child, 0 while there is none."""
        return self._link.pid if self._link is not None else 0

    @property
    def backlog(self) -> int:
        """How many market events and timers the strategy has not dealt with."""
        return self._feed.backlog if self._feed is not None and self._link is not None else 0

    @property
    def conflated(self) -> int:
        """How many quotes, depth snapshots and timers a later one has replaced."""
        return self._feed.conflated if self._feed is not None else 0

    @property
    def dropped(self) -> int:
        """How many trades and bars were too many."""
        return self._feed.dropped if self._feed is not None else 0

    # ---- life

    def start(self) -> None:
        """Start the child; what making the strategy or `on_start` raises faults it, in a while."""
        self.state, self.error = "running", None
        self._do(self._begin())

    def stop(self, *, cancel: bool = True) -> None:
        """Have the child call `on_stop` and end, then cancel the strategy's orders unless told otherwise."""
        if self.state != "running":
            if cancel and not self._leaving:
                self._node.desk.cancel_all(self.strategy_id)
            return
        self.state = "stopped"
        self._node.market.drop(self.strategy)
        self._leaving = True
        self._do(self._leave(cancel))

    async def ended(self) -> None:
        """Return once no process of it is left."""
        while self._tasks:
            await asyncio.wait(list(self._tasks))
        if self.after is not None:
            await self.after.ended()

    def fail(self, error: Exception) -> None:
        """Fault the strategy and end its process."""
        text = f"{type(error).__name__}: {error}"
        gone = isinstance(error, AnyvenueError) and error.code == ENDED
        self._kept = gone and self.keep_when_ended
        self._fault_here(error, text, "", cancel=not self._kept)

    def give_up_orders(self) -> None:
        """Cancel the orders that were kept when the process died: there is no successor."""
        if self._kept:
            self._kept = False
            self._node.desk.cancel_all(self.strategy_id)

    def _fault_here(self, error: Exception, text: str, where: str, *, cancel: bool = True) -> None:
        self._leaving = False
        self._left.set()
        self.fault_by(error, text, where, cancel=cancel)
        self._do(self._end(0.0))
        self._poke()

    async def _begin(self) -> None:
        if self.after is not None:
            await self.after.ended()
            self.after = None
        if self.state != "running":
            return
        self._link = link = self._terms.link(
            self.strategy_id, self.account_id, self._given, self._parameters, self.policy
        )
        try:
            await asyncio.to_thread(link.start)
            if self.state == "running":
                await link.attach(
                    partial(self._on_message, link), partial(self._on_end, link), self._on_output
                )
        except Exception as error:
            link.kill()
            if self.state == "running":
                self.fail(error)
            return
        except asyncio.CancelledError:
            link.kill()
            raise
        if self.state == "running":
            self._feed_it(link)

    def _feed_it(self, link: StrategyLink) -> None:
        state = self._node.desk.account(self.account_id)
        held = state.positions()
        self._held = {each.instrument: each for each in held}
        self._pass_time()
        self._feed = Feed(link, self._on_full)
        self._feed.send(Start(self.now, tuple(self.open_orders()), tuple(held)))
        self.stand_in.feed = self._feed
        self._pulse = Pulse(link, self._terms.options)

    async def _leave(self, cancel: bool) -> None:
        """Let `on_stop` have its say, as long as a child may take to close."""
        if self._feed is not None and self._link is not None and self._link.attached:
            self._feed.send(Leave())
            with suppress(TimeoutError):
                async with asyncio.timeout(self._terms.options.close_timeout_s):
                    await self._left.wait()
        elif self._link is not None:
            self._link.kill()  # it has not even begun, or has ended just now
        self._leaving = False
        if cancel:
            self._node.desk.cancel_all(self.strategy_id)
            self._poke()
        await self._end(1.0 if self._left.is_set() else 0.0)

    async def _end(self, patience_s: float) -> None:
        """Have no process; one that has said farewell may end by itself within `patience_s`."""
        self.stand_in.feed = None
        if self._pulse is not None:
            self._pulse.stop()
        link = self._link
        if link is None:
            return
        if not patience_s:
            link.kill()
        link.close()
        await asyncio.shield(asyncio.to_thread(link.reap, patience_s or 2.0))
        if link is self._link:
            self._link = None

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks[task] = None
        task.add_done_callback(self._tasks.pop)

    # ---- what it says

    def _on_message(self, link: StrategyLink, message: FromStrategy) -> None:
        feed = self._feed
        if link is not self._link or feed is None:
            return
        if isinstance(message, Credit):
            feed.granted(message)
        elif isinstance(message, Ask):
            self._pass_time()
            reply = answer(self, message)
            self._tell_held()
            feed.send(reply)
            feed.flush()
            self._poke()
        elif isinstance(message, SetTimer):
            self._set_timer(message)
        elif isinstance(message, Line):
            self.log(message.text)
        elif isinstance(message, Raised):
            self._on_raised(message)
        elif isinstance(message, Began):
            self.began = True
        elif isinstance(message, Left):
            self._left.set()

    def _set_timer(self, timer: SetTimer) -> None:
        if timer.at < 0:
            self.cancel_timer(timer.name)
        elif self.state == "running":
            self.set_timer(timer.name, timer.at, timer.every)
            self._poke()

    def _on_raised(self, raised: Raised) -> None:
        error = StrategyError(raised.error, code="strategy.raised", where=raised.where)
        if not raised.fatal:
            self.count_error(error, raised.error, raised.where)
            return
        self.errors += 1
        if self.state == "running" or self._leaving:
            self._fault_here(error, raised.error, raised.where)

    def _on_output(self, line: str) -> None:
        if self._terms.on_output is not None:
            self._terms.on_output(line)
        else:
            self.log(line)

    def _on_end(self, link: StrategyLink, reason: str) -> None:
        if link is not self._link:
            return
        self.stand_in.feed = None
        if self._leaving:
            self._left.set()
        elif self.state == "running":
            self._do(self._mourn(link, reason))

    async def _mourn(self, link: StrategyLink, reason: str) -> None:
        """Say how it ended; what it printed last is read meanwhile."""
        how = await asyncio.shield(asyncio.to_thread(link.reap, 2.0))
        if self.state == "running":
            why = f": {reason}" if reason else ""
            self.fail(StrategyError(f"its process ended {how}{why}", code=ENDED))

    def _on_full(self) -> None:
        if self._link is not None:
            self._link.end("it left so many reports unread that no more can be told")

    def _pass_time(self) -> None:
        """What it wishes, it wishes now."""
        kernel = self._node.kernel
        kernel.now = max(kernel.now, self._clock())

    # ---- what it is told

    def on_order(self, order: Order, fill: Fill | None) -> None:
        """Tell the strategy of its own orders, and of what any order does to its account's positions."""
        if order.account == self.account_id:
            self._tell_held(None if fill is not None else order.instrument)
        super().on_order(order, fill)

    def on_account(self, event: AccountEvent) -> None:
        """Tell the strategy what happened to its account, its positions first."""
        if event.account == self.account_id:
            self._tell_held()
        super().on_account(event)

    @property
    def hears_account(self) -> bool:
        """Always: positions are told whatever the strategy listens to."""
        return True

    def _check_running(self, what: str) -> None:
        if not self._leaving:  # on_stop may place orders and give commands
            super()._check_running(what)

    def _tell_held(self, instrument: InstrumentId | None = None) -> None:
        """Tell positions that have changed: all of them, or that in one instrument."""
        feed = self.stand_in.feed
        if feed is None:
            return
        state = self._node.desk.account(self.account_id)
        if instrument is not None:
            now = [state.position(instrument)]
        else:
            now = state.positions()
            there = {each.instrument for each in now}
            now += [state.position(each) for each in self._held if each not in there]
        changed = [each for each in now if self._held.get(each.instrument) != each]
        if changed:
            self._held.update((each.instrument, each) for each in changed)
            feed.send(Held(tuple(changed)))

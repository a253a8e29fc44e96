"""Strategies for tests that host them in processes of their own, and a node to host them in."""

import ctypes
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from anyvenue.engine.live import LiveNode
from anyvenue.engine.live.processes import add_process_strategy
from anyvenue.engine.strategy_process.host import ProcessHost
from anyvenue.engine.strategy_process.terms import ProcessTerms, StrategyCode
from anyvenue.model.enums import Side
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.events import AccountEvent, CommandRefused, Event, TimerFired
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, VenueId
from anyvenue.model.market import Bar, Quote, Trade
from anyvenue.model.orders import Fill, Order
from anyvenue.model.protocols import Inbox
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import get_sessions
from anyvenue.runtime.processes import HostOptions
from anyvenue.strategy.base import Strategy
from anyvenue.venues.paper.config import PaperConfig
from anyvenue.venues.paper.driver import PaperDriver
from served import RB, Served, SteppedClock, hosted, order, served

__all__ = [
    "ALICE",
    "QUICK",
    "Does",
    "Rig",
    "Slow",
    "Trades",
    "quote",
    "rigged",
    "strategy",
]

ALICE, PAPER = AccountId("alice"), VenueId("paper")
QUICK = HostOptions(heartbeat_s=0.05, silent_beats=60, close_timeout_s=10.0, unread_limit=64 << 20)


def strategy(name: str) -> type[Strategy]:
    """Return a strategy of this module, as a loader does."""
    found: type[Strategy] = globals()[name]
    return found


def quote(number: int, clock: SteppedClock, instrument: InstrumentId = RB) -> Quote:
    """Return the next quote of a recording, of the clock's time."""
    price = 3500.0 + (number * 7919) % 11
    return Quote(instrument, clock.time, clock.time, price, price + 1.0, 5.0, 5.0)


class Does(Strategy):
    """Does what the size of a quote's bid says, and logs what comes of it."""

    depth_of: int = 0
    fails: str = ""

    def on_start(self) -> None:
        if self.fails == "start":
            raise ArithmeticError("no start")
        if self.fails == "slow start":
            time.sleep(3600)
        self.quotes(self.instrument)
        self.log(f"open {[each.order_id for each in self.open_orders()]}")
        self.log(f"pid {os.getpid()}")

    def on_quote(self, quote: Quote) -> None:
        getattr(self, f"do_{int(quote.bid_size)}")()

    def on_order(self, order: Order) -> None:
        self.log(f"{order.state} {order.filled}")

    def on_fill(self, fill: Fill) -> None:
        self.log(f"fill {fill.quantity} held {self.position(fill.instrument).net}")

    def on_account(self, event: AccountEvent) -> None:
        self.log(f"account {type(event).__name__}")

    def on_refused(self, refusal: CommandRefused) -> None:
        self.log("refused by the venue")

    def on_timer(self, timer: TimerFired) -> None:
        self.log(f"timer {timer.name}")

    def on_stop(self) -> None:
        if self.fails == "stop":
            raise ArithmeticError("no end")
        self.log("bye")
        if self.fails == "flatten":
            self.target(self.instrument, 0)

    def do_1(self) -> None:
        raise ArithmeticError("as always")

    def do_2(self) -> None:
        os.abort()

    def do_3(self) -> None:
        time.sleep(3600)

    def do_4(self) -> None:
        ctypes.PyDLL(None).sleep(3600)

    def do_5(self) -> None:
        self.log("five")

    def do_6(self) -> None:
        handle = self.buy(self.instrument, 1, 3400)
        self.log(f"sent {handle.state} {[each.order_id for each in self.open_orders()]}")
        handle.cancel()
        self.log(f"asked {handle.order.pending}")

    def do_7(self) -> None:
        for wish in (
            lambda: self.buy(self.instrument, 1, 3400.5),
            lambda: self.buy(self.instrument, 100_000, 3400),
            lambda: self.context.cancel(OrderId(4711)),
            lambda: self.depth("IF2612.CFFEX"),
            lambda: self.resolve("nothing"),
        ):
            try:
                wish()
            except AnyvenueError as error:
                self.log(f"{type(error).__name__} {error.code}")

    def do_8(self) -> None:
        self.log(f"equity {self.account().equity}")
        self.log(f"channels {sorted(self.channels(self.instrument))}")
        self.log(f"other {self.resolve('IF2612').id}")
        self.log(f"funding {self.funding(self.instrument)}")
        self.log(f"liquidation {self.liquidation_price(self.instrument)}")
        latest = self.latest(self.instrument)
        self.log(f"latest {type(latest).__name__} {latest and latest.ts_recv == self.now}")
        self.timer("soon", after="1s")
        self.timer("never", after="1s")
        self.cancel_timer("never")

    def do_9(self) -> None:
        self.target(self.instrument, 2)

    def do_10(self) -> None:
        sys.exit(7)

    def do_11(self) -> None:
        print("printed", flush=True)
        os.write(1, b"by C\n")

    def do_12(self) -> None:
        self.log(f"holds {self.position(self.instrument).net} {self.account().equity}")

    def do_13(self) -> None:
        self.exercise(self.instrument, 1)


class Slow(Strategy):
    """Takes its time over every tick, and counts all that it hears."""

    takes_ms: float = 5.0
    every: int = 0

    def on_start(self) -> None:
        self.seen = self.filled = self.ordered = 0
        self.kinds: dict[str, int] = {}
        self.quotes(self.instrument)
        self.trades(self.instrument)
        self.timer("often", every="1s")

    def on_quote(self, quote: Quote) -> None:
        self._count("quote")
        self.last = quote.bid
        time.sleep(self.takes_ms / 1e3)
        self.seen += 1
        if self.every and self.seen % self.every == 0:
            self.buy(self.instrument, 1, 3600)

    def on_trade(self, trade: Trade) -> None:
        self._count("trade")

    def on_bar(self, bar: Bar) -> None:
        self._count("bar")

    def on_timer(self, timer: TimerFired) -> None:
        self._count("timer")

    def on_order(self, order: Order) -> None:
        self._count("order")

    def on_fill(self, fill: Fill) -> None:
        self._count("fill")
        self.filled += int(fill.quantity)

    def on_stop(self) -> None:
        self.log(f"heard {self.kinds} filled {self.filled} last {self.last}")

    def _count(self, kind: str) -> None:
        self.kinds[kind] = self.kinds.get(kind, 0) + 1


class Trades(Strategy):
    """Trades on what the quotes are, with every kind of wish."""

    def on_start(self) -> None:
        self.seen = 0
        self.quotes(self.instrument)
        self.timer("look", every="7s")
        self.working: Any = None

    def on_quote(self, quote: Quote) -> None:
        self.seen += 1
        turn = self.seen % 5
        if turn == 0:
            self.working = self.buy(self.instrument, 3, 3490, tag=f"t{self.seen}")
        elif turn == 1 and self.working is not None:
            self.modify(self.working, price=3491, quantity=2)
        elif turn == 2:
            self.target(self.instrument, 1 if quote.bid > 3505 else -1)
        elif turn == 3:
            self.cancel_all()

    def on_timer(self, timer: TimerFired) -> None:
        self.sell(self.instrument, 1, 3600, offset="open").cancel()


class Gate:
    """An inbox that can be shut: what is posted meanwhile comes when it is opened."""

    def __init__(self, inbox: Inbox) -> None:
        self.held: list[Event] | None = None
        self._inbox = inbox

    def post(self, event: Event) -> None:
        if self.held is None:
            self._inbox.post(event)
        else:
            self.held.append(event)

    def shut(self) -> None:
        """Hold back what comes."""
        self.held = []

    def let_in(self) -> int:
        """Post what was held back, and return how much it was."""
        held, self.held = self.held or [], []
        for event in held:
            self._inbox.post(event)
        return len(held)

    def open(self) -> None:
        """Hold back no more."""
        self.let_in()
        self.held = None


class Unfed(PaperDriver):
    """A driver whose ticks come from elsewhere, and whose reports can be held back."""

    gate: Gate

    async def open(self, inbox: Inbox) -> None:
        """Post through the gate."""
        self.gate = Gate(inbox)
        await super().open(self.gate)

    def subscribe(self, instrument: InstrumentId, channel: str) -> None:
        """Do nothing."""


class Rig:
    """A live node over a served exchange, whose quotes and time a test gives."""

    def __init__(self, exchange: Served, clock: SteppedClock, **options: Any) -> None:
        self.exchange = exchange
        self.clock = clock
        self.lines: list[str] = []
        self.node = LiveNode(
            Catalog(),
            sessions_of=lambda _: get_sessions("always"),
            clock=clock,
            logger=lambda source, text: self.lines.append(f"{source}: {text}"),
            **options,
        )
        config = PaperConfig(account="alice", password="secret", port=exchange.port)
        self.driver = Unfed(config)
        self.node.add_venue(self.driver)
        self.node.add_account(ALICE, PAPER)
        self.number = 0

    def host(
        self, name: str = "Does", options: HostOptions = QUICK, **parameters: Any
    ) -> ProcessHost:
        """Host one of this module's strategies in a process, under the name ``s``."""
        terms = ProcessTerms(
            code=StrategyCode("hosted_strategies:strategy", (name,)), options=options
        )
        return add_process_strategy(
            self.node, terms, ALICE, [self.node.node.instrument(RB)], parameters, name="s"
        )

    def tick(self, does: int = 5) -> Quote:
        """Let a second pass and post the next quote."""
        self.clock.time += 1_000_000_000
        self.number += 1
        event = quote(self.number, self.clock)
        event = Quote(RB, event.ts_event, event.ts_recv, event.bid, event.ask, float(does), 5.0)
        self.node.inbox.post(event)
        return event

    def said(self, text: str) -> bool:
        """Tell whether a line of the log has `text`."""
        return any(text in line for line in self.lines)


async def first_trade(exchange: Served) -> None:
    """Have bob and carol trade, so that there is a price."""
    for name, side in (("bob", Side.SELL), ("carol", Side.BUY)):
        driver, _ = await exchange.client(name, session="first")
        driver.submit(order(name, 1, side, 3500))
        await driver.orders()


@asynccontextmanager
async def rigged(**options: Any) -> AsyncIterator[Rig]:
    """Return a node that has not started; it is stopped at the end."""
    clock = SteppedClock()
    accounts = ("alice", "bob", "carol")
    async with served(exchange=hosted(clock=clock), accounts=accounts) as exchange:
        # Before there is a price a market order cannot be checked.
        await first_trade(exchange)
        rig = Rig(exchange, clock, **options)
        try:
            yield rig
        finally:
            await rig.node.stop()

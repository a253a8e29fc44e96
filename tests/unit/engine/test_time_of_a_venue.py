"""The time of a node whose venue has one of its own."""

import asyncio

from anyvenue.engine.live import LiveNode
from anyvenue.engine.live.following import FollowingClock
from anyvenue.model.enums import DriverState
from anyvenue.model.events import Deposited, TimePassed, TimerFired, VenueStateChanged
from anyvenue.model.ids import AccountId, VenueId
from anyvenue.model.numbers import to_decimal
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import get_sessions
from anyvenue.runtime.clock import LiveClock
from anyvenue.strategy.base import Strategy
from live_nodes import until
from served import RB, served

ALICE = AccountId("alice")
SECOND = 1_000_000_000


class Waiter(Strategy):
    """Waits a moment from its start."""

    began = fired = 0

    def on_start(self) -> None:
        Waiter.began = self.now
        self.timer("soon", at=self.now + 1_000_000)

    def on_timer(self, timer: TimerFired) -> None:
        Waiter.fired = self.now


def test_the_clock_does_not_know_the_time_before_it_has_heard_it() -> None:
    clock = FollowingClock(LiveClock())
    assert clock.now() == 0
    clock.heard(VenueStateChanged(VenueId("x"), DriverState.CONNECTING, 0, 5 * SECOND))
    clock.heard(TimePassed(0, 5 * SECOND))
    assert clock.now() == 0
    clock.heard(Deposited(ALICE, "CNY", to_decimal(1, "x"), 0, 5 * SECOND))
    assert 5 * SECOND <= clock.now() < 60 * SECOND
    clock.set(0)
    assert clock.now() >= 5 * SECOND


def test_a_node_begins_in_the_time_of_its_venue_and_its_timers_fire() -> None:
    async def main() -> None:
        async with served() as exchange:
            then = exchange.exchange.now
            clock = FollowingClock(LiveClock())
            catalog = Catalog()
            node = LiveNode(catalog, clock=clock, sessions_of=lambda each: get_sessions("always"))
            node.before.append(clock.heard)
            node.on_snapshot.append(lambda snapshot: clock.set(snapshot.ts_as_of))
            node.add_venue(exchange.driver("alice"))
            node.add_account(ALICE, VenueId("paper"))
            node.add_strategy(Waiter, ALICE, [catalog.get(RB)])
            await node.start()
            assert then <= Waiter.began < then + 60 * SECOND
            await until(lambda: Waiter.fired)
            assert Waiter.began < Waiter.fired < then + 60 * SECOND
            await node.stop()

    asyncio.run(main())

"""A venue's request budget: shared, cancels first, visible while it waits, and definite about what was never sent."""

import asyncio
from collections.abc import Coroutine
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from anyvenue.engine.live import LiveNode
from anyvenue.engine.live.requests import Outgoing, RequestTerms
from anyvenue.model.commands import CancelOrder, Command, ModifyOrder, SubmitOrder
from anyvenue.model.enums import DriverState, OrderState, Side, TimeInForce
from anyvenue.model.errors import NotSent
from anyvenue.model.events import OrderQueued, OrderSent, OrderSubmitted
from anyvenue.model.ids import AccountId, OrderId, StrategyId, VenueId
from anyvenue.model.orders import Order, OrderRequest
from anyvenue.model.protocols import RequestLimit
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import get_sessions
from anyvenue.runtime.journal import read_journal
from anyvenue.venues.paper.driver import PaperDriver
from live_nodes import until
from served import RB, Served, served

D = Decimal
ALICE, PAPER = AccountId("alice"), VenueId("paper")
NEVER = RequestLimit(name="test", count=1, seconds=3600, cancel=0)
"""One order, and cancels as they come."""


class Scripted(PaperDriver):
    """The exchange's driver with a list of what was sent, and troubles that a test asks for."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.went: list[tuple[str, OrderId]] = []
        self.troubles: list[Exception] = []
        self.after_sending = False

    def submit(self, command: SubmitOrder) -> None:
        if self.troubles and not self.after_sending:
            raise self.troubles.pop(0)
        super().submit(command)
        self.went.append(("submit", command.order_id))
        if self.troubles:
            raise self.troubles.pop(0)

    def cancel(self, command: CancelOrder) -> None:
        super().cancel(command)
        self.went.append(("cancel", command.order_id))

    def modify(self, command: ModifyOrder) -> None:
        super().modify(command)
        self.went.append(("modify", command.order_id))


class Rig:
    """A node over a served exchange, with limits."""

    def __init__(
        self,
        exchange: Served,
        *limits: RequestLimit,
        folder: Path | None = None,
        run: str = "",
        **terms: Any,
    ) -> None:
        self.node = LiveNode(Catalog(), sessions_of=lambda each: get_sessions("always"))
        self.driver = Scripted(exchange.driver("alice")._config)
        self.session = self.node.add_venue(self.driver, RequestTerms(limits=limits, **terms))
        self.node.add_account(ALICE, PAPER)
        self.exchange = exchange
        if folder is not None:
            self.node.chronicle.machine_run = run
            self.node.open_journal(folder)

    @property
    def out(self) -> Outgoing:
        assert self.session.outgoing is not None
        return self.session.outgoing

    def buy(self, strategy: str = "one", price: int = 3400, **more: Any) -> OrderId:
        request = OrderRequest(
            ALICE, RB, Side.BUY, D(1), D(price), strategy=StrategyId(strategy), **more
        )
        (order_id,) = self.node.node.desk.submit(request)
        return order_id

    def cancel(self, order_id: OrderId) -> None:
        self.node.node.desk.cancel_order(order_id)

    def order(self, order_id: OrderId) -> Order:
        return self.node.node.desk.order(order_id)

    async def is_in(self, state: OrderState, *orders: OrderId) -> None:
        await until(lambda: all(self.order(each).state is state for each in orders))

    def theirs(self) -> list[Order]:
        """All orders that the venue has ever had of alice."""
        venue = self.exchange.exchange._machine.broker
        return list(venue.exchange.account(ALICE).orders)

    async def lose_the_venue(self) -> None:
        assert self.driver._link is not None
        self.driver._link.abort()
        await until(lambda: self.driver.state is not DriverState.READY)


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a test's coroutine."""
    asyncio.run(main)


def crash(node: LiveNode, driver: Any) -> None:
    """End a node as a killed process does."""
    driver._inbox = None
    driver._keeping.cancel()
    driver._keeping = None
    driver._link.abort()
    for session in node.sessions.values():
        session._cancel_task()
        if session.outgoing is not None and session.outgoing._timer is not None:
            session.outgoing._timer.cancel()
    node.alarm.cancel()
    journal = node.chronicle.journal
    assert journal is not None
    node.chronicle.journal = None
    journal._flusher and journal._flusher.close()
    journal._files.close()


def test_without_limits_nothing_is_in_between() -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = Rig(exchange)
            assert rig.session.outgoing is None
            await rig.node.start()
            await rig.is_in(OrderState.OPEN, rig.buy())
            await rig.node.stop()

    run(main())


def test_limits_that_the_driver_tells_hold_unless_the_configuration_names_them() -> None:
    told = (RequestLimit(name="a", count=5), RequestLimit(name="b", count=9))

    class Telling(PaperDriver):
        capabilities = replace(PaperDriver.capabilities, requests=told)

    async def main() -> None:
        async with served() as exchange:
            node = LiveNode(Catalog(), sessions_of=lambda each: get_sessions("always"))
            driver = Telling(exchange.driver("alice")._config)
            own = RequestLimit(name="b", count=2)
            session = node.add_venue(driver, RequestTerms(limits=(own,)))
            assert session.outgoing is not None
            assert session.outgoing.allowance.limits == [told[0], own]

    run(main())


def test_strategies_take_turns_and_one_order_does_not_wait_for_hundreds() -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = Rig(exchange, RequestLimit(name="test", count=2, seconds=0.02, cancel=0))
            await rig.node.start()
            many = [rig.buy("greedy") for _ in range(9)]
            few = [rig.buy("modest"), rig.buy("third"), rig.buy("modest")]
            assert len(rig.out.room) == 10
            await rig.is_in(OrderState.OPEN, *many, *few)
            went = [order_id for _, order_id in rig.driver.went]
            # Two at once, then turn by turn.
            assert went[:8] == [*many[:3], few[0], few[1], many[3], few[2], many[4]]
            assert len(rig.out.room) == 0
            await rig.node.stop()

    run(main())


def test_what_waits_is_new_and_can_be_taken_back_without_a_byte() -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = Rig(exchange, NEVER, queue=5, longest_wait_s=3600)
            await rig.node.start()
            first, second = rig.buy(), rig.buy()
            await rig.is_in(OrderState.OPEN, first)
            await rig.is_in(OrderState.NEW, second)
            assert rig.order(second).reason == "the venue's request limits"
            assert [each.command.order_id for each in rig.out.room] == [second]
            frozen = rig.node.node.desk.account(ALICE).figures("CNY", rig.node.now()).available
            rig.cancel(second)
            await rig.is_in(OrderState.CANCELLED, second)
            assert rig.order(second).reason == "withdrawn before it was sent"
            account = rig.node.node.desk.account(ALICE)
            assert account.figures("CNY", rig.node.now()).available > frozen
            assert len(rig.theirs()) == 1
            assert rig.driver.went == [("submit", first)]
            await rig.node.stop()

    run(main())


def test_an_order_that_waits_is_modified_here_and_leaves_as_it_is_then() -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = Rig(exchange, RequestLimit(name="test", count=1, seconds=0.05, cancel=0))
            await rig.node.start()
            first, second = rig.buy(), rig.buy()
            rig.node.node.desk.modify(ALICE, second, D(2), D(3390))
            await rig.is_in(OrderState.OPEN, first, second)
            assert (rig.order(second).quantity, rig.order(second).price) == (2, 3390)
            assert [(each.quantity, each.price) for each in rig.theirs()] == [(1, 3400), (2, 3390)]
            assert [what for what, _ in rig.driver.went] == ["submit", "submit"]
            await rig.node.stop()

    run(main())


def test_cancels_go_before_orders_and_those_of_a_halt_before_all() -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = Rig(exchange, RequestLimit(name="test", count=4, seconds=0.1))
            await rig.node.start()
            working = [rig.buy(strategy) for strategy in ("one", "two", "one", "two")]
            await rig.is_in(OrderState.OPEN, *working)
            late = [rig.buy("three") for _ in range(3)]
            rig.cancel(working[0])
            rig.node.node.desk.kill("enough")
            ranks = [(each.rank, each.command.order_id) for each in rig.out.room]
            assert ranks == [(0, each) for each in (working[0], working[2], working[1], working[3])]
            await rig.is_in(OrderState.CANCELLED, *working, *late)
            assert rig.driver.went[4:] == [
                ("cancel", working[each]) for each in (0, 1, 2, 3)
            ]  # by turns
            assert len(rig.theirs()) == 4
            await rig.node.stop()

    run(main())


def test_a_cancel_waits_but_overtakes_orders() -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = Rig(exchange, RequestLimit(name="test", count=1, seconds=0.03))
            await rig.node.start()
            first, second = rig.buy(), rig.buy("two")
            rig.cancel(first)
            await rig.is_in(OrderState.OPEN, second)
            assert rig.driver.went == [("submit", first), ("cancel", first), ("submit", second)]
            assert rig.order(first).state is OrderState.CANCELLED
            await rig.node.stop()

    run(main())


def test_a_full_queue_refuses_with_a_code_and_only_whoever_filled_it() -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = Rig(exchange, NEVER, queue=2, longest_wait_s=3600)
            await rig.node.start()
            orders = [rig.buy("greedy") for _ in range(5)]
            states = [rig.order(each).state for each in orders]
            assert states[3:] == [OrderState.REJECTED] * 2
            refused = rig.order(orders[4])
            assert refused.venue_code == "budget.full"
            assert "2 requests of greedy wait for paper already" in refused.reason
            assert rig.out.refused == 2
            await rig.is_in(OrderState.NEW, rig.buy("modest"))
            await rig.node.stop()
            assert {rig.order(each).state for each in orders[1:3]} == {OrderState.CANCELLED}

    run(main())


def test_what_waits_too_long_is_rejected_and_never_sent() -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = Rig(exchange, NEVER, longest_wait_s=0.01)
            await rig.node.start()
            rig.buy()
            late = rig.buy()
            await rig.is_in(OrderState.REJECTED, late)
            assert rig.order(late).venue_code == "budget.too_late"
            assert rig.out.expired == 1
            assert len(rig.theirs()) == 1
            await rig.node.stop()

    run(main())


def test_a_lost_venue_ends_what_waits_for_its_limits() -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = Rig(exchange, NEVER, longest_wait_s=3600)
            await rig.node.start()
            rig.buy()
            waiting = rig.buy()
            await rig.is_in(OrderState.NEW, waiting)
            await rig.lose_the_venue()
            await rig.is_in(OrderState.REJECTED, waiting)
            assert "paper was lost while it waited; it was never sent" in rig.order(waiting).reason
            await rig.node.stop()

    run(main())


def test_a_node_that_stops_and_keeps_its_orders_says_which_were_never_sent() -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = Rig(exchange, NEVER, longest_wait_s=3600)
            await rig.node.start()
            first, second = rig.buy(), rig.buy()
            await rig.is_in(OrderState.OPEN, first)
            await rig.node.stop(cancel=False)
            assert rig.order(first).state is OrderState.OPEN
            assert rig.order(second).state is OrderState.REJECTED
            assert rig.order(second).venue_code == "order.not_sent"

    run(main())


def test_a_halt_that_leaves_orders_working_lets_none_out_that_waits() -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = Rig(exchange, RequestLimit(name="test", count=1, seconds=0.03, cancel=0))
            await rig.node.start()
            first, second = rig.buy(), rig.buy()
            await rig.is_in(OrderState.NEW, second)
            rig.node.node.desk.watch.halt(rig.node.node.desk.risk.halts and _node(), "a look")
            await rig.is_in(OrderState.REJECTED, second)
            assert rig.order(first).state is OrderState.OPEN
            assert len(rig.theirs()) == 1
            await rig.node.stop()

    run(main())


def _node() -> Any:
    from anyvenue.oms.risk import NODE

    return NODE


# ---- what the journal proves


def test_after_a_crash_what_waited_was_provably_never_sent(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = Rig(exchange, NEVER, folder=tmp_path, run="monday", longest_wait_s=3600)
            await rig.node.start()
            first, second = rig.buy(), rig.buy()
            await rig.is_in(OrderState.OPEN, first)
            await rig.is_in(OrderState.NEW, second)
            crash(rig.node, rig.driver)

            again = Rig(exchange, NEVER, folder=tmp_path, run="monday")
            found = again.order(second)
            assert (found.state, found.venue_code) == (OrderState.REJECTED, "order.not_sent")
            assert "it was never sent" in found.reason
            await again.node.start()
            assert again.order(first).state is OrderState.OPEN
            assert len(again.theirs()) == 1
            await again.node.stop()

    run(main())


def test_after_a_loss_of_power_the_journals_end_proves_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = Rig(exchange, NEVER, folder=tmp_path, run="monday", longest_wait_s=3600)
            await rig.node.start()
            rig.buy()
            second = rig.buy()
            await rig.is_in(OrderState.NEW, second)
            crash(rig.node, rig.driver)

            again = Rig(exchange, NEVER, folder=tmp_path, run="tuesday")
            assert again.order(second).state is OrderState.UNKNOWN
            await again.node.start()
            await until(lambda: again.order(second).done)  # the venue has never heard of it
            assert len(again.theirs()) == 1
            await again.node.stop()

    run(main())


def test_the_journal_has_it_queued_and_sent_before_it_leaves(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            limit = RequestLimit(name="test", count=1, seconds=0.03, cancel=0)
            rig = Rig(exchange, limit, folder=tmp_path, run="monday")
            await rig.node.start()
            first, second = rig.buy(), rig.buy()
            await rig.is_in(OrderState.OPEN, first, second)
            crash(rig.node, rig.driver)
            values = [each.value for each in read_journal(tmp_path).records()]
            kinds = [type(each) for each in values if getattr(each, "order_id", 0) == second]
            assert kinds[:3] == [OrderSubmitted, OrderQueued, OrderSent]
            again = Rig(exchange, limit, folder=tmp_path, run="monday")
            await again.node.start()
            assert again.order(second).state is OrderState.OPEN
            await again.node.stop()

    run(main())


# ---- tried again


def trusting(exchange: Served, *troubles: Exception, seconds: float = 5.0) -> Rig:
    """Return a node whose strategy "one" allows retries, and whose driver has these troubles."""
    rig = Rig(exchange)
    rig.session.retry_unsent(StrategyId("one"), seconds)
    rig.driver.troubles = list(troubles)
    return rig


def test_what_was_provably_not_sent_is_tried_again_where_its_strategy_allows() -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = trusting(exchange, NotSent("the line is busy"), NotSent("still"))
            await rig.node.start()
            order_id = rig.buy("one")
            await rig.is_in(OrderState.NEW, order_id)
            assert rig.order(order_id).reason == "not sent yet: the line is busy"
            await rig.is_in(OrderState.OPEN, order_id)
            assert len(rig.theirs()) == 1
            assert rig.out.retried == 1
            rig.driver.troubles = [NotSent("the line is busy")]
            assert rig.order(rig.buy("another")).state is OrderState.REJECTED
            await rig.node.stop()

    run(main())


def test_an_order_placed_while_the_venue_is_away_leaves_once_it_is_back() -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = trusting(exchange)
            await rig.node.start()
            await rig.lose_the_venue()
            order_id = rig.buy("one")
            await rig.is_in(OrderState.OPEN, order_id)
            assert len(rig.theirs()) == 1
            await rig.node.stop()

    run(main())


def test_its_time_is_limited_and_orders_that_mean_now_have_none() -> None:
    async def main() -> None:
        async with served() as exchange:
            busy = [NotSent("the line is busy") for _ in range(50)]
            rig = trusting(exchange, *busy, seconds=0.02)
            await rig.node.start()
            now = rig.buy("one", time_in_force=TimeInForce.IOC)
            assert rig.order(now).state is OrderState.REJECTED
            later = rig.buy("one")
            await rig.is_in(OrderState.REJECTED, later)
            assert rig.order(later).venue_code == "budget.too_late"
            assert not rig.theirs()
            await rig.node.stop()

    run(main())


@pytest.mark.parametrize("error", [TimeoutError("no answer"), OSError("connection reset")])
def test_what_may_have_been_sent_is_never_sent_again(error: Exception) -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = trusting(exchange, error)
            rig.driver.after_sending = True
            await rig.node.start()
            order_id = rig.buy("one")
            await rig.is_in(OrderState.OPEN, order_id)  # the venue has told
            assert rig.driver.went == [("submit", order_id)]
            assert len(rig.theirs()) == 1
            assert rig.out.retried == rig.out.queued == 0
            await rig.node.stop()

    run(main())


def test_an_error_before_sending_is_no_proof_either() -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = trusting(exchange, ValueError("a bug of the driver"))
            await rig.node.start()
            order_id = rig.buy("one")
            await rig.is_in(OrderState.UNKNOWN, order_id)
            assert (
                "may have sent it (ValueError: a bug of the driver)" in rig.order(order_id).reason
            )
            assert not rig.driver.went
            await rig.node.stop(timeout=0.01)

    run(main())


def test_commands_about_the_account_are_counted_and_never_wait() -> None:
    async def main() -> None:
        async with served() as exchange:
            rig = Rig(exchange, NEVER)
            await rig.node.start()
            sent: list[Command] = []
            rig.driver.send = sent.append  # type: ignore[assignment, method-assign]
            from anyvenue.model.commands import ExerciseOption

            rig.out.send(ALICE, ExerciseOption(ALICE, RB, D(1), 0))
            assert len(sent) == 1
            assert rig.out.left() == {"test": 0}
            await rig.node.stop()

    run(main())

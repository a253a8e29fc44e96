"""A node as the demo runs it: accounts, strategies, markets of every kind, ended by the clock or by somebody."""

import asyncio
from collections.abc import Callable
from decimal import Decimal

import pytest

from anyvenue.engine.backtest import cash_of
from anyvenue.engine.paper import PaperNode
from anyvenue.engine.synthetic import synthetic_feed
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.events import OrderFilled
from anyvenue.model.ids import AccountId
from anyvenue.reference.catalog import Catalog
from anyvenue.runtime.loop import run
from anyvenue.sim.faults import FaultPlan
from anyvenue.strategy.library import built_in

CATALOG = Catalog(20260915)
DEMO = VenueOptions(hours="always", latency_ms=1.0)
BAD_NETWORK = VenueOptions(
    hours="always",
    latency_ms=200.0,
    latency_jitter_ms=300.0,
    faults=FaultPlan(seed=5, reject=0.1, drop=0.1, duplicate=0.1, delay=0.1, disconnect=0.005),
)


def make_node(options: VenueOptions = DEMO, speed: float = 0, days: int | None = None) -> PaperNode:
    """Return a node with an account for each of two strategies."""
    feed = synthetic_feed(CATALOG, date=20260915, seed=1, days=days)
    node = PaperNode(feed, CATALOG, options, speed=speed)
    for name in ("ema_cross", "grid"):
        account = AccountId(name)
        money = cash_of(5_000_000, feed.instruments) | {"BTC": Decimal(1)}
        node.add_account(account, money)
        node.node.add_strategy(built_in(name), account, feed.traded, name=name)
    return node


def stop_after(node: PaperNode, fills: int, stop: Callable[[], None]) -> None:
    """Call `stop` once so many fills came in."""

    def count(_event: OrderFilled) -> None:
        if len(node.recorder.fills) >= fills:
            stop()

    node.node.kernel.on(OrderFilled, count)


def assert_clean(node: PaperNode) -> None:
    """Fail unless no order is left anywhere and all three sets of books agree."""
    assert node.node.desk.open_orders() == []
    assert node.node.faults == []
    for account in node.broker.accounts():
        result = node.result(account)
        assert result.recount_holds, result.recount_differences
        assert result.open_orders == []
        assert result.fills
        exchange = node.broker.exchange.account(account)
        assert exchange.orders.open_orders() == []
        assert exchange.positions() == result.positions
        for currency, figures in result.accounts.items():
            assert exchange.ledger.balance(currency) == node.node.desk.account(
                account
            ).ledger.balance(currency)
            assert figures.frozen_margin == figures.frozen_fees == figures.frozen_cash == 0


def test_it_ends_after_its_seconds() -> None:
    node = make_node()
    run(node.run(seconds=0.7))
    assert_clean(node)


def test_it_ends_when_somebody_stops_it() -> None:
    async def main() -> PaperNode:
        node, stop = make_node(), asyncio.Event()
        stop_after(node, 200, stop.set)
        await node.run(stop=stop)
        return node

    node = run(main())
    assert_clean(node)
    assert len(node.recorder.fills) >= 200


@pytest.mark.parametrize("speed", [0, 100_000])
def test_request_stop_ends_it_while_it_waits_and_while_it_works(speed: float) -> None:
    async def main() -> PaperNode:
        node = make_node(speed=speed)
        stop_after(node, 50, node.request_stop)
        await node.run()
        return node

    assert_clean(run(main()))


def test_a_slow_node_is_stopped_at_once_though_the_next_tick_is_far_away() -> None:
    async def main() -> PaperNode:
        node = make_node(speed=0.000_001)
        running = asyncio.ensure_future(node.run())
        await node.started.wait()
        node.request_stop()
        await asyncio.wait_for(running, 10)
        return node

    assert run(main()).node.desk.open_orders() == []


def test_it_is_clean_whatever_the_network_did() -> None:
    async def main() -> PaperNode:
        node = make_node(BAD_NETWORK)
        stop_after(node, 120, node.request_stop)
        await node.run()
        return node

    node = run(main())
    assert_clean(node)


def test_a_cancelled_run_is_clean_too() -> None:
    async def main() -> PaperNode:
        node = make_node()
        running = asyncio.ensure_future(node.run())
        stop_after(node, 60, lambda: running.cancel() and None)
        with pytest.raises(asyncio.CancelledError):
            await running
        return node

    assert_clean(run(main()))


def test_the_data_s_end_is_an_end() -> None:
    feed = synthetic_feed(
        CATALOG, date=20260915, seed=1, instruments=["IF2609"], days=1, hours="real"
    )
    node = PaperNode(feed, CATALOG, VenueOptions(), speed=0)
    account = AccountId("one")
    node.add_account(account, {"CNY": Decimal(5_000_000)})
    node.node.add_strategy(built_in("ema_cross"), account, feed.instruments)
    run(node.run())
    assert_clean(node)
    assert node.node.kernel.now == 1_789_455_599_500_000_000  # half a second before 15:00 in China


def test_runs_leave_no_task_behind() -> None:
    async def main() -> None:
        before = asyncio.all_tasks()
        for arguments in ({"seconds": 0.05}, {"seconds": 60, "stop": asyncio.Event()}):
            node = make_node()
            stop_after(node, 5, node.request_stop)
            await node.run(**arguments)
            assert asyncio.all_tasks() == before

    run(main())

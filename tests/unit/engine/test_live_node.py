"""The live node against a served exchange: books that survive the process and agree with the venue."""

import asyncio
from collections.abc import Coroutine
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from anyvenue.engine.live import LiveNode
from anyvenue.model.enums import OrderState, Side
from anyvenue.model.errors import AccountError, ConfigError, JournalError, RiskDenied
from anyvenue.model.events import OrderAccepted
from anyvenue.model.ids import AccountId, OrderId, VenueId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import OrderRequest
from anyvenue.oms.account_state import AccountState
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import get_sessions
from anyvenue.runtime.journal import read_journal
from live_nodes import until
from served import RB, Served, order, served

D = Decimal
ALICE, BOB = AccountId("alice"), AccountId("bob")
PAPER = VenueId("paper")


def make_node(exchange: Served, folder: Path | None = None) -> LiveNode:
    """Return a node for alice, not yet started."""
    node = LiveNode(Catalog(), sessions_of=lambda each: get_sessions("always"))
    node.add_venue(exchange.driver("alice"))
    node.add_account(ALICE, PAPER)
    if folder is not None:
        node.open_journal(folder)
    return node


def crash(node: LiveNode) -> None:
    """End a node as a killed process does: connections break, nothing is said and nothing more written."""
    for session in node.sessions.values():
        driver: Any = session.driver
        driver._inbox = None
        if driver._keeping is not None:
            driver._keeping.cancel()
            driver._keeping = None
        if driver._link is not None:
            driver._link.abort()
        session._cancel_task()
    node.alarm.cancel()
    journal = node.chronicle.journal
    assert journal is not None
    node.chronicle.journal = None
    journal._flusher and journal._flusher.close()
    journal._files.close()


def request(side: Side, price: int, quantity: int = 1) -> OrderRequest:
    """Return alice's wish."""
    return OrderRequest(ALICE, RB, side, D(quantity), D(price))


def theirs(exchange: Served) -> AccountState:
    """Return the venue's books of alice."""
    return exchange.exchange._machine.broker.exchange.account(ALICE)


def differences(node: LiveNode, exchange: Served) -> list[str]:
    """Return where the node's books are not the venue's."""
    ours, venue = node.node.desk.account(ALICE), theirs(exchange)
    found = []
    if ours.positions() != venue.positions():
        found.append(f"positions {ours.positions()} {venue.positions()}")
    if ours.ledger.balance("CNY") != venue.ledger.balance("CNY"):
        found.append(f"balance {ours.ledger.balance('CNY')} {venue.ledger.balance('CNY')}")
    mine = sorted((o.side, o.price, o.remaining) for o in ours.orders.open_orders())
    its = sorted((o.side, o.price, o.remaining) for o in venue.orders.open_orders())
    if mine != its:
        found.append(f"orders {mine} {its}")
    return found


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a test's coroutine."""
    asyncio.run(main)


def test_a_node_takes_over_what_the_venue_says_and_trades(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            node = make_node(exchange, tmp_path)
            await node.start()
            assert node.node.desk.account(ALICE).ledger.balance("CNY") == D(1_000_000)
            bob, box = await exchange.client("bob")
            (order_id,) = node.node.desk.submit(request(Side.BUY, 3500, 2))
            await until(lambda: node.node.desk.order(order_id).state is OrderState.OPEN)
            bob.submit(order("bob", 1, Side.SELL, 3500))
            await until(lambda: node.node.desk.order(order_id).filled == 1)
            assert not differences(node, exchange)
            left = await node.stop()
            assert left == []
            assert not theirs(exchange).orders.open_orders()
            assert box.of(OrderAccepted)

    run(main())


def test_a_restarted_node_has_the_same_books_and_hears_nothing_twice(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            node = make_node(exchange, tmp_path)
            await node.start()
            bob, _ = await exchange.client("bob")
            (first,) = node.node.desk.submit(request(Side.BUY, 3500, 2))
            await until(lambda: node.node.desk.order(first).state is OrderState.OPEN)
            bob.submit(order("bob", 1, Side.SELL, 3500))
            await until(lambda: node.node.desk.order(first).filled == 1)
            crash(node)
            bob.submit(order("bob", 2, Side.SELL, 3500))  # while the node is away
            await until(lambda: theirs(exchange).position(RB).long == 2)
            again = make_node(exchange, tmp_path)
            assert again.node.desk.order(first).filled == 1
            await again.start()
            assert again.node.desk.order(first).state is OrderState.FILLED
            assert not differences(again, exchange)
            (second,) = again.node.desk.submit(request(Side.BUY, 3400))
            assert second > first
            await again.stop()

    run(main())


def test_until_the_books_are_in_line_nothing_may_be_opened(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            node = make_node(exchange, tmp_path)
            await node.start()
            session = node.sessions[PAPER]
            session._ready[ALICE].clear()
            (order_id,) = node.node.desk.submit(request(Side.BUY, 3500))
            refused = node.node.desk.order(order_id)
            assert refused.state is OrderState.REJECTED
            assert "not in line with paper yet" in refused.reason
            await node.stop()

    run(main())


def test_orders_of_somebody_else_on_the_account_are_taken_up(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            node = make_node(exchange, tmp_path)
            await node.start()
            hand, _ = await exchange.client("alice", session="by hand")
            hand.submit(order("alice", 7, Side.BUY, 3450))
            await until(lambda: len(node.node.desk.open_orders()) == 1)
            assert not differences(node, exchange)
            bob, _ = await exchange.client("bob")
            bob.submit(order("bob", 1, Side.SELL, 3450))
            await until(lambda: node.node.desk.account(ALICE).position(RB).long == 1)
            await until(lambda: not differences(node, exchange))
            await node.stop()

    run(main())


def test_a_journal_that_cannot_be_written_stops_trading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with served() as exchange:
            node = make_node(exchange, tmp_path)
            await node.start()
            journal = node.chronicle.journal
            assert journal is not None

            def full(*_: object) -> None:
                raise JournalError("no room on the disk", code="journal.write")

            monkeypatch.setattr(journal, "_write", full)
            (order_id,) = node.node.desk.submit(request(Side.BUY, 3500))
            assert node.node.desk.order(order_id).state is OrderState.REJECTED
            assert "nothing was sent" in node.node.desk.order(order_id).reason
            assert not theirs(exchange).orders.open_orders()
            assert node.chronicle.failure is not None
            node.chronicle.journal = None
            await node.stop()

    run(main())


def test_a_node_that_could_not_write_its_journal_stays_halted_until_somebody_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        lines: list[str] = []
        async with served() as exchange:
            node = make_node(exchange, tmp_path)
            assert node.last_end == ""
            await node.start()
            (working,) = node.node.desk.submit(request(Side.BUY, 3450))
            await until(lambda: node.node.desk.order(working).state is OrderState.OPEN)
            journal = node.chronicle.journal
            assert journal is not None

            def full(*_: object) -> None:
                raise JournalError("no room on the disk", code="journal.disk")

            monkeypatch.setattr(journal._files, "append", full)
            node.node.desk.submit(request(Side.BUY, 3500))
            # A cancel makes things smaller: it goes out, and a comparison with the venue tells what came of it.
            node.node.desk.cancel(ALICE, working)
            await until(lambda: not theirs(exchange).orders.open_orders())
            crash(node)
            for _ in range(2):
                again = make_node(exchange, tmp_path)
                again.node._logger = lambda _, text: lines.append(text)
                (halt,) = again.node.desk.risk.halts()
                assert (halt.rule, again.node.desk.risk.quiet) == ("journal", False)
                assert again.last_end in ("unwritable", "crashed")
                await again.start()
                assert again.node.desk.order(working).state is OrderState.CANCELLED
                with pytest.raises(RiskDenied, match="look at its disk"):
                    again.node.desk.submit(request(Side.BUY, 3500))
                crash(again)
            last = make_node(exchange, tmp_path)
            await last.start()
            last.node.desk.watch.release(reason="looked at")
            last.node.desk.submit(request(Side.BUY, 3450))
            await last.stop()
            good = make_node(exchange, tmp_path)
            assert (good.last_end, good.node.desk.risk.halts()) == ("stopped", ())
            await good.stop()

    run(main())


def test_a_journal_of_other_accounts_is_refused(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            node = make_node(exchange, tmp_path)
            await node.start()
            await node.stop()
            other = LiveNode(Catalog())
            other.add_venue(exchange.driver("bob"))
            other.add_account(BOB, PAPER)
            with pytest.raises(AccountError, match="not configured: alice"):
                other.open_journal(tmp_path)

    run(main())


def test_an_account_at_a_venue_that_is_not_there_is_an_error() -> None:
    node = LiveNode(Catalog())
    with pytest.raises(ConfigError, match="at paper, which is not configured"):
        node.add_account(ALICE, PAPER)


@pytest.mark.parametrize("seed", range(12))
def test_a_crash_anywhere_loses_and_doubles_nothing(tmp_path: Path, seed: int) -> None:
    async def main() -> None:
        draw = Random(seed)
        async with served() as exchange:
            bob, _ = await exchange.client("bob")
            number = 0
            for _ in range(3):
                node = make_node(exchange, tmp_path)
                await node.start()
                assert not differences(node, exchange)
                for _ in range(draw.randrange(1, 12)):
                    side = draw.choice((Side.BUY, Side.SELL))
                    price = 3500 + draw.randrange(-3, 4)
                    ids = node.node.desk.submit(request(side, price, draw.randrange(1, 3)))
                    number += 1
                    against = Side.SELL if side is Side.BUY else Side.BUY
                    bob.submit(order("bob", number, against, price))
                    if draw.random() < 0.3:
                        node.node.desk.cancel(ALICE, OrderId(ids[-1]))
                    for _ in range(draw.randrange(0, 6)):
                        await asyncio.sleep(0)
                crash(node)
            last = make_node(exchange, tmp_path)
            await last.start()
            assert not differences(last, exchange)
            assert not [o for o in last.node.desk.open_orders() if o.state is OrderState.UNKNOWN]
            await last.stop()
            assert not theirs(exchange).orders.open_orders()
        assert sum(1 for _ in read_journal(tmp_path).records()) > 10

    run(main())


def test_an_event_that_cannot_be_taken_leaves_a_node_that_only_reduces(tmp_path: Path) -> None:
    async def main() -> None:
        lines: list[str] = []
        async with served() as exchange:
            node = make_node(exchange, tmp_path)
            node.node._logger = lambda _, text: lines.append(text)
            await node.start()
            desk = node.node.desk

            def broken(*_: object) -> None:
                desk.listeners.remove(broken)
                raise ArithmeticError("a mistake of ours")

            desk.listeners.append(broken)
            desk.submit(request(Side.BUY, 3450))
            await until(lambda: any("a mistake of ours" in line for line in lines))
            with pytest.raises(RiskDenied, match="please report this"):
                desk.submit(request(Side.BUY, 3400))
            await until(lambda: not differences(node, exchange))
            assert isinstance(node.inbox.failure, ArithmeticError)
            desk.watch.release(reason="looked at")
            desk.submit(request(Side.BUY, 3400))
            await node.stop()

    run(main())


def test_a_mistake_of_ours_in_a_comparison_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        lines: list[str] = []
        told: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        async with served() as exchange:
            node = make_node(exchange, tmp_path)
            node.node._logger = lambda _, text: lines.append(text)

            def broken(*_: object, **__: object) -> None:
                raise ArithmeticError("a mistake of ours")

            monkeypatch.setattr("anyvenue.engine.live.session.reconcile", broken)
            with pytest.raises(TimeoutError):
                await node.start(timeout=0.05)
            assert any("ArithmeticError: a mistake of ours" in line for line in lines)
            assert isinstance(told[0]["exception"], ArithmeticError)
            await node.stop(timeout=0)

    run(main())


def test_a_node_does_not_start_with_books_in_other_units(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with served() as exchange:
            node = make_node(exchange, tmp_path)
            (session,) = node.sessions.values()
            ours = node.node.instrument(RB)
            node.sources.add(ours, session)

            async def listed() -> list[Instrument]:
                return [replace(ours, multiplier=Decimal(5))]

            monkeypatch.setattr(session.driver, "instruments", listed)
            with pytest.raises(ConfigError, match="multiplier 5"):
                await node.start()
            await node.stop()

    run(main())

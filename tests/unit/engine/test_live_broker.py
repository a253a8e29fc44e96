"""A live node as a broker: what its faces order, hear and find again after a kill."""

import asyncio
from collections.abc import Coroutine
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from test_live_node import ALICE, PAPER, crash, make_node

from anyvenue.engine.live import LiveNode
from anyvenue.engine.live.broker import NodeBroker
from anyvenue.engine.live.trails import Entry
from anyvenue.model.commands import SetLeverage
from anyvenue.model.enums import Offset, OrderState, Side
from anyvenue.model.errors import (
    AccountError,
    AnyvenueError,
    DuplicateClientRef,
    InvalidOrder,
    RiskDenied,
    UnknownInstrument,
    UnknownOrder,
    VenueRefused,
)
from anyvenue.model.events import (
    CommandRefused,
    DaySettled,
    Event,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderSubmitted,
)
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.oms.risk import RiskLimits
from anyvenue.oms.risk.limits import Limits
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import get_sessions
from live_nodes import until
from served import RB, Served, order, served

D = Decimal


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a test's coroutine."""
    asyncio.run(main)


def wish(side: Side, price: int, quantity: int = 1, **more: Any) -> OrderRequest:
    """Return alice's wish."""
    return OrderRequest(ALICE, RB, side, D(quantity), D(price), **more)


async def broker_of(node: LiveNode, **options: Any) -> NodeBroker:
    """Return a face's broker over a node that has started."""
    broker = NodeBroker(node, **options)
    await node.start()
    await broker.open()
    return broker


def state_of(broker: NodeBroker, order_id: OrderId) -> OrderState | None:
    """Return the state of alice's order."""
    found = [each.state for each in broker.orders(ALICE) if each.order_id == order_id]
    return found[0] if found else None


async def traded(exchange: Served, broker: NodeBroker, ref: str) -> OrderId:
    """Have an order of two lots filled by one and cancelled; return its id."""
    bob, _ = await exchange.client("bob")
    order_id = broker.submit(ALICE, wish(Side.BUY, 3500, 2), ref)
    await until(lambda: state_of(broker, order_id) is OrderState.OPEN)
    bob.submit(order("bob", order_id % 1_000_000, Side.SELL, 3500))
    await until(lambda: state_of(broker, order_id) is OrderState.PARTIAL)
    broker.cancel(ALICE, order_id)
    await until(lambda: state_of(broker, order_id) is OrderState.CANCELLED)
    return order_id


def kinds(entries: list[Entry]) -> list[type]:
    """Return what happened to orders, by its kinds."""
    return [type(event) for _, event in entries if hasattr(event, "order_id")]


def test_an_order_of_a_face_goes_the_way_of_a_strategys_and_is_told_in_order() -> None:
    async def main() -> None:
        async with served() as exchange:
            node = make_node(exchange)
            broker = await broker_of(node, face="ctp")
            heard: list[Entry] = []
            broker.listen(ALICE, lambda cursor, event: heard.append((cursor, event)))
            order_id = await traded(exchange, broker, "1.1.1")
            told = [OrderSubmitted, OrderAccepted, OrderFilled, OrderCancelled]
            assert kinds(heard) == told
            cursors = [cursor for cursor, _ in heard]
            assert cursors == sorted(set(cursors))
            assert list(broker.events(ALICE))[-len(heard) :] == heard
            assert list(broker.events(ALICE, cursors[1])) == heard[2:]
            (found,) = [each for each in broker.orders(ALICE) if each.order_id == order_id]
            assert (found.client_ref, found.request.strategy) == ("1.1.1", "face:ctp")
            assert [each.quantity for each in broker.fills(ALICE)] == [1]
            assert [each.long for each in broker.positions(ALICE)] == [1]
            await node.stop()

    run(main())


def test_events_and_references_are_the_same_after_a_kill(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            node = make_node(exchange, tmp_path)
            broker = await broker_of(node, face="ctp")
            order_id = await traded(exchange, broker, "1.1.1")
            resting = broker.submit(ALICE, wish(Side.BUY, 3400), "1.1.2")
            await until(lambda: state_of(broker, resting) is OrderState.OPEN)
            before = list(broker.events(ALICE))
            crash(node)
            again = make_node(exchange, tmp_path)
            second = NodeBroker(again, "ctp")
            assert list(second.events(ALICE)) == before
            heard: list[Entry] = []
            second.listen(ALICE, lambda cursor, event: heard.append((cursor, event)))
            await again.start()
            assert kinds(heard) == []
            assert list(second.events(ALICE, before[-1][0])) == heard
            for ref, known in (("1.1.1", order_id), ("1.1.2", resting)):
                with pytest.raises(DuplicateClientRef) as refused:
                    second.submit(ALICE, wish(Side.BUY, 3400), ref)
                assert refused.value.order_id == known
            second.cancel(ALICE, resting)
            await until(lambda: state_of(second, resting) is OrderState.CANCELLED)
            assert kinds(heard) == [OrderCancelled]
            assert heard[0][0] > before[-1][0]
            await again.stop()

    run(main())


def test_what_happened_before_a_snapshot_is_found_in_the_journal(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            node = make_node(exchange)
            node.open_journal(tmp_path, snapshot_every=8)
            broker = await broker_of(node)
            for number in range(6):
                await traded(exchange, broker, f"a{number}")
            before = list(broker.events(ALICE))
            assert len(kinds(before)) == 24
            node.chronicle.sync()  # the last snapshot, too, which the journal's own thread writes
            crash(node)
            assert list(tmp_path.glob("snapshot-*"))
            again = make_node(exchange, tmp_path)
            assert again.recovered < len(before)
            assert list(NodeBroker(again).events(ALICE)) == before
            crash(again)

    run(main())


def test_a_settlement_begins_the_trail_anew_and_a_restart_begins_there_too(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            node = make_node(exchange, tmp_path)
            broker = await broker_of(node)
            await traded(exchange, broker, "a")
            exchange.exchange.settle()
            await until(lambda: any(type(each) is DaySettled for _, each in broker.events(ALICE)))
            first = next(broker.events(ALICE))
            assert type(first[1]) is DaySettled
            assert broker.orders(ALICE) == []
            rests = broker.submit(ALICE, wish(Side.BUY, 3400), "b")
            await until(lambda: state_of(broker, rests) is OrderState.OPEN)
            entries = list(broker.events(ALICE))
            assert entries[0] == first
            assert entries[-1][0][0] == first[1].next_day > first[0][0]
            crash(node)
            again = make_node(exchange, tmp_path)
            assert list(NodeBroker(again).events(ALICE)) == entries
            crash(again)

    run(main())


def test_one_reference_may_be_used_once_in_each_session() -> None:
    async def main() -> None:
        async with served() as exchange:
            node = make_node(exchange)
            broker = await broker_of(node, face="x")
            first = broker.submit(ALICE, wish(Side.BUY, 3400), "1", "a")
            other = broker.submit(ALICE, wish(Side.BUY, 3400), "1", "b")
            assert first != other
            with pytest.raises(DuplicateClientRef):
                broker.submit(ALICE, wish(Side.BUY, 3400), "1", "a")
            owners = {each.request.strategy for each in broker.orders(ALICE)}
            assert owners == {"face:x:a", "face:x:b"}
            await node.stop()

    run(main())


def test_risk_and_form_are_checked_before_anything_is_sent() -> None:
    async def main() -> None:
        async with served() as exchange:
            node = LiveNode(
                Catalog(),
                sessions_of=lambda _: get_sessions("always"),
                risk=RiskLimits(max_order_quantity=D(2)),
            )
            node.add_venue(exchange.driver("alice"))
            node.add_account(ALICE, PAPER)
            broker = await broker_of(node)
            with pytest.raises(RiskDenied):
                broker.submit(ALICE, wish(Side.BUY, 3400, 3), "1")
            assert broker.submit(ALICE, wish(Side.BUY, 3400, 2), "1")
            with pytest.raises(UnknownOrder):
                broker.cancel(ALICE, OrderId(5))
            with pytest.raises(AccountError):
                broker.submit(AccountId("bob"), wish(Side.BUY, 3400))
            await node.stop()

    run(main())


def test_a_face_is_not_shown_the_references_of_another(tmp_path: Path) -> None:
    async def main() -> None:
        async with served() as exchange:
            node = make_node(exchange, tmp_path)
            one, two = NodeBroker(node, "one"), NodeBroker(node, "two")
            heard: list[Event] = []
            two.listen(ALICE, lambda _, event: heard.append(event))
            await node.start()
            own = two.submit(ALICE, wish(Side.BUY, 3400), "1.1.1", "a")
            other = one.submit(ALICE, wish(Side.BUY, 3400), "1.1.1", "a")
            refs = {each.order_id: each.client_ref for each in two.orders(ALICE)}
            assert refs == {own: "1.1.1", other: ""}
            told = [each for _, each in two.events(ALICE) if type(each) is OrderSubmitted]
            assert {each.order_id: each.client_ref for each in told} == refs
            assert [each for each in heard if type(each) is OrderSubmitted] == told
            assert [each.client_ref for each in one.orders(ALICE)] == ["", "1.1.1"]
            await node.stop()

    run(main())


def test_a_face_has_limits_of_its_own_by_its_name() -> None:
    async def main() -> None:
        async with served() as exchange:
            limits = RiskLimits(strategies={"face:ctp": Limits(max_order_quantity=D(2))})
            node = LiveNode(Catalog(), sessions_of=lambda _: get_sessions("always"), risk=limits)
            node.add_venue(exchange.driver("alice"))
            node.add_account(ALICE, PAPER)
            broker, other = NodeBroker(node, "ctp"), NodeBroker(node, "other")
            await node.start()
            with pytest.raises(RiskDenied):
                broker.submit(ALICE, wish(Side.BUY, 3400, 3))
            assert other.submit(ALICE, wish(Side.BUY, 3400, 3))
            for each in (broker, broker, other):
                each.close()
            await node.stop()

    run(main())


def test_an_auto_order_that_would_need_two_is_refused() -> None:
    async def main() -> None:
        async with served() as exchange:
            node = make_node(exchange)
            broker = await broker_of(node)
            await traded(exchange, broker, "1")
            with pytest.raises(InvalidOrder, match="would need 2 orders"):
                broker.submit(ALICE, wish(Side.SELL, 3600, 2))
            assert broker.submit(ALICE, wish(Side.SELL, 3600, 1, offset=Offset.CLOSE_TODAY))
            await node.stop()

    run(main())


def test_one_subscription_at_the_venue_serves_everybody_at_the_face() -> None:
    async def main() -> None:
        async with served() as exchange:
            node = make_node(exchange)
            broker = await broker_of(node)
            seen: dict[str, list[Event]] = {"one": [], "two": []}

            def fails(event: Event) -> None:
                raise AnyvenueError("a face's own fault")

            broker.subscribe(RB, seen["one"].append)
            broker.subscribe(RB, fails)
            broker.subscribe(RB, seen["two"].append)
            broker.submit(ALICE, wish(Side.BUY, 3400))
            await until(lambda: broker.quote(RB) is not None)
            assert seen["one"] == seen["two"] != []
            assert [each.id for each in broker.instruments()] == [RB]
            with pytest.raises(UnknownInstrument):
                broker.subscribe(InstrumentId("IF2609.CFFEX"), fails)
            await node.stop()

    run(main())


def test_what_nobody_knows_is_refused_and_what_the_books_know_is_told() -> None:
    async def main() -> None:
        async with served() as exchange:
            node = make_node(exchange)
            broker = await broker_of(node, accounts=[ALICE])
            order_id = await traded(exchange, broker, "1")
            assert order_id
            broker.submit(ALICE, wish(Side.BUY, 3400))
            (leg,) = [each for each in broker.legs(ALICE) if each.quantity]
            assert (leg.side, leg.quantity, leg.opening) == (Side.BUY, 1, 1)
            assert [each.quantity for each in broker.lots(ALICE)] == [1]
            (funds,) = broker.funds(ALICE)
            assert funds.figures.available == broker.account(ALICE)[0].available
            assert funds.figures.margin == leg.margin > 0
            assert broker.rates(ALICE, RB).fees is not None
            assert broker.statements(ALICE) == []
            assert broker.accounts() == [ALICE]
            with pytest.raises(VenueRefused):
                broker.status(RB)
            with pytest.raises(VenueRefused):
                broker.native(ALICE, ("ReqQryTradingAccount", {}))
            assert await broker.history(RB, "1m", 0, 1) == []
            await node.stop()

    run(main())


@pytest.mark.parametrize("killed", [False, True])
def test_legs_and_lots_tell_what_the_day_did_as_the_venue_tells_it(
    tmp_path: Path, killed: bool
) -> None:
    async def main() -> None:
        async with served() as exchange:
            node = make_node(exchange)
            node.open_journal(tmp_path, snapshot_every=6)
            broker = await broker_of(node)
            for number in range(2):
                await traded(exchange, broker, f"yesterday {number}")
            exchange.exchange.settle()
            await until(lambda: any(type(each) is DaySettled for _, each in broker.events(ALICE)))
            await traded(exchange, broker, "today")
            bob, _ = await exchange.client("bob")
            bob.submit(order("bob", 77, Side.BUY, 3510))
            sold = broker.submit(ALICE, wish(Side.SELL, 3510, offset=Offset.CLOSE_OLD))
            await until(lambda: state_of(broker, sold) is OrderState.FILLED)
            rests = broker.submit(ALICE, wish(Side.BUY, 3400))
            await until(lambda: state_of(broker, rests) is OrderState.OPEN)
            if killed:
                crash(node)
                node = make_node(exchange, tmp_path)
                broker = await broker_of(node)
            assert _undated(broker.legs(ALICE)) == _undated(exchange.exchange.legs(ALICE))
            assert _undated(broker.lots(ALICE)) == _undated(exchange.exchange.lots(ALICE))
            old, today = sorted(broker.legs(ALICE), key=lambda leg: leg.today)
            assert (old.previous, old.closed, old.quantity) == (2, 1, 1)
            assert (today.opened, today.opening, today.quantity) == (1, 1, 1)
            await node.stop()

    run(main())


def _undated(rows: list[Any]) -> list[Any]:
    """Return rows without the moment they are of, and what only the venue's own prices tell."""
    left_out = ("ts_as_of", "price", "mark", "profit_by_day", "profit_by_trade", "market_value")
    return [
        {name: getattr(row, name) for name in row.__struct_fields__ if name not in left_out}
        for row in rows
    ]


def test_a_command_about_an_account_is_answered_by_an_event() -> None:
    async def main() -> None:
        async with served() as exchange:
            node = make_node(exchange)
            broker = await broker_of(node)
            heard: list[Event] = []
            broker.listen(ALICE, lambda _, event: heard.append(event))
            broker.execute(SetLeverage(ALICE, RB, D(3), 0))
            await until(lambda: [each for each in heard if type(each) is CommandRefused])
            await node.stop()

    run(main())


def test_a_listener_that_orders_does_not_change_the_order_in_which_others_hear() -> None:
    async def main() -> None:
        async with served() as exchange:
            node = make_node(exchange)
            broker = await broker_of(node)
            heard: list[type] = []

            def orders_again(_: Any, event: Event) -> None:
                if type(event) is OrderAccepted and len(broker.orders(ALICE)) < 2:
                    broker.submit(ALICE, wish(Side.BUY, 3300), "again")

            broker.listen(ALICE, orders_again)
            broker.listen(ALICE, lambda _, event: heard.append(type(event)))
            broker.submit(ALICE, wish(Side.BUY, 3400), "first")
            await until(lambda: heard.count(OrderAccepted) == 2)
            assert heard[-4:] == [OrderSubmitted, OrderAccepted, OrderSubmitted, OrderAccepted]
            await node.stop()

    run(main())

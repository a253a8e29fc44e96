"""The books built again from a journal are those that the node kept."""

from decimal import Decimal
from math import sin

import msgspec
import pytest

from anyvenue.data.profiles import Record
from anyvenue.data.source import MemorySource
from anyvenue.engine.backtest import ACCOUNT, BacktestNode
from anyvenue.engine.feed import Feed
from anyvenue.engine.rebuild import Rebuilder
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.commands import CancelOrder, ModifyOrder, SubmitOrder
from anyvenue.model.enums import Offset, OrderState, Pending, Side
from anyvenue.model.errors import UnknownOrder
from anyvenue.model.events import OrderFilled
from anyvenue.model.ids import OrderId
from anyvenue.model.market import Bar
from anyvenue.model.orders import Fill, Order
from anyvenue.reference.catalog import Catalog
from anyvenue.runtime.journal import DayRolled, JournalReader, MemoryFiles
from anyvenue.strategy.library import built_in
from journals import ALICE, DAY, REBAR, START, a_morning, accepted, deposited, open_in, submitted

CATALOG = Catalog(DAY)
REBAR_2701 = CATALOG.get(REBAR)
MINUTE = 60_000_000_000


def bar(at: int) -> Bar:
    """Return a minute of a price that goes up and down."""
    start = START + at * MINUTE
    price = float(3500 + round(40 * sin(at / 6)))
    end = start + MINUTE
    return Bar(REBAR, end, end, "1m", start, price, price + 2, price - 2, price, 100.0)


BARS = [bar(at) for at in range(400)]


def rebuilt(*values: object) -> Rebuilder:
    """Return the books after a journal with these values."""
    files = MemoryFiles()
    open_in(files).append_all(values, START)  # type: ignore[arg-type]
    books = Rebuilder(CATALOG.get)
    for record in JournalReader(files).records():
        books.take(record)
    books.finish()
    return books


def test_orders_positions_and_money_are_as_they_were() -> None:
    books = rebuilt(*a_morning())
    state = books.accounts[ALICE]
    assert [order.state for order in state.orders] == [
        OrderState.FILLED,
        OrderState.CANCELLED,
        OrderState.OPEN,
    ]
    assert state.position(REBAR).long_today.quantity == 2
    assert state.ledger.balance("CNY") == Decimal(1_000_000 - 7)
    assert (books.last_order_id, books.records, books.ts) == (3, 12, START)


def test_a_working_order_has_its_claim_again() -> None:
    state = rebuilt(*a_morning()).accounts[ALICE]
    assert state.position(REBAR).long_today.frozen == 1
    opening = rebuilt(deposited(), submitted(1)).accounts[ALICE]
    assert opening.figures("CNY", START).frozen_margin > 0


def test_an_order_that_could_not_be_paid_now_is_kept_and_named() -> None:
    books = rebuilt(deposited(10), submitted(1))
    assert list(books.unclaimed) == [1]
    assert books.unclaimed[OrderId(1)].code == "order.insufficient_funds"
    assert not books.accounts[ALICE].orders.get(OrderId(1)).done


def test_a_command_alone_makes_the_order_and_what_it_became_is_not_taken_twice() -> None:
    event = submitted(1)
    command = SubmitOrder(OrderId(1), event.request, START)
    both = rebuilt(deposited(), DayRolled(ALICE, "CNY", DAY, START), command, event)
    assert list(both.accounts[ALICE].orders) == [
        Order(
            OrderId(1), event.request, OrderState.SENT, trading_day=DAY, ts_created=START,
            ts_updated=START,
        )
    ]  # fmt: skip


def test_a_cancel_that_was_asked_for_is_pending() -> None:
    books = rebuilt(deposited(), submitted(1), accepted(1), CancelOrder(OrderId(1), ALICE, START))
    assert books.accounts[ALICE].orders.get(OrderId(1)).pending is Pending.CANCEL
    change = ModifyOrder(OrderId(1), ALICE, START, Decimal(3))
    books = rebuilt(deposited(), submitted(1), accepted(1), change)
    assert books.accounts[ALICE].orders.get(OrderId(1)).pending is Pending.MODIFY


def test_an_adopted_order_is_kept_as_it_is() -> None:
    order = Order(OrderId(7), submitted(7).request, OrderState.OPEN)
    assert rebuilt(deposited(), order).accounts[ALICE].orders.get(OrderId(7)) == order


def test_a_fill_that_is_in_an_adopted_total_is_not_booked_again() -> None:
    request = submitted(7).request
    order = Order(
        OrderId(7), request, OrderState.PARTIAL, filled=Decimal(1), filled_value=Decimal(3500),
        ts_updated=START,
    )  # fmt: skip
    books = rebuilt(deposited(), order)
    state = books.accounts[ALICE]
    old, new = (
        Fill(
            OrderId(7), ALICE, REBAR, name, Side.BUY, Offset.OPEN, Decimal(3500), Decimal(1),
            Decimal(0), "CNY", ts, ts, DAY,
        )
        for name, ts in (("told before", START - 5), ("new", START + 5))
    )  # fmt: skip
    assert state.apply(OrderFilled(ALICE, OrderId(7), START - 5, START + 9, old)) is None
    found = state.apply(OrderFilled(ALICE, OrderId(7), START + 5, START + 9, new))
    assert found is not None
    assert found.filled == 2


def test_an_event_of_an_order_nobody_announced_is_an_error() -> None:
    with pytest.raises(UnknownOrder):
        rebuilt(accepted(5))


def test_the_books_of_a_whole_backtest_are_built_again_to_the_last_digit() -> None:
    """The journal is written by following the node's audit: each command and event as it happens."""
    source = MemorySource(REBAR_2701, Record.BAR, lambda: iter(BARS), identity="bars")
    node = BacktestNode(Feed([source]), CATALOG, VenueOptions(hours="always"))
    node.add_account(ACCOUNT, {"CNY": Decimal(1_000_000)})
    node.node.add_strategy(built_in("ema_cross"), ACCOUNT, [REBAR_2701], {"fast": 3, "slow": 7})
    files = MemoryFiles()
    journal = open_in(files)
    audit = node.node.desk.audit
    add = audit.add

    def follow(value: msgspec.Struct) -> None:
        journal.append(value, START)
        add(value)

    audit.add = follow  # type: ignore[method-assign]
    node.run()
    kept = node.node.desk.accounts[ACCOUNT]
    books = Rebuilder(CATALOG.get)
    for record in JournalReader(files).records():
        books.take(record)
    books.finish()
    again = books.accounts[ACCOUNT]
    assert len(kept.orders) > 10
    assert [(each.order_id, each.state, each.filled_value, each.fees) for each in again.orders] == [
        (each.order_id, each.state, each.filled_value, each.fees) for each in kept.orders
    ]
    assert again.ledger.balance("CNY") == kept.ledger.balance("CNY")
    assert again.positions() == kept.positions()
    assert again.margin("CNY") == kept.margin("CNY")

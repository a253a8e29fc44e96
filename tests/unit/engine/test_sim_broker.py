"""The exchange as a broker: orders by reference, an event log to replay, reads, and money in and out."""

from decimal import Decimal
from typing import Any

import pytest
from short_market import CATALOG, OPEN, RB, SECOND, at, depth, quote

from anyvenue.engine.sim_broker import SimBroker
from anyvenue.engine.sim_driver import SimDriver
from anyvenue.engine.venue import VenueOptions, hours_of
from anyvenue.model.commands import CancelOrder, ModifyOrder, SubmitOrder
from anyvenue.model.enums import DriverState, Offset, OrderState, OrderType, Side
from anyvenue.model.errors import (
    AccountError,
    DuplicateClientRef,
    InsufficientFunds,
    InvalidOrder,
    NotSent,
    OffTick,
    UnknownOrder,
    VenueError,
    VenueRefused,
)
from anyvenue.model.events import (
    DaySettled,
    Deposited,
    Event,
    OrderAccepted,
    OrderFilled,
    VenueStateChanged,
)
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.model.protocols import Admin, Broker, Driver
from anyvenue.runtime.loop import run
from anyvenue.sim.faults import FaultPlan

ALICE, BOB = AccountId("alice"), AccountId("bob")


@pytest.fixture
def broker() -> SimBroker:
    """Return a broker with two accounts and a market at 3500 to 3501."""
    return make_broker()


def make_broker(options: VenueOptions | None = None) -> SimBroker:
    options = options or VenueOptions()
    made = SimBroker(CATALOG.get, hours_of(options, CATALOG), options)
    for account in (ALICE, BOB):
        made.create_account(account, {"CNY": Decimal(100_000)})
    made.on_market(quote(1))
    return made


def wish(side: Side = Side.BUY, quantity: int = 1, price: Any = 3400, **more: Any) -> OrderRequest:
    kind = OrderType.MARKET if price is None else OrderType.LIMIT
    exact = None if price is None else Decimal(str(price))
    return OrderRequest(
        more.pop("account", ALICE), RB.id, side, Decimal(quantity), exact, kind, **more
    )


def tick(broker: SimBroker, second: float, bid: float = 3500) -> None:
    """Let everything that is due by then happen, and then the market move."""
    while broker.due <= at(second):
        broker.run_due()
    broker.on_market(quote(second, bid))


def names(events: Any) -> list[str]:
    return [type(event).__name__ for _, event in events]


def test_it_is_a_broker_and_an_admin(broker: SimBroker) -> None:
    as_broker: Broker = broker
    as_admin: Admin = broker
    assert as_broker.accounts() == [ALICE, BOB]
    as_admin.deposit(ALICE, "CNY", Decimal(1))


def test_an_order_has_its_id_at_once_and_its_outcome_as_events(broker: SimBroker) -> None:
    order_id = broker.submit(ALICE, wish(price=None))
    assert broker.orders(ALICE) == []
    tick(broker, 2)
    (order,) = broker.orders(ALICE)
    assert (order.order_id, order.state) == (order_id, OrderState.FILLED)
    assert names(broker.events(ALICE)) == ["Deposited", "OrderAccepted", "OrderFilled"]
    assert [fill.price for fill in broker.fills(ALICE)] == [3501]
    assert [position.net for position in broker.positions(ALICE)] == [1]
    assert (broker.orders(BOB), broker.positions(BOB)) == ([], [])


def test_offset_auto_is_resolved_or_refused_when_it_would_need_two_orders(
    broker: SimBroker,
) -> None:
    broker.submit(ALICE, wish(price=None))
    tick(broker, 2)
    broker.submit(ALICE, wish(Side.SELL, price=None))
    tick(broker, 3)
    assert [order.request.offset for order in broker.orders(ALICE)] == [
        Offset.OPEN,
        Offset.CLOSE_TODAY,
    ]
    broker.submit(ALICE, wish(price=None))
    tick(broker, 4)
    with pytest.raises(InvalidOrder, match="would need 2 orders"):
        broker.submit(ALICE, wish(Side.SELL, 2, None))


def test_a_repeated_reference_names_the_order_that_has_it(broker: SimBroker) -> None:
    first = broker.submit(ALICE, wish(), "ref 1", "session 1")
    with pytest.raises(DuplicateClientRef) as caught:
        broker.submit(ALICE, wish(), "ref 1", "session 1")
    assert caught.value.order_id == first
    others = [
        broker.submit(ALICE, wish(), "ref 2", "session 1"),
        broker.submit(ALICE, wish(), "ref 1", "session 2"),
        broker.submit(BOB, wish(account=BOB), "ref 1", "session 1"),
        broker.submit(ALICE, wish()),
        broker.submit(ALICE, wish()),
    ]
    assert len({first, *others}) == 6


def test_a_request_that_was_refused_or_not_sent_does_not_take_its_reference() -> None:
    broker = make_broker(VenueOptions(faults=FaultPlan(disconnect=1.0, outage_ns=SECOND)))
    with pytest.raises(OffTick):
        broker.submit(ALICE, wish(price="3400.5"), "ref")
    with pytest.raises(NotSent):
        broker.submit(ALICE, wish(), "ref")
    with pytest.raises(NotSent):
        broker.submit(ALICE, wish(), "ref")


def test_cancel_and_modify_are_answered_by_events(broker: SimBroker) -> None:
    order_id = broker.submit(ALICE, wish())
    tick(broker, 2)
    broker.modify(ALICE, order_id, price=Decimal(3401))
    tick(broker, 3)
    assert broker.orders(ALICE)[0].price == 3401
    broker.cancel(ALICE, order_id)
    tick(broker, 4)
    assert broker.orders(ALICE)[0].state is OrderState.CANCELLED
    assert names(broker.events(ALICE))[-2:] == ["OrderModified", "OrderCancelled"]


def test_orders_and_accounts_that_do_not_exist_are_errors(broker: SimBroker) -> None:
    nobody = AccountId("nobody")
    for call in (
        lambda: broker.submit(nobody, wish(account=nobody)),
        lambda: broker.account(nobody),
        lambda: broker.orders(nobody),
        lambda: broker.fills(nobody),
        lambda: broker.positions(nobody),
        lambda: list(broker.events(nobody)),
        lambda: broker.listen(nobody, lambda cursor, event: None),
        lambda: broker.deposit(nobody, "CNY", Decimal(1)),
        lambda: broker.create_account(ALICE, {}),
    ):
        with pytest.raises(AccountError):
            call()
    for change in (broker.cancel, broker.modify):
        with pytest.raises(UnknownOrder):
            change(ALICE, OrderId(7))


def test_events_are_replayed_from_any_cursor_and_told_as_they_come(broker: SimBroker) -> None:
    heard: list[tuple[tuple[int, int], Event]] = []
    broker.listen(ALICE, lambda cursor, event: heard.append((cursor, event)))
    for second in range(2, 8):
        broker.submit(ALICE, wish(price=3501))
        tick(broker, second)
    log = list(broker.events(ALICE))
    assert log[1:] == heard
    assert [cursor for cursor, _ in log] == sorted({cursor for cursor, _ in log})
    for number, (cursor, _) in enumerate(log):
        assert list(broker.events(ALICE, cursor)) == log[number + 1 :]


def test_cursors_begin_again_with_the_trading_day_and_still_rise(broker: SimBroker) -> None:
    broker.submit(ALICE, wish(price=3501))
    tick(broker, 2)
    broker.settle()
    assert isinstance(list(broker.events(ALICE))[-1][1], DaySettled)
    last = list(broker.events(ALICE))[-1][0]
    broker.deposit(ALICE, "CNY", Decimal(5))
    ((cursor, event),) = broker.events(ALICE, last)
    assert isinstance(event, Deposited)
    assert cursor == (20260916, 1)
    assert cursor > last
    (figures,) = broker.account(ALICE)
    assert (figures.trading_day, figures.deposits) == (20260916, 5)


def test_a_day_is_settled_only_where_a_market_opened() -> None:
    empty = SimBroker(CATALOG.get, hours_of(VenueOptions(), CATALOG), VenueOptions())
    with pytest.raises(VenueError, match="no market has opened yet"):
        empty.settle()
    assert empty.now == 0


def test_settling_twice_settles_two_days(broker: SimBroker) -> None:
    broker.settle()
    broker.settle()
    days = [event.trading_day for _, event in broker.events(BOB) if isinstance(event, DaySettled)]
    assert days == [20260915, 20260916]


def test_money_comes_in_and_goes_out(broker: SimBroker) -> None:
    broker.deposit(ALICE, "CNY", Decimal(50))
    broker.withdraw(ALICE, "CNY", Decimal(150_000) - Decimal(100_000))
    (figures,) = broker.account(ALICE)
    assert (figures.balance, figures.deposits, figures.withdrawals) == (50_050, 100_050, 50_000)
    assert figures.ts_as_of == at(1)
    with pytest.raises(InsufficientFunds, match="50050"):
        broker.withdraw(ALICE, "CNY", Decimal(60_000))
    for amount in (Decimal(0), Decimal(-1)):
        with pytest.raises(InvalidOrder):
            broker.deposit(ALICE, "CNY", amount)


def test_the_market_is_told_to_whoever_asked(broker: SimBroker) -> None:
    heard: list[Event] = []
    broker.subscribe(RB.id, heard.append)
    tick(broker, 2)
    broker.on_market(depth(3))
    assert [event.ts_recv for event in heard] == [at(2), at(3)]
    assert broker.quote(RB.id) == depth(3)
    assert broker.quote(CATALOG.get("i2701.DCE").id) is None
    assert broker.instruments() == [RB]
    assert run(broker.history(RB.id, "1m", 0, OPEN)) == []


def test_reports_come_before_the_snapshot_that_made_them(broker: SimBroker) -> None:
    heard: list[str] = []
    broker.subscribe(RB.id, lambda event: heard.append("quote"))
    broker.listen(ALICE, lambda cursor, event: heard.append(type(event).__name__))
    broker.submit(ALICE, wish(price=3501))
    tick(broker, 2)
    assert heard == ["OrderAccepted", "OrderFilled", "quote"]


def test_there_is_no_venue_of_another_family_behind_it(broker: SimBroker) -> None:
    with pytest.raises(VenueRefused, match="no native request dict"):
        broker.native(ALICE, {})


def test_everything_can_be_cancelled_at_once(broker: SimBroker) -> None:
    for account in (ALICE, BOB):
        broker.submit(account, wish(account=account))
    tick(broker, 2)
    broker.cancel_everything(at(5))
    for account in (ALICE, BOB):
        (order,) = broker.orders(account)
        assert (order.state, order.ts_updated) == (OrderState.CANCELLED, at(5))


# ---- the driver over it


class Box:
    """An inbox that keeps what is posted."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def post(self, event: Event) -> None:
        """Keep an event."""
        self.events.append(event)


def opened(broker: SimBroker) -> tuple[SimDriver, Box]:
    driver, box = SimDriver(broker), Box()
    for account in (ALICE, BOB):
        driver.add_account(account)
    driver.subscribe(RB.id, "quotes")
    driver.subscribe(RB.id, "depth")
    run(driver.open(box))
    return driver, box


def test_the_driver_posts_market_and_reports_and_carries_commands(broker: SimBroker) -> None:
    driver, box = opened(broker)
    as_driver: Driver = driver
    assert as_driver.state is DriverState.READY
    assert as_driver.capabilities.modify
    driver.send(SubmitOrder(OrderId(11), wish(offset=Offset.OPEN), at(1)))
    tick(broker, 2)
    driver.send(ModifyOrder(OrderId(11), ALICE, at(2), price=Decimal(3402)))
    tick(broker, 3)
    driver.send(CancelOrder(OrderId(11), ALICE, at(3)))
    tick(broker, 4)
    assert [type(event).__name__ for event in box.events] == [
        *("OrderAccepted", "Quote"),
        *("OrderModified", "Quote"),
        *("OrderCancelled", "Quote"),
    ]


def test_the_driver_s_snapshot_is_what_the_exchange_says(broker: SimBroker) -> None:
    driver, _ = opened(broker)
    driver.submit(SubmitOrder(OrderId(11), wish(price=3501, offset=Offset.OPEN), at(1)))
    driver.submit(SubmitOrder(OrderId(12), wish(offset=Offset.OPEN), at(1)))
    tick(broker, 2)
    snapshot = run(driver.snapshot(ALICE, (0, 0)))
    assert [(order.order_id, order.done) for order in snapshot.orders] == [(11, True), (12, False)]
    assert [fill.order_id for fill in snapshot.fills] == [11]
    assert [position.net for position in snapshot.positions] == [1]
    assert snapshot.balances == tuple(broker.account(ALICE))
    later = run(driver.snapshot(ALICE, snapshot.cursor))
    assert (later.fills, later.cursor) == ((), snapshot.cursor)
    assert run(driver.instruments()) == [RB]


def test_a_closed_driver_posts_nothing_and_takes_nothing(broker: SimBroker) -> None:
    driver, box = opened(broker)
    run(driver.close())
    tick(broker, 2)
    assert box.events == []
    assert driver.state is DriverState.CLOSED
    with pytest.raises(NotSent, match="open the driver first"):
        driver.submit(SubmitOrder(OrderId(1), wish(), at(2)))


def test_what_concerns_the_whole_venue_is_posted_once_however_many_accounts_there_are() -> None:
    broker = make_broker(VenueOptions(faults=FaultPlan(disconnect=1.0, outage_ns=SECOND)))
    driver, box = opened(broker)
    with pytest.raises(NotSent):
        driver.submit(SubmitOrder(OrderId(1), wish(), at(1)))
    tick(broker, 5)
    states = [event.state for event in box.events if isinstance(event, VenueStateChanged)]
    assert states == [DriverState.DEGRADED, DriverState.READY]
    for account in (ALICE, BOB):
        assert names(broker.events(account))[1:] == ["VenueStateChanged"] * 2


def test_events_are_of_their_account(broker: SimBroker) -> None:
    broker.submit(BOB, wish(price=3501, account=BOB))
    tick(broker, 2)
    kinds = {type(event) for _, event in broker.events(BOB)}
    assert kinds == {Deposited, OrderAccepted, OrderFilled}
    assert names(broker.events(ALICE)) == ["Deposited"]

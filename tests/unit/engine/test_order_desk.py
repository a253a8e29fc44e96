"""The desk between strategies and drivers: what is sent, what is refused, and what reports do to the books."""

from decimal import Decimal
from typing import Any

import pytest
from short_market import CATALOG, RB, at, quote

from anyvenue.engine.desk import OrderDesk
from anyvenue.kernel.kernel import Kernel
from anyvenue.model.commands import CancelOrder, Command, ModifyOrder, SubmitOrder
from anyvenue.model.enums import Offset, OrderState, OrderType, Pending, Side
from anyvenue.model.errors import (
    AccountError,
    InsufficientFunds,
    InvalidOrder,
    NotSent,
    OffTick,
    UnknownOrder,
)
from anyvenue.model.events import (
    DaySettled,
    Deposited,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    SeriesRolled,
)
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.orders import Fill, Order, OrderRequest

ALICE = AccountId("alice")


class Desk:
    """A desk with one account, and a driver that keeps what it is given or cannot send it."""

    def __init__(self) -> None:
        self.kernel = Kernel()
        self.desk = OrderDesk(self.kernel, CATALOG.get)
        self.sent: list[Command] = []
        self.down = False
        self.heard: list[tuple[OrderState, bool]] = []
        self.state = self.desk.add_account(ALICE, self.send)
        self.desk.listeners.append(self.listen)
        self.kernel.run([quote(1)])
        self.kernel.process(Deposited(ALICE, "CNY", Decimal(100_000), at(1), at(1)))

    def send(self, command: Command) -> None:
        """Be the driver."""
        if self.down:
            raise NotSent("the line is down")
        self.sent.append(command)

    def listen(self, order: Order, fill: Fill | None) -> None:
        """Be a host."""
        self.heard.append((order.state, fill is not None))

    def wish(
        self, side: Side = Side.BUY, quantity: int = 1, price: int | None = 3400
    ) -> OrderRequest:
        kind = OrderType.MARKET if price is None else OrderType.LIMIT
        exact = None if price is None else Decimal(price)
        return OrderRequest(ALICE, RB.id, side, Decimal(quantity), exact, kind)

    def fill(self, order_id: int, side: Side, quantity: int, offset: Offset, number: str) -> None:
        done = Fill(
            OrderId(order_id), ALICE, RB.id, number, side, offset, Decimal(3500), Decimal(quantity),
            Decimal(1), "CNY", at(2), at(2), 20260915,
        )  # fmt: skip
        self.kernel.process(OrderFilled(ALICE, OrderId(order_id), at(2), at(2), done))


@pytest.fixture
def here() -> Desk:
    return Desk()


def test_an_order_is_claimed_recorded_and_sent(here: Desk) -> None:
    (order_id,) = here.desk.submit(here.wish())
    (command,) = here.sent
    assert isinstance(command, SubmitOrder)
    assert (command.order_id, command.request.offset, command.ts_event) == (
        order_id,
        Offset.OPEN,
        at(1),
    )
    assert here.desk.order(order_id).state is OrderState.SENT
    assert here.state.frozen("CNY").total > 0
    assert [order.order_id for order in here.desk.open_orders()] == [order_id]


def test_ids_rise_even_when_time_does_not(here: Desk) -> None:
    ids = [here.desk.submit(here.wish())[0] for _ in range(5)]
    assert ids == list(range(ids[0], ids[0] + 5))


def test_a_wish_that_closes_and_opens_becomes_orders_with_one_parent(here: Desk) -> None:
    (bought,) = here.desk.submit(here.wish(quantity=2))
    here.fill(bought, Side.BUY, 2, Offset.OPEN, "1")
    ids = here.desk.submit(here.wish(Side.SELL, 3, 3600))
    orders = [here.desk.order(order_id) for order_id in ids]
    assert [order.request.offset for order in orders] == [Offset.CLOSE_TODAY, Offset.OPEN]
    assert [order.quantity for order in orders] == [2, 1]
    assert {order.parent for order in orders} == {ids[0]}


def test_what_is_refused_leaves_no_claim_and_is_not_sent(here: Desk) -> None:
    (bought,) = here.desk.submit(here.wish(quantity=1))
    here.fill(bought, Side.BUY, 1, Offset.OPEN, "1")
    sent, frozen = len(here.sent), here.state.frozen("CNY").total
    with pytest.raises(InsufficientFunds):
        here.desk.submit(here.wish(Side.SELL, 500, 3600))  # one closes, the rest would open
    with pytest.raises(AccountError, match="there is no account 'bob'; accounts: alice"):
        here.desk.submit(OrderRequest(AccountId("bob"), RB.id, Side.BUY, Decimal(1), Decimal(3400)))
    assert len(here.sent) == sent
    assert here.state.frozen("CNY").total == frozen
    assert here.state.position(RB.id).long_today.frozen == 0


def test_an_order_the_driver_could_not_send_is_rejected_and_gives_its_claim_back(
    here: Desk,
) -> None:
    here.down = True
    (order_id,) = here.desk.submit(here.wish())
    order = here.desk.order(order_id)
    assert (order.state, order.reason) == (OrderState.REJECTED, "the line is down")
    assert here.heard == [(OrderState.REJECTED, False)]
    assert here.state.frozen("CNY").total == 0


def test_a_cancel_is_sent_once_and_only_while_there_is_something_to_cancel(here: Desk) -> None:
    (order_id,) = here.desk.submit(here.wish())
    here.desk.cancel(ALICE, order_id)
    here.desk.cancel(ALICE, order_id)
    here.desk.cancel_order(order_id)
    assert [type(command) for command in here.sent] == [SubmitOrder, CancelOrder]
    assert here.desk.order(order_id).pending is Pending.CANCEL
    here.kernel.process(OrderCancelled(ALICE, order_id, at(2), at(2)))
    here.desk.cancel(ALICE, order_id)
    assert len(here.sent) == 2


def test_a_cancel_that_cannot_be_sent_raises_and_may_be_repeated(here: Desk) -> None:
    (order_id,) = here.desk.submit(here.wish())
    here.down = True
    with pytest.raises(NotSent):
        here.desk.cancel(ALICE, order_id)
    here.desk.cancel_all()  # leaves it working, says nothing
    here.down = False
    here.desk.cancel(ALICE, order_id)
    assert isinstance(here.sent[-1], CancelOrder)


def test_a_change_is_checked_and_sent(here: Desk) -> None:
    (order_id,) = here.desk.submit(here.wish())
    with pytest.raises(OffTick):
        here.desk.modify(ALICE, order_id, price=Decimal("3400.5"))
    here.desk.modify(ALICE, order_id, quantity=Decimal(2), price=Decimal(3401))
    command = here.sent[-1]
    assert isinstance(command, ModifyOrder)
    assert (command.quantity, command.price) == (2, 3401)
    assert here.desk.order(order_id).pending is Pending.MODIFY
    here.kernel.process(OrderCancelled(ALICE, order_id, at(2), at(2)))
    with pytest.raises(UnknownOrder, match="is cancelled"):
        here.desk.modify(ALICE, order_id, price=Decimal(3402))
    with pytest.raises(UnknownOrder, match="no order 5"):
        here.desk.cancel_order(OrderId(5))


def test_the_answer_of_a_quick_venue_is_not_overwritten_by_the_request(here: Desk) -> None:
    """A driver in the same process may report the cancel before the call that sent it returns."""
    [order_id] = here.desk.submit(here.wish())
    here.kernel.process(OrderAccepted(ALICE, order_id, at(2), at(2)))
    here.desk._routes[ALICE] = lambda command: here.kernel.process(
        OrderCancelled(ALICE, order_id, at(3), at(3))
    )
    here.desk.cancel(ALICE, order_id)
    order = here.desk.order(order_id)
    assert (order.state, order.pending) == (OrderState.CANCELLED, Pending.NONE)
    assert here.desk.open_orders() == []


def test_a_change_of_nothing_and_one_behind_a_cancel_are_refused(here: Desk) -> None:
    [order_id] = here.desk.submit(here.wish())
    here.kernel.process(OrderAccepted(ALICE, order_id, at(2), at(2)))
    with pytest.raises(InvalidOrder, match="nothing is to change"):
        here.desk.modify(ALICE, order_id)
    here.desk.cancel(ALICE, order_id)
    with pytest.raises(InvalidOrder, match="a cancel is under way"):
        here.desk.modify(ALICE, order_id, price=Decimal(3399))
    assert here.desk.order(order_id).pending is Pending.CANCEL


def test_a_fill_that_is_told_twice_counts_once(here: Desk) -> None:
    (order_id,) = here.desk.submit(here.wish(quantity=2))
    here.kernel.process(OrderAccepted(ALICE, order_id, at(2), at(2)))
    for number in ("1", "1", "2", "2"):
        here.fill(order_id, Side.BUY, 1, Offset.OPEN, number)
    assert here.state.position(RB.id).long == 2
    assert here.heard == [
        (OrderState.OPEN, False),
        (OrderState.PARTIAL, True),
        (OrderState.FILLED, True),
    ]


def settled(day: int, next_day: int, price: int) -> DaySettled:
    prices: Any = ((RB.id, Decimal(price)),)
    return DaySettled(ALICE, "CNY", day, next_day, prices, at(30_000), at(30_000))


def test_a_day_that_is_settled_twice_is_settled_once(here: Desk) -> None:
    (order_id,) = here.desk.submit(here.wish())
    here.fill(order_id, Side.BUY, 1, Offset.OPEN, "1")
    here.kernel.process(settled(20260915, 20260916, 3510))
    balance = here.state.ledger.balance("CNY")
    here.kernel.process(settled(20260915, 20260916, 3999))
    assert here.state.ledger.balance("CNY") == balance == 100_000 - 1 + 100


def test_a_roll_that_is_told_twice_is_booked_once(here: Desk) -> None:
    (order_id,) = here.desk.submit(here.wish())
    here.fill(order_id, Side.BUY, 1, Offset.OPEN, "1")
    roll = SeriesRolled(ALICE, RB.id, Decimal(7), 20260916, at(3), at(3))
    again = SeriesRolled(ALICE, RB.id, Decimal(7), 20260916, at(3), at(4))
    next_day = SeriesRolled(ALICE, RB.id, Decimal(2), 20260917, at(5), at(5))
    for event in (roll, again, next_day):
        here.kernel.process(event)
    assert here.state.ledger.balance("CNY") == 100_000 - 1 - 70 - 20


def test_accounts_are_unique(here: Desk) -> None:
    with pytest.raises(AccountError, match="account alice is configured twice"):
        here.desk.add_account(ALICE, here.send)


def test_everything_that_was_decided_or_happened_is_in_the_audit_hash(here: Desk) -> None:
    digests = [here.desk.audit.hexdigest()]

    def step(what: Any) -> None:
        what()
        digests.append(here.desk.audit.hexdigest())

    ids: list[OrderId] = []
    step(lambda: ids.extend(here.desk.submit(here.wish())))
    step(lambda: here.kernel.process(OrderAccepted(ALICE, ids[0], at(2), at(2))))
    step(lambda: here.desk.modify(ALICE, ids[0], price=Decimal(3399)))
    step(lambda: here.desk.cancel(ALICE, ids[0]))
    step(lambda: here.kernel.process(OrderCancelled(ALICE, ids[0], at(3), at(3))))
    assert len(set(digests)) == len(digests) == 6
    assert here.desk.audit.count == 6

"""The order path of a node: what is checked, claimed and sent, and what a refusal leaves behind."""

from decimal import Decimal
from typing import Any

import pytest

from anyvenue.engine.desk import OrderDesk
from anyvenue.kernel.kernel import Kernel
from anyvenue.model.commands import CancelOrder, Command, ModifyOrder, SubmitOrder
from anyvenue.model.enums import Offset, OrderState, OrderType, Pending, Side
from anyvenue.model.errors import (
    AccountError,
    InsufficientFunds,
    InsufficientPosition,
    NotSent,
    OffTick,
    RiskDenied,
    UnknownOrder,
)
from anyvenue.model.events import (
    DaySettled,
    Deposited,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderOutcomeLost,
    OrderRejected,
)
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.oms.risk import MaxOrderQuantity, RiskGate
from builders import ALICE, Pit, at, bank_share, index_future, quote, rebar

D = Decimal
RB, IF, BANK = rebar(), index_future(), bank_share()


class Desk:
    """A desk with one account of 1 000 000 CNY whose commands are kept instead of sent."""

    def __init__(self, *rules: Any) -> None:
        self.kernel = Kernel()
        self.kernel.now = at("09:30")
        by_id = {each.id: each for each in (RB, IF, BANK)}
        self.desk = OrderDesk(self.kernel, by_id.__getitem__, RiskGate(rules))
        self.sent: list[Command] = []
        self.down = False
        self.state = self.desk.add_account(ALICE, self._send)
        self.say(Deposited(ALICE, "CNY", D(1_000_000), at("09:30"), at("09:30")))
        self.kernel.process(quote(RB, at("09:30"), 3500, 3500))
        self._trades = 0

    def _send(self, command: Command) -> None:
        if self.down:
            raise NotSent("the line is down", order_id=command.order_id)
        self.sent.append(command)

    def say(self, event: Any) -> None:
        """Let the venue report something."""
        self.kernel.process(event)

    def order(
        self, side: Side, quantity: int, price: object = 3500, of: Instrument = RB, **fields: Any
    ) -> list[OrderId]:
        """Submit a limit order with offset auto."""
        request = OrderRequest(ALICE, of.id, side, D(quantity), D(str(price)), **fields)
        return self.desk.submit(request)

    def fill(self, order_id: OrderId, quantity: int | None = None) -> None:
        """Report a fill at the order's limit."""
        order = self.desk.order(order_id)
        self._trades += 1
        now = self.kernel.now
        record = Fill(
            order_id, ALICE, order.instrument, str(self._trades), order.side, order.request.offset,
            order.price or D(3500), D(quantity or int(order.quantity)), D(1), "CNY", now, now,
        )  # fmt: skip
        self.say(OrderFilled(ALICE, order_id, now, now, record))

    def frozen(self) -> Decimal:
        """Return all frozen money."""
        return self.state.frozen("CNY").total


@pytest.fixture
def desk() -> Desk:
    """Return a desk without risk rules."""
    return Desk()


class TestSubmit:
    def test_an_order_is_claimed_announced_and_sent(self, desk: Desk) -> None:
        (order_id,) = desk.order(Side.BUY, 2)
        (command,) = desk.sent
        assert isinstance(command, SubmitOrder)
        assert (command.order_id, command.request.offset) == (order_id, Offset.OPEN)
        assert desk.desk.order(order_id).state is OrderState.SENT
        assert desk.frozen() == D(7007)

    def test_one_wish_may_become_three_orders_of_one_parent(self, desk: Desk) -> None:
        (old,) = desk.order(Side.BUY, 2)
        desk.fill(old)
        desk.say(DaySettled(ALICE, "CNY", 20260121, 20260122, ((RB.id, D(3500)),), 1, 1))
        (today,) = desk.order(Side.BUY, 3)
        desk.fill(today)
        ids = desk.order(Side.SELL, 6)
        orders = [desk.desk.order(each) for each in ids]
        assert [(each.request.offset, each.quantity) for each in orders] == [
            (Offset.CLOSE_OLD, 2),
            (Offset.CLOSE_TODAY, 3),
            (Offset.OPEN, 1),
        ]
        assert {each.parent for each in orders} == {ids[0]}
        assert list(ids) == sorted(ids)

    def test_when_a_part_cannot_be_claimed_nothing_is_sent_and_nothing_stays_claimed(
        self, desk: Desk
    ) -> None:
        (held,) = desk.order(Side.BUY, 2)
        desk.fill(held)
        before = desk.state.figures("CNY", 0)
        with pytest.raises(InsufficientFunds):
            desk.order(Side.SELL, 402)  # two close, four hundred would open
        assert len(desk.sent) == 1
        assert desk.state.figures("CNY", 0) == before
        assert desk.state.position(RB.id).long_today.frozen == 0

    @pytest.mark.parametrize(
        ("fields", "error"),
        [
            ({"price": "3500.5"}, OffTick),
            ({"offset": Offset.CLOSE}, InsufficientPosition),
            ({"offset": Offset.CLOSE_TODAY}, InsufficientPosition),
            ({"quantity": 10_000}, InsufficientFunds),
            ({"reduce_only": True}, InsufficientPosition),
        ],
    )
    def test_a_refused_order_leaves_no_trace(
        self, desk: Desk, fields: dict[str, Any], error: type[Exception]
    ) -> None:
        digest = desk.desk.audit.hexdigest()
        with pytest.raises(error):
            desk.order(Side.BUY, **({"quantity": 1} | fields))
        assert (desk.sent, desk.frozen(), len(desk.state.orders)) == ([], 0, 0)
        assert desk.desk.audit.hexdigest() == digest

    def test_a_wrong_account_is_an_error_never_another_one(self, desk: Desk) -> None:
        request = OrderRequest(AccountId("carol"), RB.id, Side.BUY, D(1), D(3500))
        with pytest.raises(AccountError, match="no account 'carol'"):
            desk.desk.submit(request)

    def test_a_risk_rule_refuses_before_anything_is_claimed(self) -> None:
        desk = Desk(MaxOrderQuantity(D(5)))
        with pytest.raises(RiskDenied):
            desk.order(Side.BUY, 6)
        assert (desk.sent, desk.frozen()) == ([], 0)

    def test_what_provably_never_left_is_rejected_and_freed(self, desk: Desk) -> None:
        desk.down = True
        (order_id,) = desk.order(Side.BUY, 1)
        order = desk.desk.order(order_id)
        assert (order.state, order.reason) == (OrderState.REJECTED, "the line is down")
        assert desk.frozen() == 0

    def test_order_ids_rise_within_one_moment(self, desk: Desk) -> None:
        ids = [each for _ in range(5) for each in desk.order(Side.BUY, 1)]
        assert ids == list(range(ids[0], ids[0] + 5))

    def test_a_market_order_waits_for_a_first_price(self, desk: Desk) -> None:
        request = OrderRequest(ALICE, IF.id, Side.BUY, D(1), type=OrderType.MARKET)
        with pytest.raises(Exception, match=r"no price of IF2603\.CFFEX is known yet"):
            desk.desk.submit(request)


class TestUnknownOutcome:
    def test_an_unknown_order_keeps_its_claim_until_the_venue_has_spoken(self, desk: Desk) -> None:
        (order_id,) = desk.order(Side.BUY, 2)
        desk.say(OrderOutcomeLost(ALICE, order_id, 1, 1))
        assert desk.desk.order(order_id).state is OrderState.UNKNOWN
        assert desk.frozen() == D(7007)
        assert [each.order_id for each in desk.desk.open_orders()] == [order_id]
        desk.say(OrderRejected(ALICE, order_id, 2, 2, "never seen"))
        assert desk.frozen() == 0


class TestCancelAndModify:
    def test_a_cancel_is_asked_once(self, desk: Desk) -> None:
        (order_id,) = desk.order(Side.BUY, 1)
        desk.desk.cancel(ALICE, order_id)
        desk.desk.cancel(ALICE, order_id)
        assert [type(each) for each in desk.sent] == [SubmitOrder, CancelOrder]
        assert desk.desk.order(order_id).pending is Pending.CANCEL

    def test_a_done_order_is_not_cancelled_again_and_not_changed(self, desk: Desk) -> None:
        (order_id,) = desk.order(Side.BUY, 1)
        desk.say(OrderCancelled(ALICE, order_id, 1, 1))
        desk.desk.cancel(ALICE, order_id)
        with pytest.raises(UnknownOrder, match="is cancelled"):
            desk.desk.modify(ALICE, order_id, quantity=D(2))
        assert len(desk.sent) == 1

    def test_an_order_nobody_sent_is_an_error(self, desk: Desk) -> None:
        for ask in (desk.desk.cancel, desk.desk.modify):
            with pytest.raises(UnknownOrder, match="no order 9"):
                ask(ALICE, OrderId(9))
        with pytest.raises(UnknownOrder):
            desk.desk.order(OrderId(9))

    def test_a_change_is_checked_before_it_is_sent(self, desk: Desk) -> None:
        (order_id,) = desk.order(Side.BUY, 1)
        with pytest.raises(OffTick):
            desk.desk.modify(ALICE, order_id, price=D("3500.5"))
        desk.desk.modify(ALICE, order_id, quantity=D(2))
        assert isinstance(desk.sent[-1], ModifyOrder)
        assert desk.desk.order(order_id).pending is Pending.MODIFY

    def test_cancelling_all_of_one_strategy_leaves_the_others(self, desk: Desk) -> None:
        (mine,) = desk.order(Side.BUY, 1, strategy="mine")
        (theirs,) = desk.order(Side.BUY, 1, strategy="theirs")
        desk.desk.cancel_all("mine")
        pending = [desk.desk.order(each).pending for each in (mine, theirs)]
        assert pending == [Pending.CANCEL, Pending.NONE]

    def test_what_cannot_be_cancelled_now_stays_working(self, desk: Desk) -> None:
        (order_id,) = desk.order(Side.BUY, 1)
        desk.down = True
        desk.desk.cancel_all()
        assert desk.desk.order(order_id).pending is Pending.NONE


class TestReports:
    def test_listeners_hear_every_change_once_and_fills_with_it(self, desk: Desk) -> None:
        heard: list[tuple[OrderState, bool]] = []
        desk.desk.listeners.append(
            lambda order, fill: heard.append((order.state, fill is not None))
        )
        (order_id,) = desk.order(Side.BUY, 2)
        accepted = OrderAccepted(ALICE, order_id, 1, 1, "V")
        desk.say(accepted)
        desk.say(accepted)
        desk.fill(order_id, 1)
        desk.fill(order_id, 1)
        assert heard == [
            (OrderState.OPEN, False),
            (OrderState.PARTIAL, True),
            (OrderState.FILLED, True),
        ]

    def test_shares_bought_today_wait_for_the_settlement(self, desk: Desk) -> None:
        (order_id,) = desk.order(Side.BUY, 100, 10, BANK)
        desk.fill(order_id)
        with pytest.raises(InsufficientPosition):
            desk.order(Side.SELL, 100, 10, BANK)
        desk.say(DaySettled(ALICE, "CNY", 20260121, 20260122, (), 1, 1))
        desk.order(Side.SELL, 100, 10, BANK)
        assert desk.state.position(BANK.id).long_old.frozen == 100

    def test_an_account_is_configured_once(self, desk: Desk) -> None:
        with pytest.raises(AccountError, match="twice"):
            desk.desk.add_account(ALICE, lambda command: None)
        assert Pit(RB).state.account == ALICE

"""What the exchange refuses, and that a refusal leaves everything as it was; cancels and changes."""

from decimal import Decimal
from typing import Any

import pytest

from anyvenue.model.enums import Offset, OrderState, OrderType, Side, TimeInForce
from anyvenue.model.errors import AccountError, InsufficientFunds, InvalidOrder
from anyvenue.model.events import (
    CancelRejected,
    ModifyRejected,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderModified,
    OrderRejected,
)
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.orders import OrderRequest
from anyvenue.model.steps import LotRule
from builders import ALICE, BOB, Pit, bank_share, perpetual, rebar

D = Decimal


@pytest.fixture
def pit() -> Pit:
    """Return an exchange in rebar with a long of three lots of today and a price."""
    pit = Pit(rebar(), cash=100_000)
    pit.buy(3, 3500)
    pit.last(3500)
    return pit


def books(pit: Pit) -> tuple[Any, ...]:
    """Return everything that a refused request must leave alone."""
    return pit.figures(), pit.position(), pit.state.ledger.digest()


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"price": D("3500.5")}, "order.off_tick", "use 3500 or 3501"),
        ({"quantity": D("1.5")}, "order.off_lot", "use 1 or 2"),
        ({"quantity": D(0)}, "order.invalid", "above zero"),
        ({"quantity": D(-1)}, "order.invalid", "above zero"),
        ({"quantity": D("NaN")}, "order.invalid", "finite"),
        ({"price": D("NaN")}, "order.invalid", "finite"),
        ({"price": D("Infinity")}, "order.invalid", "finite"),
        ({"price": D(0)}, "order.invalid", "above zero"),
        ({"price": None}, "order.invalid", "a price for a limit order"),
        ({"type": OrderType.MARKET}, "order.invalid", "no price for a market order"),
        ({"type": OrderType.STOP, "price": None}, "order.invalid", "a trigger price"),
        ({"stop_price": D(3600)}, "order.invalid", "no trigger price"),
        ({"time_in_force": TimeInForce.GTD}, "order.invalid", "a time in ns UTC"),
        ({"expires": 5}, "order.invalid", "a time in ns UTC"),
        ({"post_only": True, "time_in_force": TimeInForce.IOC}, "order.invalid", "post-only"),
        ({"offset": Offset.AUTO}, "order.invalid", "say open or close"),
        ({"quantity": D(100)}, "order.insufficient_funds", "available"),
        (
            {"side": Side.SELL, "offset": Offset.CLOSE_TODAY, "quantity": D(4)},
            "order.insufficient_position",
            "more than the 3 long opened today",
        ),
        (
            {"side": Side.BUY, "offset": Offset.CLOSE_TODAY},
            "order.insufficient_position",
            "more than the 0 short",
        ),
        ({"instrument": InstrumentId("zz.SHFE")}, "reference.unknown_instrument", "zz"),
    ],
)
def test_a_bad_request_is_refused_by_an_event_and_changes_nothing(
    pit: Pit, fields: dict[str, Any], code: str, words: str
) -> None:
    given = {"side": Side.BUY, "quantity": D(1), "price": D(3500), "offset": Offset.OPEN}
    given |= {"account": ALICE, "instrument": pit.instrument.id}
    before = books(pit)
    (refused,) = pit.submit(77, OrderRequest(**(given | fields)))
    assert isinstance(refused, OrderRejected)
    assert (refused.code, refused.order_id) == (code, 77)
    assert words in refused.reason
    assert books(pit) == before
    assert pit.state.orders.open_orders() == []


def test_an_unknown_fee_or_margin_is_a_refusal_never_zero() -> None:
    for missing in ({"fees": None}, {"margin": None}):
        pit = Pit(rebar(**missing))
        pit.buy(1, 3500)
        assert pit.events[-1].code in ("reference.unknown_fee", "reference.unknown_margin")  # type: ignore[union-attr]


def test_quantities_above_the_maximum_of_the_order_type_are_refused() -> None:
    pit = Pit(rebar(lot=LotRule(D(1), D(1), D(5), D(2))))
    pit.last(3500)
    pit.buy(6, 3500)
    assert "at most 5 in one limit order" in pit.events[-1].reason  # type: ignore[union-attr]
    pit.buy(3)
    assert "at most 2 in one market order" in pit.events[-1].reason  # type: ignore[union-attr]


def test_float_noise_in_a_request_is_accepted_and_the_order_completes() -> None:
    pit = Pit(perpetual())
    request = OrderRequest(
        ALICE, pit.instrument.id, Side.BUY, D("0.30000000001"), D("100.10000000001"),
        offset=Offset.OPEN,
    )  # fmt: skip
    pit.submit(5, request)
    pit.quote(100.0, 100.1)
    record = pit.order(5)
    assert (record.state, record.filled, record.quantity) == (OrderState.FILLED, D("0.3"), D("0.3"))


def test_an_account_that_does_not_exist_is_an_error_never_another_account() -> None:
    pit = Pit(rebar())
    with pytest.raises(AccountError, match="no account 'carol'"):
        pit.buy(1, 3500, account=AccountId("carol"))


def test_an_account_is_opened_once() -> None:
    pit = Pit(rebar())
    with pytest.raises(AccountError, match="exists already"):
        pit.exchange.create_account(ALICE)


class TestMoneyInAndOut:
    @pytest.mark.parametrize("amount", ["0", "-1", "NaN", "Infinity"])
    def test_amounts_are_numbers_above_zero(self, amount: str) -> None:
        pit = Pit(rebar())
        with pytest.raises(InvalidOrder):
            pit.exchange.deposit(ALICE, "CNY", D(amount), pit.now)
        with pytest.raises(InvalidOrder):
            pit.exchange.withdraw(ALICE, "CNY", D(amount), pit.now)

    def test_no_more_is_paid_out_than_is_free(self) -> None:
        pit = Pit(rebar())
        pit.buy(1, 3500)
        with pytest.raises(InsufficientFunds, match=r"996496\.5 can be withdrawn"):
            pit.exchange.withdraw(ALICE, "CNY", D(1_000_000), pit.now)
        pit.exchange.withdraw(ALICE, "CNY", D("996496.5"), pit.now)
        assert pit.figures().available == 0
        assert pit.figures().withdrawals == D("996496.5")


class TestRepeatedOrders:
    @pytest.mark.parametrize("keep_done", [True, False])
    def test_a_repeat_of_a_working_order_is_ignored(self, keep_done: bool) -> None:
        pit = Pit(rebar(), keep_done=keep_done)
        request = OrderRequest(
            ALICE, pit.instrument.id, Side.BUY, D(1), D(3500), offset=Offset.OPEN
        )
        assert [type(event) for event in pit.submit(5, request)] == [OrderAccepted]
        assert pit.submit(5, request) == []

    def test_a_repeat_of_a_done_order_is_not_done_again_by_an_exchange_that_forgot_it(self) -> None:
        pit = Pit(rebar(), keep_done=False)
        request = OrderRequest(
            ALICE, pit.instrument.id, Side.BUY, D(1), D(3500), offset=Offset.OPEN
        )
        pit.submit(5, request)
        pit.last(3500)
        (refused,) = pit.submit(5, request)
        assert isinstance(refused, OrderRejected)
        assert refused.code == "order.duplicate_id"
        pit.last(3500, size=99)
        assert pit.position().long == 1

    def test_two_accounts_do_not_share_an_order_id(self) -> None:
        pit = Pit(rebar(), accounts=(ALICE, BOB))
        mine = OrderRequest(ALICE, pit.instrument.id, Side.BUY, D(1), D(3500), offset=Offset.OPEN)
        theirs = OrderRequest(BOB, pit.instrument.id, Side.BUY, D(2), D(3500), offset=Offset.OPEN)
        pit.submit(5, mine)
        (refused,) = pit.submit(5, theirs)
        assert isinstance(refused, OrderRejected)
        pit.last(3500)
        assert pit.order(5).filled == 1
        assert pit.exchange.accounts[BOB].position(pit.instrument.id).flat


class TestCancel:
    def test_a_cancel_frees_what_was_frozen(self, pit: Pit) -> None:
        before = pit.figures().available
        order = pit.buy(1, 3400)
        assert [type(event) for event in pit.cancel(order)] == [OrderCancelled]
        assert pit.figures().available == before

    def test_a_cancel_of_a_partly_filled_order_keeps_the_fill(self, pit: Pit) -> None:
        order = pit.buy(5, 3510)
        pit.quote(3500, 3505, ask_size=2)
        pit.cancel(order)
        record = pit.order(order)
        assert (record.state, record.filled) == (OrderState.CANCELLED, 2)
        assert pit.figures().frozen_margin == 0

    @pytest.mark.parametrize("keep_done", [True, False])
    def test_a_cancel_that_comes_too_late_is_refused(self, keep_done: bool) -> None:
        pit = Pit(rebar(), keep_done=keep_done)
        order = pit.buy(1, 3500)
        pit.last(3500)
        assert [type(event) for event in pit.cancel(order)] == [CancelRejected]

    @pytest.mark.parametrize("keep_done", [True, False])
    def test_a_cancel_of_an_order_nobody_sent_is_refused(self, keep_done: bool) -> None:
        pit = Pit(rebar(), keep_done=keep_done)
        (refused,) = pit.cancel(999)
        assert isinstance(refused, CancelRejected)
        assert refused.code == "order.unknown"

    def test_nobody_cancels_the_order_of_another_account(self) -> None:
        pit = Pit(rebar(), accounts=(ALICE, BOB))
        order = pit.buy(1, 3400)
        (refused,) = pit.cancel(order, account=BOB)
        assert isinstance(refused, CancelRejected)
        assert refused.account == BOB
        assert pit.order(order).state is OrderState.OPEN

    def test_the_exchange_cancels_all_orders_of_one_account(self) -> None:
        pit = Pit(rebar(), accounts=(ALICE, BOB))
        mine, theirs = pit.buy(1, 3400), pit.buy(1, 3400, account=BOB)
        pit.exchange.cancel_all(pit.now, ALICE)
        assert pit.order(mine).state is OrderState.CANCELLED
        assert pit.order(theirs, BOB).state is OrderState.OPEN


class TestModify:
    def test_a_change_claims_what_the_new_order_needs(self, pit: Pit) -> None:
        order = pit.buy(1, 3400)
        assert [type(event) for event in pit.modify(order, quantity=2, price=3450)] == [
            OrderModified
        ]
        figures = pit.figures()
        assert figures.frozen_margin == D(6900)
        assert figures.frozen_fees == D("6.9")
        pit.cancel(order)
        assert pit.figures().frozen_margin == 0

    def test_a_change_that_costs_too_much_leaves_the_order_as_it_was(self, pit: Pit) -> None:
        order = pit.buy(1, 3400)
        before = books(pit)
        (refused,) = pit.modify(order, quantity=400)
        assert isinstance(refused, ModifyRejected)
        assert refused.code == "order.insufficient_funds"
        assert books(pit) == before
        pit.quote(3399, 3400)
        assert pit.order(order).filled == 1

    def test_a_change_to_less_than_is_filled_is_refused(self, pit: Pit) -> None:
        order = pit.buy(5, 3510)
        pit.quote(3500, 3505, ask_size=2)
        (refused,) = pit.modify(order, quantity=2)
        assert isinstance(refused, ModifyRejected)
        assert "cancel it instead" in refused.reason

    def test_a_partly_filled_order_goes_on_with_the_rest_of_the_new_quantity(
        self, pit: Pit
    ) -> None:
        order = pit.buy(5, 3510)
        pit.quote(3500, 3505, ask_size=2)
        pit.modify(order, quantity=3)
        pit.quote(3500, 3505, ask_size=9)
        record = pit.order(order)
        assert (record.state, record.filled) == (OrderState.FILLED, 3)

    def test_a_closing_order_claims_no_more_lots_than_are_free(self, pit: Pit) -> None:
        order = pit.sell(2, 3600, offset=Offset.CLOSE_TODAY)
        pit.sell(1, 3600, offset=Offset.CLOSE_TODAY)
        (refused,) = pit.modify(order, quantity=3)
        assert isinstance(refused, ModifyRejected)
        assert pit.position().long_today.frozen == 3

    @pytest.mark.parametrize("price", ["3500.5", "0", "NaN"])
    def test_a_change_is_checked_like_a_new_order(self, pit: Pit, price: str) -> None:
        order = pit.buy(1, 3400)
        (refused,) = pit.modify(order, price=price)
        assert isinstance(refused, ModifyRejected)
        assert pit.order(order).price == 3400

    @pytest.mark.parametrize("keep_done", [True, False])
    def test_a_change_of_an_order_nobody_sent_is_refused(self, keep_done: bool) -> None:
        pit = Pit(rebar(), keep_done=keep_done)
        (refused,) = pit.modify(999, quantity=1)
        assert isinstance(refused, ModifyRejected)

    def test_a_change_outside_the_days_limits_is_refused(self, pit: Pit) -> None:
        pit.last(3500, upper_limit=3600.0, lower_limit=3400.0)
        order = pit.buy(1, 3450)
        (refused,) = pit.modify(order, price=3399)
        assert isinstance(refused, ModifyRejected)
        assert refused.code == "order.outside_limits"


class TestPriceLimits:
    def test_prices_at_the_limits_are_taken_and_those_beyond_are_not(self) -> None:
        pit = Pit(rebar())
        pit.last(3500, upper_limit=3600.0, lower_limit=3400.0)
        states = [pit.order(pit.buy(1, price)).state for price in (3399, 3400, 3600, 3601)]
        bad, good = OrderState.REJECTED, OrderState.OPEN
        assert states == [bad, good, good, bad]

    def test_absent_limits_allow_every_price(self) -> None:
        pit = Pit(rebar())
        pit.last(3500, upper_limit=1.7976931348623157e308, lower_limit=0.0)
        assert pit.order(pit.buy(1, 9000)).state is OrderState.OPEN


def test_closing_twice_what_is_held_is_refused_while_the_first_order_works(pit: Pit) -> None:
    pit.sell(2, 3600, offset=Offset.CLOSE_TODAY)
    pit.sell(2, 3600, offset=Offset.CLOSE_TODAY)
    assert pit.events[-1].code == "order.insufficient_position"  # type: ignore[union-attr]
    assert "than the 1 long" in pit.events[-1].reason  # type: ignore[union-attr]


def test_the_proceeds_of_a_fill_are_there_for_the_next_order() -> None:
    pit = Pit(bank_share(), cash=10_100, start="09:30")
    pit.buy(1000, 10)
    pit.quote(9.99, 10.00, 1000, 1000)
    pit.to("33:30")
    pit.sell(1000, 11)
    pit.quote(11.00, 11.01, 1000, 1000)
    order = pit.buy(900, 12)
    assert pit.order(order).state is OrderState.OPEN


def test_reports_of_one_snapshot_come_in_the_order_of_priority(pit: Pit) -> None:
    late, early = pit.buy(1, 3500), pit.buy(1, 3501)
    said = pit.quote(3499, 3500)
    assert [event.order_id for event in said if isinstance(event, OrderFilled)] == [early, late]

"""What a snapshot of the venue does to the books, case by case."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from anyvenue.model.accounts import Account
from anyvenue.model.enums import OrderState, Pending, PostingKind, Side
from anyvenue.model.errors import Inconsistent
from anyvenue.model.events import (
    BalanceAligned,
    DaySettled,
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderSubmitted,
    OrderVanished,
    PositionsAligned,
)
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, external_order_id
from anyvenue.model.orders import EXTERNAL, Fill, Order, OrderRequest
from anyvenue.model.positions import Leg, Position
from anyvenue.model.protocols import Snapshot
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.reconcile import Correction, reconcile
from builders import ALICE, BOB, DAY, MINUTE, SECOND, Pit, at, number, rebar
from leveraged import inverse
from losses import LossyRoom, check_same_truth

RB = rebar()
NOON = at("12:00")


def away(**options: Any) -> LossyRoom:
    """Return a room with prices, in which nothing is lost yet."""
    return LossyRoom(**options).play([])


def deaf(room: LossyRoom) -> LossyRoom:
    """Let the node hear nothing from now on."""
    room.loses = 1.0
    return room


def back(room: LossyRoom, **told: bool) -> Correction:
    """Reconcile, check the books, and that there is nothing left to do; return the correction."""
    snapshot = room.snapshot(**told)
    correction = room.reconcile(snapshot)
    check_same_truth(room.node, room.venue, room.instruments, room.kernel.now)
    assert reconcile(room.node, snapshot, room.kernel.now, complete=True).events == ()
    return correction


def kinds(correction: Correction) -> list[type]:
    """Return the kinds of a correction's events."""
    return [type(each) for each in correction.events]


def quotes(room: LossyRoom, bid: int, ask: int) -> None:
    """Move the market of the first instrument: nine lots on either side, twice."""
    for _ in range(2):
        room._quote(0, bid - room.mids[0], ask - bid, 9, 9)


# ---- orders and fills while nobody listened


def test_books_that_are_right_need_nothing() -> None:
    room = away()
    room.trade(RB, Side.BUY, 2, 3600)
    quotes(room, 3500, 3501)
    assert room.node.position(RB.id).long == 2
    assert back(room) == Correction()


def test_a_fill_while_away_is_booked_by_its_trade_id() -> None:
    room = away()
    (order_id,) = room.trade(RB, Side.BUY, 2, 3502)
    deaf(room)
    quotes(room, 3500, 3501)
    assert room.node.orders.get(order_id).filled == 0
    correction = back(room)
    assert room.node.orders.get(order_id).state is OrderState.FILLED
    assert OrderFilled in kinds(correction)
    assert BalanceAligned not in kinds(correction)
    assert room.node.ledger.digest() == room.venue.ledger.digest()


def test_a_fill_that_is_told_again_later_counts_once() -> None:
    room = away()
    room.trade(RB, Side.BUY, 2, 3502)
    deaf(room)
    quotes(room, 3500, 3501)
    back(room)
    filled = next(each for each in room.told if isinstance(each, OrderFilled))
    room.kernel.process(filled)
    check_same_truth(room.node, room.venue, room.instruments, room.kernel.now)


def test_restored_books_that_know_totals_but_no_trades_double_nothing() -> None:
    room = away()
    room.trade(RB, Side.BUY, 6, 3511)
    room._quote(0, 0, 1, 9, 1)
    for order in list(room.node.orders):
        room.node.orders._trades.pop(order.order_id)
    deaf(room)
    room._quote(0, 3, 1, 9, 2)
    room.cursor = 0
    correction = back(room)
    assert [each.fill.quantity for each in correction.events if isinstance(each, OrderFilled)] == [
        2
    ]


def test_an_order_cancelled_while_away_is_cancelled() -> None:
    room = away()
    (order_id,) = room.trade(RB, Side.BUY, 2, 3400)
    quotes(room, 3500, 3501)
    room.desk.cancel(ALICE, order_id)
    deaf(room)
    quotes(room, 3500, 3501)
    correction = back(room)
    assert [type(each) for each in correction.events] == [OrderCancelled]
    assert [each.code for each in correction.notes] == ["reconcile.ended"]


def test_partial_fills_only_known_by_their_total_have_its_exact_value() -> None:
    room = away()
    (order_id,) = room.trade(RB, Side.BUY, 6, 3511)
    deaf(room)
    room._quote(0, 0, 1, 9, 1)
    room._quote(0, 3, 1, 9, 2)
    theirs = room.venue.orders.get(order_id)
    assert (theirs.filled, theirs.filled_value % 3) == (3, 2)
    correction = back(room, done=False, fills=False)
    fills = [each.fill for each in correction.events if isinstance(each, OrderFilled)]
    assert all(each.trade_id.startswith("inferred-") for each in fills)
    assert sum(each.price * each.quantity for each in fills) == theirs.filled_value
    assert len({each.trade_id for each in fills}) == len(fills) == 2


def test_a_fill_that_was_inferred_is_not_booked_again_when_it_comes() -> None:
    room = away()
    room.trade(RB, Side.BUY, 6, 3510)
    deaf(room)
    room._quote(0, 0, 1, 9, 2)
    back(room, done=False, fills=False)
    late = next(each for each in room.told if isinstance(each, OrderFilled))
    room.kernel.process(late)
    check_same_truth(room.node, room.venue, room.instruments, room.kernel.now)
    room.loses = 0.0
    room._quote(0, 0, 1, 9, 9)
    check_same_truth(room.node, room.venue, room.instruments, room.kernel.now)


def test_an_order_that_never_arrived_is_rejected_only_where_the_snapshot_is_complete() -> None:
    room = away()
    room.loses_commands = 1.0
    (order_id,) = room.trade(RB, Side.BUY, 2, 3400)
    room.kernel.now += SECOND
    snapshot = room.snapshot()
    unsure = reconcile(room.node, snapshot, room.kernel.now, complete=False)
    assert unsure.queries == (order_id,)
    waiting = reconcile(
        room.node, snapshot, room.kernel.now, complete=True, in_flight_ns=10 * SECOND
    )
    assert waiting == Correction()
    sure = room.reconcile(snapshot)
    assert [type(each) for each in sure.events] == [OrderRejected]
    assert room.node.orders.get(order_id).venue_code == "order.lost"


def test_an_acknowledged_order_that_is_listed_no_more_is_unknown_not_filled() -> None:
    room = away()
    (order_id,) = room.trade(RB, Side.BUY, 2, 3400)
    quotes(room, 3500, 3501)
    snapshot = replace(room.snapshot(), orders=())
    correction = room.reconcile(snapshot)
    assert [type(each) for each in correction.events] == [OrderVanished]
    assert correction.queries == (order_id,)
    assert room.node.orders.get(order_id).state is OrderState.UNKNOWN
    again = reconcile(room.node, snapshot, room.kernel.now, complete=True)
    assert (again.events, again.queries) == ((), (order_id,))
    back(room)
    assert room.node.orders.get(order_id).state is OrderState.OPEN


def test_a_lost_cancel_can_be_asked_for_again() -> None:
    room = away()
    (order_id,) = room.trade(RB, Side.BUY, 2, 3400)
    quotes(room, 3500, 3501)
    room.loses_commands = 1.0
    room.desk.cancel(ALICE, order_id)
    room.loses_commands = 0.0
    assert room.node.orders.get(order_id).pending is Pending.CANCEL
    back(room)
    assert room.node.orders.get(order_id).pending is Pending.NONE
    room.desk.cancel(ALICE, order_id)
    quotes(room, 3500, 3501)
    assert room.node.orders.get(order_id).state is OrderState.CANCELLED


def test_a_change_while_away_is_taken_over() -> None:
    room = away()
    (order_id,) = room.trade(RB, Side.BUY, 2, 3400)
    quotes(room, 3500, 3501)
    deaf(room)
    room.desk.modify(ALICE, order_id, number(5), number(3401))
    quotes(room, 3500, 3501)
    back(room)
    ours = room.node.orders.get(order_id)
    assert (ours.quantity, ours.price, ours.pending) == (5, 3401, Pending.NONE)


# ---- orders of somebody else


def test_an_order_of_somebody_else_is_adopted_as_external() -> None:
    room = deaf(away())
    order_id = room.foreign(RB, Side.BUY, 3, 3400)
    correction = back(room)
    ours = room.node.orders.get(order_id)
    assert (ours.request.tag, ours.request.strategy) == (EXTERNAL, "")
    assert ours.venue_order_id == room.venue.orders.get(order_id).venue_order_id
    assert kinds(correction) == [OrderSubmitted, OrderAccepted]
    room.loses = 0.0
    room.desk.cancel(ALICE, order_id)
    quotes(room, 3500, 3501)
    check_same_truth(room.node, room.venue, room.instruments, room.kernel.now)


def test_an_order_without_an_id_of_ours_gets_one_that_no_node_gives() -> None:
    room = deaf(away())
    order_id = room.foreign(RB, Side.BUY, 3, 3400)
    snapshot = room.snapshot()
    (theirs,) = snapshot.orders
    nameless = replace(snapshot, orders=(replace(theirs, order_id=OrderId(0)),))
    room.reconcile(nameless)
    external = external_order_id(theirs.venue_order_id)
    assert external > 10**12 > order_id
    assert room.node.orders.get(external).quantity == 3
    assert reconcile(room.node, nameless, room.kernel.now, complete=True).events == ()


def test_a_fill_of_an_order_nobody_ever_saw_brings_the_order_with_it() -> None:
    room = deaf(away())
    order_id = room.foreign(RB, Side.BUY, 3, 3600)
    quotes(room, 3500, 3501)
    snapshot = replace(room.snapshot(), orders=())
    room.reconcile(snapshot)
    assert room.node.orders.get(order_id).state is OrderState.FILLED
    check_same_truth(room.node, room.venue, room.instruments, room.kernel.now)


def test_lots_that_were_opened_and_closed_elsewhere_leave_only_money() -> None:
    room = away()
    empty = AccountState(ALICE, room.node._lookup, room.node.mark)
    room.trade(RB, Side.BUY, 3, 3600)
    quotes(room, 3500, 3501)
    room.cursor = len(room.told)
    room.trade(RB, Side.SELL, 3, 3400)
    quotes(room, 3500, 3501)
    correction = reconcile(empty, room.snapshot(), room.kernel.now, complete=True)
    for event in correction.events:
        step: Callable[[Any], object] = (
            empty.apply if hasattr(event, "order_id") else empty.apply_account
        )
        step(event)
    check_same_truth(empty, room.venue, room.instruments, room.kernel.now)


# ---- days


def test_a_day_that_was_settled_while_away_is_settled_at_the_venues_prices() -> None:
    room = away()
    room.trade(RB, Side.BUY, 2, 3600)
    quotes(room, 3500, 3501)
    deaf(room)
    quotes(room, 3520, 3521)
    room._wait(3)
    correction = back(room)
    assert kinds(correction) == [DaySettled]
    assert room.node.position(RB.id).long_old.quantity == 2
    ours, theirs = (books.figures("CNY", 0) for books in (room.node, room.venue))
    assert ours == theirs


def test_a_fill_before_a_missed_settlement_belongs_to_the_day_it_was_in() -> None:
    room = away()
    room.trade(RB, Side.BUY, 2, 3600)
    deaf(room)
    quotes(room, 3500, 3501)
    room._wait(3)
    correction = back(room)
    assert kinds(correction) == [OrderAccepted, OrderFilled, DaySettled]
    assert room.node.position(RB.id).long_old.quantity == 2


def test_what_expired_while_away_is_gone() -> None:
    contract = rebar(expiry=DAY)
    room = LossyRoom(markets=[(contract, 3500)]).play([])
    room.trade(contract, Side.BUY, 2, 3600)
    quotes(room, 3500, 3501)
    resting = room.trade(contract, Side.BUY, 1, 3400)
    deaf(room)
    quotes(room, 3520, 3521)
    room._wait(3)
    back(room)
    assert room.node.positions() == []
    assert room.node.orders.get(resting[0]).done


def test_an_order_of_the_day_that_expired_while_away_has_expired() -> None:
    room = away()
    request = OrderRequest(ALICE, RB.id, Side.BUY, number(1), number(3400))
    (order_id,) = room.desk.submit(request)
    quotes(room, 3500, 3501)
    deaf(room)
    room._wait(3)
    back(room)
    assert room.node.orders.get(order_id).state is OrderState.EXPIRED


# ---- positions and money that no order explains


def held(long: int, value: int) -> Position:
    """Return a position of the venue's making."""
    leg = Leg(number(long), number(0), number(value), number(value))
    return Position(ALICE, RB.id, long_today=leg)


def test_legs_that_nothing_explains_are_aligned_to_the_exact_cost() -> None:
    room = away()
    snapshot = replace(room.snapshot(), positions=(held(3, 10502),))
    correction = room.reconcile(snapshot)
    assert kinds(correction) == [PositionsAligned]
    leg = room.node.position(RB.id).long_today
    assert (leg.quantity, leg.open_value) == (3, 10502)
    lots = room.node.holding_of(RB).long.lots()
    assert [(each.price, each.quantity) for each in lots] == [(3500, 1), (3501, 2)]
    assert reconcile(room.node, snapshot, room.kernel.now, complete=True).events == ()
    assert room.node.margin("CNY") == number("10502") * 10 * number("0.10")


def test_an_average_that_has_no_end_is_aligned_once_and_then_left_alone() -> None:
    room = away()
    odd = Leg(number(3), number(0), number("10500.1000000001"), number("10500.1000000001"))
    snapshot = replace(room.snapshot(), positions=(Position(ALICE, RB.id, long_today=odd),))
    assert kinds(room.reconcile(snapshot)) == [PositionsAligned]
    assert reconcile(room.node, snapshot, room.kernel.now, complete=True).events == ()


def test_money_that_nothing_explains_is_posted_from_outside() -> None:
    room = away()
    room.exchange.deposit(ALICE, "CNY", number(500), room.kernel.now)
    correction = back(room)
    assert kinds(correction) == [BalanceAligned]
    assert room.node.ledger.of_day("CNY", PostingKind.ALIGNMENT) == 500
    assert [each.text for each in correction.notes] == ["the venue's CNY balance differs by 500"]


def test_coin_values_of_aligned_inverse_lots_are_worked_out_again() -> None:
    unit = inverse()
    pit = Pit(unit)
    leg = Leg(number(10), number(0), number(500_000), number(500_000))
    position = Position(ALICE, unit.id, long_today=leg)
    pit.state.apply_account(PositionsAligned(ALICE, unit.id, position, NOON, NOON))
    worth = unit.multiplier * 10 / number(50_000)
    profit = pit.state.booking(unit.id).profit(
        pit.state, pit.state.instrument(unit.id), pit.state.holding(unit.id), number(50_000)
    )
    assert (profit, worth > 0) == (0, True)


# ---- broken snapshots


def broken(**changes: Any) -> Snapshot:
    """Return a snapshot with something wrong in it."""
    given: dict[str, Any] = {"account": ALICE, "ts_as_of": NOON, "trading_day": DAY}
    return Snapshot(**(given | changes))


def order_of(**changes: Any) -> Order:
    """Return a record of the venue's."""
    request = OrderRequest(ALICE, RB.id, Side.BUY, number(2), number(3500))
    return replace(Order(OrderId(5), request, OrderState.OPEN, venue_order_id="7"), **changes)


def fill_of(**changes: Any) -> Fill:
    """Return a fill of the venue's."""
    fill = Fill(
        OrderId(5), ALICE, RB.id, "1", Side.BUY, RB_OPEN, number(3500), number(1), number(0),
        "CNY", NOON, NOON,
    )  # fmt: skip
    return replace(fill, **changes)


def money(**changes: Any) -> Account:
    """Return figures of the venue's."""
    return replace(Account(ALICE, "CNY", NOON, DAY), **changes)


RB_OPEN = order_of().request.offset.OPEN
NAN = Decimal("NaN")
OTHER = InstrumentId("nope.SHFE")
FOREIGN = OrderRequest(BOB, RB.id, Side.BUY, number(2), number(3500))
BROKEN = {
    "account": broken(account=BOB),
    "trading_day": broken(trading_day=DAY - 1),
    "balances[0].trading_day": broken(balances=(money(trading_day=DAY - 1),)),
    "balances[0].balance": broken(balances=(money(balance=NAN),)),
    "balances[0].account": broken(balances=(money(account=AccountId("x")),)),
    "balances": broken(balances=(money(), money())),
    "orders[0].filled": broken(orders=(order_of(filled=number(3)),)),
    "orders[0].quantity": broken(orders=(order_of(request=replace(FOREIGN, account=ALICE, quantity=number(-1))),)),
    "orders[0].account": broken(orders=(order_of(request=FOREIGN),)),
    "orders[0].instrument": broken(orders=(order_of(request=replace(FOREIGN, account=ALICE, instrument=OTHER)),)),
    "orders[0].venue_order_id": broken(orders=(order_of(order_id=OrderId(0), venue_order_id=""),)),
    "orders": broken(orders=(order_of(), order_of())),
    "fills[0].quantity": broken(fills=(fill_of(quantity=number(-1)),)),
    "fills[0].price": broken(fills=(fill_of(price=NAN),)),
    "fills[0].trade_id": broken(fills=(fill_of(trade_id=""),)),
    "positions[0].long_today.quantity": broken(positions=(held(-1, 5),)),
    "positions[0].long_today.open_value": broken(positions=(held(0, 5),)),
}  # fmt: skip


@pytest.mark.parametrize("field", BROKEN)
def test_a_broken_snapshot_names_its_field_and_changes_nothing(field: str) -> None:
    state = Pit(RB).state
    state.begin_day("CNY", DAY)
    before = (state.ledger.digest(), state.positions(), list(state.orders))
    with pytest.raises(Inconsistent, match="snapshot is broken") as caught:
        reconcile(state, BROKEN[field], NOON + MINUTE)
    assert caught.value.field == field
    assert (state.ledger.digest(), state.positions(), list(state.orders)) == before


def test_reconciling_changes_nothing_itself() -> None:
    room = away()
    room.trade(RB, Side.BUY, 2, 3502)
    deaf(room)
    quotes(room, 3500, 3501)
    before = (room.node.ledger.digest(), room.node.positions(), list(room.node.orders))
    assert reconcile(room.node, room.snapshot(), room.kernel.now, complete=True).events
    assert (room.node.ledger.digest(), room.node.positions(), list(room.node.orders)) == before

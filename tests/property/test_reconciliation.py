"""Whatever reports and commands are lost for good, a snapshot brings the node's books to the exchange's."""

from decimal import Inexact, localcontext

from hypothesis import given, settings
from hypothesis import strategies as st

from anyvenue.model.enums import OrderState, ProfitMethod, Side
from anyvenue.model.events import BalanceAligned, PositionsAligned
from anyvenue.oms.account_state import AccountSettings
from anyvenue.oms.reconcile import reconcile
from builders import rebar, us_share
from leveraged import inverse, linear
from losses import LossyRoom, check_same_truth, position_of
from option_builders import steel_option
from sessions import random_actions

LOSSES = st.sampled_from([0.2, 0.5, 1.0])
SEEDS = st.integers(0, 10**6)


def lossy(method: ProfitMethod, seed: int, loses: float) -> LossyRoom:
    """Play three stretches: nothing is lost, then much, and somebody else trades for the account, too."""
    room = LossyRoom(settings=AccountSettings(profit_method=method), seed=seed)
    room.play(random_actions(seed, 40))
    room.loses, room.loses_commands = loses, loses / 2
    room.play(random_actions(seed + 1, 30))
    unit = room.instruments[seed % 3]
    mid = room.mids[seed % 3]
    room.foreign(unit, Side.BUY, 1 + seed % 4, mid + seed % 7 - 3)
    room.play(random_actions(seed + 2, 30))
    room.loses = room.loses_commands = 0.0
    return room


def check_reconciled(room: LossyRoom) -> None:
    """The books are the exchange's, and with the same snapshot there is nothing left to do."""
    snapshot = room.snapshot()
    room.reconcile(snapshot)
    check_same_truth(room.node, room.venue, room.instruments, room.kernel.now)
    again = reconcile(room.node, snapshot, room.kernel.now, complete=True)
    assert again.events == ()
    for fill in snapshot.fills:
        assert room.node.orders.knows_trade(fill.order_id, fill.trade_id)


@settings(max_examples=60)
@given(st.sampled_from(ProfitMethod), SEEDS)
def test_after_a_plain_absence_the_venues_own_fills_explain_everything(
    method: ProfitMethod, seed: int
) -> None:
    """Nothing is lost but all that came after one moment: then no leg and no sum has to be corrected."""
    room = LossyRoom(settings=AccountSettings(profit_method=method), seed=seed)
    room.play(random_actions(seed, 60))
    room.loses = 1.0
    room.play([each for each in random_actions(seed + 1, 40) if each[0] < 94])
    room.loses = 0.0
    days = dict(room.node.trading_day)
    correction = room.reconcile(room.snapshot())
    if room.venue.trading_day == days:
        corrected = PositionsAligned | BalanceAligned
        assert not [each for each in correction.events if isinstance(each, corrected)]
        assert room.node.ledger.digest() == room.venue.ledger.digest()
    check_same_truth(room.node, room.venue, room.instruments, room.kernel.now)


@settings(max_examples=120)
@given(st.sampled_from(ProfitMethod), SEEDS, LOSSES)
def test_nothing_that_was_lost_is_missing_and_nothing_is_doubled(
    method: ProfitMethod, seed: int, loses: float
) -> None:
    with localcontext() as context:
        context.traps[Inexact] = True
        check_reconciled(lossy(method, seed, loses))


@settings(max_examples=40)
@given(SEEDS, LOSSES)
def test_books_that_were_reconciled_go_on_as_if_nothing_had_been_lost(
    seed: int, loses: float
) -> None:
    room = lossy(ProfitMethod.BY_DAY, seed, loses)
    check_reconciled(room)
    room.play(random_actions(seed + 3, 30))
    check_reconciled(room)
    room.close()
    assert room.node.orders.open_orders() == room.venue.orders.open_orders() == []


@settings(max_examples=80)
@given(SEEDS, LOSSES)
def test_a_venue_that_tells_only_open_orders_and_totals_still_leads_to_its_legs_and_money(
    seed: int, loses: float
) -> None:
    room = lossy(ProfitMethod.BY_DAY, seed, loses)
    snapshot = room.snapshot(done=False, fills=False)
    correction = room.reconcile(snapshot, complete=False)
    unsure = {each.order_id for each in room.node.orders if each.state is OrderState.UNKNOWN}
    assert unsure == set(correction.queries)
    theirs = {each.order_id for each in room.venue.orders.open_orders()}
    assert {each.order_id for each in room.node.orders.open_orders()} == theirs | unsure
    for order in room.venue.orders.open_orders():
        ours = room.node.orders.get(order.order_id)
        assert (ours.filled, ours.filled_value) == (order.filled, order.filled_value)
    for currency in room.venue.currencies():
        ours, venue = (books.figures(currency, 0) for books in (room.node, room.venue))
        assert (ours.balance, ours.margin) == (venue.balance, venue.margin)
    assert reconcile(room.node, snapshot, room.kernel.now).events == ()


@settings(max_examples=60)
@given(st.sampled_from(ProfitMethod), SEEDS, LOSSES)
def test_it_is_so_for_other_kinds_of_instruments(
    method: ProfitMethod, seed: int, loses: float
) -> None:
    markets = [
        (linear(), 50_000),
        (inverse(), 50_000),
        (rebar(), 3500),
        (steel_option(), 60),
        (us_share(), 200),
    ]
    room = LossyRoom(settings=AccountSettings(profit_method=method), seed=seed, markets=markets)
    room.play(random_actions(seed, 40))
    room.loses, room.loses_commands = loses, loses / 2
    room.play(random_actions(seed + 1, 50))
    room.loses = room.loses_commands = 0.0
    snapshot = room.snapshot()
    room.reconcile(snapshot)
    assert reconcile(room.node, snapshot, room.kernel.now, complete=True).events == ()
    for each in room.instruments:
        ours, theirs = (
            position_of(books.position(each.id), True) for books in (room.node, room.venue)
        )
        assert ours == theirs
    for currency in room.venue.currencies():
        # Coin values of lots are rounded one by one, so the unrealised profit is left out.
        assert room.node.ledger.balance(currency) == room.venue.ledger.balance(currency)
        assert room.node.margin(currency) == room.venue.margin(currency)
        assert room.node.market_value(currency) == room.venue.market_value(currency)


@settings(max_examples=40)
@given(SEEDS)
def test_empty_books_become_the_exchanges(seed: int) -> None:
    room = LossyRoom(seed=seed)
    room.play(random_actions(seed, 60))
    snapshot = room.snapshot()
    empty = type(room.node)(room.node.account, room.node._lookup, room.node.mark)
    correction = reconcile(empty, snapshot, room.kernel.now, complete=True)
    for event in correction.events:
        step = empty.apply if hasattr(event, "order_id") else empty.apply_account
        step(event)
    check_same_truth(empty, room.venue, room.instruments, room.kernel.now)
    assert reconcile(empty, snapshot, room.kernel.now, complete=True).events == ()

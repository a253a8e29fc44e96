"""Whatever cannot be booked leaves the books as they were: orders, lots, money, claims, to the last digit."""

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from option_sessions import OptionRoom

from anyvenue.model.accounts import Posting
from anyvenue.model.enums import MarginMode, Offset, OrderState, PostingKind, Side
from anyvenue.model.errors import Inconsistent
from anyvenue.model.events import (
    BalanceAligned,
    CashMoved,
    DaySettled,
    MarginTermsChanged,
    OptionExercised,
    OrderFilled,
    OrderModified,
    OrderSubmitted,
    PositionsAligned,
    PositionsCombined,
)
from anyvenue.model.ids import InstrumentId, OrderId
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.model.positions import Leg, Position
from anyvenue.oms.account_state import AccountSettings, AccountState
from anyvenue.oms.memory import remember
from anyvenue.oms.reconcile.trial import copy_of
from builders import ALICE, DAY, rebar
from leveraged_sessions import LeveragedRoom
from sessions import Room, random_actions

D = Decimal
LEVERAGED = AccountSettings(leverage=D(20), margin_mode=MarginMode.ISOLATED)
ROOMS: dict[str, Callable[[], Any]] = {
    "shares and futures": Room,
    "options": OptionRoom,
    "leveraged": lambda: LeveragedRoom(LEVERAGED),
}
NUMBERS = [D(1), D(2), D(100), D("0.5"), D(0), D(-3), D("1e40"), D("NaN"), D("Infinity"), D("sNaN")]


def look(state: AccountState) -> object:
    """Return everything that the books say."""
    figures = [state.figures(each, 1) for each in state.currencies()]
    claims = {key: (type(claim).__name__, claim.quantity) for key, claim in state._claims.items()}
    frozen = {key: (each.margin, each.fees, each.cash) for key, each in state._frozen.items()}
    lots = {
        name: [
            (book.frozen, book.frozen_today, book.quantity, book.open_value, book.mark_value)
            for book in (holding.long, holding.short)
        ]
        for name, holding in state._holdings.items()
    }
    return remember(state), claims, frozen, lots, figures, list(state.orders.open_orders())


def broken_event(draw: Random, state: AccountState, names: list[InstrumentId]) -> Any:
    """Return an event that may not be true of this account."""
    name, number = draw.choice(names), lambda: draw.choice(NUMBERS)
    orders = [each.order_id for each in state.orders] or [OrderId(1)]
    order_id, side = draw.choice(orders), draw.choice(list(Side))
    offset = draw.choice([each for each in Offset if each is not Offset.AUTO])
    order = state.orders.find(order_id)
    if order is not None and draw.random() < 0.7:
        name = order.instrument
    currency = draw.choice(["CNY", "USDT", "CNH"])
    fill = Fill(
        order_id, ALICE, name, f"bad-{draw.random()}", side, offset, number(), number(), number(),
        currency, 5, 5, DAY, covered=draw.random() < 0.2,
    )  # fmt: skip
    leg = Leg(number(), D(0), number(), number())
    position = Position(ALICE, name, leg, leg, leg, leg)
    prices = tuple((each, number()) for each in names if draw.random() < 0.3)
    return draw.choice(
        [
            OrderFilled(ALICE, order_id, 5, 5, fill),
            OrderFilled(ALICE, order_id, 5, 5, fill),
            OrderModified(ALICE, order_id, 5, 5, number(), number()),
            DaySettled(ALICE, currency, 20990101, 20990102, prices, 5, 5, tuple(names[:1])),
            PositionsAligned(ALICE, name, position, 5, 5),
            BalanceAligned(ALICE, currency, number(), DAY, 5, 5, draw.random() < 0.5),
            CashMoved(ALICE, currency, number(), PostingKind.FUNDING, 5, 5, name),
            OptionExercised(ALICE, name, side, number(), number(), 5, 5, DAY, number()),
            PositionsCombined(ALICE, name, side, number(), 5, 5),
            MarginTermsChanged(ALICE, name, 5, 5, number(), MarginMode.CROSS, number()),
        ]
    )


def apply(state: AccountState, event: Any) -> None:
    """Give an event to the books."""
    if isinstance(event, OrderFilled | OrderModified):
        state.apply(event)
    else:
        state.apply_account(event)


@pytest.mark.parametrize("kind", list(ROOMS))
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(5, 60))
def test_after_any_failure_the_books_are_as_they_were(kind: str, seed: int, count: int) -> None:
    room = ROOMS[kind]()
    room.play(random_actions(seed, count))
    state: AccountState = room.node
    names = [each.id for each in room.instruments] + [InstrumentId("nobody.KNOWS")]
    draw = Random(seed)
    for _ in range(12):
        event, books = broken_event(draw, state, names), copy_of(state)
        before = look(books)
        try:
            apply(books, event)
        except Exception:
            assert look(books) == before, event


def books(sink: Callable[[Posting], None] | None = None) -> AccountState:
    """Return books with money and one order to buy."""
    instrument = rebar()
    return AccountState(
        ALICE, {instrument.id: instrument}.__getitem__, lambda _: D(3500), sink=sink
    )


def order(state: AccountState, number: int, offset: Offset, quantity: int = 2) -> OrderId:
    """Have an order in the books that was placed by somebody else."""
    side = Side.BUY if offset is Offset.OPEN else Side.SELL
    wish = OrderRequest(ALICE, rebar().id, side, D(quantity), D(3500), offset=offset)
    state.apply(OrderSubmitted(ALICE, OrderId(number), wish, 1, 1))
    return OrderId(number)


def fill_of(state: AccountState, order_id: OrderId, quantity: int, trade: str) -> OrderFilled:
    """Return a fill of an order."""
    request = state.orders.get(order_id).request
    fill = Fill(
        order_id, ALICE, request.instrument, trade, request.side, request.offset, D(3500),
        D(quantity), D(3), "CNY", 2, 2, DAY,
    )  # fmt: skip
    return OrderFilled(ALICE, order_id, 2, 2, fill)


def test_a_fill_that_closes_what_is_not_there_is_not_counted_on_its_order_and_may_come_again() -> (
    None
):
    told: list[Posting] = []
    state = books(told.append)
    opening, closing = order(state, 1, Offset.OPEN), order(state, 2, Offset.CLOSE)
    with pytest.raises(Inconsistent):
        state.apply(fill_of(state, closing, 2, "t2"))
    assert state.orders.get(closing).filled == 0
    assert not state.orders.knows_trade(closing, "t2")
    assert told == []
    state.apply(fill_of(state, opening, 2, "t1"))
    state.apply(fill_of(state, closing, 2, "t2"))
    assert state.orders.get(closing).state is OrderState.FILLED
    assert state.position(rebar().id).flat
    assert [each.kind for each in told] == [PostingKind.FEE, PostingKind.FEE]


def test_a_settlement_that_lacks_a_price_settles_nothing() -> None:
    state = books()
    state.apply(fill_of(state, order(state, 1, Offset.OPEN), 2, "t1"))
    before = look(state)
    with pytest.raises(Inconsistent):
        state.apply_account(DaySettled(ALICE, "CNY", DAY, DAY + 1, (), 5, 5))
    assert look(state) == before

"""Books that were written down and read again are the same books: every figure, lot, order and claim."""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from option_sessions import OptionRoom

from anyvenue.model.enums import MarginMode
from anyvenue.model.errors import AnyvenueError
from anyvenue.oms.account_state import AccountSettings, AccountState
from anyvenue.oms.memory import BooksRecord, recall, remember
from leveraged_sessions import LeveragedRoom
from sessions import Room, random_actions

AnyRoom = Room | LeveragedRoom
NOW = 1


def written_and_read(state: AccountState) -> AccountState:
    """Return books as a node has them after a start from a snapshot."""
    kept = msgspec.msgpack.encode(remember(state))
    again = AccountState(state.account, state._lookup, state.mark, state.rates, state.settings)
    recall(again, msgspec.msgpack.decode(kept, type=BooksRecord))
    return placed(again)


def replaced(state: AccountState) -> AccountState:
    """Return a copy whose working orders are placed anew, so that both have claimed in the same way."""
    for order_id in list(state._claims):
        state.release(order_id)
    return placed(state)


def placed(state: AccountState) -> AccountState:
    """Place what works, as a start does."""
    for order in state.orders.open_orders():
        with suppress(AnyvenueError):
            state.place(order.order_id, replace(order.request, quantity=order.remaining))
    return state


def look(state: AccountState) -> dict[str, object]:
    """Return all that can be seen of books."""
    return {
        "orders": list(state.orders),
        "open": state.orders.open_orders(),
        "positions": state.positions(),
        "lots": [
            (name, holding.long.lots(), holding.short.lots(), holding.long.frozen)
            for name, holding in sorted(state._holdings.items())
        ],
        "figures": [state.figures(currency, NOW) for currency in state.currencies()],
        "margin": [state.margin(currency) for currency in state.currencies()],
        "available": [state.available(currency) for currency in state.currencies()],
        "days": state.trading_day,
        "totals": [state.ledger.total(currency) for currency in state.currencies()],
        "record": replace(remember(state), digest=""),
    }


def assert_same(state: AccountState) -> None:
    """Fail unless books survive being written down."""
    again = written_and_read(state)
    assert look(again) == look(replaced(state))


LEVERAGED = AccountSettings(leverage=Decimal(20), margin_mode=MarginMode.ISOLATED)
ROOMS: dict[str, Callable[[], AnyRoom]] = {
    "shares and futures": Room,
    "options": OptionRoom,
    "leveraged": lambda: LeveragedRoom(LEVERAGED),
    "hedged": lambda: LeveragedRoom(replace(LEVERAGED, hedged=True)),
}


@pytest.mark.parametrize("kind", list(ROOMS))
@settings(max_examples=15)
@given(seed=st.integers(0, 10**6), count=st.integers(5, 120))
def test_books_survive_being_written_down(kind: str, seed: int, count: int) -> None:
    room = ROOMS[kind]()
    room.play(random_actions(seed, count))
    assert_same(room.node)


def test_forgetting_done_orders_leaves_the_rest_of_the_books_as_it_is() -> None:
    room = Room().play(random_actions(7, 200))
    before, orders = room.node.positions(), list(room.node.orders)
    room.desk.forget(5)
    kept = list(room.node.orders)
    assert room.node.positions() == before
    assert [each for each in kept if not each.done] == [each for each in orders if not each.done]
    assert [each for each in kept if each.done] == [each for each in orders if each.done][-5:]
    assert_same(room.node)

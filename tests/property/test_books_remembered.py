"""Books that were written down and read again are the same books: every figure, lot, order and claim, and what follows."""

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from anyvenue.oms.account_state import AccountState
from anyvenue.oms.memory import BooksRecord, recall, remember
from leveraged_sessions import LeveragedRoom
from option_sessions import OptionRoom
from sessions import Room, random_actions

AnyRoom = Room | LeveragedRoom
NOW = 1


def written_and_read(state: AccountState) -> AccountState:
    """Return books as a node has them after a start from a snapshot."""
    kept = msgspec.msgpack.encode(remember(state))
    again = AccountState(state.account, state._lookup, state.mark, state.rates, state.settings)
    recall(again, msgspec.msgpack.decode(kept, type=BooksRecord))
    for order in again.orders.open_orders():
        again.place(order.order_id, replace(order.request, quantity=order.remaining))
    return again


def replaced(state: AccountState) -> AccountState:
    """Return a copy whose working orders are placed anew, so that both have claimed in the same way."""
    for order_id in list(state._claims):
        state.release(order_id)
    for order in state.orders.open_orders():
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
        "record": remember(state),
    }


def assert_same(state: AccountState) -> None:
    """Fail unless books survive being written down."""
    again = written_and_read(state)
    assert look(again) == look(replaced(state))


ROOMS: dict[str, Callable[[], Room | LeveragedRoom]] = {}

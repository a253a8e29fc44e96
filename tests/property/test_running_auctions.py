"""Auctions that a running exchange holds end as a search through every price says, and money only changes hands."""

from collections import Counter
from decimal import Decimal
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from test_order_book_auctions import by_search

from anyvenue.model.enums import Offset, OrderType, Side
from anyvenue.model.market import Trade
from builders import ALICE, BOB, Pit, rebar

MIDDLE = 3500
USERS = (ALICE, BOB)


class Wish(NamedTuple):
    """An order for an auction: `away` is the limit less 3500, None for a market order; 0 displays all."""

    buy: bool
    away: int | None
    quantity: int
    shown: int
    who: int


WISHES = st.lists(
    st.builds(
        Wish,
        st.booleans(),
        st.one_of(st.none(), st.integers(-6, 6), st.integers(-6, 6)),
        st.integers(1, 9),
        st.integers(0, 3),
        st.integers(0, 1),
    ),
    max_size=14,
)


def send(pit: Pit, wish: Wish) -> int:
    fields = {
        "offset": Offset.OPEN,
        "account": USERS[wish.who],
        "type": OrderType.MARKET if wish.away is None else OrderType.LIMIT,
        "display": Decimal(wish.shown) if 0 < wish.shown <= wish.quantity else None,
    }
    if wish.away is None:
        fields["display"] = None
    price = None if wish.away is None else MIDDLE + wish.away
    return pit.send(Side.BUY if wish.buy else Side.SELL, wish.quantity, price, **fields)


def levels(wishes: list[Wish], buy: bool) -> list[tuple[int, int]]:
    return [
        (each.away, each.quantity) for each in wishes if each.buy is buy and each.away is not None
    ]


def market(wishes: list[Wish], buy: bool) -> int:
    return sum(each.quantity for each in wishes if each.buy is buy and each.away is None)


@settings(max_examples=250)
@given(WISHES, st.integers(-8, 8))
def test_the_opening_auction_is_the_one_a_search_finds(wishes: list[Wish], reference: int) -> None:
    pit = Pit(rebar(), matching="book", accounts=USERS, start="20:54", cash=100_000_000)
    pit.exchange.marks.remember(pit.instrument.id, Decimal(MIDDLE + reference))
    pit.to("20:56")
    ids = [send(pit, wish) for wish in wishes]
    assert pit.fills() == []
    pit.to("20:59")
    trades = [each for each in pit.exchange.market_events() if isinstance(each, Trade)]
    expected = by_search(
        levels(wishes, True),
        levels(wishes, False),
        reference,
        market(wishes, True),
        market(wishes, False),
    )
    assert sum(each.size for each in trades) == (expected.volume if expected else 0)
    assert {each.price for each in trades} <= {MIDDLE + (expected.price if expected else 0)}
    filled: Counter[int] = Counter()
    for fill in pit.fills():
        filled[fill.order_id] += int(fill.quantity)
    for order_id, wish in zip(ids, wishes, strict=True):
        assert_fair(pit, order_id, wish, filled[order_id], expected.price if expected else None)
    assert sum(
        state.position(pit.instrument.id).long for state in pit.exchange.accounts.values()
    ) == (sum(each.size for each in trades))


def assert_fair(pit: Pit, order_id: int, wish: Wish, filled: int, price: int | None) -> None:
    """Orders that are better than the price trade whole, worse ones not at all, market orders leave no rest."""
    order = pit.order(order_id, USERS[wish.who])
    assert order.filled == filled
    if wish.away is None:
        assert order.done
    elif price is not None and wish.away != price:
        assert filled == (wish.quantity if (wish.away > price) is wish.buy else 0)


@settings(max_examples=60)
@given(WISHES, WISHES)
def test_after_it_trading_goes_on_as_if_its_rest_had_come_one_by_one(
    before: list[Wish], after: list[Wish]
) -> None:
    pit = Pit(rebar(), matching="book", accounts=USERS, start="20:56", cash=100_000_000)
    pit.exchange.marks.remember(pit.instrument.id, Decimal(MIDDLE))
    for wish in before:
        send(pit, wish)
    pit.to("21:00")
    plain = Pit(rebar(), matching="book", accounts=USERS, start="21:00", cash=100_000_000)
    plain.exchange.marks.remember(
        pit.instrument.id, pit.exchange.marks(pit.instrument.id) or MIDDLE
    )
    limits = [pit.order(each, user) for each, user in working(pit)]
    for order in limits:
        shown = order.request.display
        plain.send(
            order.side,
            order.remaining,
            order.price,
            offset=Offset.OPEN,
            account=order.account,
            display=shown if shown is not None and shown <= order.remaining else None,
        )
    assert plain.fills() == []
    if any(order.request.display for order in limits):
        return  # the part shown of an iceberg may be begun already
    done = len(pit.fills())
    for wish in after:
        send(pit, wish)
        send(plain, wish)
    assert pit.prices()[done:] == plain.prices()


def working(pit: Pit) -> list[tuple[int, object]]:
    return sorted(
        (order.order_id, user)
        for user, state in pit.exchange.accounts.items()
        for order in state.orders.open_orders()
    )

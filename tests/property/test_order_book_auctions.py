"""The auction's price is the one a search through every price finds, and what trades at it keeps the rules."""

from hypothesis import given, settings
from hypothesis import strategies as st

from anyvenue.sim.auction import Clearing, clearing, uncross
from anyvenue.sim.orderbook import OrderBook

LEVELS = st.lists(st.tuples(st.integers(-5, 12), st.integers(1, 9)), max_size=7)


def by_search(
    bids: list[tuple[int, int]],
    asks: list[tuple[int, int]],
    reference: int,
    market_bid: int = 0,
    market_ask: int = 0,
) -> Clearing | None:
    """Look at every price, by the rule: volume, nobody better left out, imbalance, distance, the higher."""

    def leaves_out(price: int, volume: int) -> bool:
        bid_higher = sum(lots for limit, lots in bids if limit > price)
        offered_lower = sum(lots for limit, lots in asks if limit < price)
        return bid_higher + market_bid > volume or offered_lower + market_ask > volume

    found: list[Clearing] = []
    for price in range(-40, 61):
        demand = market_bid + sum(lots for limit, lots in bids if limit >= price)
        supply = market_ask + sum(lots for limit, lots in asks if limit <= price)
        found.append(Clearing(price, min(demand, supply), demand - supply))
    most = max(each.volume for each in found)
    if not most:
        return None
    found = [each for each in found if each.volume == most]
    found = [each for each in found if not leaves_out(each.price, most)] or found
    least = min(abs(each.imbalance) for each in found)
    found = [each for each in found if abs(each.imbalance) == least]
    nearest = min(abs(each.price - reference) for each in found)
    return max(
        (each for each in found if abs(each.price - reference) == nearest),
        key=lambda each: each.price,
    )


@settings(max_examples=500)
@given(LEVELS, LEVELS, st.integers(-8, 15), st.integers(0, 6), st.integers(0, 6))
def test_the_price_is_the_one_a_search_finds(
    bids: list[tuple[int, int]],
    asks: list[tuple[int, int]],
    reference: int,
    market_bid: int,
    market_ask: int,
) -> None:
    found = clearing(bids, asks, reference, market_bid, market_ask)
    assert found == by_search(bids, asks, reference, market_bid, market_ask)


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(-5, 12), st.integers(1, 9), st.sampled_from((0, 2))),
        max_size=14,
    ),
    st.integers(-8, 15),
)
def test_everything_better_than_the_price_trades_and_the_book_is_not_crossed_afterwards(
    orders: list[tuple[bool, int, int, int]], reference: int
) -> None:
    book = OrderBook()
    for order_id, (buy, price, quantity, peak) in enumerate(orders, start=1):
        book.collect(order_id, "a", buy, price, quantity, peak)
    found, crosses = uncross(book, reference)
    volume = found.volume if found else 0
    assert sum(lots for _, _, lots in crosses) == volume
    traded = dict.fromkeys(range(1, len(orders) + 1), 0)
    for buyer, seller, lots in crosses:
        assert lots > 0
        assert orders[buyer - 1][0]
        assert not orders[seller - 1][0]
        traded[buyer] += lots
        traded[seller] += lots
    for order_id, (buy, price, quantity, _) in enumerate(orders, start=1):
        assert traded[order_id] + book.left(order_id) == quantity
        if found and price != found.price:
            better = (price > found.price) is buy
            assert traded[order_id] == (quantity if better else 0)
    bid, ask = book.best(True), book.best(False)
    assert bid is None or ask is None or bid < ask


def test_within_a_price_the_older_order_trades_first() -> None:
    book = OrderBook()
    book.collect(1, "a", True, 10, 3)
    book.collect(2, "b", True, 10, 3)
    book.collect(3, "c", False, 9, 4)
    found, crosses = uncross(book, 10)
    assert found == Clearing(10, 4, 2)
    assert crosses == [(1, 3, 3), (2, 3, 1)]
    assert list(book.queue(True)) == [(2, 10, 2)]


def test_a_price_between_two_limits_is_taken_where_that_leaves_nobody_out() -> None:
    bids, asks = [(10, 5), (13, 10)], [(10, 10), (13, 5)]
    assert clearing(bids, asks, 12) == Clearing(12, 10, 0)
    assert clearing(bids, asks, 50) == Clearing(12, 10, 0)
    assert clearing(bids, asks, 1) == Clearing(11, 10, 0)


def test_an_auction_in_which_nobody_meets_has_no_price() -> None:
    assert clearing([(9, 5)], [(10, 5)], 10) is None
    assert clearing([], [], 10) is None
    assert uncross(OrderBook(), 10) == (None, [])

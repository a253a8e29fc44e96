from itertools import pairwise
from math import isnan

from hypothesis import given
from hypothesis import strategies as st

from anyvenue.data.level_book import LevelBook
from anyvenue.model.enums import Side
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import BookDelta

NAME = InstrumentId("BTC-USDT.BINANCE")
LEVELS = st.lists(
    st.tuples(st.integers(1, 30).map(float), st.integers(0, 5).map(float)), max_size=12
)


def best(levels: dict[float, float], count: int, *, high: bool) -> tuple[tuple[float, ...], ...]:
    prices = sorted(levels, reverse=high)[:count]
    return tuple(prices), tuple(levels[price] for price in prices)


@given(LEVELS, LEVELS, st.lists(st.tuples(LEVELS, LEVELS), max_size=8), st.integers(1, 6))
def test_a_book_shows_what_a_plain_table_of_sizes_would(
    bids: list[tuple[float, float]],
    asks: list[tuple[float, float]],
    changes: list[tuple[list[tuple[float, float]], list[tuple[float, float]]]],
    count: int,
) -> None:
    book = LevelBook()
    book.reset(bids, asks)
    naive = [{p: s for p, s in levels if s} for levels in (bids, asks)]
    # A snapshot with a level twice keeps the last size, but one of 0 is no level to keep.
    for change in changes:
        book.change(*change)
        for side, levels in zip(naive, change, strict=True):
            for price, size in levels:
                side[price] = size
                if not size:
                    del side[price]
    expected = (*best(naive[0], count, high=True), *best(naive[1], count, high=False))
    assert book.top(count) == expected
    assert len(book) == len(naive[0]) + len(naive[1])


@given(
    st.lists(st.tuples(st.sampled_from(Side), st.integers(1, 20), st.integers(0, 3)), max_size=40)
)
def test_single_changes_keep_each_side_in_order(deltas: list[tuple[Side, int, int]]) -> None:
    book = LevelBook()
    for number, (side, price, size) in enumerate(deltas):
        book.apply(BookDelta(NAME, number, number, side, float(price), float(size), number))
    bid_prices, _, ask_prices, _ = book.top(50)
    assert all(a > b for a, b in pairwise(bid_prices))
    assert all(a < b for a, b in pairwise(ask_prices))


def test_a_delta_marked_as_snapshot_starts_the_book_afresh() -> None:
    book = LevelBook()
    book.reset([(99.0, 1.0)], [(101.0, 1.0)])
    book.apply(BookDelta(NAME, 1, 1, Side.BUY, 50.0, 2.0, 1, snapshot=True))
    assert book.bid == (50.0, 2.0)
    assert isnan(book.ask[0])


def test_newer_best_prices_take_away_the_levels_before_them() -> None:
    book = LevelBook()
    book.reset([(100.0, 1.0), (99.0, 2.0)], [(101.0, 1.0), (102.0, 2.0)])
    book.touch(99.0, 5.0, 101.5, 3.0)
    assert book.top(3) == ((99.0,), (5.0,), (101.5, 102.0), (3.0, 2.0))


def test_a_best_price_of_zero_is_a_side_without_orders() -> None:
    book = LevelBook()
    book.reset([(100.0, 1.0)], [(101.0, 1.0)])
    book.touch(0.0, 0.0, 101.0, 4.0)
    assert isnan(book.bid[0])
    assert book.ask == (101.0, 4.0)


def test_a_bid_at_the_ask_is_crossed_and_an_empty_side_is_not() -> None:
    book = LevelBook()
    book.reset([(100.0, 1.0)], [])
    assert not book.crossed
    book.change([], [(100.0, 1.0)])
    assert book.crossed


def test_a_snapshot_record_has_as_many_levels_as_asked_for() -> None:
    book = LevelBook()
    book.reset([(100.0, 1.0), (99.0, 2.0)], [(101.0, 1.0)])
    depth = book.depth(NAME, 5, 6, levels=1)
    assert (depth.ts_event, depth.ts_recv) == (5, 6)
    assert (depth.bid_prices, depth.ask_sizes) == ((100.0,), (1.0,))

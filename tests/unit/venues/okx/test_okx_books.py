"""Books that follow OKX's changes are whole, or say that they are not."""

from math import isnan
from zlib import crc32

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.model.ids import InstrumentId
from anyvenue.venues.okx.books import BookSync, Ladder, Outcome, checksum_of
from anyvenue.venues.okx.wire import BookLevel, BookUpdate

NAME = InstrumentId("BTC-USDT.OKX")


def change(
    previous: int, number: int, *, bids: str = "", asks: str = "", checksum: int = 0
) -> BookUpdate:
    """Return a change; levels are written as ``price:size price:size``."""
    sides = [[BookLevel(*level.split(":")) for level in text.split()] for text in (asks, bids)]
    return BookUpdate(*sides, ts="1", checksum=checksum, prev_seq_id=previous, seq_id=number)


@pytest.fixture
def book() -> BookSync:
    """Return a whole book at change 10."""
    made = BookSync()
    made.take(change(-1, 10, bids="99:1 98:2", asks="101:3 102:4"), snapshot=True)
    return made


def test_changes_set_whole_sizes_and_remove_levels(book: BookSync) -> None:
    done = book.take(change(10, 12, bids="99:0 98.5:7", asks="101:9"), snapshot=False)
    assert done is Outcome.APPLIED
    assert book.bids.top(5) == ((98.5, 98), (7, 2))
    assert book.asks.best() == (101, 9)
    assert book.last == 12


def test_changes_before_a_snapshot_are_passed_over() -> None:
    book = BookSync()
    assert book.take(change(1, 2, bids="1:1"), snapshot=False) is Outcome.WAITING
    assert isnan(book.bids.best()[0])


def test_a_missing_change_makes_the_book_unusable_until_the_next_snapshot(book: BookSync) -> None:
    assert book.take(change(11, 12), snapshot=False) is Outcome.GAP
    assert not book.whole
    assert book.take(change(12, 13), snapshot=False) is Outcome.WAITING
    assert book.take(change(-1, 20, bids="5:5"), snapshot=True) is Outcome.APPLIED
    assert (book.whole, book.gaps) == (True, 1)
    assert book.bids.top(5) == ((5,), (5,))


def test_the_same_change_again_changes_nothing(book: BookSync) -> None:
    book.take(change(10, 12, bids="99:5"), snapshot=False)
    assert book.take(change(10, 12, bids="99:5"), snapshot=False) is Outcome.OLD
    assert book.whole


def test_a_change_that_comes_too_early_is_a_gap(book: BookSync) -> None:
    assert book.take(change(12, 14), snapshot=False) is Outcome.GAP


def test_numbers_that_begin_anew_after_a_maintenance_go_on(book: BookSync) -> None:
    assert book.take(change(10, 3, bids="97:1"), snapshot=False) is Outcome.APPLIED
    assert book.take(change(3, 5, bids="96:1"), snapshot=False) is Outcome.APPLIED
    assert book.last == 5


def test_a_new_chain_whose_beginning_was_missed_is_a_gap_and_not_old(book: BookSync) -> None:
    assert book.take(change(3, 5, bids="96:1"), snapshot=False) is Outcome.GAP


def test_a_quiet_minute_is_told_without_a_new_number(book: BookSync) -> None:
    for _ in range(2):
        assert book.take(change(10, 10), snapshot=False) is Outcome.APPLIED
    assert book.take(change(10, 11, bids="97:1"), snapshot=False) is Outcome.APPLIED


def test_a_wrong_checksum_makes_the_book_unusable(book: BookSync) -> None:
    assert book.take(change(10, 11, bids="97:1", checksum=77), snapshot=False) is (
        Outcome.BAD_CHECKSUM
    )
    assert not book.whole


def test_a_checksum_of_zero_is_none(book: BookSync) -> None:
    assert book.take(change(10, 11, bids="97:1", checksum=0), snapshot=False) is Outcome.APPLIED


def test_the_checksum_is_that_of_the_venues_own_example() -> None:
    # OKX, "Checksum": both sides have levels, bids fewer than asks.
    bids = [BookLevel("3366.1", "7")]
    asks = [BookLevel("3366.8", "9"), BookLevel("3368", "8"), BookLevel("3372", "8")]
    text = b"3366.1:7:3366.8:9:3368:8:3372:8"
    assert checksum_of(bids, asks) % 2**32 == crc32(text)


def test_a_lost_connection_gives_the_book_up_without_counting_a_gap(book: BookSync) -> None:
    book.lose()
    assert book.take(change(10, 11), snapshot=False) is Outcome.WAITING
    assert book.gaps == 0


def test_a_depth_has_the_best_levels_first(book: BookSync) -> None:
    depth = book.depth(NAME, 1, 2, levels=1)
    assert (depth.bid_prices, depth.ask_prices) == ((99,), (101,))


def test_levels_are_read_without_the_number_of_orders() -> None:
    level = msgspec.json.decode(b'["1.5","2"]', type=BookLevel)
    assert (level.price, level.size) == ("1.5", "2")


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 3)), max_size=80),
    st.sampled_from([1, -1]),
)
def test_a_ladder_equals_a_sorted_table(changes: list[tuple[int, int]], sign: int) -> None:
    ladder, table = Ladder(sign), dict[int, int]()
    for price, size in changes:
        ladder.change([BookLevel(f"{price / 10}", str(size))])
        table[price] = size
    wanted = sorted(((p, s) for p, s in table.items() if s), reverse=sign > 0)
    assert [(float(each.price), each.size) for each in ladder.levels(100)] == [
        (price / 10, str(size)) for price, size in wanted
    ]
    assert len(ladder) == len(wanted)

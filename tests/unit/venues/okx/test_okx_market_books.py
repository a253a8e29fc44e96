"""Books of recorded traffic survive losses, repetitions and broken bytes: whole and right, or known not to be."""

from copy import deepcopy
from pathlib import Path

import msgspec
import pytest
from okx_captures import frames

from anyvenue.venues.okx.books import Outcome
from anyvenue.venues.okx.market_books import Books
from anyvenue.venues.okx.pushes import BookPush, decode_frame
from anyvenue.venues.okx.wire import Argument, BookLevel, BookUpdate

NAME = "BTC-USDT"


def recorded(data: Path) -> list[BookPush]:
    """Return one instrument's book of the capture, numbered as the venue does since 2023."""
    pushes = [push for frame in frames(data) if isinstance(push := decode_frame(frame), BookPush)]
    ours = [push for push in pushes if push.arg.inst_id == NAME]
    for number, push in enumerate(ours):
        push.data[0].seq_id = 100 + 2 * number
        push.data[0].prev_seq_id = 98 + 2 * number if number else -1
    return ours


def snapshot_of(books: Books) -> BookPush:
    """Return the snapshot the venue would send of a whole book."""
    book = books.books[NAME]
    row = BookUpdate(
        asks=book.asks.levels(400),
        bids=book.bids.levels(400),
        ts=str(book.ts_ms),
        checksum=book.checksum(),
        prev_seq_id=-1,
        seq_id=book.last,
    )
    return BookPush(arg=Argument("books", inst_id=NAME), action="snapshot", data=[row])


@pytest.mark.parametrize("lost", range(1, 90, 11))
def test_a_lost_change_is_noticed_at_the_next_and_mended_by_a_snapshot(
    shared_data: Path, lost: int
) -> None:
    right, ours = Books(), Books()
    sent: list[bytes] = []
    for number, push in enumerate(recorded(shared_data)):
        right.take(deepcopy(push))
        if number == lost:
            continue
        book, outcome, frames_to_send = ours.take(push)
        sent += frames_to_send
        if number == lost + 1:
            assert outcome is Outcome.GAP
        elif number == lost + 2:
            assert outcome is Outcome.WAITING
            ours.take(snapshot_of(right))
        if book.whole:
            assert book.checksum() == right.books[NAME].checksum()
    assert sent == [
        b'{"op":"unsubscribe","args":[{"channel":"books","instId":"BTC-USDT"}]}',
        b'{"op":"subscribe","args":[{"channel":"books","instId":"BTC-USDT"}]}',
    ]
    assert ours.books[NAME].whole
    assert ours.books[NAME].bids.levels(400) == right.books[NAME].bids.levels(400)
    assert ours.books[NAME].asks.levels(400) == right.books[NAME].asks.levels(400)


def test_repeated_changes_are_passed_over(shared_data: Path) -> None:
    books = Books()
    pushes = recorded(shared_data)
    books.take(pushes[0])
    for push in pushes[1:40]:
        assert books.take(push)[1] is Outcome.APPLIED
        assert books.take(push)[1] is Outcome.OLD
    assert books.books[NAME].gaps == 0


def test_changes_in_another_order_are_a_gap(shared_data: Path) -> None:
    books = Books()
    pushes = recorded(shared_data)
    books.take(pushes[0])
    assert books.take(pushes[2])[1] is Outcome.GAP
    assert books.take(pushes[1])[1] is Outcome.WAITING


def test_a_wrong_size_is_noticed_by_the_checksum(shared_data: Path) -> None:
    books = Books()
    pushes = recorded(shared_data)
    books.take(pushes[0])
    best = pushes[0].data[0].bids[0]
    pushes[1].data[0].bids.append(BookLevel(best.price, "123.456"))
    _, outcome, to_send = books.take(pushes[1])
    assert outcome is Outcome.BAD_CHECKSUM
    assert len(to_send) == 2


def test_after_a_broken_connection_every_book_waits_for_its_snapshot(shared_data: Path) -> None:
    books = Books()
    pushes = recorded(shared_data)
    books.take(pushes[0])
    books.lose()
    assert books.take(pushes[1])[1:] == (Outcome.WAITING, [])
    books.take(pushes[0])
    assert books.take(pushes[1])[1] is Outcome.APPLIED


def test_several_books_are_asked_for_in_one_frame() -> None:
    books = Books("books50-l2-tbt")
    asked = msgspec.json.decode(books.subscribe(["A-B", "C-D"]))
    assert [each["instId"] for each in asked["args"]] == ["A-B", "C-D"]
    assert b"unsubscribe" in books.drop("A-B")

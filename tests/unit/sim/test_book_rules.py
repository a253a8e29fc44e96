"""The rules of the order book, one by one; random operations against a naive book are in `tests/property`."""

import pytest

from anyvenue.model.errors import OrderError
from anyvenue.sim.orderbook import Life, OrderBook, Outcome, Prevention

TRADED = Outcome.TRADED


@pytest.fixture
def book() -> OrderBook:
    """Return a book with asks of 3 (ann) and 4 (ben) at 101 and 5 (ann) at 102, numbered 1 to 3."""
    book = OrderBook()
    book.insert(1, "ann", False, 101, 3)
    book.insert(2, "ben", False, 101, 4)
    book.insert(3, "ann", False, 102, 5)
    return book


def test_the_better_price_trades_first_then_the_older_order_and_at_the_resting_price(
    book: OrderBook,
) -> None:
    reports = book.insert(9, "zoe", True, 105, 10)
    assert reports == [(TRADED, 1, 101, 3), (TRADED, 2, 101, 4), (TRADED, 3, 102, 3)]
    assert book.levels(False, 5) == [(102, 2)]
    assert 9 not in book


def test_what_does_not_trade_rests(book: OrderBook) -> None:
    assert book.insert(9, "zoe", True, 101, 10) == [(TRADED, 1, 101, 3), (TRADED, 2, 101, 4)]
    assert (book.best(True), book.best(False), book.left(9)) == (101, 102, 3)


def test_a_market_order_never_rests(book: OrderBook) -> None:
    reports = book.insert(9, "zoe", True, None, 20)
    assert reports[-1] == (Outcome.NOTHING_MORE, 9, 0, 8)
    assert len(book) == 0
    assert book.insert(10, "zoe", True, None, 1) == [(Outcome.NOTHING_MORE, 10, 0, 1)]


@pytest.mark.parametrize(
    ("life", "quantity", "outcome"),
    [
        (Life.IMMEDIATE, 9, Outcome.NOTHING_MORE),
        (Life.ALL_OR_NONE, 8, Outcome.NOT_ENOUGH),
        (Life.POST_ONLY, 1, Outcome.WOULD_TAKE),
    ],
)
def test_orders_that_may_not_rest_end(
    book: OrderBook, life: Life, quantity: int, outcome: Outcome
) -> None:
    reports = book.insert(9, "zoe", True, 101, quantity, life)
    assert reports[-1][:2] == (outcome, 9)
    assert 9 not in book
    assert (len(book) == 3) is (life is not Life.IMMEDIATE)


def test_an_iceberg_shows_its_peak_and_comes_back_behind_the_others() -> None:
    book = OrderBook()
    book.insert(1, "ann", False, 101, 10, peak=3)
    book.insert(2, "ben", False, 101, 2)
    assert book.levels(False, 5) == [(101, 5)]
    reports = book.insert(9, "zoe", True, 101, 6)
    assert reports == [(TRADED, 1, 101, 3), (TRADED, 2, 101, 2), (TRADED, 1, 101, 1)]
    assert book.levels(False, 5) == [(101, 2)]
    assert book.ladder(False) == [(101, 6)]
    assert book.insert(10, "zoe", True, 101, 6, Life.ALL_OR_NONE) != ()
    assert len(book) == 0


class TestChanges:
    def test_less_quantity_keeps_the_place(self, book: OrderBook) -> None:
        assert book.modify(1, 101, 1) == ()
        assert list(book.queue(False))[:2] == [(1, 101, 1), (2, 101, 4)]

    @pytest.mark.parametrize(("price", "quantity"), [(101, 4), (102, 3)])
    def test_more_quantity_or_another_price_loses_it(
        self, book: OrderBook, price: int, quantity: int
    ) -> None:
        book.modify(1, price, quantity)
        assert [each[0] for each in book.queue(False) if each[1] == price][-1] == 1

    def test_another_price_may_trade(self, book: OrderBook) -> None:
        book.insert(9, "zoe", True, 100, 2)
        assert book.modify(9, 101, 2) == [(TRADED, 1, 101, 2)]

    def test_hidden_lots_go_first(self) -> None:
        book = OrderBook()
        book.insert(1, "ann", False, 101, 10, peak=3)
        book.modify(1, 101, 4)
        assert (book.levels(False, 1), book.left(1)) == ([(101, 3)], 4)

    def test_an_order_that_is_not_here_cannot_be_changed(self, book: OrderBook) -> None:
        with pytest.raises(OrderError, match="must rest here"):
            book.modify(77, 101, 1)
        with pytest.raises(OrderError, match="ids used once"):
            book.insert(1, "zoe", True, 90, 1)
        assert book.cancel(77) == 0


class TestSelfTrades:
    def test_without_prevention_an_owner_trades_with_itself(self, book: OrderBook) -> None:
        assert book.insert(9, "ann", True, 101, 1) == [(TRADED, 1, 101, 1)]

    def test_the_newest_goes(self, book: OrderBook) -> None:
        reports = book.insert(9, "ben", True, 101, 9, prevention=Prevention.NEWEST)
        assert reports == [(TRADED, 1, 101, 3), (Outcome.PREVENTED, 9, 0, 6)]
        assert book.left(2) == 4

    def test_the_oldest_goes(self, book: OrderBook) -> None:
        reports = book.insert(9, "ann", True, 102, 9, prevention=Prevention.OLDEST)
        assert reports == [
            (Outcome.PREVENTED, 1, 101, 3),
            (TRADED, 2, 101, 4),
            (Outcome.PREVENTED, 3, 102, 5),
        ]
        assert list(book.queue(True)) == [(9, 102, 5)]
        assert book.best(False) is None

    def test_both_go(self, book: OrderBook) -> None:
        reports = book.insert(9, "ann", True, 101, 5, prevention=Prevention.BOTH)
        assert reports == [(Outcome.PREVENTED, 1, 101, 3), (Outcome.PREVENTED, 9, 0, 5)]
        assert [each[0] for each in book.queue(False)] == [2, 3]

    def test_the_smaller_quantity_is_taken_off_both(self, book: OrderBook) -> None:
        reports = book.insert(9, "ann", True, 101, 5, prevention=Prevention.DECREMENT)
        assert reports == [(Outcome.REDUCED, 1, 101, 3), (TRADED, 2, 101, 2)]
        assert (1 in book, book.left(2)) == (False, 2)

    def test_a_fill_or_kill_counts_only_what_it_may_trade_with(self, book: OrderBook) -> None:
        for how, most in ((Prevention.NEWEST, 3), (Prevention.BOTH, 3), (Prevention.OLDEST, 8)):
            (report,) = book.insert(9, "ben", True, 102, most + 1, Life.ALL_OR_NONE, prevention=how)
            assert report[0] is Outcome.NOT_ENOUGH
        assert len(book) == 3

    @pytest.mark.parametrize(
        ("how", "most"), [(Prevention.NEWEST, 3), (Prevention.BOTH, 3), (Prevention.OLDEST, 8)]
    )
    def test_a_fill_or_kill_of_just_what_it_may_trade_with_trades(
        self, book: OrderBook, how: Prevention, most: int
    ) -> None:
        reports = book.insert(9, "ben", True, 102, most, Life.ALL_OR_NONE, prevention=how)
        assert sum(lots for what, _, _, lots in reports if what is TRADED) == most
        assert 9 not in book

"""The order book does what a naive one does: a plain list, sorted before every look, under random operations."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from anyvenue.sim.orderbook import Life, OrderBook, Outcome, Prevention

OPERATIONS = st.lists(
    st.tuples(
        st.integers(0, 9),  # what to do
        st.integers(0, 10**6),  # which order
        st.booleans(),  # buy
        st.integers(-2, 8),  # price
        st.integers(1, 12),  # quantity
        st.sampled_from(Life),
        st.sampled_from((0, 0, 1, 3)),  # peak
        st.integers(0, 2),  # owner
        st.sampled_from(Prevention),
    ),
    max_size=60,
)
Record = dict[str, Any]


class Naive:
    """The rules written down once more, without a thought for speed; `turn` is the place in time."""

    def __init__(self) -> None:
        self.resting: list[Record] = []
        self.turn = 0

    def best_first(self, buy: bool) -> list[Record]:
        side = [each for each in self.resting if each["buy"] is buy]
        return sorted(side, key=lambda each: (-each["price"] if buy else each["price"], each["at"]))

    def reached(self, order: Record) -> list[Record]:
        def accepts(other: Record) -> bool:
            if order["price"] is None:
                return True
            gap = order["price"] - other["price"]
            return gap >= 0 if order["buy"] else gap <= 0

        return [each for each in self.best_first(not order["buy"]) if accepts(each)]

    def insert(self, order: Record, life: Life, prevention: Prevention) -> list[tuple[Any, ...]]:
        if life is Life.POST_ONLY and order["price"] is not None and self.reached(order):
            return [(Outcome.WOULD_TAKE, order["id"], 0, order["left"])]
        if life is Life.ALL_OR_NONE and not self.would_fill(order, prevention):
            return [(Outcome.NOT_ENOUGH, order["id"], 0, order["left"])]
        said = self.trade(order, prevention)
        if order["left"] and life in (Life.REST, Life.POST_ONLY) and order["price"] is not None:
            self.rest(order)
        elif order["left"]:
            said.append((Outcome.NOTHING_MORE, order["id"], 0, order["left"]))
        return said

    def rest(self, order: Record) -> None:
        self.turn += 1
        shown = min(order["peak"], order["left"]) if order["peak"] else order["left"]
        self.resting.append(order | {"at": self.turn, "shown": shown})

    def would_fill(self, order: Record, prevention: Prevention) -> bool:
        """Try it on a copy and see whether all of it traded."""
        copy = Naive()
        copy.turn = self.turn
        copy.resting = [dict(each) for each in self.resting]
        said = copy.trade(dict(order), prevention)
        return sum(each[3] for each in said if each[0] is Outcome.TRADED) == order["left"]

    def trade(self, order: Record, prevention: Prevention) -> list[tuple[Any, ...]]:
        said: list[tuple[Any, ...]] = []
        while order["left"] and (reached := self.reached(order)):
            other = reached[0]
            if prevention and other["owner"] == order["owner"]:
                self.prevent(order, other, prevention, said)
                continue
            lots = min(order["left"], other["shown"])
            said.append((Outcome.TRADED, other["id"], other["price"], lots))
            order["left"] -= lots
            other["left"] -= lots
            other["shown"] -= lots
            if not other["left"]:
                self.resting.remove(other)
            elif not other["shown"]:
                self.turn += 1
                other |= {"at": self.turn, "shown": min(other["peak"], other["left"])}
        return said

    def prevent(
        self, order: Record, other: Record, how: Prevention, said: list[tuple[Any, ...]]
    ) -> None:
        if how is Prevention.DECREMENT:
            less = min(order["left"], other["left"])
            said.append((Outcome.REDUCED, other["id"], other["price"], less))
            order["left"] -= less
            self.reduce(other, less)
            return
        if how is not Prevention.NEWEST:
            said.append((Outcome.PREVENTED, other["id"], other["price"], other["left"]))
            self.resting.remove(other)
        if how is not Prevention.OLDEST:
            said.append((Outcome.PREVENTED, order["id"], 0, order["left"]))
            order["left"] = 0

    def reduce(self, order: Record, less: int) -> None:
        hidden = order["left"] - order["shown"]
        order["left"] -= less
        order["shown"] -= max(less - hidden, 0)
        if not order["left"]:
            self.resting.remove(order)


class Pair:
    """Both books, given the same operations; what they say and hold is compared after each."""

    def __init__(self) -> None:
        self.book = OrderBook()
        self.naive = Naive()
        self.count = 0
        self.given: dict[int, int] = {}
        self.gone: dict[int, int] = {}

    def do(self, operation: tuple[Any, ...]) -> None:
        what, which, buy, price, quantity, life, peak, owner, prevention = operation
        resting = self.naive.resting
        if what < 6 or not resting:
            self.insert(buy, None if what == 0 else price, quantity, life, peak, owner, prevention)
        elif what < 8:
            self.cancel(resting[which % len(resting)])
        else:
            self.modify(resting[which % len(resting)], price, quantity, what == 8, prevention)
        self.compare()

    def insert(self, buy: bool, price: int | None, quantity: int, life: Life, *rest: Any) -> None:
        peak, owner, prevention = rest
        self.count += 1
        self.given[self.count] = quantity
        order = {"id": self.count, "owner": owner, "buy": buy, "price": price}
        order |= {"left": quantity, "peak": peak}
        said = self.book.insert(self.count, owner, buy, price, quantity, life, peak, prevention)
        expected = self.naive.insert(order, life, prevention)
        assert [tuple(each) for each in said] == expected
        self.reckon(self.count, expected)

    def cancel(self, order: Record) -> None:
        assert self.book.cancel(order["id"]) == order["left"]
        assert self.book.cancel(order["id"]) == 0
        self.naive.resting.remove(order)
        self.given.pop(order["id"])

    def modify(
        self, order: Record, price: int, quantity: int, stays: bool, prevention: Prevention
    ) -> None:
        price = order["price"] if stays else price
        said = self.book.modify(order["id"], price, quantity, prevention=prevention)
        self.given[order["id"]] += quantity - order["left"]
        if price == order["price"] and quantity <= order["left"]:
            self.naive.reduce(order, order["left"] - quantity)
            assert not said
            return
        self.naive.resting.remove(order)
        changed = order | {"price": price, "left": quantity}
        expected = self.naive.insert(changed, Life.REST, prevention)
        assert [tuple(each) for each in said] == expected
        self.reckon(order["id"], expected)

    def reckon(self, incoming: int, said: list[tuple[Any, ...]]) -> None:
        """Count what left each order, so that given = gone + resting can be asked."""
        for outcome, order_id, _, lots in said:
            both = outcome in (Outcome.TRADED, Outcome.REDUCED)
            for each in {order_id, incoming} if both else {order_id}:
                self.gone[each] = self.gone.get(each, 0) + lots

    def compare(self) -> None:
        for buy in (True, False):
            expected = [(e["id"], e["price"], e["left"]) for e in self.naive.best_first(buy)]
            assert list(self.book.queue(buy)) == expected
            shown: dict[int, int] = {}
            for each in self.naive.best_first(buy):
                shown[each["price"]] = shown.get(each["price"], 0) + each["shown"]
            assert self.book.levels(buy, 5) == list(shown.items())[:5]
            assert [price for price, _ in self.book.ladder(buy)] == list(shown)
        bid, ask = self.book.best(True), self.book.best(False)
        assert bid is None or ask is None or bid < ask
        assert len(self.book) == len(self.naive.resting)
        for order_id, quantity in self.given.items():
            assert quantity == self.gone.get(order_id, 0) + self.book.left(order_id)


@settings(max_examples=400)
@given(OPERATIONS)
def test_the_book_says_and_holds_what_a_naive_one_does(operations: list[tuple[Any, ...]]) -> None:
    pair = Pair()
    for operation in operations:
        pair.do(operation)

"""Call auctions among users: what is collected, what it would come to so far, and the trades when it ends.

Limit orders are collected in the order book itself. Market orders are kept beside it and go before them, the oldest
first; what does not trade of them is cancelled. The reference price is the last one, of this market or from outside. A
reduce-only order takes part with no more than its account holds when the auction ends.
"""

from typing import TYPE_CHECKING

from anyvenue.model.ids import AccountId, OrderId
from anyvenue.sim.auction import Clearing, clearing, uncross
from anyvenue.sim.book import WorkingOrder
from anyvenue.sim.matching import Results
from anyvenue.sim.orderbook import Outcome

if TYPE_CHECKING:
    from anyvenue.sim.userbook import UserBook

__all__ = ["Call", "hold_call"]

_CUT = "reduce-only: the position is smaller"


class Call:
    """What is collected beside the order book: market orders, and those `held` back until trading is continuous."""

    __slots__ = ("held", "market")

    def __init__(self) -> None:
        """Begin empty."""
        self.market: dict[OrderId, WorkingOrder] = {}
        self.held: dict[OrderId, WorkingOrder] = {}

    def forget(self, order_id: OrderId) -> None:
        """Take an order out, if it is here."""
        self.market.pop(order_id, None)
        self.held.pop(order_id, None)

    def take_held(self) -> list[WorkingOrder]:
        """Take out and return the orders held back, the oldest first."""
        held = sorted(self.held.values(), key=lambda order: order.number)
        self.held.clear()
        return held

    def side(self, book: "UserBook", buy: bool) -> list[tuple[int, int]]:
        """Return (order id, lots) of the market orders of one side, the oldest first."""
        orders = sorted(self.market.values(), key=lambda order: order.number)
        return [
            (each.order_id, book.whole_lots(each.remaining)) for each in orders if each.buy is buy
        ]

    def preview(self, book: "UserBook") -> Clearing | None:
        """Return where the auction would clear if it ended now; None when nothing would trade."""
        reference = _reference(book)
        if reference is None:
            return None
        bid, ask = (sum(lots for _, lots in self.side(book, buy)) for buy in (True, False))
        ladders = book.core.ladder(True), book.core.ladder(False)
        return clearing(*ladders, reference, bid, ask, _Grid(book))


class _Grid:
    """The valid prices next to a number of ticks."""

    def __init__(self, book: "UserBook") -> None:
        self._book = book

    def __call__(self, ticks: int) -> tuple[int, ...]:
        book = self._book
        price = ticks * book.tick
        step = book.instrument.price_step
        if step.accept(price) is not None:
            return (ticks,)
        return tuple(book.whole_ticks(each) for each in step.neighbours(price))


def _reference(book: "UserBook") -> int | None:
    """Return the last price in ticks, else the middle of what is bid and offered."""
    last = book.reference()
    if last is not None:
        return book.whole_ticks(last)
    best = [each for each in (book.core.best(True), book.core.best(False)) if each is not None]
    return sum(best) // len(best) if best else None


def hold_call(book: "UserBook", now: int, out: Results) -> None:
    """End an auction: trade what meets, cancel what is left of market orders."""
    while book.reducing and _cut_one(book, now, out):
        pass
    reference = _reference(book)
    if reference is not None:
        bids, asks = book.call.side(book, True), book.call.side(book, False)
        found, crosses = uncross(book.core, reference, bids, asks, _Grid(book))
        if found is not None:
            _book(book, found, crosses, now, out)
    for order in list(book.call.market.values()):
        book.end(order, Outcome.NOTHING_MORE, now, out)


def _book(
    book: "UserBook", found: Clearing, crosses: list[tuple[int, int, int]], now: int, out: Results
) -> None:
    """Book the trades; of each pair the older order counts as the one that rested."""
    price = found.price * book.tick
    accounts: dict[AccountId, None] = {}
    for pair in crosses:
        buyer, seller = (book.orders[OrderId(each)] for each in pair[:2])
        old, young = (buyer, seller) if buyer.number < seller.number else (seller, buyer)
        accounts[buyer.account] = accounts[seller.account] = None
        book.book_trade(old, young, price, pair[2], None, now, out)
    if book.band is not None:
        book.band.restart(now, price)
    if book.reducing:
        book.fit_resting(tuple(accounts), now, out)


def _cut_one(book: "UserBook", now: int, out: Results) -> bool:
    """Cut the first reduce-only order that would trade more than its account holds; tell whether there was one."""
    found = book.call.preview(book)
    if found is None:
        return False
    for buy in (True, False):
        left = found.volume
        used: dict[AccountId, int] = {}
        queue = [(order_id, lots) for order_id, _, lots in book.core.queue(buy)]
        for order_id, lots in book.call.side(book, buy) + queue:
            trades = min(lots, left)
            if not trades:
                break
            order = book.orders[OrderId(order_id)]
            before = used.get(order.account, 0)
            if order.request.reduce_only:
                free = max(book.whole_lots(out.closable(order)) - before, 0)
                if trades > free:
                    out.reduced(order, (lots - free) * book.lot, now, _CUT)
                    book.shrink(order)
                    return True
            used[order.account] = before + trades
            left -= trades
    return False

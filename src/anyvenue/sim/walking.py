"""Matching one resting order at a time, where a trade may change what the next one can be.

Two things can: a position that reduce-only orders may not exceed, and the price band of a volatility halt.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from anyvenue.model.enums import TimeInForce
from anyvenue.model.ids import OrderId
from anyvenue.sim.book import WorkingOrder
from anyvenue.sim.matching import Results
from anyvenue.sim.orderbook import Life, Outcome, Prevention

if TYPE_CHECKING:
    from anyvenue.sim.userbook import UserBook

__all__ = ["walk"]

_IMMEDIATE, _POST_ONLY = Life.IMMEDIATE, Life.POST_ONLY
_ALL_OR_NONE = Life.ALL_OR_NONE
_OLDEST = Prevention.OLDEST


def walk(book: "UserBook", order: WorkingOrder, now: int, out: Results) -> None:
    """Let an order meet the others step by step, until it is done, cannot trade, or trading is halted."""
    life = book.life(order.request)
    bound = None if book.band is None else book.band.worst(now, order.buy)
    if life is _ALL_OR_NONE and not _all_there(book, order, bound):
        book.end(order, Outcome.NOT_ENOUGH, now, out)
        return
    while life is not _POST_ONLY and order.order_id in book.orders:
        front = book.core.first(not order.buy)
        price = None if front is None else front[1] * book.tick
        if front is None or price is None or not _reaches(order, order.request.price, price):
            break
        if not _reaches(order, bound, price):
            _halt(book, order, now, out)
            return
        _meet(book, order, front[0], front[2], now, out)
    if order.order_id in book.orders:
        book.insert(order, book.whole_lots(order.remaining), life, now, out)


def _reaches(order: WorkingOrder, bound: Decimal | None, price: Decimal) -> bool:
    return bound is None or (price <= bound if order.buy else price >= bound)


def _meet(
    book: "UserBook", order: WorkingOrder, order_id: int, shown: int, now: int, out: Results
) -> None:
    """Trade with the next resting order, or make it fit first."""
    resting = book.orders[OrderId(order_id)]
    if resting.request.reduce_only and not book.fits(resting, now, out):
        return
    own = resting.account == order.account
    if own and book.prevention.get(order.account) is _OLDEST:
        book.end(resting, Outcome.PREVENTED, now, out)
        return
    book.insert(order, min(shown, book.whole_lots(order.remaining)), _IMMEDIATE, now, out)


def _halt(book: "UserBook", order: WorkingOrder, now: int, out: Results) -> None:
    """Halt trading; what is left of the order waits for the auction that ends the halt, unless it must not wait."""
    book.halt(now)
    if order.request.time_in_force is TimeInForce.IOC:
        book.end(order, Outcome.NOTHING_MORE, now, out)
    else:
        book.collect(order)


def _all_there(book: "UserBook", order: WorkingOrder, bound: Decimal | None) -> bool:
    """Tell whether the whole order would trade, not counting reduce-only orders, whose quantity may change."""
    needed = book.whole_lots(order.remaining)
    prevention = book.prevention.get(order.account, Prevention.NONE)
    for order_id, ticks, lots in book.core.queue(not order.buy):
        price = ticks * book.tick
        if not (_reaches(order, order.request.price, price) and _reaches(order, bound, price)):
            break
        resting = book.orders[OrderId(order_id)]
        if prevention and resting.account == order.account:
            if prevention is _OLDEST:
                continue
            break
        needed -= 0 if resting.request.reduce_only else lots
        if needed <= 0:
            return True
    return False

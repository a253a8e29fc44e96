"""Touch matching: orders fill against recorded or live market data, never against each other.

When does an order fill?

- Snapshots (Quote, Depth): a buy takes the displayed asks it accepts, level by level, up to the displayed size. An
  order that meets its first snapshot pays the level's price; one that was resting before trades at its own limit,
  because whoever came to it would have. Market orders go on taking from snapshot to snapshot until they are filled.
- Bars: market orders fill at the open of the next bar, limit orders at the better of open and limit when the bar's
  range reaches them, up to the bar's volume. An order that arrives inside a bar sees only its close.
- Public trades: a limit order fills at its limit, up to the trade's size, when a trade happens at it or through it.
- FAK (IOC) and FOK are decided by the first snapshot, trade or bar they meet. A stop is triggered by the last price (or
  the opposite quote where there is none, or the bar's range) and then takes part at once.
- An absent price (NaN, 0, DBL_MAX) never fills anything.
"""

from decimal import Decimal
from typing import Protocol

from anyvenue.model.enums import Side
from anyvenue.model.market import Bar, Depth, Quote, Trade
from anyvenue.model.numbers import ABSENT_ABOVE
from anyvenue.sim.book import InstrumentBook, WorkingOrder

__all__ = ["Outcome", "match_bar", "match_snapshot", "match_trade"]

_ZERO = Decimal(0)
_NO_SIZE = float("nan")
Level = tuple[float, float]


class Outcome(Protocol):
    """Where matching reports to."""

    def filled(self, order: WorkingOrder, price: Decimal, quantity: Decimal, ts: int) -> None:
        """Book one execution."""
        ...

    def triggered(self, order: WorkingOrder, ts: int) -> None:
        """A stop was touched."""
        ...

    def ended(self, order: WorkingOrder, reason: str, ts: int) -> None:
        """What is left of the order is cancelled."""
        ...


def _real(price: float) -> bool:
    return 0.0 < price < ABSENT_ABOVE


def match_snapshot(book: InstrumentBook, event: Quote | Depth, out: Outcome) -> None:
    """Match the book against one snapshot."""
    bids: tuple[float, ...]
    asks: tuple[float, ...]
    if isinstance(event, Quote):
        bids, asks = (event.bid,), (event.ask,)
        bid_sizes: tuple[float, ...] = (event.bid_size,)
        ask_sizes: tuple[float, ...] = (event.ask_size,)
        last = _NO_SIZE
    else:
        bids, bid_sizes = event.bid_prices, event.bid_sizes
        asks, ask_sizes = event.ask_prices, event.ask_sizes
        last = event.last
    book.renew(bids, bid_sizes, asks, ask_sizes)
    bid = bids[0] if bids else _NO_SIZE
    ask = asks[0] if asks else _NO_SIZE
    if not book.concerns(bid, ask):
        return
    ts = event.ts_recv
    for order in book.by_priority():
        if order.active_from > ts:
            continue
        if order.waiting and not _trigger_at_once(order, last, bid, ask, ts, out):
            continue
        levels = (
            zip(asks, ask_sizes, strict=True) if order.buy else zip(bids, bid_sizes, strict=True)
        )
        _take_levels(book, order, [level for level in levels if _real(level[0])], ts, out)
    book.refresh()


def _trigger_at_once(
    order: WorkingOrder, last: float, bid: float, ask: float, ts: int, out: Outcome
) -> bool:
    price = last if _real(last) else ask if order.buy else bid
    if not _real(price) or (price < order.stop if order.buy else price > order.stop):
        return False
    order.waiting = False
    out.triggered(order, ts)
    return True


def _take_levels(
    book: InstrumentBook, order: WorkingOrder, levels: list[Level], ts: int, out: Outcome
) -> None:
    side = Side.SELL if order.buy else Side.BUY
    crossing = [level for level in levels if order.accepts(level[0])]
    fresh, order.fresh = order.fresh, order.price is None
    if fresh and order.request.post_only and crossing:
        out.ended(order, "post-only order would have taken liquidity", ts)
        return
    if order.all_or_none and not _enough(book, order, side, crossing):
        out.ended(order, "fill-or-kill: the whole quantity was not there", ts)
        return
    for price, size in crossing:
        free = book.available(side, price, size)
        quantity = order.remaining if free is None else min(order.remaining, free)
        if quantity <= 0:
            continue
        book.take(side, price, size, quantity)
        rests = not fresh and order.price is not None
        paid = order.price if rests and order.price is not None else book.exact(price)
        out.filled(order, paid, quantity, ts)
        if not order.remaining:
            return
    if order.immediate:
        out.ended(order, "fill-and-kill: nothing more to take", ts)


def _enough(book: InstrumentBook, order: WorkingOrder, side: Side, levels: list[Level]) -> bool:
    total = _ZERO
    for price, size in levels:
        free = book.available(side, price, size)
        if free is None:
            return True
        total += free
    return total >= order.remaining


def match_trade(book: InstrumentBook, trade: Trade, out: Outcome) -> None:
    """Match the book against one public trade."""
    price, ts = trade.price, trade.ts_recv
    if not _real(price) or not book.orders:
        return
    left = book.available(Side.BUY, price, trade.size)
    for order in book.by_priority():
        if order.active_from > ts:
            continue
        if order.waiting and not _trigger_at_once(order, price, price, price, ts, out):
            continue
        order.fresh = False
        reached = order.accepts(price)
        if order.all_or_none and not (reached and (left is None or left >= order.remaining)):
            out.ended(order, "fill-or-kill: the whole quantity was not there", ts)
            continue
        if reached and (left is None or left > 0):
            quantity = order.remaining if left is None else min(left, order.remaining)
            left = None if left is None else left - quantity
            out.filled(order, order.price or book.exact(price), quantity, ts)
        if order.immediate and order.remaining:
            out.ended(order, "fill-and-kill: nothing more to take", ts)
    book.refresh()


def match_bar(book: InstrumentBook, bar: Bar, out: Outcome) -> None:
    """Match the book against one closed bar."""
    if not book.orders or not (_real(bar.open) and _real(bar.close)):
        return
    ts = bar.ts_recv
    left = book.available(Side.BUY, bar.close, bar.volume)
    for order in book.by_priority():
        if order.active_from > ts or order.arrived >= ts:
            continue
        at_open = max(order.arrived, order.active_from) <= bar.ts_start
        price = _bar_price(order, bar, at_open)
        fresh, order.fresh = order.fresh, False
        if price is not None and order.waiting:
            order.waiting = False
            out.triggered(order, ts)
            price = price if order.accepts(price) else None
        if (
            price is not None
            and fresh
            and order.request.post_only
            and at_open
            and order.accepts(bar.open)
        ):
            out.ended(order, "post-only order would have taken liquidity", ts)
            continue
        if order.all_or_none and (price is None or (left is not None and left < order.remaining)):
            out.ended(order, "fill-or-kill: the whole quantity was not there", ts)
            continue
        if price is not None and (left is None or left > 0):
            quantity = order.remaining if left is None else min(left, order.remaining)
            left = None if left is None else left - quantity
            out.filled(order, _no_worse(order, book.exact(price)), quantity, ts)
        if order.immediate and order.remaining:
            out.ended(order, "fill-and-kill: nothing more to take", ts)
    book.refresh()


def _bar_price(order: WorkingOrder, bar: Bar, at_open: bool) -> float | None:
    """Return the price at which the bar reaches the order, None when it does not."""
    if order.waiting:
        return _stop_price(order, bar, at_open)
    if not at_open:
        return bar.close if order.accepts(bar.close) else None
    if order.accepts(bar.open):
        return bar.open
    if order.immediate:
        return None
    extreme = bar.low if order.buy else bar.high
    return float(order.price) if order.price is not None and order.accepts(extreme) else None


def _stop_price(order: WorkingOrder, bar: Bar, at_open: bool) -> float | None:
    start = bar.open if at_open else bar.close
    far = start if not at_open else bar.high if order.buy else bar.low
    if order.buy:
        return max(start, order.stop) if far >= order.stop else None
    return min(start, order.stop) if far <= order.stop else None


def _no_worse(order: WorkingOrder, price: Decimal) -> Decimal:
    if order.price is None:
        return price
    return min(price, order.price) if order.buy else max(price, order.price)

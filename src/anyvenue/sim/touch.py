"""Touch matching: orders fill against recorded or live market data, never against each other.

When does an order fill?

- Snapshots (Quote, Depth): a buy takes the displayed asks it accepts, level by level, up to the displayed size. An
  order that meets its first snapshot pays the level's price; one that was resting before trades at its own limit,
  because whoever came to it would have. Market orders go on taking from snapshot to snapshot until they are filled.
- Bars: market orders fill at the open of the next bar, limit orders at the better of open and limit when the bar's
  range reaches them, up to the bar's volume. An order that arrives inside a bar sees only its close. Bars that are
  still open fill nothing.
- Public trades: a limit order fills at its limit, up to the trade's size, when a trade happens at it or through it.
- On arrival (an exchange with latency): an order meets the snapshot that stands, once, as it would a new one.
- FAK (IOC) and FOK are decided by the first snapshot, trade or bar they meet. A stop is triggered by the last price (or
  the opposite quote where there is none, or the bar's range) and then takes part at once.
- A trailing stop's trigger follows the same price. Of a bar it is sure only that the open came first and the close
  last: the trigger as it stood at the open meets the range, then it follows the bar's best price and meets the close.
- A reduce-only order is cut to the position that is there when it would trade. Icebergs are plain limit orders here.
- An absent price (NaN, 0, DBL_MAX, negative) or size never fills anything. A size of NaN is a feed without sizes: any
  quantity fills. Spreads trade here at positive prices only.
"""

from decimal import Decimal
from typing import Protocol

from anyvenue.model.enums import Side
from anyvenue.model.market import Bar, Depth, Quote, Trade
from anyvenue.sim.book import InstrumentBook, WorkingOrder

__all__ = ["Outcome", "match_arrival", "match_bar", "match_snapshot", "match_trade"]

_ZERO = Decimal(0)
_ABSENT = float("nan")
_TAKES = "post-only order would have taken liquidity"
_NOT_ENOUGH = "fill-or-kill: the whole quantity was not there"
_NO_MORE = "fill-and-kill: nothing more to take"
Level = tuple[float, float]
Ladder = tuple[tuple[float, ...], tuple[float, ...]]


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

    def fit(self, order: WorkingOrder, ts: int) -> bool:
        """Cut a reduce-only order to the position that is there; tell whether anything was left of the order."""
        ...


def match_snapshot(book: InstrumentBook, event: Quote | Depth, out: Outcome) -> None:
    """Match the book against one snapshot."""
    bids, asks, last = _sides(event)
    book.renew(*bids, *asks)
    bid = bids[0][0] if bids[0] else _ABSENT
    ask = asks[0][0] if asks[0] else _ABSENT
    if not book.concerns(bid, ask, last if book.real(last) else _ABSENT):
        return
    ts = event.ts_recv
    for order in book.by_priority():
        if order.active_from <= ts:
            _meet(book, order, bids, asks, last, ts, out)
    book.refresh()


def match_arrival(
    book: InstrumentBook, order: WorkingOrder, standing: Quote | Depth, now: int, out: Outcome
) -> None:
    """Match one order against the snapshot that stands when it arrives at `now`; nobody else is concerned."""
    bids, asks, last = _sides(standing)
    book.renew(*bids, *asks)
    _meet(book, order, bids, asks, last, now, out)
    book.refresh()


def _sides(event: Quote | Depth) -> tuple[Ladder, Ladder, float]:
    if isinstance(event, Quote):
        bids = (event.bid,), (event.bid_size,)
        return bids, ((event.ask,), (event.ask_size,)), _ABSENT
    bids_of, asks_of = event.bid_prices, event.ask_prices
    return (bids_of, event.bid_sizes), (asks_of, event.ask_sizes), event.last


def _meet(
    book: InstrumentBook,
    order: WorkingOrder,
    bids: Ladder,
    asks: Ladder,
    last: float,
    ts: int,
    out: Outcome,
) -> None:
    opposite = asks if order.buy else bids
    levels = [
        (price, size)
        for price, size in zip(*opposite, strict=True)
        if book.shown(price, size) and order.accepts(price)
    ]
    if order.waiting:
        best = opposite[0][0] if opposite[0] else _ABSENT
        if not _touched(book, order, last if book.real(last) else best):
            return
        _trigger(order, ts, out)
    if order.request.reduce_only and levels and not out.fit(order, ts):
        return
    _take_levels(book, order, levels, ts, out)


def _touched(book: InstrumentBook, order: WorkingOrder, price: float) -> bool:
    if not book.real(price):
        return False
    if order.touched(price):
        return True
    if order.trail:
        order.follow(price)
    return False


def _trigger(order: WorkingOrder, ts: int, out: Outcome) -> None:
    order.waiting = False
    out.triggered(order, ts)


def _take_levels(
    book: InstrumentBook, order: WorkingOrder, levels: list[Level], ts: int, out: Outcome
) -> None:
    side = Side.SELL if order.buy else Side.BUY
    fresh, order.fresh = order.fresh, order.price is None
    order.maker = not fresh
    if fresh and order.request.post_only and levels:
        out.ended(order, _TAKES, ts)
        return
    if order.all_or_none and not _enough(book, order, side, levels):
        out.ended(order, _NOT_ENOUGH, ts)
        return
    for price, size in levels:
        free = book.available(side, price, size)
        quantity = order.remaining if free is None else min(order.remaining, free)
        if quantity <= 0:
            continue
        book.take(side, price, size, quantity)
        resting = order.price if order.maker else None
        out.filled(order, resting or _no_worse(order, book.exact(price)), quantity, ts)
        if not order.remaining:
            return
    if order.immediate:
        out.ended(order, _NO_MORE, ts)


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
    if not book.shown(price, trade.size) or not book.concerns(price, price, price):
        return
    left = book.lots(trade.size)
    for order in book.by_priority():
        if order.active_from > ts:
            continue
        if order.waiting:
            if not _touched(book, order, price):
                continue
            _trigger(order, ts, out)
        order.fresh, order.maker = order.price is None, order.price is not None
        paid = (order.price or book.exact(price)) if order.accepts(price) else None
        left = _execute(order, paid, left, ts, out)
    book.refresh()


def match_bar(book: InstrumentBook, bar: Bar, out: Outcome) -> None:
    """Match the book against one closed bar."""
    if not book.orders or not (book.real(bar.open) and book.real(bar.close)):
        return
    ts = bar.ts_recv
    left = book.lots(bar.volume)
    for order in book.by_priority():
        if order.active_from <= ts and order.arrived < ts:
            left = _meet_bar(book, order, bar, left, out)
    book.refresh()


def _meet_bar(
    book: InstrumentBook, order: WorkingOrder, bar: Bar, left: Decimal | None, out: Outcome
) -> Decimal | None:
    whole = max(order.arrived, order.active_from) <= bar.ts_start
    start = bar.open if whole else bar.close
    low, high = _range(book, bar) if whole else (start, start)
    fresh, order.fresh = order.fresh, order.price is None
    if order.waiting:
        touched_at = _touched_at(order, start, low, high, bar.close)
        if touched_at is None:
            return left
        # What the bar did before the trigger is past: only the price at which it was touched counts.
        start = low = high = touched_at
        _trigger(order, bar.ts_recv, out)
    elif fresh and order.request.post_only and order.accepts(start):
        out.ended(order, _TAKES, bar.ts_recv)
        return left
    order.maker = order.price is not None and not (fresh and order.accepts(start))
    paid = _bar_price(book, order, start, low, high)
    return _execute(order, paid, left, bar.ts_recv, out)


def _touched_at(
    order: WorkingOrder, start: float, low: float, high: float, close: float
) -> float | None:
    """Return the price at which a bar sets a stop off, None when it does not; move the trigger of a trailing one."""
    if order.touched(start):
        return start
    if order.trail:
        order.follow(start)
    if order.touched(high if order.buy else low):
        return order.stop
    if order.trail:
        order.follow(low if order.buy else high)
        return order.stop if order.touched(close) else None
    return None


def _range(book: InstrumentBook, bar: Bar) -> tuple[float, float]:
    """Return low and high; an absent one is made up for by the prices that are there."""
    low = bar.low if book.real(bar.low) else min(bar.open, bar.close)
    high = bar.high if book.real(bar.high) else max(bar.open, bar.close)
    return low, high


def _bar_price(
    book: InstrumentBook, order: WorkingOrder, start: float, low: float, high: float
) -> Decimal | None:
    """Return the price at which the bar reaches the order, None when it does not."""
    if order.accepts(start):
        return _no_worse(order, book.exact(start))
    if order.immediate or not order.accepts(low if order.buy else high):
        return None
    return order.price


def _execute(
    order: WorkingOrder, price: Decimal | None, left: Decimal | None, ts: int, out: Outcome
) -> Decimal | None:
    """Fill what is reached and there; return what is left of the volume."""
    if price is not None and order.request.reduce_only and not out.fit(order, ts):
        return left
    if order.all_or_none and (price is None or (left is not None and left < order.remaining)):
        out.ended(order, _NOT_ENOUGH, ts)
        return left
    if price is not None and (left is None or left > 0):
        quantity = order.remaining if left is None else min(left, order.remaining)
        left = None if left is None else left - quantity
        out.filled(order, price, quantity, ts)
    if order.immediate and order.remaining:
        out.ended(order, _NO_MORE, ts)
    return left


def _no_worse(order: WorkingOrder, price: Decimal) -> Decimal:
    if order.price is None:
        return price
    return min(price, order.price) if order.buy else max(price, order.price)

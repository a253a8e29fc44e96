"""Call auctions: one price at which everything that can trade does.

The price is the one of largest volume at which everything bid higher and everything offered lower trades; of several,
the one with the smallest difference between what is bid at it or above and what is offered at it or below; of several,
the one nearest to a reference (the last close or settlement, or the last price for a closing auction); of two equally
near ones the higher. Source: Shenzhen Stock Exchange, trading rules, part on call auctions; it takes the nearest to the
previous close, Shanghai the middle. At the price itself one side trades whole; within a price the older order is first.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate

import msgspec

from anyvenue.sim.orderbook import OrderBook

__all__ = ["Clearing", "Cross", "Grid", "clearing", "uncross"]

Cross = tuple[int, int, int]
"""(order id of the buyer, order id of the seller, lots)."""
_Levels = Iterable[tuple[int, int]]
Grid = Callable[[int], Iterable[int]]
"""The valid prices next to a number of ticks: itself where it is one."""


class Clearing(msgspec.Struct, frozen=True):
    """Where an auction clears: price in ticks, lots that trade, lots bid less lots offered at that price."""

    price: int
    volume: int
    imbalance: int


def _every_tick(price: int) -> Iterable[int]:
    return (price,)


def clearing(
    bids: _Levels,
    asks: _Levels,
    reference: int,
    market_bid: int = 0,
    market_ask: int = 0,
    grid: Grid = _every_tick,
) -> Clearing | None:
    """Return where the limit orders (price in ticks, lots) and market orders (lots) clear; None when nothing trades.

    `grid` tells which ticks are valid prices, where not all are.
    """
    bids, asks = list(bids), list(asks)
    bid_for, offered_for = _Sums(bids), _Sums(asks)
    best: tuple[tuple[int, bool, int, int, int], Clearing] | None = None
    for price in _candidates(bids, asks, reference, grid):
        demand = market_bid + bid_for.total - bid_for.below(price)
        supply = market_ask + offered_for.below(price + 1)
        volume, imbalance = min(demand, supply), demand - supply
        above = market_bid + bid_for.total - bid_for.below(price + 1)
        below = market_ask + offered_for.below(price)
        fair = above <= volume and below <= volume
        rank = (volume, fair, -abs(imbalance), -abs(price - reference), price)
        if volume and (best is None or rank > best[0]):
            best = (rank, Clearing(price, volume, imbalance))
    return best[1] if best else None


class _Sums:
    """How many lots have limits below a price."""

    def __init__(self, levels: Sequence[tuple[int, int]]) -> None:
        ordered = sorted(levels)
        self._prices = [price for price, _ in ordered]
        self._sums = [0, *accumulate(lots for _, lots in ordered)]
        self.total = self._sums[-1]

    def below(self, price: int) -> int:
        """Return the lots with a limit below `price`."""
        return self._sums[bisect_left(self._prices, price)]


def _candidates(
    bids: Sequence[tuple[int, int]], asks: Sequence[tuple[int, int]], reference: int, grid: Grid
) -> list[int]:
    """Return the prices among which the best is.

    Volume and imbalance are the same at every price between two limits, so of those prices only the ends and the
    reference can be nearest to the reference.
    """
    found = {reference}
    for limit, _ in (*bids, *asks):
        found.update((limit - 1, limit, limit + 1))
    return sorted({price for each in found for price in grid(each)})


def uncross(
    book: OrderBook,
    reference: int,
    market_bids: Sequence[tuple[int, int]] = (),
    market_asks: Sequence[tuple[int, int]] = (),
    grid: Grid = _every_tick,
) -> tuple[Clearing | None, list[Cross]]:
    """Clear a book that has collected orders; take what trades out of it and return the trades, oldest buyer first.

    Market orders, as (order id, lots) and oldest first, are kept by the caller and go before all limit orders. The
    book is not crossed afterwards. Orders of one owner may meet, as in a real auction.
    """
    bid, ask = (sum(lots for _, lots in each) for each in (market_bids, market_asks))
    found = clearing(book.ladder(True), book.ladder(False), reference, bid, ask, grid)
    if found is None:
        return None, []
    buyers = _first(market_bids, found.volume)
    buyers += book.take_best(True, found.volume - sum(lots for _, lots in buyers))
    sellers = _first(market_asks, found.volume)
    sellers += book.take_best(False, found.volume - sum(lots for _, lots in sellers))
    return found, _pairs(buyers, sellers)


def _first(orders: Sequence[tuple[int, int]], volume: int) -> list[tuple[int, int]]:
    """Return what trades of orders in their order when `volume` does."""
    taken = []
    for order_id, lots in orders:
        if volume <= 0:
            break
        taken.append((order_id, min(lots, volume)))
        volume -= lots
    return taken


def _pairs(buyers: list[tuple[int, int]], sellers: list[tuple[int, int]]) -> list[Cross]:
    pairs: list[Cross] = []
    selling = iter(sellers)
    seller, offered = 0, 0
    for buyer, wanted in buyers:
        while wanted:
            if not offered:
                seller, offered = next(selling)
            lots = min(wanted, offered)
            pairs.append((buyer, seller, lots))
            wanted -= lots
            offered -= lots
    return pairs

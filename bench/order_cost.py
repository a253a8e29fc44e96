"""Measure what an order costs in a backtest, and that the ten-thousandth costs what the first did.

A strategy turns its position at every twentieth quote; the same run without orders is subtracted. One order is all
that happens because of it: claims, matching, fill, fees, legs, money, reports and the strategy's callbacks, at the
exchange and at the node.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from decimal import Decimal

from _data import ensure, load_columns
from _harness import peak_mb
from _ours_common import bench_instrument
from anyvenue.data.columns import quotes_from_columns
from anyvenue.data.profiles import Record
from anyvenue.data.source import MemorySource
from anyvenue.engine.backtest import ACCOUNT, BacktestNode
from anyvenue.engine.feed import Feed
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.market import Quote
from anyvenue.reference.catalog import Catalog
from anyvenue.strategy.base import Strategy

EVERY = 20
COUNTS = (300, 3_000, 30_000)


class Turning(Strategy):
    """Turns its position at every twentieth quote, or only says so."""

    trade: bool = True

    def on_start(self) -> None:
        self._seen = 0
        self._side = 1
        self.quotes(self.instrument)

    def on_quote(self, quote: Quote) -> None:
        self._seen += 1
        if self._seen % EVERY == 0:
            self._side = -self._side
            if self.trade:
                self.target(self.instrument, self._side)


def cost(orders: int) -> float:
    """Return CPU microseconds an order, the median of several runs."""
    quotes = orders * EVERY // 2  # a turn is a close and an open: two orders
    times = max(1, 12_000 // orders)
    return statistics.median(_once(quotes, times) for _ in range(3))


def _once(quotes: int, times: int) -> float:
    with_orders = without = 0.0
    orders = 0
    for _ in range(times):
        cpu, made = _run(quotes, True)
        with_orders += cpu
        orders += made
        without += _run(quotes, False)[0]
    return (with_orders - without) / orders * 1e6


def _run(quotes: int, trade: bool) -> tuple[float, int]:
    instrument = bench_instrument()
    columns = load_columns("quotes", quotes)
    ordered = [columns[name] for name in ("ts", "bid", "ask", "bid_size", "ask_size")]
    source = MemorySource(
        instrument,
        Record.QUOTE,
        lambda: quotes_from_columns(instrument.id, *ordered),
        identity=f"bench quotes {quotes}",
    )
    node = BacktestNode(Feed([source]), Catalog(), VenueOptions(hours="always"))
    node.add_account(ACCOUNT, {"CNY": Decimal(10_000_000)})
    node.node.add_strategy(Turning, ACCOUNT, [instrument], {"trade": trade})
    began = time.process_time()
    node.run()
    return time.process_time() - began, len(node.result(ACCOUNT).orders)


def main() -> int:
    """Print the table (and JSON on request)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    args = parser.parse_args()
    ensure("quotes")
    costs = {count: round(cost(count), 1) for count in COUNTS}
    spread = max(costs.values()) / min(costs.values()) - 1
    for count, value in costs.items():
        print(f"{count:>7,} orders   {value:6.1f} us each   (at most 100)")
    print(f"spread {spread:.0%}   (at most 20 %)")
    if args.json:
        ours = {
            "us_per_order": costs[COUNTS[-1]],
            "us_by_count": {str(count): value for count, value in costs.items()},
            "spread": round(spread, 3),
            "peak_mb": peak_mb(),
        }
        print(json.dumps({"name": "order_cost", "ours": ours, "peers": {}, "ratio": {}}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

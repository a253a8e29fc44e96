"""Our side of the bars bench: two simple averages, limit orders at the close."""

from __future__ import annotations

import os
from collections.abc import Iterator
from decimal import Decimal
from itertools import repeat

from _data import MINUTE_NS, load_columns
from _harness import Lap, peak_mb, report, side_events

FAST = int(os.environ.get("BENCH_FAST", "100"))
SLOW = int(os.environ.get("BENCH_SLOW", "500"))


def measure(events: int) -> None:
    """Run the backtest over the first `events` bars and print the figures."""
    lap = Lap()
    from _ours_common import bench_instrument
    from _ours_strategies import BarCross
    from anyvenue.data.profiles import Record
    from anyvenue.data.source import MemorySource
    from anyvenue.engine.backtest import ACCOUNT, BacktestNode
    from anyvenue.engine.feed import Feed
    from anyvenue.engine.venue import VenueOptions
    from anyvenue.model.market import Bar
    from anyvenue.reference.catalog import Catalog

    import_s = lap()
    instrument = bench_instrument()
    columns = load_columns("bars", events)
    start = columns["ts"]
    prices = [columns[name] for name in ("open", "high", "low", "close", "volume")]

    def bars() -> Iterator[Bar]:
        end = MINUTE_NS.__add__
        closed, seen = map(end, start), map(end, start)
        return map(Bar, repeat(instrument.id), closed, seen, repeat("1m"), start, *prices)

    source = MemorySource(instrument, Record.BAR, bars, identity="bench bars", interval="1m")
    node = BacktestNode(Feed([source]), Catalog(), VenueOptions(hours="always"))
    node.add_account(ACCOUNT, {"CNY": Decimal(10_000_000)})
    node.node.add_strategy(BarCross, ACCOUNT, [instrument], {"fast": FAST, "slow": SLOW})
    load_s, loaded_mb = lap(), peak_mb()
    node.run()
    cpu_s = lap()
    result = node.result(ACCOUNT)
    if result.faults or not result.recount_holds:
        raise SystemExit(f"run failed: {result.faults} {result.recount_differences}")
    report(
        events=events,
        cpu_s=cpu_s,
        load_s=load_s,
        import_s=round(import_s, 3),
        loaded_mb=loaded_mb,
        orders=len(result.orders),
        fills=len(result.fills),
        audit_hash=result.audit_hash,
    )


if __name__ == "__main__":
    measure(side_events())

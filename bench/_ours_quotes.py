"""Our side of the quotes bench: EMA(100/500) of the mid price, one market order a crossing."""

from __future__ import annotations

from decimal import Decimal

from _data import load_columns
from _harness import Lap, peak_mb, report, side_events

FAST, SLOW = 100, 500


def measure(events: int) -> None:
    """Run the backtest over the first `events` quotes and print the figures."""
    lap = Lap()
    from _ours_common import bench_instrument
    from _ours_strategies import QuoteCross
    from anyvenue.data.columns import quotes_from_columns
    from anyvenue.data.profiles import Record
    from anyvenue.data.source import MemorySource
    from anyvenue.engine.backtest import ACCOUNT, BacktestNode
    from anyvenue.engine.feed import Feed
    from anyvenue.engine.venue import VenueOptions
    from anyvenue.reference.catalog import Catalog

    import_s = lap()
    instrument = bench_instrument()
    columns = load_columns("quotes", events)
    names = ("ts", "bid", "ask", "bid_size", "ask_size")
    source = MemorySource(
        instrument,
        Record.QUOTE,
        lambda: quotes_from_columns(instrument.id, *(columns[name] for name in names)),
        identity=f"bench quotes {events}",
    )
    node = BacktestNode(Feed([source]), Catalog(), VenueOptions(hours="always"))
    node.add_account(ACCOUNT, {"CNY": Decimal(10_000_000)})
    node.node.add_strategy(QuoteCross, ACCOUNT, [instrument], {"fast": FAST, "slow": SLOW})
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

"""Our side of the quotes bench: EMA(100/500) of the mid price, a market order a crossing."""

from __future__ import annotations

from _data import load_columns
from _harness import Lap, side_events
from _ours_common import bench_instrument, measure_backtest
from _ours_strategies import QuoteCross
from anyvenue.data.columns import quotes_from_columns
from anyvenue.data.profiles import Record


def main() -> None:
    """Load the columns and measure."""
    lap = Lap()
    lap()
    events = side_events()
    columns = load_columns("quotes", events)
    names = ("ts", "bid", "ask", "bid_size", "ask_size")
    ordered = [columns[name] for name in names]
    instrument = bench_instrument().id
    measure_backtest(
        lap,
        QuoteCross,
        {"fast": 100, "slow": 500},
        Record.QUOTE,
        lambda: quotes_from_columns(instrument, *ordered),
        events,
    )


if __name__ == "__main__":
    main()

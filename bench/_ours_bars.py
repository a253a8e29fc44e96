"""Our side of the bars bench: two simple averages, limit orders at the close."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import repeat

from _data import MINUTE_NS, load_columns
from _harness import Lap, side_events
from _ours_common import bench_instrument, measure_backtest
from _ours_strategies import BarCross
from anyvenue.data.profiles import Record
from anyvenue.model.market import Bar

FAST = int(os.environ.get("BENCH_FAST", "100"))
SLOW = int(os.environ.get("BENCH_SLOW", "500"))


def main() -> None:
    """Load the columns and measure."""
    lap = Lap()
    lap()
    events = side_events()
    columns = load_columns("bars", events)
    start = columns["ts"]
    prices = [columns[name] for name in ("open", "high", "low", "close", "volume")]
    instrument = bench_instrument().id

    def bars() -> Iterator[Bar]:
        end = MINUTE_NS.__add__
        closed, seen = map(end, start), map(end, start)
        return map(Bar, repeat(instrument), closed, seen, repeat("1m"), start, *prices)

    parameters: dict[str, object] = {"fast": FAST, "slow": SLOW}
    measure_backtest(lap, BarCross, parameters, Record.BAR, bars, events, "1m")


if __name__ == "__main__":
    main()

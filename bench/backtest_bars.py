"""Compare backtests over minute bars: two moving averages, 10 and 20 bars."""

import sys

from _harness import Bench, Peer, run_bench

BENCH = Bench(
    name="backtest_bars",
    what="minute bars through a cross of two moving averages, 10 and 20 bars, limit orders",
    data="bars",
    ours="_ours_bars.py",
    peers=[Peer("vnpy", "_peer_vnpy.py")],
)

if __name__ == "__main__":
    sys.exit(run_bench(BENCH))

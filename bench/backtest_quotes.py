"""Compare backtests over quotes: EMA(100) against EMA(500), market orders."""

import sys

from _harness import Bench, Peer, run_bench

BENCH = Bench(
    name="backtest_quotes",
    what="quotes through an EMA(100)/EMA(500) cross of the mid price, with market orders",
    data="quotes",
    ours="_ours_quotes.py",
    peers=[Peer("nautilus_trader", "_peer_nautilus.py")],
    # Measured earlier on a machine of this kind, not in this run, and on other data.
    recorded={
        "nautilus_trader 2.0rc6, Rust": {"events_per_s": 775_000, "peak_mb": 825},
        "hftbacktest, numba strategy": {"events_per_s": 12_500_000},
    },
)

if __name__ == "__main__":
    sys.exit(run_bench(BENCH))

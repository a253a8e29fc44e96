"""Compare backtests over minute bars: two moving averages.

The default averages, 100 and 500 bars, cross some three times in a thousand bars, as strategies that people run do:
that measures the bar path. `--fast 10 --slow 20` orders on every tenth bar and measures the order path.
"""

import argparse
import os
import sys

from _harness import Bench, Peer, run_bench


def _bench() -> Bench:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--fast", type=int, default=100)
    parser.add_argument("--slow", type=int, default=500)
    args, rest = parser.parse_known_args()
    sys.argv[1:] = rest
    # Every side is a process of its own and inherits these.
    os.environ["BENCH_FAST"], os.environ["BENCH_SLOW"] = str(args.fast), str(args.slow)
    return Bench(
        name="backtest_bars",
        what=f"minute bars through a cross of two moving averages, {args.fast} and {args.slow} bars, "
        "limit orders (--fast N --slow N for others)",
        data="bars",
        ours="_ours_bars.py",
        peers=[Peer("vnpy", "_peer_vnpy.py")],
    )


if __name__ == "__main__":
    sys.exit(run_bench(_bench()))

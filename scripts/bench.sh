#!/bin/sh
# Run every bench and print its table. usage: bench.sh BIN
set -eu
bin=$1
for bench in bench/backtest_quotes.py bench/backtest_bars.py bench/order_cost.py bench/matching.py bench/backtest_depth.py bench/crypto_capture.py bench/synthetic_market.py bench/live_path.py bench/remote_venue.py bench/journal.py bench/risk.py bench/optimise.py bench/start_up.py; do
    echo "== $bench"
    "$bin/python" "$bench"
done

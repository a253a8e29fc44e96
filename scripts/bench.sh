#!/bin/sh
# Run every bench and print its table. usage: bench.sh BIN
set -eu
bin=$1
for bench in bench/backtest_quotes.py bench/backtest_bars.py bench/order_cost.py bench/matching.py bench/backtest_depth.py bench/crypto_capture.py bench/synthetic_market.py bench/live_path.py bench/remote_venue.py bench/journal.py bench/risk.py bench/optimise.py bench/start_up.py; do
    echo "== $bench"
    "$bin/python" "$bench"
done
# The benches of crypto venues read recorded captures; ccxt runs beside them where its environment was made.
if [ -d ../shared/data/crypto_ws ]; then
    peer=.clients/ccxt/bin/python
    for bench in bench/crypto.py bench/crypto_venues.py; do
        echo "== $bench"
        if [ -x "$peer" ]; then
            "$bin/python" "$bench" --ccxt "$peer"
        else
            "$bin/python" "$bench"
        fi
    done
else
    echo "== bench/crypto.py and bench/crypto_venues.py left out: there are no captures beside the repository"
fi
# The CTP benches compile a library; the door's is driven by a real client, which is installed here once.
if ! command -v g++ >/dev/null; then
    echo "== bench/ctp*.py left out: they need g++"
    exit 0
fi
client=.clients/ctp-6.7.11/.installed
if [ ! -f "$client" ]; then
    wanted=$(mktemp)
    grep '^ctp-6.7.11 ' tests/clients/requirements-ctp.txt >"$wanted"
    sh scripts/client-envs.sh "$bin/python" "$wanted" || echo "the client of bench/ctp.py cannot be installed" >&2
    rm -f "$wanted"
fi
for bench in bench/ctp_callbacks.py bench/ctp_driver.py bench/ctp.py; do
    if [ "$bench" = bench/ctp.py ] && [ ! -f "$client" ]; then
        echo "== $bench left out: its client is not there (scripts/client-envs.sh)"
        continue
    fi
    echo "== $bench"
    "$bin/python" "$bench"
done

#!/bin/sh
# Run the tests that drive real third-party clients. There are none before the first server; pytest's
# exit code 5 (no test collected) is therefore not a failure here. usage: test-clients.sh BIN
set -u
"$1/python" -m pytest -q tests/clients
code=$?
if [ "$code" -eq 5 ]; then
    echo "test-clients: no third-party client is tested yet"
    exit 0
fi
exit "$code"

#!/bin/sh
# Run the tests that drive real third-party clients; a client that cannot be installed is a failure. usage: test-clients.sh BIN
set -eu
sh "$(dirname "$0")/client-envs.sh" "$1/python"
sh "$(dirname "$0")/vendor-sources.sh" "$1/python"
ANYVENUE_REQUIRE_CLIENTS=1 "$1/python" -m pytest -q -m 'clients or not clients' tests/clients tests/conformance/test_ccxt_driver_conforms.py

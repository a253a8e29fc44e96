#!/bin/sh
# Run an unchanged program's whole day with the client of every CTP version on the package index; takes minutes.
# usage: ctp-all-versions.sh BIN
set -eu
sh "$(dirname "$0")/client-envs.sh" "$1/python" tests/clients/requirements-ctp.txt tests/clients/requirements-ctp-all.txt
ANYVENUE_REQUIRE_CLIENTS=1 ANYVENUE_ALL_CTP=1 "$1/python" -m pytest -q tests/clients/test_ctp_native_door.py

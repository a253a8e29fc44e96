#!/bin/sh
# Format, lint, types, import rules, spelling. usage: check.sh BIN
set -eu
bin=$1
"$bin/ruff" format --check .
"$bin/ruff" check .
"$bin/mypy"
"$bin/lint-imports" --no-cache
"$bin/codespell"

#!/bin/sh
# Make the virtual environment if it is missing and install the project into it in editable form.
# usage: venv.sh PYTHON VENV REQUIREMENT STAMP
set -eu
python=$1 venv=$2 requirement=$3 stamp=$4
"$python" - <<'PY' || exit 1
import sys
if sys.version_info < (3, 11):
    sys.exit(f"anyvenue needs Python 3.11 or newer; this is {sys.version.split()[0]}. "
             "Name another one: make PYTHON=python3.12 ...")
PY
if [ ! -x "$venv/bin/python" ]; then
    echo "making $venv"
    "$python" -m venv "$venv" || {
        echo "python venv failed; on Debian or Ubuntu: apt-get install python3-venv" >&2
        exit 1
    }
fi
echo "installing anyvenue into $venv (first time only)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --editable "$requirement"
touch "$stamp"

"""Measure how long it takes to begin: `import anyvenue`, `anyvenue --help`, and what an import loads.

CPU seconds of fresh processes, the median of several; a bare interpreter's own start is measured beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

HEAVY = ("numpy", "pandas", "rich", "typer", "uvloop", "asyncio")


def main() -> int:
    """Print the table (and JSON on request)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--rounds", type=int, default=7, help="median of so many, default: 7")
    args = parser.parse_args()
    cases = {
        "python": ["-c", "pass"],
        "import": ["-c", "import anyvenue"],
        "strategy": ["-c", "import anyvenue; anyvenue.Strategy; anyvenue.backtest"],
        "help": ["-m", "anyvenue", "--help"],
    }
    ours = {f"{name}_ms": _median(command, args.rounds) for name, command in cases.items()}
    ours["loaded"] = _loaded()
    limits = {"import_ms": 150, "help_ms": 300}
    for name, value in ours.items():
        limit = f"  (at most {limits[name]})" if name in limits else ""
        print(f"{name:12s} {value}{limit}")
    if args.json:
        print(json.dumps({"name": "start_up", "ours": ours, "peers": {}, "ratio": {}}))
    return 0


def _median(command: list[str], rounds: int) -> float:
    _cpu_ms(command)  # once for the caches
    return round(statistics.median(_cpu_ms(command) for _ in range(rounds)), 1)


def _cpu_ms(command: list[str]) -> float:
    """Return user and system time of one child, wall time where the system does not tell."""
    before, began = os.times(), time.perf_counter()
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    cpu = (
        after.children_user + after.children_system - before.children_user - before.children_system
    )
    return 1000 * (cpu or time.perf_counter() - began)


def _loaded() -> list[str]:
    code = f"import anyvenue, sys; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return list(json.loads(done.stdout.replace("'", '"')))


if __name__ == "__main__":
    sys.exit(main())

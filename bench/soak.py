"""Trade for an hour at 2,000 ticks/s with five strategies, and say what came of it.

One raises at every tick and goes on; one lives in a process of its own and takes 5 ms for a tick.

Ticks come from a thread, orders go to an exchange process on this machine and are journaled. Wanted: nothing missed,
tick to strategy within 5 ms in 99 of 100 cases, memory at the end within 10 % of after the warm-up, and books that
agree with the venue's to the last digit. `tests/integration/test_soak.py` does it for seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from pathlib import Path

import msgspec

from _harness import HERE, peak_mb

TESTS = HERE.parent / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "integration")]

from soaking import Soaked, soak  # noqa: E402
from victims import ExchangeProcess  # noqa: E402


async def measure(folder: Path, seconds: float, warm_up: float, rate: int, every: int) -> Soaked:
    """Return what was measured against an exchange of its own."""
    exchange = ExchangeProcess(folder)
    try:
        await exchange.start()
        await exchange.open_accounts("alice", "bob")
        return await soak(
            exchange.port,
            folder / "node",
            seconds=seconds,
            warm_up=warm_up,
            rate=rate,
            every=every,
        )
    finally:
        await exchange.kill()


def broken(found: Soaked) -> list[str]:
    """Return what is not as it is wanted."""
    wanted = {
        "every tick reached every strategy": not found.missed and not found.conflated,
        "no strategy but the one was wrong": found.errors == found.posted and not found.faults,
        "tick to strategy within 5 ms (p99)": found.p99_ms < 5,
        "memory grew by less than 10 %": found.growth < 0.1,
        "the one in a process saw or had replaced every tick": (
            found.apart_seen + found.apart_conflated == found.posted
        ),
        "the one in a process heard of every order and fill": found.apart_heard == found.apart_told,
        "the books agree with the venue's": not found.differences,
    }
    return [name for name, holds in wanted.items() if not holds]


def main() -> int:
    """Print the table (and JSON on request); exit with 1 when something is not as it is wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--seconds", type=float, default=3600.0, help="default: an hour")
    parser.add_argument("--warm-up", type=float, default=60.0, help="seconds before memory counts")
    parser.add_argument("--rate", type=int, default=2000, help="ticks a second")
    # A node keeps the latest 5,000 done orders: memory grows with them until there are so many.
    parser.add_argument("--every", type=int, default=16_000, help="ticks from order to order")
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    try:
        found = asyncio.run(measure(folder, args.seconds, args.warm_up, args.rate, args.every))
    finally:
        shutil.rmtree(folder)
    figures = msgspec.to_builtins(found) | {"rate": args.rate, "peak_mb": peak_mb()}
    for name, value in figures.items():
        print(f"{name:16s} {value}")
    failed = broken(found)
    for name in failed:
        print(f"not so: {name}")
    if args.json:
        print(json.dumps({"name": "soak", "ours": figures, "peers": {}, "ratio": {}}))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

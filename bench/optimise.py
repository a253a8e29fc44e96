"""Measure how much sooner a grid of backtests is done over several processes than in one.

The same grid over the same file, in turn with each number of processes; wall time from the call to the result, starting
the processes and reading the data included, because a user waits for those too. The best of the rounds counts: what
else runs on the machine can only slow a round down. The outcome must be the same with any number.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from _data import ensure, load_columns
from anyvenue.data.canonical import write_csv
from anyvenue.data.columns import quotes_from_columns
from anyvenue.data.convert import convert
from anyvenue.data.profiles import Record
from anyvenue.engine.optimise.result import OptimiseResult
from anyvenue.engine.optimise.run import optimise
from anyvenue.reference.catalog import Catalog
from anyvenue.strategy.library import built_in

CATALOG = Catalog(20260915)
INSTRUMENT = CATALOG.get("rb2701.SHFE").id
Seconds = dict[int, list[tuple[float, float]]]
"""By number of processes: wall and CPU seconds of each round."""
GRID = {"fast": [40, 60, 80, 100, 120], "slow": [200, 300, 400, 500]}


def main() -> int:
    """Measure, print a table and, with --json, one JSON line."""
    args = _parse()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(args.data) if args.data else _made(Path(folder), args.events)
        seconds, outcomes = _measure(path, args.jobs, args.rounds)
    same = all(each == outcomes[args.jobs[0]] for each in outcomes.values())
    figures = _figures(seconds, args, same)
    _print(figures)
    if args.json:
        print(json.dumps(figures))
    return int(not same)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--data", help="a recorded file in place of made quotes")
    parser.add_argument("--events", type=int, default=50_000, help="made quotes, default: 50000")
    parser.add_argument("--rounds", type=int, default=3, help="best of so many, default: 3")
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, os.cpu_count() or 1])
    return parser.parse_args()


def _made(folder: Path, events: int) -> Path:
    ensure("quotes")
    columns = load_columns("quotes", events)
    ordered = [columns[name] for name in ("ts", "bid", "ask", "bid_size", "ask_size")]
    text, path = folder / "rb2701.csv", folder / "rb2701.avc"
    write_csv(text, Record.QUOTE, quotes_from_columns(INSTRUMENT, *ordered))
    convert(text, path, CATALOG)
    return path


def _measure(path: Path, jobs: list[int], rounds: int) -> tuple[Seconds, dict[int, list[str]]]:
    seconds: Seconds = {number: [] for number in jobs}
    outcomes: dict[int, list[str]] = {}
    for _ in range(rounds):  # in turn, so that a slow minute of the machine hits all
        for number in jobs:
            began, cpu = time.perf_counter(), _cpu_s()
            found = _search(path, number)
            seconds[number].append((time.perf_counter() - began, _cpu_s() - cpu))
            outcomes[number] = [point.ledger_hash for point in found.ranked]
    return seconds, outcomes


def _cpu_s() -> float:
    """Return the CPU time of this process and of those that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _search(path: Path, jobs: int) -> OptimiseResult:
    return optimise(
        built_in("ema_cross"), str(path), grid=GRID, jobs=jobs, cash=5_000_000, catalog=CATALOG
    )


def _figures(seconds: Seconds, args: argparse.Namespace, same: bool) -> dict[str, object]:
    best = {number: min(taken) for number, taken in seconds.items()}
    first, _ = best[args.jobs[0]]
    return {
        "name": "optimise",
        "points": len(GRID["fast"]) * len(GRID["slow"]),
        "data": Path(args.data).name if args.data else f"{args.events} made quotes",
        "same_outcome": same,
        "seconds": {number: round(wall, 3) for number, (wall, _) in best.items()},
        "cpu_seconds": {number: round(cpu, 3) for number, (_, cpu) in best.items()},
        "speed_up": {number: round(first / wall, 2) for number, (wall, _) in best.items()},
        "rounds": {
            number: [round(wall, 3) for wall, _ in taken] for number, taken in seconds.items()
        },
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def _print(figures: dict[str, object]) -> None:
    print(f"{figures['points']} points over {figures['data']}, load {figures['load']}\n")
    print("processes  seconds  CPU s  times as fast")
    walls, cpus, ups = (figures[name] for name in ("seconds", "cpu_seconds", "speed_up"))
    assert isinstance(walls, dict)
    assert isinstance(cpus, dict)
    assert isinstance(ups, dict)
    for number, wall in walls.items():
        print(f"{number:>9}  {wall:>7.2f}  {cpus[number]:>5.2f}  {ups[number]:>13.2f}")
    if not figures["same_outcome"]:
        print("\nthe outcomes differ", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())

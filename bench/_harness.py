"""Run the two sides of a bench in fresh processes and put them side by side.

A side is a script that runs one workload and ends its standard output with one
JSON object: see `report`. Our side runs under this interpreter, the peers under
an environment of their own. Standard library only: both environments import it.

Keep the process that calls `run_bench` small: on Linux a child's peak memory
starts at what its parent held when it was started.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

try:
    import resource
except ImportError:  # Windows has none: peaks are then reported as null
    resource = None  # type: ignore[assignment]

__all__ = ["Bench", "Lap", "Peer", "peak_mb", "report", "run_bench", "side_events"]

HERE = Path(__file__).resolve().parent
PEERS_VENV = HERE / ".peers-venv"
PEERS_REQUIREMENTS = HERE / "peers-requirements.txt"

Figures = dict[str, Any]  # one side's JSON object


class SideFailed(Exception):
    """One side could not be measured; the text says why."""


@dataclass(frozen=True)
class Peer:
    """One peer: the name shown and the script in `bench/` that measures it."""

    name: str
    script: str


@dataclass(frozen=True)
class Bench:
    """What one entry script compares; `recorded` figures get no ratio."""

    name: str
    what: str
    data: str
    ours: str
    peers: Sequence[Peer]
    recorded: Mapping[str, Figures] = field(default_factory=dict)


# --- for the scripts that measure one side ---------------------------------


class Lap:
    """Measure CPU seconds of this process, all its threads, lap by lap."""

    def __init__(self) -> None:
        self._last = 0.0

    def __call__(self) -> float:
        """Return the CPU seconds since the last call, at first since the process began."""
        before, self._last = self._last, time.process_time()
        return self._last - before


def side_events(default: int = 1_000_000) -> int:
    """Return `--events` from a side's command line; `--json` is accepted and implied."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true", help="one JSON line, as always")
    parser.add_argument("--events", type=int, default=default)
    return int(parser.parse_args().events)


def peak_mb() -> float | None:
    """Return this process's peak resident memory in MB (10^6 bytes), None if unknown."""
    if resource is None:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux and the BSDs count KiB, macOS bytes.
    return round(peak * (1 if sys.platform == "darwin" else 1024) / 1e6, 1)


def report(*, events: int, cpu_s: float, load_s: float, **more: object) -> None:
    """Print one side's figures as the JSON line the harness reads.

    `cpu_s` is CPU from the first event to the last, `load_s` CPU to read and convert
    the data; `more` should have `orders` and `fills`, and `version` for a peer.
    """
    figures = {
        "events": events,
        "cpu_s": round(cpu_s, 3),
        "events_per_s": round(events / cpu_s),
        "load_s": round(load_s, 3),
        "peak_mb": peak_mb(),
        **more,
    }
    print(json.dumps(figures), flush=True)


# --- for the entry scripts --------------------------------------------------


def run_bench(bench: Bench) -> int:
    """Measure every side, print the table (and JSON on request); return the exit code.

    A missing peer or a missing side of ours is reported and is no failure;
    a side of ours that is there and fails makes the code 1.
    """
    args = _parse(bench)
    _make_data(bench.data, args.events)
    runners, skipped = _runners(bench, args)
    ours, peers = _measure(runners, skipped, args.rounds)
    peers |= {name: {**figures, "recorded": True} for name, figures in bench.recorded.items()}
    result = {"name": bench.name, "ours": ours, "peers": peers, "ratio": _ratios(ours, peers)}
    print(_table(bench, result, args))
    if args.json:
        print(json.dumps(result))
    return int("failed" in ours)


def _parse(bench: Bench) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=bench.what)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--events", type=int, default=1_000_000, help="default: 1000000")
    parser.add_argument("--rounds", type=int, default=3, help="median of so many, default: 3")
    parser.add_argument("--no-peers", action="store_true", help="measure our side only")
    args = parser.parse_args()
    if args.events < 1000 or args.rounds < 1:
        parser.error("--events must be 1000 or more, --rounds 1 or more")
    return args


def _make_data(name: str, events: int) -> None:
    """Make the data in a child, so that this process stays small."""
    command = [sys.executable, str(HERE / "_data.py"), name, "--rows", str(events)]
    subprocess.run(command, check=True)


def _runners(
    bench: Bench, args: argparse.Namespace
) -> tuple[dict[str, Callable[[], Figures]], dict[str, Figures]]:
    """Return what can be run, ours first under the name `ours`, and what can't, with why."""
    runners: dict[str, Callable[[], Figures]] = {}
    skipped: dict[str, Figures] = {}
    if (HERE / bench.ours).exists():
        runners["ours"] = lambda: _run_side(sys.executable, bench.ours, args.events)
    else:
        skipped["ours"] = {"skipped": f"not available: bench/{bench.ours} is missing"}
    if args.no_peers:
        return runners, skipped | {
            p.name: {"skipped": "left out by --no-peers"} for p in bench.peers
        }
    try:
        python = str(peers_python())
    except SideFailed as error:
        return runners, skipped | {p.name: {"skipped": str(error)} for p in bench.peers}
    for peer in bench.peers:
        runners[peer.name] = _peer_runner(python, peer, args.events)
    return runners, skipped


def _peer_runner(python: str, peer: Peer, events: int) -> Callable[[], Figures]:
    return lambda: _run_side(python, peer.script, events)


def _measure(
    runners: Mapping[str, Callable[[], Figures]], skipped: dict[str, Figures], rounds: int
) -> tuple[Figures, dict[str, Figures]]:
    """Run the sides in turn, `rounds` times, and keep each side's median round."""
    taken: dict[str, list[Figures]] = {name: [] for name in runners}
    outcome = dict(skipped)
    for _ in range(rounds):  # in turn, so that a slow minute of the machine hits both
        for name, run in runners.items():
            if name in outcome:
                continue
            try:
                taken[name].append(run())
            except SideFailed as error:
                outcome[name] = {"failed" if name == "ours" else "skipped": str(error)}
    outcome |= {name: _median(runs) for name, runs in taken.items() if name not in outcome}
    return outcome.pop("ours"), outcome


def _median(runs: list[Figures]) -> Figures:
    """Return the round in the middle by speed, with all rounds' speeds added."""
    speeds = [run["events_per_s"] for run in runs]
    middle = statistics.median_low(speeds)
    return {**next(r for r in runs if r["events_per_s"] == middle), "rounds": speeds}


def _run_side(python: str, script: str, events: int) -> Figures:
    """Return what one fresh process reported; raise SideFailed with its last words."""
    command = [python, str(HERE / script), "--json", "--events", str(events)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=HERE)
    if done.returncode:
        raise SideFailed(f"{script} ended with code {done.returncode}: {_last(done.stderr)}")
    try:
        figures = json.loads(_last(done.stdout))
        return {**figures, "events_per_s": float(figures["events_per_s"])}
    except (ValueError, KeyError, TypeError):
        raise SideFailed(
            f"{script} must end with a JSON object that has events_per_s, "
            f"its last line was {_last(done.stdout)!r}"
        ) from None


def _last(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else ""


# --- the peers' environment -------------------------------------------------


def peers_python() -> Path:
    """Return the peers' interpreter, installing them on first use or a changed list.

    Raises SideFailed with the installer's own words when they can't be installed.
    """
    folder, name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    python = PEERS_VENV / folder / name
    stamp = PEERS_VENV / "installed"
    wanted = hashlib.sha256(PEERS_REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
    if not (python.exists() and stamp.exists() and stamp.read_text() == wanted):
        print(f"installing the peers into {PEERS_VENV}, once: some minutes", file=sys.stderr)
        shutil.rmtree(PEERS_VENV, ignore_errors=True)
        _install(python)
        stamp.write_text(wanted)  # last: an interrupted installation starts over
    return python


def _install(python: Path) -> None:
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--retries", "1"]
    commands = (
        [sys.executable, "-m", "venv", str(PEERS_VENV)],
        [*pip, "--requirement", str(PEERS_REQUIREMENTS)],
    )
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise SideFailed(f"the peers could not be installed: {_cause(done)}")


def _cause(done: subprocess.CompletedProcess[str]) -> str:
    """Return the last line that names an error, else the last line."""
    text = done.stderr or done.stdout
    errors = [line for line in text.splitlines() if line.startswith(("ERROR", "Error"))]
    return errors[-1] if errors else _last(text)


# --- the table --------------------------------------------------------------


def _ratios(ours: Figures, peers: Mapping[str, Figures]) -> dict[str, float]:
    """Return ours / peer in events per second, for peers measured in this run only."""
    speed = ours.get("events_per_s")
    return {
        name: round(speed / peer["events_per_s"], 2)
        for name, peer in peers.items()
        if speed and "events_per_s" in peer and not peer.get("recorded")
    }


_COLUMNS = ("side", "events/s", "CPU s", "load s", "peak MB", "orders", "fills", "ours / it")


def _table(bench: Bench, result: Figures, args: argparse.Namespace) -> str:
    sides = {"ours": result["ours"], **result["peers"]}
    rows: list[tuple[str, ...]] = [_COLUMNS]
    rows += [_row(name, s, result["ratio"]) for name, s in sides.items() if _has_speed(s)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_COLUMNS))]
    lines = [f"{bench.name}: {bench.what}", f"{args.events:,} events, median of {args.rounds}", ""]
    lines += ["  ".join(_pad(row, widths)).rstrip() for row in rows]
    return "\n".join([*lines, *_notes(sides)])


def _pad(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *others = (
        cell.ljust(w) if i == 0 else cell.rjust(w)
        for i, (cell, w) in enumerate(zip(row, widths, strict=True))
    )
    return [first, *others]


def _row(name: str, side: Figures, ratio: Mapping[str, float]) -> tuple[str, ...]:
    label = f"{name} {side['version']}" if "version" in side else name
    numbers = (side.get(key) for key in ("cpu_s", "load_s", "peak_mb", "orders", "fills"))
    return (
        label + (" (recorded)" if side.get("recorded") else ""),
        f"{side['events_per_s']:,.0f}",
        *("-" if n is None else f"{n:,}" for n in numbers),
        f"{ratio[name]:.2f}x" if name in ratio else "-",
    )


def _has_speed(side: Figures) -> bool:
    return "events_per_s" in side


def _notes(sides: Mapping[str, Figures]) -> list[str]:
    """Return the lines under the table: who is missing and who did other work."""
    notes = []
    for name, side in sides.items():
        notes += [f"{name}: {side[k]}" for k in ("skipped", "failed", "note") if k in side]
    orders = {n: s["orders"] for n, s in sides.items() if "orders" in s}
    if len(set(orders.values())) > 1:
        notes.append(f"not the same work: orders were {orders}")
    return ["", *notes] if notes else []

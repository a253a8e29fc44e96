"""Measure a backtest over 8 instruments of 5-level depth: 1-minute bars on the fly, orders, mark-to-market.

One strategy sees every snapshot, builds bars of each instrument and turns its position where two averages of the close
cross. Equity is sampled every minute from the marks of all positions. The data is made once, by seeded walks.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace

from _data import DATA_DIR, START_NS
from _harness import peak_mb
from _ours_common import bench_instrument
from anyvenue.data.column_source import ColumnSource
from anyvenue.data.columns import ColumnFile, ColumnHeader, write_columns
from anyvenue.data.profiles import Record
from anyvenue.engine.backtest import ACCOUNT, BacktestNode
from anyvenue.engine.feed import Feed
from anyvenue.engine.live.chronicle import Chronicle
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.errors import DataError, JournalError
from anyvenue.model.ids import InstrumentId, make_instrument_id
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth
from anyvenue.reference.catalog import Catalog
from anyvenue.runtime.journal import Journal, open_journal
from anyvenue.strategy.base import Strategy
from anyvenue.strategy.indicators import SMA

INSTRUMENTS = 8
LEVELS = 5
TARGET = 400_000
SEED = 20260915
VERSION = 1  # raise it when the walk changes: stored files are then made anew
HALF_SECOND_NS = 500_000_000
CENTRE = 3500


class DepthCross(Strategy):
    """Follows the imbalance of every book; turns its position where averages of the minute closes cross."""

    fast: int = 10
    slow: int = 30

    def on_start(self) -> None:
        self._averages = {each: (SMA(self.fast), SMA(self.slow)) for each in self.instruments}
        self._sides = dict.fromkeys(self.instruments, 0)
        self._pressure = dict.fromkeys(self.instruments, 0.0)
        for each in self.instruments:
            self.depth(each)
            self.bars(each, "1m")

    def on_depth(self, depth: Depth) -> None:
        self._pressure[depth.instrument] += depth.bid_sizes[0] - depth.ask_sizes[0]

    def on_bar(self, bar: Bar) -> None:
        fast, slow = self._averages[bar.instrument]
        ahead = fast.update(bar.close) - slow.update(bar.close)
        side = (ahead > 0) - (ahead < 0)
        if slow.ready and side and side != self._sides[bar.instrument]:
            self._sides[bar.instrument] = side
            self.target(bar.instrument, side)


def instruments() -> list[Instrument]:
    """Return the instruments of the bench."""
    like = bench_instrument()
    return [replace(like, id=make_instrument_id(f"d{n}", "SIM")) for n in range(INSTRUMENTS)]


def ensure(rows: int) -> list[Path]:
    """Store so many snapshots of each instrument, where they are not there yet; return the files."""
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, instrument in enumerate(instruments()):
        path = DATA_DIR / f"depth.v{VERSION}.{rows}.{number}.avc"
        if _rows(path) != rows:
            partial = path.with_suffix(".partial")
            header = ColumnHeader(kind=Record.DEPTH, instrument=instrument.id, profile="made")
            write_columns(partial, header, _walk(instrument.id, SEED + number, rows))
            partial.replace(path)
        paths.append(path)
    return paths


def _rows(path: Path) -> int:
    try:
        return ColumnFile(path).rows
    except DataError:
        return 0


def _walk(instrument: InstrumentId, seed: int, rows: int) -> Iterator[Depth]:
    """Give snapshots every half second, each instrument at its own phase: a price that is pulled to its centre."""
    uniform = random.Random(seed).random
    bid = high = low = last = CENTRE
    volume = turnover = 0.0
    sizes = [10.0 + int(uniform() * 90) for _ in range(2 * LEVELS)]
    ts = START_NS + seed % INSTRUMENTS * 60_000_000
    for _ in range(rows):
        ts += HALF_SECOND_NS
        lean = 0.002 * (CENTRE - bid)
        draw = uniform()
        bid += (draw < 0.25 + lean) - (draw > 0.75 + lean)
        for _ in range(3):
            sizes[int(uniform() * len(sizes))] = 10.0 + int(uniform() * 90)
        if uniform() < 0.6:
            last = bid + (uniform() < 0.5)
            size = 1 + int(uniform() * 20)
            volume += size
            turnover += size * last * 10.0
            high, low = max(high, last), min(low, last)
        yield Depth(
            instrument,
            ts,
            ts,
            tuple(float(bid - level) for level in range(LEVELS)),
            tuple(sizes[:LEVELS]),
            tuple(float(bid + 1 + level) for level in range(LEVELS)),
            tuple(sizes[LEVELS:]),
            float(last),
            volume,
            turnover,
            1e5,
            float(CENTRE),
            float(high),
            float(low),
            float(CENTRE),
            float(CENTRE),
        )


def keep_journal(node: BacktestNode, folder: str) -> Journal:
    """Have everything that is done and heard written to a journal, as a live node does."""
    chronicle = Chronicle(_give_up)
    chronicle.journal = open_journal(folder, node="bench", ts=START_NS)
    node.node.desk.audit = node.node.desk.watch._audit = chronicle
    return chronicle.journal


def _give_up(error: JournalError) -> None:
    raise error


def run(rows: int, profile: bool = False, journal: bool = False) -> dict[str, float]:
    """Return the figures of one backtest over so many snapshots of each instrument."""
    with tempfile.TemporaryDirectory(dir=DATA_DIR) as folder:
        return _run(rows, profile, folder if journal else "")


def _run(rows: int, profile: bool, folder: str) -> dict[str, float]:
    catalog = Catalog()
    for each in instruments():
        catalog.add(each)
    feed = Feed([ColumnSource(path, catalog) for path in ensure(rows)])
    node = BacktestNode(feed, catalog, VenueOptions(hours="always"))
    journal = keep_journal(node, folder) if folder else None
    node.add_account(ACCOUNT, {"CNY": Decimal(100_000_000)})
    node.node.add_strategy(DepthCross, ACCOUNT, feed.instruments)
    profiler = cProfile.Profile()
    wall, cpu = time.perf_counter(), time.process_time()
    if profile:
        profiler.runcall(node.run)
        pstats.Stats(profiler).sort_stats("tottime").print_stats(25)
    else:
        node.run()
    if journal is not None:
        journal.close()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    result = node.result(ACCOUNT)
    if result.faults or not result.recount_holds:
        raise SystemExit(f"run failed: {result.faults} {result.recount_differences}")
    events = rows * INSTRUMENTS
    return {
        "events": events,
        "events_per_s": round(events / cpu),
        "events_per_wall_s": round(events / wall),
        "cpu_s": round(cpu, 3),
        "orders": len(result.orders),
        "fills": len(result.fills),
        "equity_samples": len(result.equity_in("CNY")),
        "records": journal.seq if journal is not None else 0,
        "peak_mb": peak_mb() or 0.0,
    }


def main() -> int:
    """Print the table (and JSON on request)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--events", type=int, default=1_000_000, help="default: 1000000")
    parser.add_argument("--rounds", type=int, default=3, help="median of so many, default: 3")
    parser.add_argument("--profile", action="store_true", help="one round under the profiler")
    parser.add_argument("--journal", action="store_true", help="with a journal on the disk")
    parser.add_argument("--once", action="store_true", help="one round in this process, as JSON")
    args = parser.parse_args()
    rows = max(1, args.events // INSTRUMENTS)
    ensure(rows)
    if args.profile or args.once:
        print(json.dumps(run(rows, args.profile, args.journal)))
        return 0
    more = ["--journal"] if args.journal else []
    rounds = [_in_a_fresh_process(args.events, more) for _ in range(args.rounds)]
    speeds = [each["events_per_s"] for each in rounds]
    ours = next(each for each in rounds if each["events_per_s"] == statistics.median_low(speeds))
    print(f"{ours['events']:,} snapshots of {INSTRUMENTS} instruments, {LEVELS} levels, 1m bars")
    print(f"{ours['events_per_s']:>12,} events a CPU second   (at least {TARGET:,})")
    print(f"{ours['events_per_wall_s']:>12,} events a second of wall time")
    print(f"{ours['orders']:>12,} orders, {ours['fills']:,} fills, {ours['peak_mb']:.0f} MB")
    if args.journal:
        print(f"{ours['records']:>12,} records in the journal")
    if args.json:
        ours = {**ours, "rounds": speeds}
        print(json.dumps({"name": "backtest_depth", "ours": ours, "peers": {}, "ratio": {}}))
    return 0


def _in_a_fresh_process(events: int, more: list[str]) -> dict[str, float]:
    command = [sys.executable, __file__, "--once", "--events", str(events), *more]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


if __name__ == "__main__":
    sys.exit(main())

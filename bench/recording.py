"""Measure what `record = true` costs: a tick through a live node, and an order, with the tape and without.

- tick: `LiveNode` to `on_quote` and back, a thousand at a time, the tape written after each thousand as a service does
  it every half second at 2,000 ticks/s; CPU time of the process. `store` also appends the ticks to market.sqlite.
- order: a strategy's `buy` until the bytes are with the operating system, journal and tape among them; CPU time of the
  thread, against an exchange process on this machine.
- bytes: what a tick takes on the disk.
- replay: ticks a second when the tape is played again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from _harness import HERE, peak_mb
from _ours_common import bench_instrument

TESTS = HERE.parent / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "integration")]

from live_books import ALICE, PERPETUAL, live_node, paper_driver  # noqa: E402
from victims import ExchangeProcess  # noqa: E402

from anyvenue.data.store import open_store  # noqa: E402
from anyvenue.engine.live import LiveNode  # noqa: E402
from anyvenue.engine.live.tape import FOLDER, Tape  # noqa: E402
from anyvenue.engine.live.tape_entries import Began, VenueSeen  # noqa: E402
from anyvenue.engine.replaying import recorded_sessions, replay_session  # noqa: E402
from anyvenue.engine.replaying.stand_ins import RecordedDriver  # noqa: E402
from anyvenue.model.ids import AccountId, VenueId  # noqa: E402
from anyvenue.model.market import Quote  # noqa: E402
from anyvenue.model.protocols import Clock  # noqa: E402
from anyvenue.reference.catalog import Catalog  # noqa: E402
from anyvenue.reference.sessions import get_sessions  # noqa: E402
from anyvenue.runtime.loop import run  # noqa: E402
from anyvenue.strategy.base import Strategy  # noqa: E402
from live_journal import Buys, orders  # noqa: E402

BENCH, PAPER = AccountId("bench"), VenueId("paper")
INSTRUMENT = bench_instrument()
CHUNK = 1000


class Counting(Strategy):
    """Counts quotes."""

    def on_start(self) -> None:
        self.quotes(self.instrument)
        self.seen = 0

    def on_quote(self, quote: Quote) -> None:
        self.seen += 1


class Rebuilt:
    """The bench's node, to be replayed to."""

    def __init__(self, began: Began, clock: Clock | None) -> None:
        self.catalog = Catalog()
        self.catalog.add(INSTRUMENT)
        self.node = LiveNode(
            self.catalog, clock=clock, sessions_of=lambda _: get_sessions("always")
        )

    def add_account(self, account: AccountId, venue: VenueId) -> None:
        self.node.add_account(account, venue)


async def ticks(folder: Path, count: int, mode: str) -> float:
    """Return CPU microseconds a tick."""
    node = Rebuilt(None, None).node  # type: ignore[arg-type]
    node.add_venue(RecordedDriver(VenueSeen(PAPER, ("quotes",))))
    node.add_account(BENCH, PAPER)
    strategy = Counting()
    node.add_strategy(strategy, BENCH, [INSTRUMENT])
    node.open_journal(folder)
    tape = Tape(node, None, folder) if mode != "plain" else None
    if tape is not None:
        tape.start()
    store = open_store(folder / "market.sqlite") if mode == "store" else None
    node.node.start()
    quotes = [Quote(INSTRUMENT.id, ts, ts, 3500.0, 3501.0, 9.0, 9.0) for ts in range(1, count + 1)]
    began = time.process_time()
    for start in range(0, count, CHUNK):
        chunk = quotes[start : start + CHUNK]
        for quote in chunk:
            node._handle(quote)
        if tape is not None:
            tape.flush()
        if store is not None:
            await asyncio.to_thread(store.append, chunk)
    cpu = time.process_time() - began
    assert strategy.seen == count
    await node.stop()
    if store is not None:
        store.close()
    return cpu / count * 1e6


async def order(folder: Path, count: int, recorded: bool) -> dict[str, float]:
    """Return what an order costs, as in live_journal.py."""
    exchange = ExchangeProcess(folder)
    await exchange.start()
    try:
        await exchange.open_accounts("alice")
        node = live_node(paper_driver(exchange.port))
        node.open_journal(folder / "node")
        strategy = Buys()
        node.add_strategy(strategy, ALICE, [Catalog().get(PERPETUAL)])
        if recorded:
            Tape(node, None, folder / "node").start()
        await node.start()
        await orders(node, strategy, count // 10)
        found = await orders(node, strategy, count)
        await node.stop()
        return found
    finally:
        await exchange.kill()


def replayed(folder: Path) -> float:
    """Return ticks a second when the tape is played again."""
    (session,) = recorded_sessions(folder)
    began = time.process_time()
    found = replay_session(session, Rebuilt)
    assert found.equal, found
    return found.market_events / (time.process_time() - began)


async def measure(folder: Path, count: int, rounds: int, order_count: int) -> dict[str, object]:
    """Return all figures; the modes take turns, so that a busy machine is unkind to all of them."""
    found: dict[str, list[float]] = {"plain": [], "tape": [], "store": []}
    for lap in range(rounds):
        for mode, figures in found.items():
            place = folder / f"{mode}{lap}"
            place.mkdir()
            figures.append(await ticks(place, count, mode))
    tape = folder / "tape0"
    size = sum(each.stat().st_size for each in (tape / FOLDER).rglob("*") if each.is_file())
    figures = {f"tick_{mode}_us": round(statistics.median(each), 3) for mode, each in found.items()}
    figures |= {
        "bytes_a_tick": round(size / count, 1),
        "replay_ticks_a_second": round(replayed(tape)),
    }
    trips = {}
    for recorded in (False, True):
        place = folder / f"order{recorded}"
        place.mkdir()
        trips["order_tape" if recorded else "order_plain"] = await order(
            place, order_count, recorded
        )
    return figures | trips | {"peak_mb": peak_mb()}


def main() -> int:
    """Print the table (and JSON on request)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--ticks", type=int, default=100_000, help="default: 100000")
    parser.add_argument("--rounds", type=int, default=3, help="default: 3")
    parser.add_argument("--orders", type=int, default=1000, help="default: 1000")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = run(measure(Path(folder), args.ticks, args.rounds, args.orders))
    for name, value in found.items():
        print(f"{name:24s} {value}")
    if args.json:
        print(json.dumps({"name": "recording", "ours": found, "peers": {}, "ratio": {}}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Measure the journal: what a record costs to write, and how long a start takes that reads a million of them.

The records are an order's: submitted, accepted, filled, with an account and instruments of a usual length. The folder
is made on the disk that holds `bench/.data`; `--folder` names another, which is what "synced" figures are about.
"""

from __future__ import annotations

import argparse
import gc
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path

import msgspec

from _harness import HERE, peak_mb
from anyvenue.engine.desk import OrderDesk
from anyvenue.engine.live.memory import memory_of, pack
from anyvenue.engine.live.recovery import Recovery as BooksOf
from anyvenue.engine.live.remembering import DONE_KEPT
from anyvenue.engine.rebuild import Rebuilder
from anyvenue.kernel.kernel import Kernel
from anyvenue.model.enums import Offset, Side
from anyvenue.model.events import Deposited, OrderAccepted, OrderFilled, OrderSubmitted
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import Fill, OrderRequest
from anyvenue.reference.catalog import Catalog
from anyvenue.runtime.journal import DiskFiles, Journal, Recovery, Sync
from anyvenue.runtime.journal.writing import SNAPSHOT_EVERY

ALICE, REBAR = AccountId("alice"), InstrumentId("rb2701.SHFE")
DAY = 20260915
TS = 1_789_434_000_000_000_000
FIRST_ID = 245_000_000_000
BATCH = 300


def records(count: int) -> Iterator[msgspec.Struct]:
    """Give so many records: orders that open one lot and close it again."""
    yield Deposited(ALICE, "CNY", Decimal(10_000_000), TS, TS)
    for at in range(count // 3 + 1):
        order, ts = OrderId(FIRST_ID + at), TS + at * 1_000_000
        side, offset = (Side.BUY, Offset.OPEN) if at % 2 == 0 else (Side.SELL, Offset.CLOSE_TODAY)
        price = Decimal(3500 + at % 40)
        request = OrderRequest(ALICE, REBAR, side, Decimal(1), price, offset=offset)
        yield OrderSubmitted(ALICE, order, request, ts, ts, trading_day=DAY)
        yield OrderAccepted(ALICE, order, ts, ts, f"{at:012d}")
        fill = Fill(
            order, ALICE, REBAR, f"{at:012d}", side, offset, price, Decimal(1), Decimal("3.5"), "CNY", ts, ts, DAY
        )  # fmt: skip
        yield OrderFilled(ALICE, order, ts, ts, fill)


def opened(folder: Path, sync: Sync) -> Journal:
    """Return the folder's journal."""
    files = DiskFiles.locked(folder, "bench")
    return Journal(files, Recovery(files), node="bench", ts=TS, sync=sync)


def appending(folder: Path, sync: Sync, count: int) -> dict[str, float]:
    """Return CPU and wall microseconds of one `append`, and the 99th of 100 by wall time."""
    values = [value for value, _ in zip(records(count), range(count), strict=False)]
    journal = opened(folder, sync)
    times = []
    cpu, wall = time.thread_time(), time.perf_counter()
    for value in values:
        began = time.perf_counter()
        journal.append(value, TS)
        times.append(time.perf_counter() - began)
    cpu, wall = time.thread_time() - cpu, time.perf_counter() - wall
    journal.close()
    return {
        "cpu_us": round(cpu / count * 1e6, 2),
        "wall_us": round(wall / count * 1e6, 2),
        "p99_us": round(statistics.quantiles(times, n=100)[98] * 1e6, 1),
    }


def in_batches(folder: Path, count: int) -> float:
    """Return CPU microseconds a record when a hundred orders' records are written at once, and leave the journal."""
    journal = opened(folder, "group")
    cpu, batch, wrote = 0.0, [], 0
    for value in records(count):
        batch.append(value)
        if len(batch) == BATCH:
            began = time.thread_time()
            journal.append_all(batch, TS)
            cpu += time.thread_time() - began
            wrote += BATCH
            batch = []
    journal.append_all(batch, TS)
    journal.close()
    return round(cpu / wrote * 1e6, 2)


def timed(run: Callable[[], object]) -> dict[str, float]:
    """Return the seconds that something takes: of CPU, and by the wall, which counts the machine's other programs."""
    gc.collect()  # what the measurement before has left
    cpu, wall = time.process_time(), time.perf_counter()
    run()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"cpu": round(cpu, 2), "wall": round(wall, 2)}


def recover(folder: Path, take: Callable[[object], object] | None = None) -> int:
    """Recover a journal as a node does at its start; return how many records came after the snapshot."""
    count = 0
    for record in Recovery(DiskFiles(folder)).records():
        count += 1
        if take is not None:
            take(record)
    return count


def rebuild(folder: Path) -> None:
    """Recover a journal into books."""
    books = Rebuilder(Catalog(DAY).get)
    recover(folder, books.take)  # type: ignore[arg-type]
    books.finish()


def a_desk() -> OrderDesk:
    """Return a desk as a live node has one, with empty books."""
    desk = OrderDesk(Kernel(), Catalog(DAY).get)
    desk.add_account(ALICE, lambda command: None)
    return desk


def start(folder: Path) -> tuple[OrderDesk, BooksOf]:
    """Start as a live node does: the snapshot, the records after it, what working orders need."""
    desk = a_desk()
    books = BooksOf(desk, Catalog(DAY).get)
    found = Recovery(DiskFiles(folder))
    if found.snapshot is None or not books.restore(found.snapshot):
        found.pass_over()
    found.replay(books.take)
    books.finish(TS)
    return desk, books


def with_snapshot(folder: Path, tail: int) -> dict[str, object]:
    """Return how long a start takes that has a snapshot so many records before the end, and what taking one takes."""
    desk, books = start(folder)
    journal = opened(folder, "group")
    desk.forget(DONE_KEPT)
    began = time.perf_counter()
    data = pack(memory_of(desk, books.noted.values()))
    took = time.perf_counter() - began
    journal.snapshot(data, TS)
    more = records(tail)
    next(more)
    batch = list(islice(more, tail))
    for at in range(0, len(batch), BATCH):
        journal.append_all(batch[at : at + BATCH], TS)
    journal.close()
    found: list[tuple[OrderDesk, BooksOf]] = []
    seconds = timed(lambda: found.append(start(folder)))
    return {
        "start": seconds,
        "tail": found[0][1].records,
        "pack_ms": round(took * 1e3, 1),
        "mb": round(len(data) / 1e6, 2),
    }


def measure(folder: Path, count: int) -> dict[str, object]:
    """Return all figures."""
    few = max(200, count // 1000)
    figures: dict[str, object] = {
        "records": count,
        "group": appending(folder / "group", "group", count // 20),
        "order": appending(folder / "order", "order", few),
        "batch_cpu_us": in_batches(folder / "long", count),
    }
    size = sum(path.stat().st_size for path in (folder / "long").iterdir())
    figures["bytes_per_record"] = round(size / count)
    figures["recover_checked"] = timed(lambda: recover(folder / "long"))
    figures["recover_decoded"] = timed(
        lambda: recover(folder / "long", lambda record: record.value)  # type: ignore[attr-defined]
    )
    figures["recover_books"] = timed(lambda: rebuild(folder / "long"))
    figures["recover_node"] = timed(lambda: start(folder / "long"))
    figures["snapshot"] = with_snapshot(folder / "long", SNAPSHOT_EVERY)
    return figures | {"peak_mb": peak_mb()}


def main() -> int:
    """Print the table (and JSON on request)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--records", type=int, default=1_000_000, help="default: 1000000")
    parser.add_argument("--folder", type=Path, default=HERE / ".data", help="where to write")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="journal-", dir=args.folder))
    try:
        found = measure(folder, args.records)
    finally:
        shutil.rmtree(folder)
    for key in ("group", "order"):
        print(f"append, sync={key:<6} {found[key]}")
    for key, value in found.items():
        if key not in ("group", "order"):
            print(f"{key:<20} {value}")
    if args.json:
        print(json.dumps({"name": "journal", "ours": found, "peers": {}, "ratio": {}}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

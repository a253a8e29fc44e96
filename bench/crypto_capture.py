"""Measure how long a raw Binance capture takes to become a book: lines, JSON, sequence check, levels, snapshots.

Reads a recorded capture where one is given with --capture, else one made here: the mix of messages of a futures
recording of six minutes (70 % bookTicker, 23 % trades, 7 % depth changes of some 30 levels), seeded.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import statistics
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from _data import DATA_DIR
from _harness import peak_mb
from anyvenue.data.captures import capture_events, cross_check, is_capture, open_capture
from anyvenue.data.level_book import LevelBook
from anyvenue.model.enums import InstrumentKind
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.instruments import NETTED, Instrument
from anyvenue.model.market import BookDelta
from anyvenue.model.steps import FixedStep, LotRule
from anyvenue.reference.catalog import Catalog

MOST_SECONDS = 5.0
MESSAGES = 94_000
SEED = 20240808
VERSION = 1  # raise it when the messages change: a stored file is then made anew
START_MS = 1_723_161_600_000


def ensure(messages: int) -> Path:
    """Return the made capture, written on first use."""
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    path = DATA_DIR / f"capture.v{VERSION}.{messages}.jsonl.gz"
    if not path.exists():
        partial = path.with_suffix(".partial")
        with gzip.open(partial, "wt", compresslevel=6) as file:
            file.writelines(_lines(random.Random(SEED), messages))
        partial.replace(path)
    return path


def _lines(rng: random.Random, messages: int) -> Iterator[str]:
    """Give a snapshot of 1000 levels a side, then changes, best prices and trades that agree with them."""
    bids = {618_000 - level: 1 + rng.randrange(9000) for level in range(1000)}
    asks = {618_001 + level: 1 + rng.randrange(9000) for level in range(1000)}
    update, ms = 1_000_000, START_MS
    reply = {"lastUpdateId": update, "E": ms, "T": ms, "bids": _told(bids), "asks": _told(asks)}
    yield _line(ms, reply)
    stale = update
    changed: tuple[dict[int, int], dict[int, int]] = ({}, {})
    for _ in range(messages - 1):
        update += rng.randrange(1, 40)
        ms += rng.randrange(0, 8)
        kind = rng.random()
        if kind < 0.70:
            side = rng.randrange(2)
            _change((bids, asks)[side], changed[side], side, rng)
            yield _line(ms, _ticker(bids, asks, update, ms))
        elif kind < 0.93:
            yield _line(ms, _trade(max(bids), update, ms))
        else:
            for side in (0, 1):
                for _ in range(15):
                    _deep((bids, asks)[side], changed[side], side, rng)
            yield _line(ms, _depth(changed, stale, update, ms))
            stale, changed = update, ({}, {})


def _change(book: dict[int, int], changed: dict[int, int], side: int, rng: random.Random) -> None:
    """Let the size at the best price change."""
    best = min(book) if side else max(book)
    book[best] = changed[best] = 1 + rng.randrange(9000)


def _deep(book: dict[int, int], changed: dict[int, int], side: int, rng: random.Random) -> None:
    """Let a level behind the best price come or go."""
    away = 1 + int(rng.random() ** 2 * 900)
    price = 618_001 + away if side else 618_000 - away
    if price in book and rng.random() < 0.4:
        del book[price]
        changed[price] = 0
    else:
        book[price] = changed[price] = 1 + rng.randrange(9000)


def _told(levels: dict[int, int]) -> list[list[str]]:
    return [[f"{price / 10:.2f}", f"{size / 1000:.3f}"] for price, size in levels.items()]


def _line(ms: int, message: dict[str, object]) -> str:
    return f"{ms * 1_000_000} {json.dumps(message, separators=(',', ':'))}\n"


def _frame(kind: str, data: dict[str, object]) -> dict[str, object]:
    return {"stream": f"btcusdt@{kind}", "data": {**data, "s": "BTCUSDT"}}


def _ticker(bids: dict[int, int], asks: dict[int, int], update: int, ms: int) -> dict[str, object]:
    (bid, bid_size), (ask, ask_size) = (
        _told({best: book[best]})[0] for book, best in ((bids, max(bids)), (asks, min(asks)))
    )
    data = {"e": "bookTicker", "u": update, "T": ms, "E": ms}
    return _frame("bookTicker", {**data, "b": bid, "B": bid_size, "a": ask, "A": ask_size})


def _trade(price: int, number: int, ms: int) -> dict[str, object]:
    data = {"e": "trade", "E": ms, "T": ms, "t": number, "X": "MARKET", "m": True}
    return _frame("trade", {**data, "p": f"{price / 10:.2f}", "q": "0.010"})


def _depth(
    changed: tuple[dict[int, int], dict[int, int]], before: int, update: int, ms: int
) -> dict[str, object]:
    data = {"e": "depthUpdate", "E": ms, "T": ms, "U": before + 1, "u": update, "pu": before}
    return _frame("depth@0ms", {**data, "b": _told(changed[0]), "a": _told(changed[1])})


def catalog() -> Catalog:
    """Return a catalogue that knows the contracts of the captures."""
    found = Catalog()
    for symbol, kind in (
        ("BTC-USDT", InstrumentKind.SPOT),
        ("ETH-USDT", InstrumentKind.SPOT),
        ("BTC-USDT-PERP", InstrumentKind.PERPETUAL),
        ("BTC-USD-PERP", InstrumentKind.PERPETUAL),
    ):
        found.add(
            Instrument(
                id=make_instrument_id(symbol, "BINANCE"),
                kind=kind,
                currency="USDT",
                price_step=FixedStep(Decimal("0.01")),
                lot=LotRule(),
                position_rule=NETTED,
                sessions="always",
                inverse=symbol == "BTC-USD-PERP",
            )
        )
    return found


def measure(path: Path, rounds: int) -> dict[str, float]:
    """Return seconds for the whole file, medians of `rounds`, and how many states agree with the best prices sent."""
    source = open_capture(path, catalog())
    cpu, wall, deltas = [], [], []
    snapshots = 0
    for _ in range(rounds):
        began = time.process_time(), time.perf_counter()
        snapshots = sum(1 for _ in source.events())
        cpu.append(time.process_time() - began[0])
        wall.append(time.perf_counter() - began[1])
        began = time.process_time(), 0.0
        book = LevelBook()
        for event in capture_events(source):
            if isinstance(event, BookDelta):
                book.apply(event)
        deltas.append(time.process_time() - began[0])
    check = cross_check(path, source.symbol)
    if source.warnings and check.gaps:
        raise SystemExit(f"the capture has gaps: {check.gaps}")
    return {
        "messages": check.messages,
        "snapshots": snapshots,
        "cpu_s": round(statistics.median(cpu), 3),
        "wall_s": round(statistics.median(wall), 3),
        "messages_per_s": round(check.messages / statistics.median(cpu)),
        "cpu_s_by_single_deltas": round(statistics.median(deltas), 3),
        "compared": check.compared,
        "agreed": check.agreed,
        "peak_mb": peak_mb() or 0.0,
    }


def main() -> int:
    """Print the table (and JSON on request)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--capture", type=Path, help="a recorded capture instead of a made one")
    parser.add_argument("--messages", type=int, default=MESSAGES, help=f"default: {MESSAGES}")
    parser.add_argument("--rounds", type=int, default=3, help="median of so many, default: 3")
    args = parser.parse_args()
    path = args.capture or ensure(args.messages)
    if not is_capture(path):
        parser.error(f"{path} is no capture of Binance's streams")
    ours = measure(path, args.rounds)
    print(f"{ours['messages']:,} messages, {ours['snapshots']:,} snapshots of 10 levels")
    print(
        f"{ours['cpu_s']:8.2f} s of CPU, {ours['wall_s']:.2f} s of wall time (at most {MOST_SECONDS:g} s)"
    )
    print(f"{ours['cpu_s_by_single_deltas']:8.2f} s of CPU through BookDelta events, one a level")
    print(f"{ours['agreed']:,} of {ours['compared']:,} states of the book agree with bookTicker")
    if args.json:
        print(json.dumps({"name": "crypto_capture", "ours": ours, "peers": {}, "ratio": {}}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Make the seeded data sets once and read them back as columns.

Both sides of a bench read the same files: raw little-endian columns under
`bench/.data/`, `int64` for `ts` and `float64` for the rest. Standard library
only, because the peers' environment reads them as well.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path

__all__ = ["COLUMNS", "ensure", "load_columns"]

DATA_DIR = Path(__file__).resolve().parent / ".data"
SEED = 20240102
ROWS = 1_000_000
START_NS = 1_704_157_200_000_000_000  # 2024-01-02 01:00 UTC
MINUTE_NS = 60_000_000_000
CENTRE = 3500
PULL = 0.0004  # pull back to the centre, as probability per tick of distance
VERSION = 1  # raise it when the walk changes: stored files are then made anew

COLUMNS: dict[str, tuple[str, ...]] = {
    "quotes": ("ts", "bid", "ask", "bid_size", "ask_size"),
    "bars": ("ts", "open", "high", "low", "close", "volume"),
}


def load_columns(name: str, events: int | None = None) -> dict[str, array[float]]:
    """Return the columns of data set `name`, the first `events` rows or all stored.

    `ts` is `array("q")` in ns UTC, strictly rising; a bar's is its start. The other
    columns are `array("d")`. Raises FileNotFoundError if `ensure` has not been called.
    """
    rows = _stored_rows(name)
    if rows < (events or 1):
        raise FileNotFoundError(
            f"{events or 'any'} rows of {name} were asked for and {rows} are stored: "
            f"run `python bench/_data.py` first"
        )
    return {c: _read(_path(name, c), _code(c), events or rows) for c in COLUMNS[name]}


def ensure(name: str, rows: int = ROWS) -> None:
    """Store at least `rows` rows of data set `name`; do nothing if they are there.

    A longer set starts with the shorter one: row i never depends on the row count.
    """
    if _stored_rows(name) >= rows:
        return
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    columns = _columns_from(_MAKERS[name](random.Random(SEED), max(rows, ROWS)), name)
    _meta_path(name).unlink(missing_ok=True)
    for column, values in columns.items():
        _write(_path(name, column), values)
    meta = {"version": VERSION, "seed": SEED, "rows": len(columns["ts"])}
    # Written last: an interrupted run leaves no description and is made anew.
    _meta_path(name).write_text(json.dumps(meta))


def _quotes(rng: random.Random, rows: int) -> Iterator[tuple[float, ...]]:
    """Walk the bid by at most one tick a quote; the spread stays one tick."""
    uniform = rng.random
    ts, bid = START_NS, CENTRE
    for _ in range(rows):
        ts += 50_000_000 + int(uniform() * 450_000_000)
        bid += _step(uniform(), bid)
        # Sizes stay above any order of the benches, so one order is one fill.
        yield ts, bid, bid + 1, 5 + int(uniform() * 195), 5 + int(uniform() * 195)


def _step(u: float, price: int) -> int:
    """Return -1, 0 or 1: half the time 0, else leaning towards the centre."""
    lean = PULL * (CENTRE - price)
    if u < 0.25 + lean:
        return 1
    return -1 if u > 0.75 + lean else 0


def _bars(rng: random.Random, rows: int) -> Iterator[tuple[float, ...]]:
    """Make each minute bar from eight steps of the same walk."""
    uniform = rng.random
    ts, price = START_NS, CENTRE
    for _ in range(rows):
        path = [price := price + _step(uniform(), price) for _ in range(8)]
        volume = 10 + int(uniform() * 990)
        yield ts, path[0], max(path), min(path), path[-1], volume
        ts += MINUTE_NS


_MAKERS: dict[str, Callable[[random.Random, int], Iterator[tuple[float, ...]]]] = {
    "quotes": _quotes,
    "bars": _bars,
}


def _columns_from(rows: Iterator[tuple[float, ...]], name: str) -> dict[str, array[float]]:
    columns: dict[str, array[float]] = {c: array(_code(c)) for c in COLUMNS[name]}
    appends = [column.append for column in columns.values()]
    for row in rows:
        for append, value in zip(appends, row, strict=True):
            append(value)
    return columns


def _stored_rows(name: str) -> int:
    try:
        meta = json.loads(_meta_path(name).read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return 0
    current = meta.get("version") == VERSION and meta.get("seed") == SEED
    return int(meta["rows"]) if current else 0


def _code(column: str) -> str:
    return "q" if column == "ts" else "d"


def _path(name: str, column: str) -> Path:
    return DATA_DIR / f"{name}.{column}.bin"


def _meta_path(name: str) -> Path:
    return DATA_DIR / f"{name}.json"


def _write(path: Path, values: array[float]) -> None:
    if sys.byteorder == "big":
        values.byteswap()
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        values.tofile(file)
    os.replace(partial, path)


def _read(path: Path, code: str, rows: int) -> array[float]:
    values: array[float] = array(code)
    with path.open("rb") as file:
        values.fromfile(file, rows)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def _main() -> None:
    """Make one or both data sets."""
    parser = argparse.ArgumentParser(description=_main.__doc__)
    parser.add_argument("name", nargs="?", choices=sorted(COLUMNS), help="default: both")
    parser.add_argument("--rows", type=int, default=ROWS)
    args = parser.parse_args()
    for name in [args.name] if args.name else sorted(COLUMNS):
        ensure(name, args.rows)


if __name__ == "__main__":
    _main()

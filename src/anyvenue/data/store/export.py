"""Write a series of a store to a file."""

import csv
import os
from collections.abc import Callable
from itertools import chain
from pathlib import Path

from anyvenue.data.convert import convert_source
from anyvenue.data.store.base import FOREVER, Store
from anyvenue.data.store.columns import columns_of, fields_of
from anyvenue.data.store.keys import SeriesKey, StoreKind
from anyvenue.model.errors import ConfigError
from anyvenue.model.instruments import Instrument

__all__ = ["export_market", "export_records"]


def export_market(
    store: Store,
    key: SeriesKey,
    instrument: Instrument,
    path: str | Path,
    *,
    start: int = 0,
    end: int = FOREVER,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write market data with start <= receive time < end as ``.csv``, ``.csv.gz`` or ``.avc``; return its number."""
    source = store.source(instrument, key.kind, key.interval, start, end)
    return convert_source(source, path, progress=progress)


def export_records(
    store: Store, key: SeriesKey, path: str | Path, *, start: int = 0, end: int = FOREVER
) -> int:
    """Write records that no run takes, such as fills, as ``.csv`` with a line of field names; return their number."""
    path = Path(path)
    if path.suffix != ".csv":
        raise ConfigError(
            f"{path.name}: {key.kind} records are written as .csv only",
            option="out",
            value=str(path),
        )
    owner = "account" if key.kind is StoreKind.SNAPSHOT else "instrument"
    partial = path.with_name(path.name + ".part")
    rows = 0
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([owner, *(field.name for field in fields_of(key.kind))])
            for record in store.records(key, start, end):
                rows += 1
                row = chain.from_iterable(columns_of(key.kind, [record]))
                writer.writerow([key.instrument, *row])
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return rows

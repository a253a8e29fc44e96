"""Stores of market data, fills, marks and account snapshots: one interface, in Parquet or in SQLite."""

from anyvenue.data.store.base import Compaction, Store, StoreSource
from anyvenue.data.store.keys import SeriesKey, StoreEntry, StoreKind, StoreRecord
from anyvenue.data.store.opening import open_store
from anyvenue.data.store.recorder import Recorder
from anyvenue.data.store.records import Mark

__all__ = [
    "Compaction",
    "Mark",
    "Recorder",
    "SeriesKey",
    "Store",
    "StoreEntry",
    "StoreKind",
    "StoreRecord",
    "StoreSource",
    "open_store",
]

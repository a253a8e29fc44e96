"""Stores of market data, fills and marks: one interface, in Parquet or in SQLite."""

from anyvenue.data.store.base import Store, StoreSource
from anyvenue.data.store.keys import SeriesKey, StoreEntry, StoreKind, StoreRecord
from anyvenue.data.store.opening import open_store
from anyvenue.data.store.recorder import Recorder

__all__ = [
    "Recorder",
    "SeriesKey",
    "Store",
    "StoreEntry",
    "StoreKind",
    "StoreRecord",
    "StoreSource",
    "open_store",
]

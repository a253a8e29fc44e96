"""What a store keeps: kinds of records, the series they form, and what is known about each series."""

from enum import StrEnum

import msgspec

from anyvenue.data.store.records import Mark
from anyvenue.model.accounts import Account
from anyvenue.model.errors import ConfigError
from anyvenue.model.market import Bar, BookDelta, Depth, FundingRate, Quote, Status, Trade
from anyvenue.model.orders import Fill

__all__ = [
    "RUNNABLE",
    "SeriesKey",
    "StoreEntry",
    "StoreKind",
    "StoreRecord",
    "key_of",
    "parse_kind",
]

StoreRecord = Quote | Trade | Depth | Bar | BookDelta | FundingRate | Status | Fill | Mark | Account


class StoreKind(StrEnum):
    """What one record of a series is: market data, fills, marks, or snapshots of an account's figures.

    `delta` are changes of book levels, `mark` the prices that positions were valued and settled at.
    """

    DEPTH = "depth"
    QUOTE = "quote"
    TRADE = "trade"
    BAR = "bar"
    DELTA = "delta"
    FUNDING = "funding"
    STATUS = "status"
    FILL = "fill"
    MARK = "mark"
    SNAPSHOT = "snapshot"


_KINDS: dict[type, StoreKind] = {
    Depth: StoreKind.DEPTH,
    Quote: StoreKind.QUOTE,
    Trade: StoreKind.TRADE,
    Bar: StoreKind.BAR,
    BookDelta: StoreKind.DELTA,
    FundingRate: StoreKind.FUNDING,
    Status: StoreKind.STATUS,
    Fill: StoreKind.FILL,
    Mark: StoreKind.MARK,
    Account: StoreKind.SNAPSHOT,
}

RUNNABLE = (StoreKind.DEPTH, StoreKind.QUOTE, StoreKind.TRADE, StoreKind.BAR)
"""The kinds that a run takes as its data."""


class SeriesKey(msgspec.Struct, frozen=True, order=True):
    """The name of a series; `interval` is set for bars only, and snapshots have their account as `instrument`."""

    instrument: str
    kind: StoreKind
    interval: str = ""

    def __str__(self) -> str:
        """Return such as ``rb2701.SHFE bar 1m``."""
        return f"{self.instrument} {self.kind} {self.interval}".rstrip()


class StoreEntry(msgspec.Struct, frozen=True):
    """What is known about one series without reading its records.

    `first` and `last` are the receive times (int ns UTC) of its first and last record. `size` is in bytes; a SQLite
    file does not tell, there it is the series' share of the file by number of values.
    """

    key: SeriesKey
    rows: int
    first: int
    last: int
    size: int


def key_of(record: StoreRecord) -> SeriesKey:
    """Return the series a record belongs to; raise ConfigError for a record no store keeps."""
    kind = _KINDS.get(type(record))
    if kind is None:
        raise ConfigError(
            f"a {type(record).__name__} cannot be stored: a store keeps "
            + ", ".join(each.__name__ for each in _KINDS),
            value=type(record).__name__,
        )
    if isinstance(record, Account):
        return SeriesKey(record.account, kind)
    return SeriesKey(record.instrument, kind, record.interval if isinstance(record, Bar) else "")


def parse_kind(text: str) -> StoreKind:
    """Return the kind called `text`; raise ConfigError naming those there are."""
    try:
        return StoreKind(text)
    except ValueError:
        raise ConfigError(
            f"kind was {text!r}; one of {', '.join(StoreKind)} is expected",
            option="kind",
            value=text,
        ) from None

"""Which series of a store a command line means, and the trading hours they are measured by."""

from enum import StrEnum
from typing import TypeVar

from anyvenue.data.source import Source
from anyvenue.data.store import SeriesKey, Store, StoreKind
from anyvenue.data.store.base import FOREVER
from anyvenue.data.store.keys import parse_kind
from anyvenue.model.enums import InstrumentKind
from anyvenue.model.errors import ConfigError, DataError
from anyvenue.model.instruments import Instrument
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import SessionCalendar

__all__ = ["ROUND_THE_CLOCK", "choice", "contracts_of", "fitting", "sessions_of", "single", "span"]

ROUND_THE_CLOCK = "always"

_Choice = TypeVar("_Choice", bound=StrEnum)


def fitting(
    store: Store, catalog: Catalog, instrument: str | None, kind: str | None, bars: str | None
) -> list[SeriesKey]:
    """Return the series that fit what was given; raise DataError when there are none."""
    wanted = _id_of(store, catalog, instrument) if instrument is not None else None
    kind = kind or (StoreKind.BAR if bars else None)
    found = [
        entry.key
        for entry in store.list()
        if wanted in (None, entry.key.instrument)
        and (kind is None or parse_kind(kind) is entry.key.kind)
        and (bars is None or bars == entry.key.interval)
    ]
    if not found:
        words = " ".join(word for word in (wanted, kind, bars) if word) or "records"
        raise DataError(
            f"{store.path} has no {words}: anyvenue data list --store {store.path} tells what it has",
            file=str(store.path),
            line=0,
            expected="a series of the store",
        )
    return found


def single(
    store: Store, catalog: Catalog, instrument: str | None, kind: str | None, bars: str | None
) -> SeriesKey:
    """Return the one series that fits what was given; raise DataError for none or several."""
    found = fitting(store, catalog, instrument, kind, bars)
    if len(found) > 1:
        shown = ", ".join(map(str, found[:5])) + (", ..." if len(found) > 5 else "")
        raise DataError(
            f"{len(found)} series fit: {shown}; narrow it down with --instrument, --kind or --bars",
            file=str(store.path),
            line=0,
            expected="one series",
        )
    return found[0]


def _id_of(store: Store, catalog: Catalog, text: str) -> str:
    """Return the id meant by `text`: as the store has it (accounts of snapshots, too), else as people write it."""
    return (
        text
        if any(entry.key.instrument == text for entry in store.list())
        else catalog.resolve(text).id
    )


def sessions_of(key: SeriesKey, catalog: Catalog) -> SessionCalendar:
    """Return the trading hours of a series; round the clock for accounts and what no table knows."""
    found = None if key.kind is StoreKind.SNAPSHOT else catalog.find(key.instrument)
    return catalog.sessions(found.sessions if found is not None else ROUND_THE_CLOCK)


def span(sessions: SessionCalendar, first: int | None, last: int | None) -> tuple[int, int]:
    """Return start and end (int ns UTC) of the trading days `first` to `last`, both included."""
    calendar = sessions.calendar
    start, end = 0, FOREVER
    try:
        if first is not None:
            start = sessions.settle_time(calendar.previous_day(first))
        if last is not None:
            day = last if calendar.is_trading_day(last) else calendar.previous_day(last)
            end = sessions.settle_time(day)
    except ValueError:
        raise ConfigError(
            f"--first was {first} and --last {last}; days such as 20260915 are expected",
            code="config.date",
            value=first or last,
        ) from None
    return start, end


def contracts_of(
    store: Store, catalog: Catalog, series: Instrument, bars: str | None
) -> list[Source]:
    """Return the bars of the contracts of a product in the order of their expiry; raise ConfigError, DataError."""
    if series.kind is not InstrumentKind.CONTINUOUS:
        raise ConfigError(
            f"{series.id} is no continuous series: name one such as rb.SHFE",
            option="series",
            value=series.id,
        )
    keys = [entry.key for entry in store.list() if entry.key.kind is StoreKind.BAR]
    found = [
        (contract.expiry, key.interval, contract)
        for key in keys
        for contract in [catalog.find(key.instrument)]
        if contract is not None
        and contract.kind is InstrumentKind.FUTURE
        and contract.product == series.product
        and bars in (None, key.interval)
    ]
    if not found:
        raise DataError(
            f"{store.path} has no bars of contracts of {series.id}",
            file=str(store.path),
            line=0,
            expected=f"bars of single contracts of {series.id}",
        )
    found.sort(key=lambda each: (each[0], each[2].id, each[1]))
    return [store.source(contract, StoreKind.BAR, interval) for _, interval, contract in found]


def choice(kind: type[_Choice], text: str, option: str) -> _Choice:
    """Return the member called `text`; raise ConfigError naming all."""
    try:
        return kind(text)
    except ValueError:
        raise ConfigError(
            f"--{option} was {text!r}; one of {', '.join(kind)} is expected",
            option=option,
            value=text,
        ) from None

"""Fill the missing bars of a stored series from another source."""

from collections.abc import Callable, Iterator
from itertools import chain

import msgspec

from anyvenue.data.bars import BarBuilder
from anyvenue.data.info import QUIET_NS
from anyvenue.data.profiles import Record
from anyvenue.data.source import Source
from anyvenue.data.store.bar_grid import Gap, gaps_of
from anyvenue.data.store.base import Store
from anyvenue.data.store.check import missing_bars
from anyvenue.data.store.keys import SeriesKey, StoreKind
from anyvenue.model.errors import DataError
from anyvenue.model.market import Bar, MarketData
from anyvenue.reference.sessions import SessionCalendar

__all__ = ["Repair", "repair"]


class Repair(msgspec.Struct, frozen=True, kw_only=True):
    """What a repair did: the stretches that were filled, and those that are still missing."""

    key: SeriesKey
    source: str
    filled: tuple[Gap, ...]
    filled_bars: int
    left: tuple[Gap, ...]
    left_bars: int


def repair(
    store: Store,
    key: SeriesKey,
    source: Source,
    sessions: SessionCalendar,
    progress: Callable[[int], None] | None = None,
) -> Repair:
    """Add to a series of bars those that are missing and that `source` has; nothing that is there is changed.

    `source` has bars of the same interval, or anything finer that such bars can be built from. Raises DataError for
    another instrument or a source that is too coarse. `progress` is called with the number of records read.
    """
    _check_fit(key, source)
    missing = missing_bars(store, key, sessions)
    found: dict[int, Bar] = {}
    if missing:
        bars = _bars(source, key, sessions, progress)
        found = {bar.ts_start: bar for bar in bars if bar.ts_start in missing}
    added = sorted(found.values(), key=_ts_recv)
    store.append(added)
    filled = gaps_of(bar for start, bar in missing.items() if start in found)
    left = gaps_of(bar for start, bar in missing.items() if start not in found)
    return Repair(
        key=key,
        source=str(source.path),
        filled=filled,
        filled_bars=len(found),
        left=left,
        left_bars=len(missing) - len(found),
    )


def _check_fit(key: SeriesKey, source: Source) -> None:
    if key.kind is not StoreKind.BAR:
        raise DataError(
            f"{key} cannot be repaired: only bars can, what else is missing nobody can tell",
            file=str(source.path),
            line=0,
            expected="a series of bars",
        )
    if source.instrument.id != key.instrument:
        raise DataError(
            f"{source.path.name} is of {source.instrument.id}; the series is of {key.instrument}",
            file=str(source.path),
            line=0,
            expected=f"data of {key.instrument}",
        )
    if not source.serves(f"bars:{key.interval}"):
        raise DataError(
            f"{source.path.name} has {source.interval} bars; {key.interval} bars cannot be made from them",
            file=str(source.path),
            line=0,
            expected=f"bars of {key.interval}, or finer data",
        )


def _bars(
    source: Source,
    key: SeriesKey,
    sessions: SessionCalendar,
    progress: Callable[[int], None] | None,
) -> Iterator[Bar]:
    """Give the bars of the wanted interval, as they are or built."""
    events = source.events() if progress is None else _counted(source.events(), progress)
    if source.record is Record.BAR and source.interval == key.interval:
        yield from (event for event in events if isinstance(event, Bar))
        return
    yield from _built(
        source, events, BarBuilder(source.instrument, key.interval, sessions), sessions
    )


def _built(
    source: Source, events: Iterator[MarketData], builder: BarBuilder, sessions: SessionCalendar
) -> Iterator[Bar]:
    """Give the bars that finer data makes, without a first or last one that it may cover in part only."""
    first = next(events, None)
    if first is None:
        return
    begin = last = _begin(first)
    for event in chain((first,), events):
        bar = builder.update(event)
        last = event.ts_event
        if bar is not None and (begin <= bar.ts_start or _opens(sessions, bar.ts_start)):
            yield bar
    # Nothing comes after the last tick of a day to close its last bar.
    end = builder.advance(builder.due)
    if end is not None and source.record is not Record.BAR:
        closes = not sessions.is_open(end.ts_event)
        if closes and last >= end.ts_event - QUIET_NS:
            yield end


def _begin(event: MarketData) -> int:
    return event.ts_start if isinstance(event, Bar) else event.ts_event


def _opens(sessions: SessionCalendar, ts: int) -> bool:
    return not sessions.is_open(ts - 1)


def _ts_recv(bar: Bar) -> int:
    return bar.ts_recv


def _counted(events: Iterator[MarketData], progress: Callable[[int], None]) -> Iterator[MarketData]:
    for rows, event in enumerate(events, 1):
        if rows % 10_000 == 0:
            progress(rows)
        yield event

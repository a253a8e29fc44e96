"""Synthetic market data of one instrument: snapshots at a venue's pace in the open windows of its trading days."""

from collections.abc import Iterable, Iterator
from itertools import chain

from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, FundingRate, Trade
from anyvenue.model.numbers import Number
from anyvenue.reference.products import FUTURES_EXCHANGES
from anyvenue.reference.sessions import SessionWindow
from anyvenue.sim.synthetic.fair import World
from anyvenue.sim.synthetic.market import SyntheticMarket
from anyvenue.sim.synthetic.prices import start_price as usual_start

__all__ = ["SyntheticEvent", "synthetic_events", "synthetic_ticks", "usual_interval"]

SyntheticEvent = Depth | Trade | FundingRate

_SECOND = 1_000_000_000
_INTERVALS = dict.fromkeys(FUTURES_EXCHANGES, _SECOND // 2) | {
    "SSE": 3 * _SECOND,
    "SZSE": 3 * _SECOND,
}


def usual_interval(instrument: Instrument) -> int:
    """Return the ns between two snapshots: half a second for Chinese futures, 3 s for A-shares, else a second."""
    return _INTERVALS.get(instrument.exchange, _SECOND)


def synthetic_events(
    instrument: Instrument,
    windows: Iterable[SessionWindow],
    seed: int | str,
    start_price: Number | None = None,
    *,
    every_ns: int = 0,
    world: World | None = None,
    trades: bool = False,
) -> Iterator[SyntheticEvent]:
    """Yield snapshots in order, with the `trades` in between if asked for, and the funding rates of a perpetual.

    There is a snapshot every `every_ns` (0: as usual) from the start of each window; a window's trading day counts. The
    prices are those of `world`, by default of one that begins at the first window and at `start_price`.
    """
    stretches = iter(windows)
    first = next(stretches, None)
    if first is None:
        return
    if world is None:
        world = _own_world(seed, first.start, start_price)
    market = SyntheticMarket(instrument, seed, world)
    every = every_ns or usual_interval(instrument)
    for window in chain((first,), stretches):
        for ts in range(window.start, window.end, every):
            yield from market.funding(ts)
            depth = market.snapshot(ts, window.trading_day)
            if trades:
                yield from market.trades(ts)
            yield depth


def synthetic_ticks(
    instrument: Instrument,
    windows: Iterable[SessionWindow],
    seed: int | str,
    start_price: Number | None = None,
    *,
    every_ns: int = 0,
    world: World | None = None,
) -> Iterator[Depth]:
    """Yield the snapshots of `synthetic_events` alone."""
    events = synthetic_events(
        instrument, windows, seed, start_price, every_ns=every_ns, world=world
    )
    return (event for event in events if isinstance(event, Depth))


def _own_world(seed: int | str, origin: int, start_price: Number | None) -> World:
    return World(
        seed,
        lambda _: origin,
        start=usual_start if start_price is None else lambda _: start_price,
    )

"""Synthetic sample ticks: a seeded random walk on the instrument's tick grid. They are not market data."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import nan
from random import Random

import msgspec

from anyvenue.data.profiles import Record
from anyvenue.data.source import MemorySource
from anyvenue.data.spans import zone_of_sessions
from anyvenue.model.enums import Side
from anyvenue.model.errors import DataError
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, MarketData
from anyvenue.model.numbers import Number, plain, to_decimal
from anyvenue.reference.sessions import SessionCalendar, SessionWindow

__all__ = ["SAMPLE_NOTE", "sample_source", "sample_ticks"]

SAMPLE_NOTE = "synthetic sample ticks: a seeded random walk, not market data"

_HALF_SECOND = 500_000_000
_DEFAULT_LIMIT = Decimal("0.1")
_PULL = 0.0008


class _Day(msgspec.Struct, frozen=True, kw_only=True):
    """What stays the same through the day; prices are in ticks."""

    step: Decimal
    start: int
    lower: int
    upper: int
    multiplier: float
    interest: int


class _Prices(dict[int, float]):
    """Price of a number of ticks, exact in its shortest text."""

    def __init__(self, step: Decimal) -> None:
        super().__init__()
        self._step = step

    def __missing__(self, ticks: int) -> float:
        self[ticks] = price = float(ticks * self._step)
        return price


def sample_ticks(
    instrument: Instrument,
    trading_day: int,
    sessions: SessionCalendar,
    seed: int | str,
    start_price: Number,
    *,
    windows: Sequence[SessionWindow] | None = None,
    every_ns: int = _HALF_SECOND,
) -> Iterator[Depth]:
    """Give one snapshot every half second in the open windows of `trading_day`, or in `windows` alone.

    The walk starts at `start_price`, which is also the previous settlement and close, is pulled back to it, and
    stays within the price limits (10 % where the instrument has none). Seed, instrument and day fix every number,
    in every process. Raises DataError for a day without trading.
    """
    stretches = sessions.windows(trading_day) if windows is None else windows
    if not stretches:
        raise DataError(
            f"{trading_day} is no trading day of {sessions.name}: sample ticks need one",
            file="",
            line=0,
            expected="a trading day",
        )
    random = Random(f"{seed}:{instrument.id}:{trading_day}")
    moments = (ts for stretch in stretches for ts in range(stretch.start, stretch.end, every_ns))
    return _walk(
        random, instrument, _lay_out(instrument, start_price, random), trading_day, moments
    )


def sample_source(
    instrument: Instrument,
    trading_days: Sequence[int],
    sessions: SessionCalendar,
    seed: int | str,
    start_price: Number,
) -> MemorySource:
    """Return the sample ticks of several trading days as a source that says it is synthetic."""

    def make() -> Iterator[MarketData]:
        for day in trading_days:
            yield from sample_ticks(instrument, day, sessions, seed, start_price)

    days = f"{trading_days[0]}-{trading_days[-1]}x{len(trading_days)}" if trading_days else "none"
    return MemorySource(
        instrument,
        Record.DEPTH,
        make,
        identity=f"sample 1:{seed}:{instrument.id}:{days}:{plain(to_decimal(start_price))}",
        zone=zone_of_sessions(sessions.name),
        assumptions=(SAMPLE_NOTE,),
    )


def _lay_out(instrument: Instrument, start_price: Number, random: Random) -> _Day:
    price = to_decimal(start_price, "start_price")
    step = instrument.price_step.step_at(price)
    limit = instrument.price_limit or _DEFAULT_LIMIT
    snapped = instrument.price_step.snap(price, Side.BUY)
    return _Day(
        step=step,
        start=int(snapped / step),
        lower=-int(-(snapped * (1 - limit)) // step),
        upper=int(snapped * (1 + limit) // step),
        multiplier=float(instrument.multiplier),
        interest=50_000 + int(random.random() * 100_000),
    )


def _walk(
    random: Random, instrument: Instrument, day: _Day, trading_day: int, moments: Iterator[int]
) -> Iterator[Depth]:
    uniform, name = random.random, instrument.id
    prices = _Prices(day.step)
    start, multiplier = day.start, day.multiplier
    lowest, highest = day.lower, day.upper - 2
    reference, lower, upper = prices[start], prices[day.lower], prices[day.upper]
    bid = last = opening = high = low = start
    volume, turnover, interest = 0, 0.0, day.interest
    for ts in moments:
        u = uniform()
        if u < 0.3:
            rises = u < 0.15 - (bid - start) * _PULL
            bid = min(bid + 1, highest) if rises else max(bid - 1, lowest)
        ask = bid + (2 if u > 0.9 else 1)
        v = uniform()
        if v < 0.6 or not volume:
            last = ask if v < 0.3 else bid
            lots = 1 + int(v * 1000) % 20
            if not volume:
                opening = high = low = last
            volume += lots
            turnover += lots * prices[last] * multiplier
            interest += lots // 4 if u < 0.5 else -(lots // 4)
            high, low = max(high, last), min(low, last)
        yield Depth(
            name, ts, ts, (prices[bid],), (float(1 + int(uniform() * 200)),), (prices[ask],),
            (float(1 + int(uniform() * 200)),), prices[last], float(volume), turnover, float(interest),
            prices[opening], prices[high], prices[low], reference, reference, nan, upper, lower, trading_day,
        )  # fmt: skip

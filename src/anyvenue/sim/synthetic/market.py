"""A synthetic market: order flow around a fair price, seen as a venue shows it, in snapshots with the day's figures."""

from collections.abc import Iterator
from decimal import Decimal
from math import ceil, floor, nan
from random import Random

from anyvenue.model.enums import InstrumentKind, Side
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, FundingRate, Trade
from anyvenue.model.numbers import to_decimal
from anyvenue.reference.products import FUTURES_EXCHANGES
from anyvenue.sim.synthetic.fair import World
from anyvenue.sim.synthetic.flow import LEVELS, OrderFlow
from anyvenue.sim.synthetic.grid import lot_of, scale, step_of, usual_lots

__all__ = ["SyntheticMarket"]

_WITH_INTEREST = {
    InstrumentKind.FUTURE,
    InstrumentKind.CONTINUOUS,
    InstrumentKind.OPTION,
    InstrumentKind.PERPETUAL,
}
_FAR = 10**12
_USUAL_LIMIT = 0.1
_FUNDING_NS = 8 * 3600 * 1_000_000_000
_INTEREST, _BAND = 0.0001, 0.0005


class SyntheticMarket:
    """The market of one instrument. Seed, instrument and the times asked for fix every number, in every process.

    Give it times that rise: `snapshot` lets its traders act and shows what they have done.
    """

    def __init__(self, instrument: Instrument, seed: int | str, world: World) -> None:
        """Begin before the first day; raise UnknownInstrument where the price behind it cannot be found."""
        self._instrument = instrument
        self._world = world
        self._fair = world.fair(instrument)
        perpetual = instrument.kind is InstrumentKind.PERPETUAL
        self._premium = world.premium(instrument) if perpetual else None
        self._random = Random(f"{seed} {instrument.id}")
        self._limit = _limit_of(instrument)
        self._held = instrument.kind in _WITH_INTEREST
        self._money = float(instrument.multiplier)
        self._day = 0
        self._funded = 0
        self._reference = self._last = 0
        self._traded: tuple[tuple[int, int, bool], ...] = ()

    def _begin(self, ts: int) -> None:
        price = self._fair(ts)
        instrument = self._instrument
        step = step_of(instrument, to_decimal(price))
        lot = lot_of(instrument)
        self._step = step.top / step.bottom
        self._price, self._size = scale(step), scale(lot)
        lots = usual_lots(instrument, price)
        self._flow = OrderFlow(self._random, lots)
        self._reference = self._last = round(price / self._step)
        self._funded = ts // _FUNDING_NS
        most = max(100_000, 200 * int(lots))
        self._interest = most / 2 + int(self._random.random() * most) if self._held else nan

    def _open(self, ts: int, trading_day: int) -> None:
        if not self._day:
            self._begin(ts)
        self._day = trading_day
        self._reference = reference = self._last
        low = -_FAR if self._instrument.legs else 1
        lowest, highest = low, _FAR
        self._lower = self._upper = nan
        if self._limit:
            lowest = max(ceil(reference * (1 - self._limit) - 1e-9), low)
            highest = floor(reference * (1 + self._limit) + 1e-9)
            self._lower, self._upper = self._price(lowest), self._price(highest)
        self._volume, self._turnover = 0, 0.0
        self._flow.open(self._fair(ts) / self._step, lowest, highest)
        first = self._flow.trades[-1][0]
        self._opening = self._high = self._low = first

    def snapshot(self, ts: int, trading_day: int) -> Depth:
        """Let the market go on to `ts` (int ns UTC) and return what it looks like; another day begins afresh."""
        flow = self._flow if trading_day == self._day else None
        if flow is None:
            self._open(ts, trading_day)
            flow = self._flow
        else:
            flow.step(self._fair(ts) / self._step)
        if flow.trades:
            self._count(flow.trades)
        price, size = self._price, self._size
        bids, asks = flow.book.levels(True, LEVELS), flow.book.levels(False, LEVELS)
        reference = price(self._reference)
        return Depth(
            self._instrument.id, ts, ts,
            tuple([price(each) for each, _ in bids]), tuple([size(lots) for _, lots in bids]),
            tuple([price(each) for each, _ in asks]), tuple([size(lots) for _, lots in asks]),
            price(self._last), size(self._volume), self._turnover, self._interest,
            price(self._opening), price(self._high), price(self._low), reference, reference, nan,
            self._upper, self._lower, trading_day,
        )  # fmt: skip

    def _count(self, trades: list[tuple[int, int, bool]]) -> None:
        for at, lots, buy in trades:
            self._volume += lots
            self._turnover += self._price(at) * self._size(lots) * self._money
            if self._held:
                opened = self._size(lots // 4)
                self._interest += opened if buy else -min(opened, self._interest)
            if at > self._high:
                self._high = at
            elif at < self._low:
                self._low = at
        self._last = trades[-1][0]
        self._traded = tuple(trades)
        trades.clear()

    def trades(self, ts: int) -> Iterator[Trade]:
        """Yield the trades between the last two snapshots, as they would be reported at `ts`."""
        for at, lots, buy in self._traded:
            side = Side.BUY if buy else Side.SELL
            yield Trade(self._instrument.id, ts, ts, self._price(at), self._size(lots), side)
        self._traded = ()

    def funding(self, ts: int) -> Iterator[FundingRate]:
        """Yield what a perpetual's holders pay at each eighth hour UTC that has passed by `ts`.

        Rule: premium + clamp(0.01 % - premium, -0.05 %, 0.05 %), as Binance publishes it.
        """
        premium_at = self._premium
        if premium_at is None or not self._day:
            return
        while self._funded < ts // _FUNDING_NS:
            self._funded += 1
            due = self._funded * _FUNDING_NS
            premium = premium_at(due)
            rate = premium + min(max(_INTEREST - premium, -_BAND), _BAND)
            yield FundingRate(
                self._instrument.id, due, due, Decimal(f"{rate:.8f}"), _FUNDING_NS, due
            )


def _limit_of(instrument: Instrument) -> float:
    """Return the price limit as a fraction; every Chinese future has one, also where the tables do not know it."""
    futures = instrument.kind in (InstrumentKind.FUTURE, InstrumentKind.CONTINUOUS)
    if not instrument.price_limit and futures and instrument.exchange in FUTURES_EXCHANGES:
        return _USUAL_LIMIT
    return float(instrument.price_limit)

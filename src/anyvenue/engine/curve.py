"""The equity curve: sampled by time while events flow, never per tick, idle stretches left out."""

from array import array
from collections.abc import Mapping, Sequence
from math import nan

from anyvenue.kernel.kernel import Kernel
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import MarketEvent
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.marks import mark_price

__all__ = ["EquityCurve", "PriceSamples"]

_MOST_SAMPLES = 2_000
_MINUTE_NS = 60_000_000_000
# Doubled six times it is a minute: a demo of a few seconds has a picture, too. On the way there fewer are kept,
# because a sample costs as much as some ten quotes.
_FIRST_NS = _MINUTE_NS // 64
_FIRST_SAMPLES = 500
_LONGEST_NS = 6 * 3600 * 1_000_000_000
# Of a whole market nobody draws every chart, and its samples would not be small.
_MOST_INSTRUMENTS = 64


class PriceSamples:
    """Prices of up to 64 instruments, sampled together with an equity curve; NaN while there is none.

    `times` are int ns UTC; each array of `prices` is as long.
    """

    def __init__(self, latest: Mapping[InstrumentId, MarketEvent]) -> None:
        """Read the latest events from `latest`, a mapping somebody else keeps."""
        self.times = array("q")
        self.prices: dict[InstrumentId, array[float]] = {}
        self._latest = latest

    def sample(self, ts: int) -> None:
        """Take a sample now; a second one at the same time replaces the first."""
        if self.times and self.times[-1] >= ts:
            for prices in self.prices.values():
                prices.pop()
        else:
            self.times.append(ts)
        if len(self.prices) < min(len(self._latest), _MOST_INSTRUMENTS):
            self._admit()
        for instrument, prices in self.prices.items():
            price = mark_price(self._latest[instrument])
            prices.append(price if price is not None else prices[-1] if prices else nan)

    def keep(self, places: Sequence[int]) -> None:
        """Drop all samples but those at `places`."""
        self.times = array("q", [self.times[at] for at in places])
        for instrument, prices in self.prices.items():
            self.prices[instrument] = array("d", [prices[at] for at in places])

    def _admit(self) -> None:
        """Begin with instruments that are new; before them there was no price."""
        for instrument in self._latest:
            if instrument not in self.prices and len(self.prices) < _MOST_INSTRUMENTS:
                self.prices[instrument] = array("d", [nan]) * (len(self.times) - 1)


class EquityCurve:
    """Samples an account's worth in one currency every `interval_ns` of simulated time, at first about a second.

    As a watcher it plugs into the kernel. Samples are floats: they are for display and statistics, the books hold the
    exact money. Of a long run the interval is doubled when there are too many, up to some four samples a day, and
    samples in between are dropped. `falls` runs beside them: the fall since the highest sample so far, as a fraction
    from 0 down, and for a sample whose neighbours were dropped the deepest fall among them all. A fall between two
    samples that were taken is not seen.
    """

    def __init__(
        self,
        kernel: Kernel,
        state: AccountState,
        currency: str,
        interval_ns: int = _FIRST_NS,
        beside: PriceSamples | None = None,
        paid_in: float = 0.0,
    ) -> None:
        """Begin with no sample and `paid_in` as the highest worth; prices are taken `beside` those of the account."""
        self.times = array("q")
        self.values = array("d")
        self.falls = array("d")
        self._peak = self._peak_before = paid_in
        self.due = 0
        self._kernel = kernel
        self._state = state
        self._currency = currency
        self._interval = interval_ns
        self._beside = beside
        self._prices: dict[InstrumentId, float] = {}

    def run(self) -> None:
        """Take the sample that is due; the next one lies at or after the event that time is passing to."""
        if self.due:
            self.sample(self.due)
        until = self._kernel.until
        at = until - until % self._interval
        self.due = at if at > self.due else self.due + self._interval

    def sample(self, ts: int) -> None:
        """Take a sample now; a second one at the same time replaces the first."""
        value = self._state.rough_worth(self._currency, self._price)
        if self._beside is not None:
            self._beside.sample(ts)
        if self.times and self.times[-1] >= ts:
            self._peak = self._peak_before
            self.values.pop()
            self.falls.pop()
        else:
            self.times.append(ts)
        self._peak_before = self._peak
        self._peak = peak = max(self._peak, value)
        self.values.append(value)
        self.falls.append((value - peak) / peak if peak > 0 else 0.0)
        most = _MOST_SAMPLES if self._interval >= _MINUTE_NS else _FIRST_SAMPLES
        if len(self.times) >= most and self._interval < _LONGEST_NS:
            self._widen()

    def _widen(self) -> None:
        """Double the interval and keep the first sample in each: as dense before as from now on."""
        self._interval *= 2
        numbers = [ts // self._interval for ts in self.times]
        places = [at for at, each in enumerate(numbers) if not at or each != numbers[at - 1]]
        self.times = array("q", [self.times[at] for at in places])
        self.values = array("d", [self.values[at] for at in places])
        ends = [*places[1:], len(numbers)]
        deepest = (min(self.falls[at:end]) for at, end in zip(places, ends, strict=True))
        self.falls = array("d", deepest)
        if self._beside is not None:
            self._beside.keep(places)

    def _price(self, instrument: InstrumentId) -> float | None:
        event = self._kernel.latest.get(instrument)
        price = None if event is None else mark_price(event)
        if price is None:
            return self._prices.get(instrument)
        self._prices[instrument] = price
        return price

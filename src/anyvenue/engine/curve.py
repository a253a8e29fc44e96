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
    """Samples an account's worth in one currency every `interval_ns` of simulated time.

    As a watcher it plugs into the kernel. Samples are floats: they are for display and statistics, the books hold the
    exact money. Of a long run the interval is doubled when there are too many, up to some four samples a day, and
    samples in between are dropped: a drawdown between two samples is then not seen.
    """

    def __init__(
        self,
        kernel: Kernel,
        state: AccountState,
        currency: str,
        interval_ns: int = 60_000_000_000,
        beside: PriceSamples | None = None,
    ) -> None:
        """Begin with no sample; prices are taken `beside` those of the account."""
        self.times = array("q")
        self.values = array("d")
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
            self.values[-1] = value
            return
        self.times.append(ts)
        self.values.append(value)
        if len(self.times) >= _MOST_SAMPLES and self._interval < _LONGEST_NS:
            self._widen()

    def _widen(self) -> None:
        """Double the interval and keep the first sample in each: as dense before as from now on."""
        self._interval *= 2
        numbers = [ts // self._interval for ts in self.times]
        places = [at for at, each in enumerate(numbers) if not at or each != numbers[at - 1]]
        self.times = array("q", [self.times[at] for at in places])
        self.values = array("d", [self.values[at] for at in places])
        if self._beside is not None:
            self._beside.keep(places)

    def _price(self, instrument: InstrumentId) -> float | None:
        event = self._kernel.latest.get(instrument)
        price = None if event is None else mark_price(event)
        if price is None:
            return self._prices.get(instrument)
        self._prices[instrument] = price
        return price

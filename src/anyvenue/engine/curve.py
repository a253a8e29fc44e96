"""The equity curve: sampled by time while events flow, never per tick, idle stretches left out."""

from array import array

from anyvenue.kernel.kernel import Kernel
from anyvenue.model.ids import InstrumentId
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.marks import mark_price

__all__ = ["EquityCurve"]

_MOST_SAMPLES = 2_000
_LONGEST_NS = 6 * 3600 * 1_000_000_000


class EquityCurve:
    """Samples an account's worth in one currency every `interval_ns` of simulated time.

    As a watcher it plugs into the kernel. Samples are floats: they are for display and statistics, the books hold the
    exact money. Of a long run every second sample is dropped and the interval doubled when there are too many, up to
    some four samples a day: a drawdown between two samples is then not seen.
    """

    def __init__(
        self,
        kernel: Kernel,
        state: AccountState,
        currency: str,
        interval_ns: int = 60_000_000_000,
    ) -> None:
        """Begin with no sample."""
        self.times = array("q")
        self.values = array("d")
        self.due = 0
        self._kernel = kernel
        self._state = state
        self._currency = currency
        self._interval = interval_ns
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
        if self.times and self.times[-1] >= ts:
            self.values[-1] = value
            return
        self.times.append(ts)
        self.values.append(value)
        if len(self.times) >= _MOST_SAMPLES and self._interval < _LONGEST_NS:
            del self.times[1::2], self.values[1::2]
            self._interval *= 2

    def _price(self, instrument: InstrumentId) -> float | None:
        event = self._kernel.latest.get(instrument)
        price = None if event is None else mark_price(event)
        if price is None:
            return self._prices.get(instrument)
        self._prices[instrument] = price
        return price

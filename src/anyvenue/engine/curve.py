"""The equity curve: sampled by time while events flow, never per tick, idle stretches left out."""

from array import array
from collections.abc import Callable
from decimal import Decimal

from anyvenue.kernel.kernel import Kernel
from anyvenue.oms.account_state import AccountState

__all__ = ["EquityCurve"]


class EquityCurve:
    """Samples equity every `interval_ns` of simulated time. As a waker it plugs into the kernel.

    Samples are floats: they are for display and statistics, the books hold the exact money.
    """

    def __init__(
        self, kernel: Kernel, equity: Callable[[], Decimal], interval_ns: int = 60_000_000_000
    ) -> None:
        """Sample `equity()`."""
        self.times = array("q")
        self.values = array("d")
        self.due = 0
        self._kernel = kernel
        self._equity = equity
        self._interval = interval_ns

    @classmethod
    def of(cls, kernel: Kernel, state: AccountState, currency: str) -> "EquityCurve":
        """Return the curve of an account's worth in a currency."""
        return cls(kernel, lambda: state.worth(currency))

    def run(self) -> None:
        """Take the sample that is due; the next one lies at or after the event that time is passing to."""
        if self.due:
            self.sample(self.due)
        until = self._kernel.until
        at = until - until % self._interval
        self.due = at if at > self.due else self.due + self._interval

    def sample(self, ts: int) -> None:
        """Take a sample now; a second one at the same time replaces the first."""
        value = float(self._equity())
        if self.times and self.times[-1] >= ts:
            self.values[-1] = value
            return
        self.times.append(ts)
        self.values.append(value)

"""What the risk gate works out of prices goes into the journal: no replay could work it out again without them."""

from collections.abc import Callable

import msgspec

from anyvenue.engine.desk import OrderDesk
from anyvenue.kernel.kernel import Kernel
from anyvenue.model.events import BalanceAligned, DaySettled
from anyvenue.oms.risk.breakers import Peak
from anyvenue.runtime.journal import DayStartNoted, PeakNoted

__all__ = ["RiskNotes"]


class RiskNotes:
    """Notes what accounts and strategies began a day with, and the highest equity that breakers have seen."""

    def __init__(
        self, kernel: Kernel, desk: OrderDesk, note: Callable[[msgspec.Struct], None]
    ) -> None:
        """Plug into `kernel` behind `desk`, whose gate has taken an event by then."""
        self._kernel = kernel
        self._desk = desk
        self._note = note
        if desk.risk.limited:
            kernel.on(DaySettled, self._on_day)
            kernel.on(BalanceAligned, self._on_day)
            desk.risk.feeds.on_peak = self._on_peak

    def _on_day(self, event: DaySettled | BalanceAligned) -> None:
        for strategy, start in self._desk.risk.day_starts(event.account, event.currency):
            self._note(
                DayStartNoted(
                    start.account,
                    start.currency,
                    start.trading_day,
                    start.worth,
                    self._kernel.now,
                    strategy,
                )
            )

    def _on_peak(self, peak: Peak) -> None:
        scope = peak.scope
        self._note(PeakNoted(scope.kind, scope.name, peak.currency, peak.equity, self._kernel.now))

"""What became of orders that nobody answered for, and which fills are missing."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from decimal import Decimal

from anyvenue.venues.tracking.questions import RETRY_S, Questions
from anyvenue.venues.tracking.records import OrderRecord
from anyvenue.venues.tracking.reports import Reports
from anyvenue.venues.tracking.told import Told

__all__ = ["Inquiries"]

_SETTLED_NS = 1_000_000_000
"""How long after its window an order that the venue does not know is taken for one that never arrived."""


class Inquiries(Questions, ABC):
    """Finds orders at the venue, and tells through `Reports` what it hears."""

    title = "the venue"
    no_such_order = ""
    """The venue's code where it does not know an order."""

    def __init__(
        self,
        reports: Reports,
        settle: Callable[[OrderRecord, bool], None],
        now: Callable[[], int],
        window_ms: int,
    ) -> None:
        """`settle` hears of every order that was found, and whether its terms are the same; see `Ordering.settle`.

        A request is taken within `window_ms` or never.
        """
        super().__init__(self.inquire)
        self._reports, self._settle, self._now = reports, settle, now
        self._window_ns = window_ms * 1_000_000 + _SETTLED_NS

    @abstractmethod
    async def find(self, record: OrderRecord) -> Told | None:
        """Return an order as the venue has it, None where it does not know it; raise VenueError."""

    @abstractmethod
    async def bring_fills(self, record: OrderRecord, venue_id: str) -> None:
        """Ask for the fills of one of the venue's orders and tell of those that are new; raise VenueError."""

    def window_of(self, record: OrderRecord) -> int:
        """Return after how many ns an order that the venue does not know has never arrived."""
        return self._window_ns

    async def give_way(self, record: OrderRecord, new: Told) -> None:
        """Take over the order that has replaced another, now that its answer was lost."""
        raise NotImplementedError

    async def inquire(self, record: OrderRecord) -> float:
        """Ask about an order once; return after how many seconds to ask again, 0 when all is known."""
        if record.replacing and not record.doubt:
            return 0.0  # its answer is on the way
        told = await self.find(record)
        if told is None:
            return self._not_there(record)
        before = record.request
        if record.replacing:
            await self.give_way(record, told)
        now = self._now()
        if self._lacks_fills(record, told):
            self._reports.records.by_venue[told.symbol, told.venue_id] = record
            await self.bring_fills(record, told.venue_id)
        self._reports.hear(told, now)
        self._settle(record, record.request is before)
        return RETRY_S if self._lacks_fills(record, told) else 0.0

    @staticmethod
    def _lacks_fills(record: OrderRecord, told: Told) -> bool:
        return told.filled > record.heard_filled.get(told.venue_id, Decimal(0))

    def _not_there(self, record: OrderRecord) -> float:
        if record.replacing:
            record.replacing = False
            record.part -= 1
            return 0.001  # now for the old one
        if record.accepted or record.ended:
            return 0.0
        rest = record.sent_at + self.window_of(record) - self._now()
        if record.sent_at and rest > 0:
            return rest / 1e9
        if record.sent_at:
            code = self.no_such_order
            said = f"[{code}] the order never arrived: {self.title} does not know it, and its time is over"
            self._reports.reject(record, said, "order.not_received", code, self._now())
        return 0.0

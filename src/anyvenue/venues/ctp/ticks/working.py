"""Orders of the day and what they have frozen: margin, commission and premium of opening ones, lots of closing ones.

A claim is worked out anew of what is not filled yet, and it shrinks with the trade, not with the order's report before
it: at no moment is money free that the trade will take.
"""

from decimal import Decimal

from anyvenue.venues.ctp.ticks.numbers import ZERO, exact
from anyvenue.venues.ctp.ticks.structs import Order

__all__ = ["Key", "Working", "key_of"]

_FINAL = frozenset("0245")  # of OrderStatus: all traded, the rest not queueing, cancelled
_AT_ONCE = ("1", "")  # of ContingentCondition
_UNKNOWN = "a"
_LIMIT = "2"  # of OrderPriceType
Key = tuple[int, int, str]
"""FrontID, SessionID and the bare OrderRef."""


def key_of(order: Order) -> Key:
    """Return the key of an order."""
    return order.FrontID, order.SessionID, order.OrderRef.strip()


class Working:
    """One order as far as it is known; `report` is the latest, of one not `told` by the counter yet what it will be."""

    __slots__ = (
        *("at", "buying", "cash", "claims", "code", "commission", "dated_today", "exchange", "key"),
        *("lots", "margin", "meters", "number", "opening", "price", "priced", "report"),
        *("status", "told", "total", "traded", "volume_traded"),
    )

    def __init__(self, report: Order, told: bool) -> None:
        self.told = told
        self.key = key_of(report)
        self.code = report.InstrumentID
        self.buying = report.Direction == "0"
        offset = report.CombOffsetFlag
        self.opening = offset[:1] == "0"
        self.dated_today = offset[:1] == "3"
        # A condition makes another order when it comes true, and a combination's legs have margins of their own.
        self.claims = report.ContingentCondition in _AT_ONCE and "&" not in self.code
        self.traded = 0
        self.meters: dict[str, tuple[Decimal, int, Decimal]] = {}
        self.lots = 0
        self.priced = False  # frozen by rates that were known
        self.at = ZERO  # the price at which it was frozen; the market's where it has no limit
        self.margin = self.commission = self.cash = ZERO
        self.update(report)

    def update(self, report: Order) -> None:
        """Take a later report."""
        self.report = report
        self.exchange = report.ExchangeID
        self.number = report.OrderSysID
        self.status = report.OrderStatus or _UNKNOWN
        self.total = report.VolumeTotalOriginal
        self.volume_traded = report.VolumeTraded
        self.price = exact(report.LimitPrice) if report.OrderPriceType == _LIMIT else ZERO

    def is_news(self, report: Order) -> bool:
        """Tell whether a report is news: streams that begin anew repeat what an order was before."""
        status = report.OrderStatus
        if self.done:
            return status in _FINAL
        if report.VolumeTraded < self.volume_traded:
            return False
        return status != _UNKNOWN or self.status == _UNKNOWN or not self.number

    def release(self) -> None:
        """Have nothing frozen, and nothing traded, to begin the day anew."""
        self.traded = self.lots = 0
        self.meters.clear()
        self.margin = self.commission = self.cash = ZERO
        self.priced = False

    @property
    def done(self) -> bool:
        """Whether no more trades are to be expected than were reported."""
        return self.status in _FINAL

    @property
    def sells(self) -> bool:
        """Whether it opens short lots."""
        return self.opening and not self.buying

    @property
    def rest(self) -> int:
        """Lots that money or positions are frozen for: those not traded, as far as trades have been told."""
        if not self.claims:
            return 0
        return max((self.volume_traded if self.done else self.total) - self.traded, 0)

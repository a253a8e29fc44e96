"""Orders of the day and what they have frozen: margin, commission and premium of opening ones, lots of closing ones.

A claim is worked out anew of what is not filled yet, and it shrinks with the trade, not with the order's report before
it: at no moment is money free that the trade will take.
"""

from collections.abc import Mapping
from decimal import Decimal

from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.ticks.numbers import ZERO, exact, text_of, whole

__all__ = ["FINAL", "Key", "Working", "key_of", "update_of"]

FINAL = frozenset("0245")
"""Of OrderStatus: all traded, the rest not queueing, cancelled."""

_NOT_SENT = frozenset("bc")  # a condition waits or has made another order: nothing is frozen for it
_UNKNOWN = "a"
Key = tuple[int, int, str]


def key_of(row: Mapping[str, Value]) -> Key:
    """Return FrontID, SessionID and the bare OrderRef of an order."""
    return whole(row, "FrontID"), whole(row, "SessionID"), text_of(row, "OrderRef")


class Working:
    """One order as far as it is known: `fields` are those of the latest ``Order``, or of the input that was sent."""

    __slots__ = (
        *("buying", "cash", "code", "commission", "dated_today", "fields", "lots", "margin"),
        *("meters", "opening", "price", "status", "total", "traded", "volume_traded"),
    )

    def __init__(self, fields: Mapping[str, Value]) -> None:
        self.code = text_of(fields, "InstrumentID")
        self.buying = fields.get("Direction") == "0"
        flag = text_of(fields, "CombOffsetFlag")[:1]
        self.opening = flag == "0"
        self.dated_today = flag == "3"
        self.traded = 0
        self.meters: dict[str, tuple[Decimal, int, Decimal]] = {}
        self.lots = 0
        self.margin = self.commission = self.cash = ZERO
        self.update(fields)

    def update(self, fields: Mapping[str, Value]) -> None:
        """Take a later report."""
        self.fields = fields
        self.status = text_of(fields, "OrderStatus") or _UNKNOWN
        self.total = whole(fields, "VolumeTotalOriginal")
        self.volume_traded = whole(fields, "VolumeTraded")
        self.price = exact(fields.get("LimitPrice")) or exact(fields.get("StopPrice"))

    @property
    def done(self) -> bool:
        """Whether no more trades are to be expected than were reported."""
        return self.status in FINAL

    @property
    def rest(self) -> int:
        """Lots that money or positions are frozen for: those not traded, as far as trades have been told."""
        if self.status in _NOT_SENT or "&" in self.code:
            return 0
        return max((self.volume_traded if self.done else self.total) - self.traded, 0)


def update_of(known: Working, fields: Mapping[str, Value]) -> bool:
    """Tell whether a report is news: streams that begin anew repeat what an order was before."""
    status = text_of(fields, "OrderStatus")
    if known.done:
        return status in FINAL
    if whole(fields, "VolumeTraded") < known.volume_traded:
        return False
    return status != _UNKNOWN or known.status == _UNKNOWN

"""What stores keep that nothing sends: the price something was valued at."""

from decimal import Decimal

import msgspec

from anyvenue.model.ids import InstrumentId

__all__ = ["Mark"]


class Mark(msgspec.Struct, frozen=True, gc=False):
    """The price that positions in an instrument were valued at.

    `settlement` tells the day's settlement price, by which money moved, from a mark beside a snapshot of accounts.
    """

    instrument: InstrumentId
    ts_event: int
    ts_recv: int
    price: Decimal
    trading_day: int = 0
    settlement: bool = False

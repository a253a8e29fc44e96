"""What a reconciliation comes to."""

import msgspec

from anyvenue.model.events import AccountEvent, OrderEvent
from anyvenue.model.ids import OrderId

__all__ = ["Correction", "Note"]


class Note(msgspec.Struct, frozen=True):
    """One thing that was corrected or could not be: a stable code, English words, and the values in them."""

    code: str
    text: str
    fields: tuple[tuple[str, str], ...] = ()


class Correction(msgspec.Struct, frozen=True):
    """Events to apply in order, notes on them, and the orders to ask the venue about one by one."""

    events: tuple[OrderEvent | AccountEvent, ...] = ()
    notes: tuple[Note, ...] = ()
    queries: tuple[OrderId, ...] = ()

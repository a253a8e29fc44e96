"""What a node keeps in a snapshot, so that a start need not read the whole journal.

A snapshot that this version cannot read is no loss: the journal is replayed from its beginning then.
"""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from anyvenue.engine.desk import OrderDesk
from anyvenue.engine.live.trails import TrailsRecord
from anyvenue.model.ids import InstrumentId, OrderId
from anyvenue.oms.memory import BooksRecord, remember
from anyvenue.oms.risk.halts import RiskState
from anyvenue.runtime.journal import CursorNoted

__all__ = ["NodeMemory", "memory_of", "pack", "unpack"]

_FORMAT = 1
"""To be raised when a record changes in a way that decoding does not find out."""


class NodeMemory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Accounts, prices they are valued at, risk, and where in the venues' streams the node stands."""

    format: int
    accounts: tuple[BooksRecord, ...]
    marks: dict[InstrumentId, Decimal]
    risk: RiskState
    cursors: tuple[CursorNoted, ...]
    last_order_id: OrderId
    trails: TrailsRecord | None = None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(NodeMemory).decode


def memory_of(
    desk: OrderDesk, cursors: Iterable[CursorNoted], trails: TrailsRecord | None = None
) -> NodeMemory:
    """Return what a node has to remember now."""
    marks: dict[InstrumentId, Decimal] = {}
    for state in desk.accounts.values():
        for position in state.positions():
            price = state.mark(position.instrument)
            if price is not None:
                marks[position.instrument] = price
    return NodeMemory(
        _FORMAT,
        tuple(remember(each) for each in desk.accounts.values()),
        marks,
        desk.risk.state(),
        tuple(cursors),
        OrderId(desk._last_id),
        trails,
    )


def pack(memory: NodeMemory) -> bytes:
    """Return the bytes of a snapshot."""
    return _encode(memory)


def unpack(data: bytes) -> NodeMemory | None:
    """Return what was packed, None when another version did it."""
    try:
        memory = _decode(data)
    except msgspec.DecodeError:
        return None
    return memory if memory.format == _FORMAT else None

"""What trading cost: fees by instrument and by opening and closing."""

from decimal import Decimal

import msgspec

from anyvenue.engine.results import RunResult
from anyvenue.model.enums import Offset
from anyvenue.model.ids import InstrumentId

__all__ = ["Cost", "costs"]

_ZERO = Decimal(0)


class Cost(msgspec.Struct):
    """Fills of one instrument and offset. `turnover` is what the fills were worth."""

    instrument: InstrumentId
    offset: Offset
    fills: int = 0
    quantity: Decimal = _ZERO
    turnover: Decimal = _ZERO
    fees: Decimal = _ZERO

    @property
    def rate(self) -> float | None:
        """Fees over turnover, None without turnover."""
        return float(self.fees / self.turnover) if self.turnover else None


def costs(result: RunResult, currency: str) -> list[Cost]:
    """Return the costs in one currency, the dearest first."""
    found: dict[tuple[InstrumentId, Offset], Cost] = {}
    for fill in result.fills:
        instrument = result.instruments[fill.instrument]
        if instrument.currency != currency:
            continue
        key = (fill.instrument, fill.offset)
        cost = found.setdefault(key, Cost(*key))
        cost.fills += 1
        cost.quantity += fill.quantity
        size = fill.quantity * instrument.multiplier
        cost.turnover += size / fill.price if instrument.inverse else size * abs(fill.price)
        cost.fees += fill.fee
    return sorted(found.values(), key=lambda cost: (-cost.fees, cost.instrument, cost.offset.value))

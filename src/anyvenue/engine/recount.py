"""An independent recount: what the money must be, from fills and fees alone.

Deliberately none of the books' code: a few lines anybody can check by hand. For margined and fully paid instruments
alike, what an account is worth is what came in, less what was bought, plus what was sold, less fees, plus what is held
at its price now. Only the jumps of continuous series, which are nobody's profit, are taken out as reported.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from anyvenue.model.events import SeriesRolled
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill

__all__ = ["recount"]


def recount(
    deposits: Mapping[str, Decimal],
    movements: Iterable[Fill | SeriesRolled],
    marks: Mapping[InstrumentId, Decimal],
    instruments: Mapping[InstrumentId, Instrument],
) -> tuple[dict[str, Decimal], dict[InstrumentId, Decimal]]:
    """Return (worth by currency, net quantity by instrument) that `movements`, in the order of arrival, imply."""
    worth = dict(deposits)
    net: dict[InstrumentId, Decimal] = {}
    for event in movements:
        unit = instruments[event.instrument]
        held = net.get(event.instrument, Decimal(0))
        if isinstance(event, SeriesRolled):
            worth[unit.currency] -= event.gap * held * unit.multiplier
            continue
        signed = event.quantity if event.side == "buy" else -event.quantity
        net[event.instrument] = held + signed
        worth[unit.currency] = (
            worth.get(unit.currency, Decimal(0)) - signed * event.price * unit.multiplier
        )
        worth[event.fee_currency] -= event.fee
    for instrument, quantity in net.items():
        if quantity:
            unit = instruments[instrument]
            worth[unit.currency] += quantity * marks[instrument] * unit.multiplier
    return worth, net

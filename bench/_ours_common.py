"""What our sides of the benches share: one futures-like instrument outside of every exchange's tables."""

from __future__ import annotations

from decimal import Decimal

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.instruments import (
    FUTURE_AUTO_DATED,
    FeeRate,
    FeeSchedule,
    Instrument,
    MarginSchedule,
)
from anyvenue.model.steps import FixedStep, LotRule

__all__ = ["bench_instrument"]


def bench_instrument() -> Instrument:
    """Return the instrument of both data sets: multiplier 10, tick 1, fee 0.01 %, margin 10 %."""
    rate = FeeRate(Decimal("0.0001"))
    tenth = Decimal("0.1")
    return Instrument(
        id=make_instrument_id("bench", "SIM"),
        kind=InstrumentKind.FUTURE,
        currency="CNY",
        price_step=FixedStep(Decimal(1)),
        lot=LotRule(),
        position_rule=FUTURE_AUTO_DATED,
        sessions="always",
        multiplier=Decimal(10),
        fees=FeeSchedule(rate, rate, rate),
        margin=MarginSchedule(tenth, tenth),
    )

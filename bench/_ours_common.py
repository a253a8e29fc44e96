"""What our sides of the benches share: the instrument, and one measured backtest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from _harness import Lap, peak_mb, report
from anyvenue.data.profiles import Record
from anyvenue.data.source import MemorySource
from anyvenue.engine.backtest import ACCOUNT, BacktestNode
from anyvenue.engine.feed import Feed
from anyvenue.engine.venue import VenueOptions
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
from anyvenue.reference.catalog import Catalog
from anyvenue.strategy.base import Strategy

__all__ = ["bench_instrument", "measure_backtest"]


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


def measure_backtest(
    lap: Lap,
    strategy: type[Strategy],
    parameters: dict[str, object],
    record: Record,
    make: Callable[[], Iterator[Any]],
    events: int,
    interval: str = "",
) -> None:
    """Run one backtest and print its figures; `lap` began with the process."""
    instrument = bench_instrument()
    source = MemorySource(
        instrument, record, make, identity=f"bench {record} {events}", interval=interval
    )
    node = BacktestNode(Feed([source]), Catalog(), VenueOptions(hours="always"))
    node.add_account(ACCOUNT, {"CNY": Decimal(10_000_000)})
    node.node.add_strategy(strategy, ACCOUNT, [instrument], parameters)
    load_s, loaded_mb = lap(), peak_mb()
    node.run()
    cpu_s = lap()
    result = node.result(ACCOUNT)
    if result.faults or not result.recount_holds:
        raise SystemExit(f"run failed: {result.faults} {result.recount_differences}")
    report(
        events=events,
        cpu_s=cpu_s,
        load_s=load_s,
        loaded_mb=loaded_mb,
        orders=len(result.orders),
        fills=len(result.fills),
        audit_hash=result.audit_hash,
    )

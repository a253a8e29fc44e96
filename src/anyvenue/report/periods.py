"""What each month, and in a short run each day, brought."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal

import msgspec

from anyvenue.engine.results import RunResult
from anyvenue.report.timeline import drawdowns, local

__all__ = ["Period", "days", "months"]

_ZERO = Decimal(0)


class Period(msgspec.Struct, frozen=True):
    """The figures of a month (``2026-09``) or day (``2026-09-15``), as floats but for `fees`.

    `change` is the profit as a fraction of the equity at its start, None where there was none; `drawdown` is within
    the period, from 0 to -1; `win_rate` is over the round trips that ended in it.
    """

    name: str
    profit: float
    change: float | None
    drawdown: float
    fees: Decimal
    fills: int
    trades: int
    win_rate: float | None


def months(result: RunResult, currency: str, zone: str) -> list[Period]:
    """Return the calendar months of a run, by the wall clock of `zone`."""
    return _periods(result, currency, lambda ts: local(ts, zone)[:7])


def days(result: RunResult, currency: str, zone: str) -> list[Period]:
    """Return the calendar days of a run, by the wall clock of `zone`."""
    return _periods(result, currency, lambda ts: local(ts, zone)[:10])


def _periods(result: RunResult, currency: str, name_of: Callable[[int], str]) -> list[Period]:
    samples: dict[str, list[float]] = {}
    for ts, value in result.equity_in(currency):
        samples.setdefault(name_of(ts), []).append(value)
    fees: dict[str, Decimal] = {}
    fills: Counter[str] = Counter()
    for fill in result.fills:
        if result.instruments[fill.instrument].currency == currency:
            name = name_of(fill.ts_event)
            fills[name] += 1
            fees[name] = fees.get(name, _ZERO) + fill.fee
    nets = _nets(result, currency, name_of)
    found = []
    start = float(result.summaries[currency].paid_in)
    for name, values in samples.items():
        won = [net > 0 for net in nets.get(name, ())]
        found.append(
            Period(
                name,
                values[-1] - start,
                values[-1] / start - 1 if start > 0 else None,
                min(drawdowns(values, start)),
                fees.get(name, _ZERO),
                fills[name],
                len(won),
                sum(won) / len(won) if won else None,
            )
        )
        start = values[-1]
    return found


def _nets(
    result: RunResult, currency: str, name_of: Callable[[int], str]
) -> dict[str, list[Decimal]]:
    nets: dict[str, list[Decimal]] = {}
    for trade in result.trades:
        if trade.currency == currency:
            nets.setdefault(name_of(trade.ts_exit), []).append(trade.net)
    return nets

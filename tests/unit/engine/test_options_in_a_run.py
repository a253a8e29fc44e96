"""A strategy that trades, exercises and covers options in a backtest; the run's own recount holds."""

from decimal import Decimal
from typing import Any

from anyvenue.data.profiles import Record
from anyvenue.data.source import MemorySource
from anyvenue.engine.backtest import backtest
from anyvenue.engine.results import RunResult
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.market import Quote
from anyvenue.reference.catalog import Catalog
from anyvenue.strategy.base import Strategy

CATALOG = Catalog(20260915)
OPEN = 1_789_436_400_000_000_000  # 09:40 in China on 2026-09-15
SECOND = 1_000_000_000
DAY = 86_400 * SECOND


class Script(Strategy):
    """Does one step at each quote of its first instrument."""

    def __init__(self, *steps: Any) -> None:
        super().__init__()
        self.steps = list(steps)

    def on_start(self) -> None:
        for each in self.instruments:
            self.quotes(each)

    def on_quote(self, quote: Quote) -> None:
        if quote.instrument == self.instrument and self.steps:
            self.steps.pop(0)(self)


def run(
    strategy: Strategy, prices: dict[str, float], *, days: int = 1, rise: float = 0, **options: Any
) -> RunResult:
    """Show six quotes of every instrument on each of some days, all at the same prices but for a rise a day."""
    sources = []
    for order, (name, price) in enumerate(prices.items()):
        instrument = CATALOG.get(name)
        step = float(instrument.price_step.step_at(Decimal(str(price))))
        quotes = [
            Quote(instrument.id, ts, ts, price + rise * day, price + rise * day + step, 1e6, 1e6)
            for day in range(days)
            for second in range(6)
            for ts in [OPEN + day * DAY + second * SECOND + order * 1000]
        ]
        sources.append(
            MemorySource(instrument, Record.QUOTE, lambda rows=quotes: iter(rows), identity=name)  # type: ignore[misc]
        )
    return backtest(
        strategy, sources, catalog=CATALOG, cash=200_000, options=VenueOptions(**options)
    )


def worked(result: RunResult) -> bool:
    """Tell that nothing faulted and the books hold."""
    assert [fault.error for fault in result.faults] == []
    assert result.recount_differences == []
    return True


def test_an_exercised_call_becomes_a_future_over_night() -> None:
    call, future = "rb2701C3500.SHFE", "rb2701.SHFE"
    script = Script(
        lambda self: self.buy(call, 2, 120),
        lambda self: None,
        lambda self: self.exercise(call, 1),
    )
    result = run(script, {call: 119.5, future: 3600.0}, days=2)
    assert worked(result)
    held = {each.instrument: each.net for each in result.positions}
    assert held == {call: 1, future: 1}


def test_an_american_option_held_over_night_counts_its_gain_once() -> None:
    call, share = "AAPL260918C00230000.US", "AAPL.US"
    script = Script(lambda self: self.buy(call, 2, 5))
    result = run(script, {call: 4.0, share: 232.0}, days=2, rise=1, hours="always")
    assert worked(result)
    (held,) = result.positions
    assert held.net == 2
    assert result.accounts["USD"].position_profit == 0
    assert 2 * 100 * 5 <= result.accounts["USD"].market_value <= 2 * 100 * Decimal("5.01")


def test_a_covered_call_is_sold_without_a_margin() -> None:
    call, fund = "510050C2609M03000.SSE", "510050.SSE"
    script = Script(
        lambda self: self.buy(fund, 10_000, 3.001),
        lambda self: None,
        lambda self: self.sell(call, 1, 0.05, covered=True),
    )
    result = run(script, {fund: 3.0, call: 0.05})
    assert worked(result)
    held = {each.instrument: each.net for each in result.positions}
    assert held == {call: -1, fund: 10_000}
    assert result.accounts["CNY"].margin == 0

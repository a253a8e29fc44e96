"""Prices are sampled beside the equity, and stay as small."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from anyvenue.engine.backtest import backtest
from anyvenue.engine.curve import EquityCurve, PriceSamples
from anyvenue.engine.paper import paper
from anyvenue.engine.results import RunResult
from anyvenue.engine.synthetic import synthetic_source
from anyvenue.kernel.kernel import Kernel
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Quote
from anyvenue.reference.catalog import Catalog
from anyvenue.strategy.library.ema_cross import EmaCross

SECOND = 1_000_000_000
OPEN = 1_789_434_000 * SECOND


class _Worth:
    def rough_worth(self, currency: str, price: Any) -> float:
        return 1.0


def quote(name: str, second: int, bid: float) -> Quote:
    ts = OPEN + second * SECOND
    return Quote(InstrumentId(name), ts, ts, bid, bid + 2, 1.0, 1.0)


def sampled(quotes: list[Quote], interval: int = 60) -> tuple[EquityCurve, PriceSamples]:
    kernel = Kernel()
    samples = PriceSamples(kernel.latest)
    curve = EquityCurve(kernel, _Worth(), "CNY", interval * SECOND, samples)  # type: ignore[arg-type]
    kernel.add_waker(curve, watcher=True)
    kernel.run(quotes)
    curve.sample(kernel.now)
    return curve, samples


def test_prices_are_taken_at_the_times_of_the_equity() -> None:
    curve, samples = sampled([quote("A", second, 100.0 + second) for second in range(0, 300, 30)])
    assert samples.times == curve.times
    assert len(samples.prices[InstrumentId("A")]) == len(curve.times)
    assert samples.prices[InstrumentId("A")][-1] == 371.0


def test_an_instrument_that_comes_later_has_no_price_before() -> None:
    quotes = [quote("A", second, 100.0) for second in range(0, 200, 20)]
    quotes += [quote("B", 200, 50.0), quote("A", 300, 100.0)]
    _, samples = sampled(quotes)
    later = samples.prices[InstrumentId("B")]
    assert later[0] != later[0]
    assert later[-1] == 51.0


def test_a_price_that_goes_absent_stays_what_it_was() -> None:
    quotes = [quote("A", second, 100.0) for second in range(0, 200, 20)]
    quotes += [quote("A", second, float("nan")) for second in range(200, 400, 20)]
    _, samples = sampled(quotes)
    assert samples.prices[InstrumentId("A")][-1] == 101.0


def test_long_runs_and_whole_markets_stay_small() -> None:
    quotes = [quote(f"I{second % 100}", second, 100.0) for second in range(20_000)]
    curve, samples = sampled(quotes, 1)
    assert len(samples.prices) == 64
    assert {len(prices) for prices in samples.prices.values()} == {len(curve.times)}
    assert samples.times == curve.times


def test_backtest_and_paper_take_the_same_samples() -> None:
    catalog = Catalog(20260915)
    index = catalog.get("IF2609.CFFEX")
    sessions = catalog.sessions(index.sessions)
    ticks = synthetic_source(index, [20260915], sessions, seed=2, start=3950)
    cash = {"CNY": Decimal(2_000_000)}
    tested = backtest(EmaCross, ticks, cash=cash)
    papered = paper(EmaCross, ticks, cash=cash, speed=0)
    assert tested.prices(index.id)
    assert papered.prices(index.id) == tested.prices(index.id)


def test_a_result_offers_prices_and_equity_for_charts(result: RunResult) -> None:
    (instrument,) = result.instruments
    prices = result.prices(instrument)
    assert all(price == pytest.approx(3950, rel=0.2) for _, price in prices)
    assert {ts for ts, _ in prices} <= {ts for ts, _ in result.equity}
    assert result.equity_in("CNY") == result.equity
    assert result.equity_in("XYZ") == []
    assert result.prices(InstrumentId("nothing")) == []


def test_an_old_day_keeps_as_many_samples_as_a_late_one() -> None:
    day = 86_400
    trading = [at * day + second for at in range(60) for second in range(0, 4 * 3600, 60)]
    curve, _ = sampled([quote("A", second, 100.0) for second in trading])
    counts = Counter((ts - OPEN) // (day * SECOND) for ts in curve.times)
    # The day on which the interval doubled has a few more.
    assert max(counts.values()) <= min(counts.values()) + 2

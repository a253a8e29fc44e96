"""A strategy that orders by money, keeps a position worth an amount, and closes what it holds."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from anyvenue.data.profiles import Record
from anyvenue.data.source import MemorySource
from anyvenue.engine.backtest import backtest
from anyvenue.engine.results import RunResult
from anyvenue.model.errors import InvalidOrder
from anyvenue.model.market import FundingRate, Quote
from anyvenue.reference.catalog import Catalog
from anyvenue.strategy.base import Strategy

CATALOG = Catalog(20260915)
PERP, RB = CATALOG.get("BTC-USDT-PERP.BINANCE"), CATALOG.get("rb2701.SHFE")
OPEN = 1_789_434_000_000_000_000
Step = Callable[["Script"], object]


class Script(Strategy):
    """Takes one step at each quote."""

    def __init__(self, *steps: Step) -> None:
        super().__init__()
        self.steps = list(steps)
        self.nets: list[Decimal] = []

    def on_start(self) -> None:
        self.quotes(self.instrument)

    def on_quote(self, quote: Quote) -> None:
        self.nets.append(self.position(self.instrument).net)
        if self.steps:
            self.steps.pop(0)(self)


def quotes(name: str, *bids: float, tick: float) -> list[Quote]:
    times = (OPEN + number * 1_000_000_000 for number in range(len(bids)))
    return [
        Quote(name, at, at, bid, bid + tick, 50.0, 50.0)
        for at, bid in zip(times, bids, strict=True)
    ]


def play(*steps: Step, unit: str = PERP.id, tick: float = 0.1) -> tuple[Script, RunResult]:
    script, price = Script(*steps), 50_000.0 if unit == PERP.id else 3500.0
    data = quotes(unit, *[price] * (2 * len(steps) + 2), tick=tick)
    return script, backtest(script, data, catalog=CATALOG, cash=1_000_000)


def raises(words: str, step: Step) -> Step:
    def check(script: Script) -> None:
        with pytest.raises(InvalidOrder, match=words):
            step(script)

    return check


def rest(_script: Script) -> None:
    """Do nothing at one quote."""


def test_an_order_by_money_is_floored_to_the_lot_at_what_it_meets() -> None:
    _, result = play(lambda s: s.buy(s.instrument, amount=1234))
    assert [order.quantity for order in result.orders] == [Decimal("0.024")]


def test_a_limit_order_by_money_is_measured_at_its_price_and_a_stop_at_its_trigger() -> None:
    _, result = play(
        lambda s: s.buy(s.instrument, price=40_000, amount=1234),
        lambda s: s.sell(s.instrument, stop=30_000, amount=1234),
    )
    assert [order.quantity for order in result.orders] == [Decimal("0.030"), Decimal("0.041")]


def test_too_little_money_names_the_minimum_and_sends_nothing() -> None:
    _, result = play(
        raises("minimum of 0.001 costs 50.0001", lambda s: s.buy(s.instrument, amount=40)),
        raises("quantity or amount=", lambda s: s.buy(s.instrument)),
        raises("quantity or amount=", lambda s: s.buy(s.instrument, 1, amount=40)),
    )
    assert not result.faults
    assert not list(result.orders)


def test_a_position_is_kept_worth_an_amount_and_turned() -> None:
    script, result = play(
        lambda s: s.target(s.instrument, amount=5000),
        rest,
        lambda s: s.target(s.instrument, amount=4990),
        lambda s: s.target(s.instrument, amount=-2500),
        rest,
        lambda s: s.target(s.instrument, amount=0),
        rest,
    )
    assert [order.quantity for order in result.orders] == [
        Decimal("0.099"),
        Decimal("0.149"),
        Decimal("0.050"),
    ]
    assert script.nets[-1] == 0


def test_everything_is_closed_and_nothing_opened() -> None:
    script, result = play(
        lambda s: s.buy(s.instrument, 3),
        lambda s: s.sell(s.instrument, 2, offset="open"),
        rest,
        lambda s: s.close_all(side="short"),
        lambda s: s.close_all(outcome="winners"),
        lambda s: s.close_all(outcome="losers"),
        rest,
        unit=RB.id,
        tick=1.0,
    )
    assert not result.faults
    closing = [order for order in result.orders if order.request.reduce_only]
    assert [(order.side, order.quantity) for order in closing] == [("buy", 2), ("sell", 3)]
    assert script.position(RB.id).flat


def test_closing_twice_at_once_sends_one_order() -> None:
    _, result = play(
        lambda s: s.buy(s.instrument, 1),
        rest,
        lambda s: (s.close_all(), s.close_all(s.instrument)),
        unit=RB.id,
        tick=1.0,
    )
    assert len([order for order in result.orders if order.request.reduce_only]) == 1


def test_a_strategy_reads_the_funding_rate_that_was_told_by_the_hour() -> None:
    seen: list[object] = []

    def look(script: Script) -> None:
        told = script.funding(script.instrument)
        seen.append(told and told.hourly)

    first, last = quotes(PERP.id, 50_000, 50_000, tick=0.1)
    told = FundingRate(PERP.id, OPEN, OPEN, Decimal("0.0008"), 8 * 3_600_000_000_000, OPEN + 1)
    events = [first, told, last]
    source = MemorySource(PERP, Record.QUOTE, lambda: iter(events), identity="three")  # type: ignore[arg-type]
    result = backtest(Script(look, look), source, catalog=CATALOG)
    assert not result.faults
    assert seen == [None, Decimal("0.0001")]

"""The ready strategies on every kind of market: no fault over a whole day, and bad parameters refused."""

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from anyvenue.engine.backtest import backtest
from anyvenue.engine.results import RunResult
from anyvenue.engine.synthetic import synthetic_feed
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.enums import Side
from anyvenue.model.errors import ConfigError, StrategyError
from anyvenue.model.market import Quote
from anyvenue.reference.catalog import Catalog
from anyvenue.sim.faults import FaultPlan
from anyvenue.strategy.base import Strategy
from anyvenue.strategy.library import BUILT_IN, built_in

pytestmark = pytest.mark.long

CATALOG = Catalog(20260915)
MARKETS = ("rb2701.SHFE", "IF2609.CFFEX", "600519.SSE", "AAPL.US", "00700.HK")
OPEN = 1_789_434_000_000_000_000  # 09:00 in China on 2026-09-15
SECOND = 1_000_000_000


@cache
def day_of(instruments: tuple[str, ...], days: int = 1) -> tuple[Any, ...]:
    """Return synthetic markets in real trading hours."""
    return synthetic_feed(
        CATALOG, date=20260915, seed=1, instruments=instruments, days=days, hours="real"
    ).sources


def run(
    name: str,
    instruments: Sequence[str],
    parameters: dict[str, object] | None = None,
    cash: float = 5_000_000,
    days: int = 1,
    options: VenueOptions | None = None,
) -> RunResult:
    result = backtest(
        built_in(name),
        day_of(tuple(instruments), days),
        parameters=parameters,
        cash=cash,
        options=options,
        catalog=CATALOG,
    )
    assert result.faults == []
    assert result.recount_holds
    assert result.open_orders == []
    return result


@pytest.mark.parametrize("instrument", MARKETS)
@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_a_whole_day_passes_without_a_fault(name: str, instrument: str) -> None:
    result = run(name, [instrument])
    assert result.fills or name == "basket"  # a share that falls all day is not bought
    position = sum((each.net for each in result.positions), Decimal(0))
    lot = CATALOG.get(instrument).lot.minimum
    assert name == "basket" or abs(position) <= 3 * lot
    if not CATALOG.get(instrument).position_rule.short_ok:
        assert position >= 0


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_all_markets_at_once_pass_without_a_fault_on_a_bad_network(name: str) -> None:
    plan = FaultPlan(seed=3, reject=0.1, drop=0.1, duplicate=0.1, delay=0.1, disconnect=0.01)
    options = VenueOptions(latency_ms=20, latency_jitter_ms=500, faults=plan)
    result = run(name, ["i2701.DCE", "600519.SSE"], options=options)
    assert {order.state for order in result.orders} >= {"filled", "rejected"}


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_too_little_money_is_no_fault(name: str) -> None:
    result = run(name, ["600519.SSE", "IF2609.CFFEX"], cash=1000)
    assert result.orders == []
    assert result.summary.equity == 1000


def test_shares_bought_today_are_sold_tomorrow() -> None:
    result = run("ema_cross", ["600519.SSE"], days=2)
    sold = [fill for fill in result.fills if fill.side is Side.SELL]
    bought = [fill for fill in result.fills if fill.side is Side.BUY]
    assert {fill.trading_day for fill in sold} == {20260916}
    assert bought[0].trading_day == 20260915


def test_us_shares_are_turned_within_the_day() -> None:
    result = run("ema_cross", ["AAPL.US"])
    assert len([fill for fill in result.fills if fill.side is Side.SELL]) > 100
    assert result.currency == "USD"


@pytest.mark.parametrize("interval", ["1m", "15m"])
def test_ema_cross_follows_bars(interval: str) -> None:
    by_bar = run("ema_cross", ["IF2609.CFFEX"], {"interval": interval, "fast": 2, "slow": 4})
    assert 0 < len(by_bar.fills) < by_quote()


@cache
def by_quote() -> int:
    """Return how many fills a day of following every quote brings."""
    return len(run("ema_cross", ["IF2609.CFFEX"]).fills)


def test_ema_cross_holds_the_size_it_is_told_to() -> None:
    result = run("ema_cross", ["AAPL.US"], {"size": 30, "interval": "5m"})
    assert {order.quantity for order in result.orders} == {Decimal(30)}


QUIET = [
    Quote("rb2701.SHFE", OPEN + second * SECOND, OPEN + second * SECOND, 3500.0, 3501.0, 9.0, 9.0)
    for second in range(1, 60)
]


def test_ema_cross_does_nothing_while_nothing_moves_or_is_absent() -> None:
    nan = float("nan")
    absent = [
        Quote("rb2701.SHFE", each.ts_event, each.ts_recv, nan, 3501.0, nan, 9.0) for each in QUIET
    ]
    for data in (QUIET, absent):
        result = backtest(built_in("ema_cross"), data, catalog=CATALOG)
        assert (result.orders, result.faults) == ([], [])


def test_grid_lays_out_its_levels_around_the_first_price() -> None:
    result = backtest(
        built_in("grid"), QUIET, parameters={"levels": 2, "step": 5, "size": 3}, catalog=CATALOG
    )
    laid_out = sorted((order.price, order.side.value, order.quantity) for order in result.orders)
    assert laid_out == [
        (3490, "buy", 3),
        (3495, "buy", 3),
        (3505, "sell", 3),
        (3510, "sell", 3),
    ]


def test_grid_puts_the_opposite_order_one_step_away_from_a_fill() -> None:
    falls = [
        Quote("rb2701.SHFE", each.ts_event, each.ts_recv, 3490.0, 3491.0, 9.0, 9.0)
        for each in QUIET[30:]
    ]
    data = QUIET[:30] + falls
    result = backtest(built_in("grid"), data, parameters={"levels": 1, "step": 5}, catalog=CATALOG)
    assert [(fill.side.value, fill.price) for fill in result.fills] == [("buy", 3495)]
    assert [(each.side.value, each.price) for each in result.orders][2:] == [("sell", 3500)]


@pytest.mark.parametrize(
    ("name", "parameters", "text"),
    [
        ("ema_cross", {"fast": 20, "slow": 20}, "fast was 20 and slow 20; fast must be below slow"),
        ("ema_cross", {"fast": 0}, "fast was 0"),
        ("ema_cross", {"fast": -3, "slow": 5}, "fast was -3"),
        ("ema_cross", {"size": 0}, "size was 0"),
        ("ema_cross", {"interval": "soon"}, "soon"),
        ("grid", {"levels": 0}, "levels was 0"),
        ("grid", {"step": -1}, "step -1"),
        ("grid", {"size": 0}, "size 0"),
    ],
)
def test_parameters_that_make_no_sense_are_refused_at_the_start(
    name: str, parameters: dict[str, object], text: str
) -> None:
    result = backtest(built_in(name), QUIET, parameters=parameters, catalog=CATALOG)
    (fault,) = result.faults
    assert fault.error.startswith("ConfigError")
    assert text in fault.error


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_parameters_of_the_wrong_type_or_name_are_refused_before(name: str) -> None:
    whole = "levels" if name == "grid" else "fast"
    with pytest.raises(ConfigError, match=f"{whole} was 'big'; int is expected"):
        built_in(name)(**{whole: "big"})
    with pytest.raises(ConfigError, match="has no parameter 'seize'"):
        built_in(name)(seize=3)
    assert getattr(built_in(name)(**{whole: "3"}), whole) == 3


def test_built_in_strategies_are_found_by_name() -> None:
    assert all(issubclass(built_in(name), Strategy) for name in BUILT_IN)
    with pytest.raises(
        StrategyError,
        match="there is no built-in strategy 'emacross'; there are basket, ema_cross, grid",
    ):
        built_in("emacross")

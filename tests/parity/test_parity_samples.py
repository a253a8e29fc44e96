"""A paper run at full speed is the backtest, event by event, whatever the network does."""

import pytest
from chatty_strategy import Chatty
from hypothesis import given, settings
from hypothesis import strategies as st
from parity_runs import assert_equal, both, sample, sample_quotes, sample_trades

from anyvenue.engine.venue import VenueOptions
from anyvenue.model.enums import OrderState
from anyvenue.model.market import Trade
from anyvenue.sim.faults import FaultPlan

pytestmark = pytest.mark.long

DAYS = (20260914, 20260915, 20260916)
NETWORKS = {
    "perfect": VenueOptions(),
    "one millisecond": VenueOptions(latency_ms=1),
    "slower than the ticks": VenueOptions(latency_ms=1700),
    "random latency": VenueOptions(latency_ms=5, latency_jitter_ms=400, seed=3),
    "orders refused": VenueOptions(faults=FaultPlan(seed=1, reject=0.3)),
    "messages lost": VenueOptions(faults=FaultPlan(seed=1, drop=0.15)),
    "messages doubled": VenueOptions(faults=FaultPlan(seed=1, duplicate=0.3)),
    "messages doubled and late": VenueOptions(
        latency_ms=1, faults=FaultPlan(seed=1, duplicate=0.3)
    ),
    "messages late": VenueOptions(faults=FaultPlan(seed=1, delay=0.3)),
    "link breaks": VenueOptions(faults=FaultPlan(seed=1, disconnect=0.1)),
    "all of it": VenueOptions(
        latency_ms=5,
        latency_jitter_ms=400,
        faults=FaultPlan(seed=1, reject=0.1, drop=0.05, delay=0.1, duplicate=0.1, disconnect=0.02),
    ),
    "closed means refused": VenueOptions(when_closed="reject"),
}
LISTENERS = {
    "quotes": {"every": 12},
    "quotes and timers": {"timers": ("47s", "10m")},
    "bars": {"channels": (), "intervals": ("1m", "5m"), "every": 1},
    "everything": {
        "channels": ("quotes", "depth"),
        "intervals": ("1m", "5m"),
        "timers": ("5m",),
    },
}


class Trader(Chatty):
    """Follows trades of the first instrument, and bars of all."""

    channels: tuple[str, ...] = ()
    intervals: tuple[str, ...] = ("1m",)
    every: int = 3

    def on_start(self) -> None:
        super().on_start()
        self.trades(self.instrument)

    def on_trade(self, trade: Trade) -> None:
        if trade.size > 190:
            self._market(trade, trade.price)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("listener", LISTENERS)
def test_paper_equals_backtest_on_two_instruments(listener: str, network: str) -> None:
    data = [sample("rb2701.SHFE", minutes=3), sample("i2701.DCE", minutes=3)]
    tested, papered = both(lambda: Chatty(seed=7, **LISTENERS[listener]), data, NETWORKS[network])
    assert_equal(tested, papered)
    assert len(tested[0].orders) > 15


@pytest.mark.parametrize("network", ["perfect", "random latency", "all of it"])
def test_paper_equals_backtest_over_days_that_settle_and_orders_that_expire(network: str) -> None:
    data = [sample("rb2701.SHFE", DAYS, minutes=2), sample("i2701.DCE", DAYS, minutes=2)]
    tested, papered = both(lambda: Chatty(seed=3, **LISTENERS["quotes"]), data, NETWORKS[network])
    assert_equal(tested, papered)
    result = tested[0]
    assert {fill.trading_day for fill in result.fills} == set(DAYS)
    assert OrderState.EXPIRED in {order.state for order in result.orders}


@pytest.mark.parametrize("network", ["perfect", "random latency", "all of it"])
def test_paper_equals_backtest_when_the_strategy_raises(network: str) -> None:
    data = [sample("rb2701.SHFE"), sample("i2701.DCE")]
    tested, papered = both(
        lambda: Chatty(seed=5, raise_after=12, **LISTENERS["everything"]), data, NETWORKS[network]
    )
    assert_equal(tested, papered)
    assert [fault.error for fault in tested[0].faults] == ["RuntimeError: enough after 12 orders"]


@pytest.mark.parametrize("instrument", ["600519.SSE", "AAPL.US", "IF2609.CFFEX"])
def test_paper_equals_backtest_on_every_kind_of_market(instrument: str) -> None:
    tested, papered = both(
        lambda: Chatty(seed=2, **LISTENERS["everything"]),
        sample(instrument, DAYS, minutes=3),
        NETWORKS["one millisecond"],
        cash=100_000_000,
    )
    assert_equal(tested, papered)
    assert tested[0].fills


@pytest.mark.parametrize("network", ["perfect", "one millisecond", "random latency", "all of it"])
def test_paper_equals_backtest_on_quotes_though_a_backtest_leaves_most_out(network: str) -> None:
    data = [sample_quotes("rb2701.SHFE", DAYS), sample_quotes("i2701.DCE", DAYS)]
    tested, papered = both(lambda: Chatty(seed=4, every=60), data, NETWORKS[network])
    assert_equal(tested, papered)
    assert tested[0].fills


@pytest.mark.parametrize("network", ["perfect", "random latency", "all of it"])
def test_paper_equals_backtest_on_trades_and_the_bars_made_of_them(network: str) -> None:
    data = [sample_trades("rb2701.SHFE"), sample("i2701.DCE")]
    tested, papered = both(lambda: Trader(seed=4), data, NETWORKS[network])
    assert_equal(tested, papered)
    assert tested[0].fills


CHANCES = st.sampled_from([0.0, 0.0, 0.05, 0.2])
PLANS = st.builds(
    FaultPlan,
    seed=st.integers(0, 1000),
    reject=CHANCES,
    drop=CHANCES,
    duplicate=CHANCES,
    delay=CHANCES,
    disconnect=CHANCES,
    delay_ns=st.sampled_from([0, 1_000_000, 1_000_000_000, 90_000_000_000]),
    timeout_ns=st.sampled_from([0, 1_000_000_000, 300_000_000_000]),
    outage_ns=st.sampled_from([0, 1_000_000_000, 3_600_000_000_000]),
)
OPTIONS = st.builds(
    VenueOptions,
    latency_ms=st.sampled_from([0.0, 0.001, 1.0, 1000.0, 2500.0]),
    latency_jitter_ms=st.sampled_from([0.0, 0.0, 5.0, 3000.0]),
    seed=st.integers(0, 1000),
    faults=st.none() | PLANS,
    when_closed=st.sampled_from(["queue", "reject"]),
)


@settings(max_examples=30)
@given(
    seed=st.integers(0, 10_000),
    listener=st.sampled_from(sorted(LISTENERS)),
    options=OPTIONS,
    raise_after=st.sampled_from([0, 0, 0, 5, 30]),
)
def test_paper_equals_backtest_for_any_seed(
    seed: int, listener: str, options: VenueOptions, raise_after: int
) -> None:
    data = [sample("rb2701.SHFE", seed=seed, minutes=1), sample("i2701.DCE", seed=seed, minutes=1)]
    assert_equal(
        *both(
            lambda: Chatty(seed=seed, raise_after=raise_after, **LISTENERS[listener]),
            data,
            options,
        )
    )

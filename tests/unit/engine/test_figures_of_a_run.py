"""What is said of a run: recount, round trips, statistics, the equity curve, the summary."""

from decimal import Decimal
from math import sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from short_market import CATALOG, MINE, OPEN, RB, SECOND, Counts, at, node_of, quote

from anyvenue.engine.curve import EquityCurve
from anyvenue.engine.recount import recount
from anyvenue.engine.results import Recorder
from anyvenue.engine.roundtrips import closed_trades
from anyvenue.engine.statistics import measure
from anyvenue.kernel.kernel import Kernel
from anyvenue.model.enums import Offset, Side
from anyvenue.model.events import SeriesRolled
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.market import Quote
from anyvenue.model.orders import Fill

D = Decimal
INSTRUMENTS = {each.id: each for each in (RB, CATALOG.get("AAPL.US"))}
_DAY = 86_400 * SECOND


def fill(
    side: str, quantity: int, price: Any, fee: Any = 0, second: float = 0, **more: Any
) -> Fill:
    instrument = INSTRUMENTS[more.get("instrument", RB.id)]
    return Fill(
        OrderId(1), MINE, instrument.id, f"{side}{second}", Side(side), Offset.OPEN, D(str(price)),
        D(quantity), D(str(fee)), instrument.currency, at(second), at(second),
    )  # fmt: skip


# ---- recount


def test_the_recount_is_money_in_less_bought_plus_sold_less_fees_plus_held() -> None:
    fills = [fill("buy", 3, 3500, 2), fill("sell", 1, 3510, "0.5")]
    worth, net = recount({"CNY": D(1000)}, fills, {RB.id: D(3490)}, INSTRUMENTS)
    assert net == {RB.id: 2}
    assert worth == {"CNY": 1000 - 35000 * 3 + 35100 - D("2.5") + 2 * 34900}


def test_the_recount_keeps_currencies_apart() -> None:
    fills = [fill("buy", 1, 3500, 1), fill("buy", 2, "230.5", 1, instrument="AAPL.US")]
    marks = {RB.id: D(3500), "AAPL.US": D(231)}
    worth, _ = recount({"CNY": D(100), "USD": D(1000)}, fills, marks, INSTRUMENTS)  # type: ignore[arg-type]
    assert worth == {"CNY": 99, "USD": 1000}


def test_a_roll_counts_for_what_was_held_when_it_was_told() -> None:
    def roll(gap: int) -> SeriesRolled:
        return SeriesRolled(MINE, RB.id, D(gap), 20260916, at(5), at(5))

    buy, sell = fill("buy", 1, 3500, second=5), fill("sell", 1, 3520, second=5)
    before, _ = recount({"CNY": D(0)}, [roll(20), buy, sell], {}, INSTRUMENTS)
    between, _ = recount({"CNY": D(0)}, [buy, roll(20), sell], {}, INSTRUMENTS)
    after, _ = recount({"CNY": D(0)}, [buy, sell, roll(20)], {}, INSTRUMENTS)
    assert (before["CNY"], between["CNY"], after["CNY"]) == (200, 0, 200)


def test_a_roll_that_is_told_twice_is_kept_once() -> None:
    recorder = Recorder()
    for day in (20260915, 20260915, 20260916):
        recorder.on_roll(SeriesRolled(MINE, RB.id, D(1), day, at(day), at(day)))
    recorder.on_roll(SeriesRolled(AccountId("other"), RB.id, D(1), 20260915, 1, 1))
    assert [each.trading_day for each in recorder.movements if isinstance(each, SeriesRolled)] == [
        *(20260915, 20260916, 20260915)
    ]


# ---- round trips


def test_round_trips_close_the_oldest_first_and_share_the_fees() -> None:
    fills = [
        fill("buy", 2, 3500, 4, 1),
        fill("buy", 1, 3510, 2, 2),
        fill("sell", 3, 3520, 3, 3),
    ]
    first, second = closed_trades(fills, INSTRUMENTS)
    assert (first.quantity, first.entry_price, first.profit, first.fees) == (2, 3500, 400, 6)
    assert (second.quantity, second.entry_price, second.profit, second.fees) == (1, 3510, 100, 3)
    assert (first.side, first.ts_entry, first.ts_exit) == (Side.BUY, at(1), at(3))
    assert first.net == 394


def test_a_fill_that_turns_the_position_ends_one_trip_and_begins_another() -> None:
    fills = [fill("sell", 1, 3500, 1, 1), fill("buy", 3, 3490, 3, 2), fill("sell", 2, 3495, 2, 3)]
    short, long = closed_trades(fills, INSTRUMENTS)
    assert (short.side, short.profit, short.fees) == (Side.SELL, 100, 2)
    assert (long.side, long.quantity, long.profit, long.fees) == (Side.BUY, 2, 100, 4)


@given(
    st.lists(
        st.tuples(st.sampled_from(["buy", "sell"]), st.integers(1, 5), st.integers(3400, 3600)),
        max_size=30,
    )
)
def test_round_trips_and_what_is_left_add_up_to_the_recount(
    orders: list[tuple[str, int, int]],
) -> None:
    fills = [fill(*order, fee=1, second=number) for number, order in enumerate(orders)]
    net = sum(each.quantity if each.side is Side.BUY else -each.quantity for each in fills)
    if net:
        fills.append(fill("sell" if net > 0 else "buy", int(abs(net)), 3500, 1, 99))
    worth, _ = recount({"CNY": D(0)}, fills, {}, INSTRUMENTS)
    trades = closed_trades(fills, INSTRUMENTS)
    assert abs(sum((trade.net for trade in trades), D(0)) - worth["CNY"]) < D("1e-15")


# ---- statistics


def test_return_and_drawdown_are_fractions_of_the_money_and_of_the_peak() -> None:
    figures = measure([1, 2, 3, 4], [100.0, 150.0, 120.0, 180.0], 100.0)
    assert figures.total_return == pytest.approx(0.8)
    assert figures.max_drawdown == pytest.approx(0.2)


def test_a_loss_from_the_very_start_is_a_drawdown() -> None:
    assert measure([1], [90.0], 100.0).max_drawdown == pytest.approx(0.1)


def test_the_sharpe_ratio_is_of_daily_returns() -> None:
    times = [day * _DAY for day in range(4)]
    figures = measure(times, [101.0, 102.01, 101.0, 103.02], 100.0)
    returns = [0.01, 0.01, 101 / 102.01 - 1, 103.02 / 101 - 1]
    mean = sum(returns) / 4
    deviation = sqrt(sum((each - mean) ** 2 for each in returns) / 3)
    assert figures.sharpe == pytest.approx(mean / deviation * sqrt(252))
    assert figures.days == 4


@pytest.mark.parametrize(
    ("values", "start"), [([], 100.0), ([100.0, 101.0], 100.0), ([100.0] * 9, 100.0), ([5.0], 0.0)]
)
def test_what_would_mean_nothing_is_none(values: list[float], start: float) -> None:
    times = [day * _DAY for day in range(len(values))]
    figures = measure(times, values, start)
    assert figures.sharpe is None
    assert figures.total_return == pytest.approx(
        (values[-1] / start - 1) if values and start else 0
    )


# ---- the equity curve


class _Worth:
    """A state whose worth is the kernel's latest bid."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel

    def rough_worth(self, currency: str, price: Any) -> float:
        latest = self.kernel.latest.get(RB.id)
        return latest.bid if isinstance(latest, Quote) else 0.0


def curve_of(seconds: list[float], interval: int = 60) -> EquityCurve:
    kernel = Kernel()
    curve = EquityCurve(kernel, _Worth(kernel), "CNY", interval * SECOND)  # type: ignore[arg-type]
    kernel.add_waker(curve, watcher=True)
    kernel.run(quote(second, 3500 + second) for second in seconds)
    return curve


def test_equity_is_sampled_once_an_interval_and_idle_stretches_are_left_out() -> None:
    # Half a minute after the open, then every half minute, then nothing for an hour.
    curve = curve_of([30, 60, 90, 120, 150, 3600, 3630, 3660])
    seconds = [(time - OPEN) // SECOND for time in curve.times]
    assert seconds == [0, 60, 120, 180, 3600, 3660]
    # At each time the curve shows the last quote before it.
    assert list(curve.values) == [0, 3530, 3590, 3650, 3650, 7130]


def test_a_second_sample_at_one_time_takes_the_first_one_s_place() -> None:
    kernel = Kernel()
    curve = EquityCurve(kernel, _Worth(kernel), "CNY")  # type: ignore[arg-type]
    for bid in (1, 2):
        kernel.latest[RB.id] = quote(1, bid)
        curve.sample(at(1))
    assert (list(curve.times), list(curve.values)) == ([at(1)], [2.0])


def test_a_long_curve_stays_small_and_in_order() -> None:
    curve = curve_of([second * 1.0 for second in range(40_000)], 1)
    assert len(curve.times) < 8_001
    assert list(curve.times) == sorted(set(curve.times))


def test_a_fall_that_was_sampled_stays_when_its_sample_is_dropped() -> None:
    kernel = Kernel()
    curve = EquityCurve(kernel, _Worth(kernel), "CNY", SECOND, paid_in=100.0)  # type: ignore[arg-type]
    for second in range(10_000):
        kernel.latest[RB.id] = quote(second, {1_001: 200.0, 1_003: 50.0}.get(second, 100.0))
        curve.sample(at(second))
    assert len(curve.times) < 2_000
    assert len(curve.falls) == len(curve.values) == len(curve.times)
    assert 200.0 not in curve.values
    assert min(curve.falls) == -0.75
    # From then on it is half of the highest, though no sample shows that one any more.
    assert curve.falls[-1] == -0.5


def test_a_sample_that_is_replaced_leaves_no_peak_behind() -> None:
    kernel = Kernel()
    curve = EquityCurve(kernel, _Worth(kernel), "CNY", paid_in=100.0)  # type: ignore[arg-type]
    for bid in (400, 80):
        kernel.latest[RB.id] = quote(1, bid)
        curve.sample(at(1))
    assert list(curve.falls) == [-0.2]


# ---- the result


class BuysAndSells(Counts):
    """Buys two, and sells one of them."""

    def on_quote(self, quote: Quote) -> None:
        calls = self.count("quote")
        if calls == 1:
            self.buy(self.instrument, 2)
        elif calls == 4:
            self.sell(self.instrument, 1)


def test_a_result_says_what_was_done_and_what_came_of_it() -> None:
    events = [quote(second, 3500 + second) for second in range(1, 11)]
    node = node_of(BuysAndSells(), events=events)
    node.run()
    result = node.result(MINE)
    summary = result.summary
    assert (summary.orders, summary.fills, summary.trades, summary.open_orders) == (2, 2, 1, 0)
    assert (
        summary.events == len(events) + 1 + 4
    )  # quotes, the deposit, two orders accepted and filled
    assert (result.trades[0].entry_price, result.trades[0].exit_price) == (3503, 3505)
    assert summary.win_rate == 1.0
    assert summary.fees == sum(each.fee for each in result.fills) == result.accounts["CNY"].fees
    held = (D("3510.5") - 3503) * 10
    assert summary.profit == 20 + held - summary.fees == summary.equity - summary.paid_in
    assert result.equity[-1] == (at(10), float(summary.equity))
    assert result.recount_differences == []
    assert [position.net for position in result.positions] == [1]


def test_a_result_of_nothing_is_a_result() -> None:
    node = node_of(Counts(channels=()))
    node.run()
    result = node.result(MINE)
    assert (result.summary.trades, result.summary.win_rate, result.summary.sharpe) == (
        0,
        None,
        None,
    )
    assert result.summary.total_return == 0.0
    assert result.recount_holds


def test_a_book_that_is_wrong_is_found_out() -> None:
    node = node_of(BuysAndSells())
    node.run()
    node.recorder.movements.pop()
    result = node.result(MINE)
    assert not result.recount_holds
    assert len(result.recount_differences) == 2

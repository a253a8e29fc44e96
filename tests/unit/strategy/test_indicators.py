"""Indicators: hand-worked numbers, streaming against batch, and a million updates without drift."""

from array import array
from collections.abc import Callable, Iterable
from math import fsum, inf, isnan, nan, sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.model.errors import ConfigError
from anyvenue.strategy import indicators as ind

VALUES = st.lists(
    st.one_of(
        st.integers(1, 2_000_000).map(lambda ticks: ticks / 100), st.sampled_from([nan, inf])
    ),
    max_size=60,
)
PERIODS = st.integers(1, 12)
BAR = st.tuples(*[st.integers(1, 200_000).map(lambda ticks: ticks / 100)] * 3).map(
    lambda three: (max(three), min(three), three[0])
)
BARS = st.lists(st.one_of(BAR, st.just((nan, 1.0, 1.0))), max_size=60)


def same(left: Iterable[float], right: Iterable[float], scale: float = 1.0) -> bool:
    """Compare number by number; `scale` is the size of the values the numbers were made from."""
    expected = pytest.approx(list(right), rel=1e-9, abs=1e-9 * scale, nan_ok=True)
    return list(left) == expected


def size(values: Iterable[float]) -> float:
    return max((value for value in values if value < inf), default=1.0)


def streamed(indicator: ind.Indicator, inputs: Iterable[object], *names: str) -> list[list[float]]:
    """Return one list per attribute name, read after every update."""
    update: Callable[..., float] = getattr(indicator, "update", None) or indicator.update_bar
    lines: list[list[float]] = [[] for _ in names]
    for item in inputs:
        update(*item) if isinstance(item, tuple) else update(item)
        for line, name in zip(lines, names, strict=True):
            line.append(getattr(indicator, name))
    return lines


def test_sma_is_the_mean_of_its_window() -> None:
    assert same(ind.sma([1, 2, 4, 8], 3), [nan, nan, 7 / 3, 14 / 3])
    assert same(*streamed(ind.SMA(3), [1, 2, 4, 8], "value"), [nan, nan, 7 / 3, 14 / 3])


def test_ema_of_three_weighs_the_newest_value_one_half_and_starts_at_the_first() -> None:
    # 2; (2 + 4) / 2 = 3; (3 + 8) / 2 = 5.5; (5.5 + 16) / 2 = 10.75
    assert same(ind.ema([2, 4, 8, 16], 3), [nan, nan, 5.5, 10.75])
    assert same(*streamed(ind.EMA(3), [2, 4, 8, 16], "value"), [nan, nan, 5.5, 10.75])


def test_rsi_follows_wilders_two_averages() -> None:
    # changes +1, -0.5: gain 0.5, loss 0.25; then +1: gain (0.5 + 1) / 2 = 0.75, loss 0.125
    expected = [nan, nan, 100 * 0.5 / 0.75, 100 * 0.75 / 0.875]
    assert same(ind.rsi([10, 11, 10.5, 11.5], 2), expected)
    assert same(*streamed(ind.RSI(2), [10, 11, 10.5, 11.5], "value"), expected)


@pytest.mark.parametrize(("values", "index"), [([1, 2, 3], 100), ([3, 2, 1], 0), ([2, 2, 2], 50)])
def test_rsi_is_100_rising_0_falling_and_50_when_nothing_moves(
    values: list[float], index: float
) -> None:
    assert ind.rsi(values, 2)[-1] == index
    assert streamed(ind.RSI(2), values, "value")[0][-1] == index


def test_bollinger_uses_the_population_deviation() -> None:
    # mean 5, squared deviations 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32, 32 / 8 = 4, deviation 2
    bands = ind.Bollinger(8, 1.5)
    for value in (2, 4, 4, 4, 5, 5, 7, 9):
        bands.update(value)
    assert (bands.lower, bands.middle, bands.upper) == (2.0, 5.0, 8.0)
    assert bands.deviation == 2.0


def test_macd_signal_starts_with_the_first_difference() -> None:
    # slow EMA(3): 5.5, 10.75; differences 2.5, 5.25; signal 2.5 then 2.5 + 2/3 x 2.75
    lines = ind.macd([2, 4, 8, 16], 1, 3, 2)
    signal = 2.5 + 2 / 3 * 2.75
    assert same(lines.macd, [nan, nan, nan, 5.25])
    assert same(lines.signal, [nan, nan, nan, signal])
    assert same(lines.histogram, [nan, nan, nan, 5.25 - signal])


def test_atr_counts_the_gap_from_the_last_close() -> None:
    # ranges 10 - 8 = 2, 11 - 9 = 2, and 15 - 10 = 5 over the gap: mean 2, then (2 + 5) / 2
    bars = [(10, 8, 9), (11, 9, 10), (15, 14, 14.5)]
    assert same(*streamed(ind.ATR(2), bars, "value"), [nan, 2.0, 3.5])
    assert same(ind.atr(*zip(*bars, strict=True), 2), [nan, 2.0, 3.5])


def test_stochastic_is_the_place_of_the_close_in_the_range() -> None:
    # ranges of two bars: 8..12 with close 11 = 75; 9..13 with close 10 = 25; %D their mean
    bars = [(10, 8, 9), (12, 9, 11), (13, 10, 10)]
    k, d = streamed(ind.Stochastic(2, 2, 1), bars, "k", "d")
    assert same(k, [nan, nan, 25.0])
    assert same(d, [nan, nan, 50.0])


def test_stochastic_is_50_when_high_and_low_are_the_same() -> None:
    assert streamed(ind.Stochastic(2, 1, 1), [(5, 5, 5)] * 2, "k") == [
        [pytest.approx(nan, nan_ok=True), 50.0]
    ]


def test_vwap_weighs_prices_by_volume_and_starts_afresh_on_reset() -> None:
    average = ind.VWAP()
    average.update(10, 1)
    assert average.update(20, 3) == 17.5
    average.reset()
    assert not average.ready
    assert average.update(30, 2) == 30.0
    assert average.count == 1


@given(VALUES, PERIODS)
def test_streaming_sma_equals_every_window_summed_exactly(values: list[float], period: int) -> None:
    assert same(*streamed(ind.SMA(period), values, "value"), ind.sma(values, period), size(values))


@given(VALUES, PERIODS)
def test_streaming_ema_equals_the_recursion(values: list[float], period: int) -> None:
    assert same(*streamed(ind.EMA(period), values, "value"), ind.ema(values, period), size(values))


@given(VALUES, PERIODS)
def test_streaming_rsi_equals_batch(values: list[float], period: int) -> None:
    assert same(*streamed(ind.RSI(period), values, "value"), ind.rsi(values, period))


@given(VALUES, PERIODS, st.floats(0.5, 4.0))
def test_streaming_bollinger_equals_batch(values: list[float], period: int, width: float) -> None:
    lines = streamed(ind.Bollinger(period, width), values, "upper", "middle", "lower")
    for line, expected in zip(lines, ind.bollinger(values, period, width), strict=True):
        assert same(line, expected, 10 * size(values))


@given(VALUES, PERIODS, PERIODS, PERIODS)
def test_streaming_macd_equals_batch(
    values: list[float], fast: int, longer: int, signal: int
) -> None:
    slow = fast + longer
    lines = streamed(ind.MACD(fast, slow, signal), values, "macd", "signal", "histogram")
    for line, expected in zip(lines, ind.macd(values, fast, slow, signal), strict=True):
        assert same(line, expected, size(values))


@given(BARS, PERIODS)
def test_streaming_atr_equals_batch(bars: list[tuple[float, ...]], period: int) -> None:
    columns = list(zip(*bars, strict=True)) or [(), (), ()]
    assert same(*streamed(ind.ATR(period), bars, "value"), ind.atr(*columns, period), 2000.0)


@given(BARS, PERIODS, st.integers(1, 4), st.integers(1, 4))
def test_streaming_stochastic_equals_batch(
    bars: list[tuple[float, ...]], k: int, d: int, smooth: int
) -> None:
    columns = list(zip(*bars, strict=True)) or [(), (), ()]
    lines = streamed(ind.Stochastic(k, d, smooth), bars, "k", "d")
    for line, expected in zip(lines, ind.stochastic(*columns, k, d, smooth), strict=True):
        assert same(line, expected, 100.0)


@given(st.lists(st.tuples(st.floats(0.01, 1e6), st.sampled_from([nan, 0.0, -5.0, 1.0, 250.0]))))
def test_streaming_vwap_equals_batch(trades: list[tuple[float, float]]) -> None:
    prices = [price for price, _ in trades]
    volumes = [volume for _, volume in trades]
    assert same(*streamed(ind.VWAP(), trades, "value"), ind.vwap(prices, volumes), size(prices))


def test_ema_is_the_weighted_sum_of_all_values() -> None:
    values = [101.0, 99.5, 100.25, 102.0, 98.75, 100.5]
    alpha = 2 / 5
    keep = 1 - alpha
    weights = [keep**5] + [alpha * keep ** (5 - place) for place in range(1, 6)]
    closed_form = fsum(weight * value for weight, value in zip(weights, values, strict=True))
    assert streamed(ind.EMA(4), values, "value")[0][-1] == pytest.approx(closed_form, rel=1e-14)


def test_batch_functions_take_any_sequence() -> None:
    assert same(ind.sma(array("d", [1.0, 3.0]), 2), ind.sma((1.0, 3.0), 2))


def test_sma_stays_exact_over_a_million_updates() -> None:
    seed = 20_260_101
    random = Random(seed)
    average = ind.SMA(50)
    values = [random.uniform(1.0, 1e6) * random.choice((1.0, 1e-6)) for _ in range(1_000_000)]
    worst = 0.0
    for place, value in enumerate(values, 1):
        average.update(value)
        if place % 997 == 0 or place == len(values):
            exact = fsum(values[place - 50 : place]) / 50
            worst = max(worst, abs(average.value / exact - 1.0))
    assert worst < 5e-15, f"seed {seed}"


def test_bollinger_stays_exact_over_a_million_updates_far_from_zero() -> None:
    seed = 7
    random = Random(seed)
    bands = ind.Bollinger(20, 2.0)
    values = [1e9 + random.gauss(0.0, 1.0) for _ in range(1_000_000)]
    worst = 0.0
    for place, value in enumerate(values, 1):
        bands.update(value)
        if place % 9_973 == 0 or place == len(values):
            window = values[place - 20 : place]
            mean = fsum(window) / 20
            exact = sqrt(fsum((one - mean) ** 2 for one in window) / 20)
            worst = max(worst, abs(bands.deviation / exact - 1.0))
    assert worst < 2e-7, f"seed {seed}"  # doubles near 1e9 are 1.2e-7 apart


def test_a_spike_leaves_no_trace_once_it_has_left_the_window() -> None:
    average, bands = ind.SMA(3), ind.Bollinger(3, 2.0)
    for value in (1e16, 0.1, 0.2, 0.3):
        average.update(value)
        bands.update(value)
    assert average.value == pytest.approx(0.2, rel=1e-15)
    assert bands.deviation == pytest.approx(sqrt(0.02 / 3), rel=1e-14)


def test_a_flat_market_has_bands_of_no_width() -> None:
    bands = ind.Bollinger(7, 2.0)
    for _ in range(100):
        bands.update(0.1)
    assert bands.upper == bands.lower == 0.1


def test_a_small_move_after_a_huge_one_still_counts() -> None:
    assert streamed(ind.RSI(1), [1.0, 1e9, 1e9 + 1e-6], "value")[0][-1] == 100.0


MAKERS: dict[str, tuple[Callable[[], ind.Indicator], tuple[float, ...], int]] = {
    "SMA": (lambda: ind.SMA(4), (1.0,), 4),
    "EMA": (lambda: ind.EMA(4), (1.0,), 4),
    "RSI": (lambda: ind.RSI(4), (1.0,), 5),
    "Bollinger": (lambda: ind.Bollinger(4, 2.0), (1.0,), 4),
    "MACD": (lambda: ind.MACD(2, 4, 3), (1.0,), 6),
    "ATR": (lambda: ind.ATR(4), (2.0, 1.0, 1.5), 4),
    "Stochastic": (lambda: ind.Stochastic(4, 2, 3), (2.0, 1.0, 1.5), 7),
    "VWAP": (lambda: ind.VWAP(), (1.0, 5.0), 1),
}


@pytest.mark.parametrize("name", MAKERS)
def test_value_is_nan_until_ready_and_count_counts(name: str) -> None:
    make, item, needed = MAKERS[name]
    indicator = make()
    assert not indicator.ready
    for count in range(1, needed + 3):
        streamed(indicator, [item])
        assert indicator.count == count
        assert indicator.ready == (count >= needed)
        assert isnan(indicator.value) == (count < needed)


@pytest.mark.parametrize("absent", [nan, inf, -inf])
@pytest.mark.parametrize("name", MAKERS)
def test_an_absent_input_changes_nothing(name: str, absent: float) -> None:
    make, item, needed = MAKERS[name]
    disturbed, calm = make(), make()
    broken = [(*item[:place], absent, *item[place + 1 :]) for place in range(len(item))]
    for _ in range(needed + 2):
        streamed(disturbed, broken)
        streamed(disturbed, [item])
        streamed(calm, [item])
    streamed(disturbed, broken)
    assert disturbed.count == calm.count
    assert disturbed.value == calm.value


@pytest.mark.parametrize("name", MAKERS)
def test_an_absent_input_returns_the_last_value(name: str) -> None:
    make, item, needed = MAKERS[name]
    indicator = make()
    update = getattr(indicator, "update", None) or indicator.update_bar
    for _ in range(needed):
        last = update(*item)
    assert update(*[nan] * len(item)) == last == indicator.value


@pytest.mark.parametrize("name", MAKERS)
def test_indicators_carry_no_dict_and_name_themselves(name: str) -> None:
    indicator = MAKERS[name][0]()
    assert not hasattr(indicator, "__dict__")
    assert repr(indicator) == f"<{name} value=nan count=0>"


@pytest.mark.parametrize("period", [0, -1, 2.0, "20", True, None])
@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("SMA: period", ind.SMA),
        ("EMA: period", ind.EMA),
        ("RSI: period", ind.RSI),
        ("ATR: period", ind.ATR),
        ("Bollinger: period", ind.Bollinger),
        ("MACD: signal", lambda period: ind.MACD(12, 26, period)),
        ("Stochastic: smooth", lambda period: ind.Stochastic(14, 3, period)),
        ("SMA: period", lambda period: ind.sma([1.0], period)),
        ("ATR: period", lambda period: ind.atr([1.0], [1.0], [1.0], period)),
    ],
)
def test_a_wrong_period_is_refused_by_name(
    name: str, make: Callable[[object], object], period: object
) -> None:
    with pytest.raises(ConfigError, match=f"{name} was {period!r}; use a whole number") as caught:
        make(period)
    assert caught.value.code == "config.indicator_period"


@pytest.mark.parametrize("width", [0, -2.0, nan, inf, "2", True])
def test_a_wrong_width_is_refused_by_name(width: object) -> None:
    with pytest.raises(ConfigError, match="Bollinger: width was"):
        ind.Bollinger(20, width)  # type: ignore[arg-type]


def test_macd_refuses_a_fast_average_that_is_not_the_faster() -> None:
    with pytest.raises(ConfigError, match="fast was 26 and slow 12"):
        ind.MACD(26, 12, 9)


def test_batch_functions_refuse_columns_of_different_length() -> None:
    with pytest.raises(ConfigError, match="highs 2, lows 1, closes 2"):
        ind.atr([1.0, 2.0], [1.0], [1.0, 2.0])

from collections.abc import Iterable
from math import isnan, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market_file_samples import ns

from anyvenue.data.bars import BarBuilder
from anyvenue.data.intervals import parse_interval
from anyvenue.model.errors import ConfigError
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth, MarketData, Quote, Trade
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import SessionCalendar
from anyvenue.sim.synthetic import synthetic_ticks

SECOND = 1_000_000_000
NEVER = 1 << 62
CATALOG = Catalog(20210101)
IF = CATALOG.get("IF2101.CFFEX")
AU = CATALOG.get("au2106.SHFE")


def sessions_of(instrument: Instrument) -> SessionCalendar:
    return CATALOG.sessions(instrument.sessions)


def builder(instrument: Instrument, interval: str) -> BarBuilder:
    return BarBuilder(instrument, interval, sessions_of(instrument))


def tick(
    time: str,
    last: float,
    volume: float,
    instrument: Instrument = IF,
    high: float = nan,
    low: float = nan,
) -> Depth:
    ts = ns(f"2021-01-{time}+08:00")
    book = (last - 1,), (1.0,), (last + 1,), (1.0,)
    return Depth(instrument.id, ts, ts, *book, last, volume, volume * 10, 7.0, high=high, low=low)


def bars_of(builder: BarBuilder, events: Iterable[MarketData]) -> list[Bar]:
    bars = [bar for event in events if (bar := builder.update(event)) is not None]
    last = builder.advance(NEVER)
    return bars if last is None else [*bars, last]


def test_a_bar_is_given_when_a_later_window_begins() -> None:
    minute = builder(IF, "1m")
    assert minute.update(tick("05T09:30:10", 10.0, 5)) is None
    assert minute.update(tick("05T09:30:20", 12.0, 7)) is None
    assert minute.update(tick("05T09:30:30", 9.0, 8)) is None
    bar = minute.update(tick("05T09:31:00", 11.0, 9))
    assert bar is not None
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (10.0, 12.0, 9.0, 9.0, 8.0)
    assert bar.ts_start == ns("2021-01-05T09:30:00+08:00")
    assert bar.ts_event == bar.ts_recv == ns("2021-01-05T09:31:00+08:00")
    assert (bar.interval, bar.trading_day, bar.closed) == ("1m", 20210105, True)
    assert (bar.turnover, bar.open_interest) == (80.0, 7.0)


def test_a_bar_closes_by_the_clock_when_no_later_tick_comes() -> None:
    minute = builder(IF, "1m")
    minute.update(tick("05T09:30:10", 10.0, 5))
    end = ns("2021-01-05T09:31:00+08:00")
    assert minute.due == end
    assert minute.advance(end - 1) is None
    bar = minute.advance(end)
    assert bar is not None
    assert bar.ts_event == bar.ts_recv == end
    assert minute.advance(end + SECOND) is None
    assert minute.due > NEVER


def test_windows_without_data_give_no_bars() -> None:
    ticks = [tick("05T09:30:10", 10.0, 5), tick("05T09:40:00", 11.0, 6)]
    assert len(bars_of(builder(IF, "1m"), ticks)) == 2


def test_the_opening_auction_counts_into_the_first_bar() -> None:
    bars = bars_of(
        builder(IF, "1m"), [tick("05T09:29:00.400", 10.0, 240), tick("05T09:30:01", 11.0, 250)]
    )
    assert len(bars) == 1
    assert (bars[0].open, bars[0].volume) == (10.0, 250.0)
    assert bars[0].ts_start == ns("2021-01-05T09:30:00+08:00")


def test_a_snapshot_before_the_open_that_shows_no_trade_is_left_aside() -> None:
    ticks = [tick("05T09:28:00", 99.0, 0), tick("05T09:30:01", 11.0, 250)]
    assert bars_of(builder(IF, "1m"), ticks)[0].high == 11.0


def test_the_closing_snapshot_counts_into_the_last_bar_a_moment_late() -> None:
    minute = builder(IF, "1m")
    minute.update(tick("05T14:59:59", 10.0, 5))
    assert minute.due == ns("2021-01-05T15:00:01+08:00")
    assert minute.update(tick("05T15:00:00.400", 12.0, 8)) is None
    bar = minute.advance(minute.due)
    assert bar is not None
    assert (bar.close, bar.ts_event) == (12.0, ns("2021-01-05T15:00:00+08:00"))


def test_the_settlement_snapshot_closes_the_last_bar_and_makes_none() -> None:
    ticks = [tick("05T14:59:59", 10.0, 5), tick("05T15:35:00", 99.0, 8)]
    bars = bars_of(builder(IF, "1m"), ticks)
    assert [bar.close for bar in bars] == [10.0]


def test_a_closing_snapshot_that_comes_first_still_belongs_to_the_last_bar() -> None:
    (bar,) = bars_of(builder(IF, "5m"), [tick("05T11:30:00.300", 10.0, 5)])
    assert bar.ts_event == ns("2021-01-05T11:30:00+08:00")


def test_a_bar_that_was_given_is_never_given_again() -> None:
    minute = builder(IF, "1m")
    minute.update(tick("05T14:59:59", 10.0, 5))
    assert minute.advance(NEVER) is not None
    assert minute.update(tick("05T15:00:00.400", 12.0, 8)) is None
    assert minute.advance(NEVER) is None


def test_volume_starts_from_zero_on_a_new_day() -> None:
    ticks = [
        tick("05T14:59:00", 10.0, 5000),
        tick("06T09:30:00", 10.0, 30),
        tick("06T09:30:30", 10.0, 40),
    ]
    assert [bar.volume for bar in bars_of(builder(IF, "1m"), ticks)][1] == 40.0


def test_a_builder_started_within_the_day_takes_the_first_total_as_its_base() -> None:
    ticks = [tick("05T10:00:10", 10.0, 5000), tick("05T10:00:20", 10.0, 5003)]
    assert bars_of(builder(IF, "1m"), ticks)[0].volume == 3.0


def test_a_total_that_falls_is_passed_over() -> None:
    volumes = (100, 50, 110)
    ticks = [tick(f"05T09:30:{10 + n}", 10.0, volume) for n, volume in enumerate(volumes)]
    assert bars_of(builder(IF, "1m"), ticks)[0].volume == 110.0


def test_a_new_high_of_the_day_between_two_snapshots_counts() -> None:
    ticks = [
        tick("05T09:30:10", 10.0, 5, high=10.0, low=10.0),
        tick("05T09:30:20", 11.0, 9, high=13.0, low=8.0),
        tick("05T09:31:20", 11.0, 9, high=13.0, low=8.0),
    ]
    first, second = bars_of(builder(IF, "1m"), ticks)
    assert (first.high, first.low) == (13.0, 8.0)
    assert (second.high, second.low) == (11.0, 11.0)


def test_the_daily_bar_reaches_from_the_night_before_to_the_close() -> None:
    ticks = [
        tick("08T21:00:00", 10.0, 5, AU),
        tick("09T01:00:00", 12.0, 9, AU),
        tick("11T08:30:00", 99.0, 9, AU),
        tick("11T14:00:00", 11.0, 20, AU),
        tick("11T21:00:00", 15.0, 3, AU),
    ]
    first, second = bars_of(builder(AU, "1d"), ticks)
    assert first.ts_start == ns("2021-01-08T21:00:00+08:00")
    assert first.ts_event == ns("2021-01-11T15:00:00+08:00")
    assert (first.open, first.high, first.close, first.volume) == (10.0, 12.0, 11.0, 20.0)
    assert first.trading_day == 20210111
    assert (second.open, second.volume, second.trading_day) == (15.0, 3.0, 20210112)


def test_an_hour_cut_by_a_break_goes_on_after_it() -> None:
    ticks = [
        tick("05T10:05:00", 10.0, 5, AU),
        tick("05T10:20:00", 99.0, 5, AU),
        tick("05T10:40:00", 11.0, 6, AU),
    ]
    (bar,) = bars_of(builder(AU, "1h"), ticks)
    assert (bar.open, bar.high, bar.close) == (10.0, 11.0, 11.0)
    assert bar.ts_event - bar.ts_start == (60 + 15) * 60 * SECOND


def test_quotes_give_their_mid_price_and_no_volume() -> None:
    fx = CATALOG.get("AAPL.US")
    start = ns("2021-01-05T10:00:00-05:00")
    quotes = [
        Quote(fx.id, start, start, 1.0, 2.0, 5.0, 5.0),
        Quote(fx.id, start + 1, start + 1, nan, 2.0, 0.0, 5.0),
    ]
    (bar,) = bars_of(builder(fx, "1m"), quotes)
    assert (bar.open, bar.close) == (1.5, 1.5)
    assert isnan(bar.volume)


def test_trades_give_volume_and_turnover() -> None:
    start = ns("2021-01-05T09:40:00+08:00")
    trades = [Trade(IF.id, start + n, start + n, 10.0 + n, 2.0) for n in range(3)]
    (bar,) = bars_of(builder(IF, "1m"), trades)
    assert (bar.high, bar.volume, bar.turnover) == (12.0, 6.0, 66.0 * 300)


def minute_bar(time: str, close: float, volume: float = 1.0) -> Bar:
    start = ns(f"2021-01-05T{time}:00+08:00")
    end = start + 60 * SECOND
    return Bar(IF.id, end, end, "1m", start, close, close + 1, close - 1, close, volume, nan, 5.0)


def test_finer_bars_add_up_and_close_the_bar_at_its_end() -> None:
    five = builder(IF, "5m")
    minutes = [minute_bar(f"09:3{n}", 10.0 + n) for n in range(5)]
    assert [five.update(bar) for bar in minutes[:4]] == [None] * 4
    bar = five.update(minutes[4])
    assert bar is not None
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (10.0, 15.0, 9.0, 14.0, 5.0)
    assert (bar.open_interest, bar.ts_event) == (5.0, minutes[4].ts_event)


def test_a_missing_finer_bar_does_not_hold_the_coarser_one_back() -> None:
    five = builder(IF, "5m")
    assert five.update(minute_bar("09:33", 10.0)) is None
    bar = five.update(minute_bar("09:36", 11.0))
    assert bar is not None
    assert bar.ts_event == ns("2021-01-05T09:35:00+08:00")


def test_coarser_bars_are_refused() -> None:
    with pytest.raises(ConfigError, match="1m or longer"):
        builder(IF, "10s").update(minute_bar("09:33", 10.0))


def brute_force(
    instrument: Instrument, interval: str, ticks: list[Depth]
) -> dict[tuple[int, int], list[float]]:
    """Return window -> [open, high, low, close, volume], by sorting ticks into windows one at a time.

    A new high or low of the day was traded between two snapshots and counts too.
    """
    sessions, found, before = sessions_of(instrument), dict[tuple[int, int], list[float]](), 0.0
    day = ticks[0]
    for event in ticks:
        window = sessions.bar_window(event.ts_event, parse_interval(interval))
        bar = found.setdefault(window, [event.last, event.last, event.last, event.last, 0.0])
        bar[1], bar[2], bar[3] = max(bar[1], event.last), min(bar[2], event.last), event.last
        if event.high > day.high:
            bar[1] = max(bar[1], event.high)
        if event.low < day.low:
            bar[2] = min(bar[2], event.low)
        day = event
        bar[4] += event.volume - before
        before = event.volume
    return found


@settings(max_examples=40)
@given(
    st.sampled_from(["10s", "1m", "7m", "15m", "1h", "4h", "1d"]),
    st.integers(0, 10_000),
    st.integers(10, 97),
)
def test_bars_from_ticks_equal_a_recount(interval: str, seed: int, every: int) -> None:
    sessions = sessions_of(AU)
    ticks = list(
        synthetic_ticks(AU, sessions.windows(20210111), seed, 380, every_ns=every * SECOND)
    )
    bars = bars_of(builder(AU, interval), ticks)
    counted = {
        (bar.ts_start, bar.ts_event): [bar.open, bar.high, bar.low, bar.close, bar.volume]
        for bar in bars
    }
    assert counted == brute_force(AU, interval, ticks)
    assert len(bars) == len(counted)
    assert sum(bar.volume for bar in bars) == ticks[-1].volume


@settings(max_examples=40)
@given(st.sampled_from(["5m", "15m", "1h", "1d"]), st.integers(0, 10_000))
def test_bars_from_minutes_equal_bars_from_ticks(interval: str, seed: int) -> None:
    ticks = list(
        synthetic_ticks(AU, sessions_of(AU).windows(20210111), seed, 380, every_ns=20 * SECOND)
    )
    minutes = bars_of(builder(AU, "1m"), ticks)
    coarse = bars_of(builder(AU, interval), minutes)
    direct = bars_of(builder(AU, interval), ticks)
    prices = [(b.ts_start, b.ts_event, b.open, b.high, b.low, b.close, b.volume) for b in coarse]
    assert prices == [
        (b.ts_start, b.ts_event, b.open, b.high, b.low, b.close, b.volume) for b in direct
    ]

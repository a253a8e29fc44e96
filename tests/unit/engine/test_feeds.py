"""From what a user names as data to a stream of events, and the synthetic market."""

from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from short_market import CATALOG, RB, Counts, depth, node_of, quote, source

from anyvenue.data.canonical import write_csv
from anyvenue.data.profiles import Record
from anyvenue.engine.backtest import backtest, cash_of
from anyvenue.engine.feed import Feed, open_feed
from anyvenue.engine.synthetic import DEMO_INSTRUMENTS, synthetic_feed
from anyvenue.engine.venue import VenueOptions, hours_of, make_latency
from anyvenue.model.errors import ConfigError, DataError, InvalidOrder
from anyvenue.model.market import Bar, MarketData, Trade
from anyvenue.sim.latency import FixedLatency, NoLatency, RandomLatency
from anyvenue.sim.synthetic import start_price

QUOTES = [quote(second) for second in range(1, 5)]


class BuysOnce(Counts):
    """Buys at the first quote."""

    def on_quote(self, quote: Any) -> None:
        if self.count("quote") == 1:
            self.buy(self.instrument, 1)


def test_records_a_source_a_path_and_a_list_are_all_data(tmp_path: Path) -> None:
    path = tmp_path / "quotes.csv.gz"
    write_csv(path, Record.QUOTE, QUOTES)
    for data in (QUOTES, source(QUOTES), [source(QUOTES)], path, str(path), [path]):
        feed = open_feed(data, CATALOG)  # type: ignore[arg-type]
        assert list(feed.events()) == QUOTES
        assert feed.instruments == [RB]
        assert len(feed.content_hashes()) == 1


@pytest.mark.parametrize(
    ("record", "channels"),
    [
        (quote(1), {"quotes", "bars"}),
        (depth(1), {"depth", "quotes", "bars"}),
        (Trade(RB.id, 1, 1, 3500.0, 1.0), {"trades", "bars"}),
        (Bar(RB.id, 2, 2, "5m", 1, 1.0, 1.0, 1.0, 1.0, 1.0), {"bars:5m"}),
    ],
)
def test_records_know_what_they_can_serve(record: MarketData, channels: set[str]) -> None:
    (made,) = open_feed([record], CATALOG).sources
    assert made.channels == channels


def test_several_sources_are_merged_by_time_and_at_one_time_in_their_order() -> None:
    other = [quote(second, 780) for second in (2, 3, 9)]
    feed = Feed([source(QUOTES), source(other)])
    assert [event.ts_recv for event in feed.events()] == sorted(
        event.ts_recv for event in [*QUOTES, *other]
    )
    at_two = [event.bid for event in feed.events() if event.ts_recv == quote(2).ts_recv]  # type: ignore[union-attr]
    assert at_two == [3500, 780]


def test_what_is_no_data_is_refused() -> None:
    for data, text in (
        ([], "no data was given"),
        ([object()], "data was object"),
        ([quote(1), Trade("i2701.DCE", 1, 1, 1.0, 1.0)], "records of 2 instruments"),  # type: ignore[arg-type]
    ):
        with pytest.raises(ConfigError, match=text):
            open_feed(data, CATALOG)  # type: ignore[arg-type]


def test_records_of_several_kinds_or_out_of_order_are_refused_before_the_run() -> None:
    with pytest.raises(ConfigError, match="records of several kinds of rb2701"):
        open_feed([quote(1), depth(2)], CATALOG)
    with pytest.raises(DataError, match="is earlier than the one before it"):
        open_feed([quote(1), quote(3), quote(2)], CATALOG)
    assert list(open_feed([quote(1), quote(1)], CATALOG).events()) == [quote(1)] * 2


def test_equal_records_have_equal_hashes_and_other_records_others() -> None:
    def digest(records: Any) -> list[str]:
        return open_feed(records, CATALOG).content_hashes()

    assert digest(QUOTES) == digest(list(QUOTES))
    assert digest(QUOTES) != digest(QUOTES[1:])
    assert digest(QUOTES) != digest([*QUOTES[:-1], quote(4, 3600)])


# ---- money and options


def test_a_bare_number_is_money_in_every_currency_that_is_needed() -> None:
    instruments = [RB, CATALOG.get("AAPL.US"), CATALOG.get("i2701.DCE")]
    assert cash_of("100.5", instruments) == {"CNY": 100.5, "USD": 100.5}
    assert cash_of({"EUR": 3}, instruments) == {"EUR": 3}
    with pytest.raises(InvalidOrder, match="cash was 'much'"):
        cash_of("much", instruments)


def test_an_account_of_another_currency_cannot_trade_and_says_so() -> None:
    result = backtest(BuysOnce, QUOTES, cash={"USD": 1_000_000}, catalog=CATALOG)
    (fault,) = result.faults
    assert fault.error.startswith("InsufficientFunds")
    assert "has 0 available" in fault.error or "CNY" in fault.error


def test_options_make_the_latency_they_describe() -> None:
    for options, kind in (
        (VenueOptions(), NoLatency),
        (VenueOptions(latency_ms=1), FixedLatency),
        (VenueOptions(latency_jitter_ms=1), RandomLatency),
    ):
        assert type(make_latency(options)) is kind


def test_hours_are_real_or_always() -> None:
    night = quote(10 * 3600).ts_event
    assert hours_of(VenueOptions(hours="always"), CATALOG)(RB).is_open(night - 86_400 * 10**9)
    assert not hours_of(VenueOptions(), CATALOG)(RB).is_open(night)
    with pytest.raises(ConfigError, match="hours was 'never'; expected real or always"):
        hours_of(VenueOptions(hours="never"), CATALOG)


# ---- the synthetic market


def test_the_synthetic_market_is_in_order_the_same_each_time_and_says_that_it_is_made_up() -> None:
    feed = synthetic_feed(CATALOG, date=20260915, seed=3)
    first, second = (list(islice(feed.events(), 2000)) for _ in range(2))
    assert first == second
    assert [event.ts_recv for event in first] == sorted(event.ts_recv for event in first)
    behind_the_spread = "i2705.DCE"
    assert {event.instrument for event in first} == {*DEMO_INSTRUMENTS, behind_the_spread}
    assert {each.id for each in feed.traded} == set(DEMO_INSTRUMENTS)
    assert all(made.synthetic for made in feed.sources)
    assert feed.synthetic


def test_another_seed_is_another_market() -> None:
    one, two = (
        list(islice(synthetic_feed(CATALOG, date=20260915, seed=seed).events(), 200))
        for seed in (1, 2)
    )
    assert one != two


def test_a_number_of_days_ends_and_none_goes_on() -> None:
    days = synthetic_feed(
        CATALOG, date=20260918, seed=1, instruments=["IF2609"], days=2, hours="real"
    )
    assert {event.trading_day for event in days.events()} == {20260918, 20260921}  # type: ignore[union-attr]
    endless = synthetic_feed(CATALOG, date=20260918, seed=1, instruments=["IF2609"], hours="real")
    seen = {event.trading_day for event in islice(endless.events(), 0, 90_000, 1000)}  # type: ignore[union-attr]
    assert len(seen) > 2


def test_a_day_without_trading_begins_on_the_next() -> None:
    sunday = synthetic_feed(CATALOG, date=20260920, seed=1, instruments=["IF2609"], hours="real")
    assert next(sunday.events()).trading_day == 20260921  # type: ignore[union-attr]


def test_an_instrument_that_joins_is_heard_from_now_on() -> None:
    feed = synthetic_feed(CATALOG, date=20260915, seed=1, instruments=["rb2701"])
    events = feed.events()
    for _ in range(100):
        now = next(events).ts_recv
    joined = feed.join(CATALOG.get("cu2610.SHFE"))
    assert joined == [feed.sources[-1]]
    later = list(islice(events, 10))
    assert "cu2610.SHFE" in {event.instrument for event in later}
    assert all(event.ts_recv >= now for event in later)


def test_prices_begin_where_people_expect_them() -> None:
    assert start_price(RB) == 3500
    assert start_price(CATALOG.get("AAPL.US")) == 230
    assert start_price(CATALOG.get("ZZZ.US")) == 100


def test_progress_is_told_now_and_then() -> None:
    told: list[tuple[int, int]] = []
    events = [quote(number / 1000) for number in range(140_000)]
    node = node_of(events=events)
    node.run(lambda count, now: told.append((count, now)))
    assert [count for count, _ in told] == [65_536, 131_072]
    assert told[0][1] == events[65_535].ts_recv

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

import pytest

from anyvenue.data.bars import BarBuilder
from anyvenue.data.loop import Loop, loop_sources
from anyvenue.data.profiles import Record
from anyvenue.data.source import MemorySource, Source
from anyvenue.model.errors import ConfigError
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth, MarketData, Quote, Trade
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import SessionCalendar, get_sessions

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
DAY = 20260914


@pytest.fixture
def rb() -> Instrument:
    return Catalog(20260915).get("rb2701.SHFE")


@pytest.fixture
def hours(rb: Instrument) -> SessionCalendar:
    return get_sessions(rb.sessions)


def snapshot(instrument: Instrument, ts: int, price: float, volume: float, day: int) -> Depth:
    return Depth(
        instrument.id,
        ts,
        ts,
        (price - 1,),
        (9.0,),
        (price + 1,),
        (9.0,),
        last=price,
        volume=volume,
        turnover=volume * price * 10,
        pre_settlement=3500.0,
        trading_day=day,
    )


def day_of_trading(instrument: Instrument, hours: SessionCalendar, day: int) -> list[MarketData]:
    """Return a snapshot at the begin and 30 s before the end of each stretch, the volume rising by ten each time."""
    found: list[MarketData] = []
    for window in hours.windows(day):
        for ts in (window.start, window.end - 30 * SECOND):
            found.append(snapshot(instrument, ts, 3500.0 + len(found), 10.0 * len(found), day))
    return found


def memory(
    instrument: Instrument, records: Sequence[MarketData], kind: Record = Record.DEPTH, **more: str
) -> MemorySource:
    return MemorySource(instrument, kind, lambda: iter(records), identity="recorded", **more)


def loop_of(*sources: Source, start: int | None = None) -> Loop:
    return loop_sources(sources, lambda each: get_sessions(each.sessions), start)


def taken(source: Source, count: int) -> list[MarketData]:
    return list(islice(source.events(), count))


def depths(source: Source, count: int) -> list[Depth]:
    return [each for each in taken(source, count) if isinstance(each, Depth)]


def test_a_day_is_given_again_and_again(rb: Instrument, hours: SessionCalendar) -> None:
    recorded = day_of_trading(rb, hours, DAY)
    [source] = loop_of(memory(rb, recorded)).sources
    count = len(recorded)
    found = depths(source, 3 * count)
    assert [each.last for each in found] == 3 * [3500.0 + n for n in range(count)]
    assert all(a.ts_recv < b.ts_recv for a, b in pairwise(found))


def test_every_pass_is_a_trading_day_with_a_volume_of_its_own(
    rb: Instrument, hours: SessionCalendar
) -> None:
    recorded = day_of_trading(rb, hours, DAY)
    loop = loop_of(memory(rb, recorded))
    count = len(recorded)
    found = depths(loop.sources[0], 2 * count + 1)
    assert [found[n * count].trading_day for n in range(3)] == [DAY, DAY + 1, DAY + 2]
    assert [found[n * count].volume for n in range(3)] == [0.0, 0.0, 0.0]
    assert {each.pre_settlement for each in found} == {3500.0}
    assert all(loop.calendar.trading_day(each.ts_recv) == each.trading_day for each in found)


def test_the_first_pass_begins_when_it_was_recorded_or_when_one_says(
    rb: Instrument, hours: SessionCalendar
) -> None:
    recorded = day_of_trading(rb, hours, DAY)
    [source] = loop_of(memory(rb, recorded)).sources
    assert taken(source, 1)[0].ts_recv == recorded[0].ts_recv
    start = 1_800_000_000 * SECOND
    [moved] = loop_of(memory(rb, recorded), start=start).sources
    assert taken(moved, 1)[0].ts_recv == start


def test_quiet_stretches_are_cut_to_less_than_two_minutes(
    rb: Instrument, hours: SessionCalendar
) -> None:
    recorded = day_of_trading(rb, hours, DAY)
    [source] = loop_of(memory(rb, recorded)).sources
    found = taken(source, 2 * len(recorded))
    steps = [b.ts_recv - a.ts_recv for a, b in pairwise(found)]
    assert max(steps) < 2 * MINUTE
    assert {(b.ts_recv - a.ts_recv) % MINUTE for a, b in zip(found, recorded, strict=False)} == {0}


def test_several_recorded_days_are_several_trading_days(
    rb: Instrument, hours: SessionCalendar
) -> None:
    days = (DAY, hours.calendar.next_day(DAY))
    recorded = [each for day in days for each in day_of_trading(rb, hours, day)]
    loop = loop_of(memory(rb, recorded))
    found = depths(loop.sources[0], len(recorded) + 1)
    assert loop.days == days
    assert list(dict.fromkeys(each.trading_day for each in found)) == [DAY, DAY + 1, DAY + 2]
    assert loop.sources[0].assumptions[0].startswith("replay: 2 recorded days again and again")


def test_instruments_keep_step_over_the_seam(rb: Instrument, hours: SessionCalendar) -> None:
    hc = Catalog(20260915).get("hc2701.SHFE")
    first = day_of_trading(rb, hours, DAY)
    second = [
        snapshot(hc, each.ts_recv + SECOND, 3600.0, 1.0, DAY)
        for each in first
        if each.ts_recv % 2 == 0
    ]
    loop = loop_of(memory(rb, first), memory(hc, second))
    ours, theirs = (taken(source, 5 * len(first)) for source in loop.sources)
    assert {b.ts_recv - a.ts_recv for a, b in zip(ours, theirs, strict=False)} == {SECOND}


def test_bars_of_every_pass_are_the_recorded_ones(rb: Instrument, hours: SessionCalendar) -> None:
    recorded = day_of_trading(rb, hours, DAY)
    loop = loop_of(memory(rb, recorded))
    builder = BarBuilder(rb, "1m", loop.calendar)
    bars = [
        bar
        for each in taken(loop.sources[0], 3 * len(recorded) + 1)
        if (bar := builder.update(each))
    ]
    once = BarBuilder(rb, "1m", hours)
    expected = [bar for each in recorded if (bar := once.update(each))]
    ends = len(expected) + 1  # the last bar is closed by the pass after it
    assert [bar.close for bar in bars[:ends]] == [bar.close for bar in bars[ends : 2 * ends]]
    assert [(bar.close, bar.volume) for bar in bars[: ends - 1]] == [
        (bar.close, bar.volume) for bar in expected
    ]
    assert sum(bar.volume for bar in bars[ends : 2 * ends]) == 10.0 * (len(recorded) - 1)


def test_recorded_bars_are_moved_with_their_start(rb: Instrument, hours: SessionCalendar) -> None:
    window = hours.windows(DAY)[-1]
    recorded: list[MarketData] = [
        Bar(rb.id, ts, ts, "5m", ts - 5 * MINUTE, 1.0, 2.0, 1.0, 2.0, 5.0, trading_day=DAY)
        for ts in range(window.start + 5 * MINUTE, window.end + 1, 5 * MINUTE)
    ]
    loop = loop_of(memory(rb, recorded, Record.BAR, interval="5m"))
    found = [each for each in taken(loop.sources[0], 2 * len(recorded)) if isinstance(each, Bar)]
    assert {each.ts_event - each.ts_start for each in found} == {5 * MINUTE}
    assert found[0].ts_start == window.start
    again = found[len(recorded)]
    assert loop.calendar.bar_window(again.ts_start, 5 * MINUTE) == (again.ts_start, again.ts_event)


def test_quotes_and_trades_are_repeated_too(rb: Instrument, hours: SessionCalendar) -> None:
    ts = hours.windows(DAY)[0].start
    quotes = memory(rb, [Quote(rb.id, ts - 1, ts, 1.0, 2.0, 1.0, 1.0)], Record.QUOTE)
    trades = memory(rb, [Trade(rb.id, ts, ts, 1.5, 1.0)], Record.TRADE)
    loop = loop_of(quotes, trades)
    quote, later = taken(loop.sources[0], 2)
    assert later.ts_recv - quote.ts_recv == loop.calendar.period
    assert later.ts_recv - later.ts_event == 1
    assert [type(each) for each in taken(loop.sources[1], 2)] == [Trade, Trade]


def test_a_looped_contract_does_not_expire_and_says_what_it_is(
    rb: Instrument, hours: SessionCalendar
) -> None:
    recorded = memory(rb, day_of_trading(rb, hours, DAY))
    [source] = loop_of(recorded).sources
    assert rb.expiry
    assert source.instrument.expiry == 0
    text = " ".join(source.assumptions)
    assert "replay: one recorded day again and again" in text
    assert "the jump from the last price of a cycle to the first of the next is real" in text
    assert source.serves("bars:5m")
    assert source.content_hash() != recorded.content_hash()


def test_nothing_recorded_cannot_be_repeated(rb: Instrument) -> None:
    with pytest.raises(ConfigError, match="nothing was recorded"):
        loop_of(memory(rb, []))


def test_a_source_without_records_of_its_own_ends(rb: Instrument, hours: SessionCalendar) -> None:
    hc = Catalog(20260915).get("hc2701.SHFE")
    loop = loop_of(memory(rb, day_of_trading(rb, hours, DAY)), memory(hc, []))
    assert list(loop.sources[1].events()) == []


def test_a_source_is_read_anew_in_every_pass(rb: Instrument, hours: SessionCalendar) -> None:
    readings = 0

    def read() -> Iterator[MarketData]:
        nonlocal readings
        readings += 1
        return iter(day_of_trading(rb, hours, DAY))

    source = MemorySource(rb, Record.DEPTH, read, identity="counted")
    taken(loop_of(source).sources[0], 30)
    assert 3 < readings < 30

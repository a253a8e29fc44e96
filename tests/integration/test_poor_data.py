"""Data as it comes: cut off, full of holes, or longer than anybody's memory."""

import tracemalloc
from collections.abc import Callable, Iterator
from math import inf, nan
from pathlib import Path

import pytest

from anyvenue.data.canonical import write_csv
from anyvenue.data.profiles import Record
from anyvenue.data.source import MemorySource
from anyvenue.engine.backtest import backtest
from anyvenue.engine.paper import paper
from anyvenue.model.errors import ConfigError, DataError, UnknownInstrument
from anyvenue.model.market import Bar, Depth, MarketData, Quote, Trade
from anyvenue.reference.catalog import Catalog
from anyvenue.strategy.base import Strategy

pytestmark = pytest.mark.long

CATALOG = Catalog(20260915)
RB = CATALOG.get("rb2701.SHFE")
OPEN = 1_789_434_000_000_000_000  # 09:00 in China on 2026-09-15
SECOND = 1_000_000_000
DBL_MAX = 1.7976931348623157e308


def quotes(count: int, step: int = SECOND // 2) -> Iterator[Quote]:
    """Give a market that goes up and down."""
    for number in range(count):
        ts, bid = OPEN + number * step, 3500.0 + number // 50 % 20
        yield Quote(RB.id, ts, ts, bid, bid + 1, 10.0, 10.0)


class Turns(Strategy):
    """Buys and sells in turn, and counts what it saw."""

    every: int = 10

    def on_start(self) -> None:
        self.seen = self.stopped = 0
        self.quotes(self.instrument)

    def on_quote(self, quote: Quote) -> None:
        self.seen += 1
        if self.seen % self.every == 0 and not self.open_orders():
            self.target(self.instrument, 0 if self.position(self.instrument).net else 1)

    def on_stop(self) -> None:
        self.stopped += 1


def broken(path: Path, change: Callable[[bytes], bytes]) -> Path:
    """Write a good file of quotes and spoil it."""
    write_csv(path, Record.QUOTE, quotes(5000))
    path.write_bytes(change(path.read_bytes()))
    return path


def spoilt_line(data: bytes) -> bytes:
    lines = data.split(b"\n")
    lines[3000] = lines[3000].replace(b"3", b"three", 1)
    return b"\n".join(lines)


@pytest.mark.parametrize("run", [backtest, lambda *a, **k: paper(*a, speed=0, **k)])
@pytest.mark.parametrize(
    ("name", "change", "line"),
    [
        ("cut.csv.gz", lambda data: data[: len(data) // 2], range(1000, 5000)),
        ("garbage.csv.gz", lambda data: data[:-40] + bytes(40), range(1000, 5002)),
        ("letters.csv", spoilt_line, range(3001, 3002)),
    ],
)
def test_a_file_that_breaks_on_the_way_says_where(
    run: Callable[..., object],
    name: str,
    change: Callable[[bytes], bytes],
    line: range,
    tmp_path: Path,
) -> None:
    path = broken(tmp_path / name, change)
    strategy = Turns()
    with pytest.raises(DataError, match=name) as caught:
        run(strategy, path, catalog=CATALOG)
    assert Path(caught.value.file).name == name
    assert caught.value.line in line
    assert strategy.seen > 900


def test_a_paper_run_stops_its_strategies_when_the_file_breaks(tmp_path: Path) -> None:
    path = broken(tmp_path / "cut.csv.gz", lambda data: data[: len(data) // 2])
    strategy = Turns()
    with pytest.raises(DataError):
        paper(strategy, path, speed=0, catalog=CATALOG)
    assert strategy.stopped == 1
    assert strategy.open_orders() == []


def test_no_data_is_an_error_and_an_empty_stream_is_none() -> None:
    with pytest.raises(ConfigError, match="no data"):
        backtest(Turns, [], catalog=CATALOG)
    with pytest.raises(ConfigError, match="a path, a Source or market records"):
        backtest(Turns, [3], catalog=CATALOG)  # type: ignore[list-item]
    with pytest.raises(UnknownInstrument):
        backtest(Turns, [Quote("nosuch.SHFE", 1, 1, 1.0, 2.0, 1.0, 1.0)], catalog=CATALOG)
    empty = MemorySource(RB, Record.QUOTE, lambda: iter(()), identity="nothing")
    for result in (
        backtest(Turns(), empty, catalog=CATALOG),
        paper(Turns(), empty, speed=0, catalog=CATALOG),
    ):
        assert (result.summary.events, result.fills, result.faults) == (0, [], [])


ABSENT = (nan, inf, -inf, 0.0, DBL_MAX, -DBL_MAX)


def storm(kind: str) -> list[MarketData]:
    """Return a thousand records with every absent price there is on at least one side."""
    events: list[MarketData] = []
    for number in range(1000):
        ts = OPEN + number * SECOND
        bad, worse = ABSENT[number % 6], ABSENT[number // 6 % 6]
        if kind == "quotes":
            events.append(Quote(RB.id, ts, ts, bad, worse, 10.0, 10.0))
        elif kind == "depth":
            book = (bad, worse), (10.0, nan), (worse, bad), (nan, 10.0)
            events.append(Depth(RB.id, ts, ts, *book, last=bad))
        elif kind == "trades":
            events.append(Trade(RB.id, ts, ts, bad, 10.0))
        else:
            events.append(Bar(RB.id, ts, ts, "1m", ts - 60 * SECOND, bad, worse, bad, worse, 100.0))
    return events


class OrdersAnyway(Strategy):
    """Puts every kind of order into the storm."""

    channel: str = "quotes"

    def on_start(self) -> None:
        getattr(self, self.channel)(self.instrument, *(["1m"] if self.channel == "bars" else []))
        for price in (3400, 3600):
            for send in (self.buy, self.sell):
                send(self.instrument, 1, price)
                send(self.instrument, 1, stop=price)
                send(self.instrument, 1, price, stop=price)

    def on_stop(self) -> None:
        self.log(f"{self.account().equity}")


@pytest.mark.parametrize("channel", ["quotes", "depth", "trades", "bars"])
def test_a_storm_of_absent_prices_fills_nothing(channel: str) -> None:
    lines: list[str] = []
    result = backtest(
        OrdersAnyway(channel=channel),
        storm(channel),
        catalog=CATALOG,
        logger=lambda _, line: lines.append(line),
    )
    assert result.faults == []
    assert len(result.orders) == 12
    assert result.fills == []
    assert lines == ["1000000.0000"]
    assert all(value == 1_000_000 for _, value in result.equity)


def peak_of_a_run(count: int) -> int:
    source = MemorySource(
        RB, Record.QUOTE, lambda: quotes(count, SECOND // 100), identity=f"{count}"
    )
    tracemalloc.start()
    try:
        result = backtest(Turns(every=20_000), source, catalog=CATALOG)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert result.summary.events >= count
    assert result.fills
    return peak


def test_a_run_twice_as_long_takes_no_more_memory() -> None:
    peak_of_a_run(40_000)  # what is read once, such as tables
    assert peak_of_a_run(400_000) < peak_of_a_run(200_000) + 50_000

"""A venue's past comes into a store page by page: what fails is tried again and named, nothing comes twice."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from anyvenue.data.download import BarDownload, Covered, Pages, Patience, TradeDownload
from anyvenue.data.download.covered import joined, without
from anyvenue.data.store import SeriesKey, Store, StoreKind, open_store
from anyvenue.data.store.check import check
from anyvenue.model.errors import (
    AuthError,
    ConnectivityError,
    DataError,
    RateLimited,
    VenueRefused,
)
from anyvenue.model.market import Bar, Trade
from anyvenue.reference.catalog import Catalog

MINUTE = 60_000_000_000
BEGIN = 29_822_400 * MINUTE  # 2026-09-14 00:00 UTC
CATALOG = Catalog(20260915)
BTC = CATALOG.get("BTC-USDT.BINANCE")
SESSIONS = CATALOG.sessions(BTC.sessions)
MINUTES = SeriesKey(BTC.id, StoreKind.BAR, "1m")
TRADES = SeriesKey(BTC.id, StoreKind.TRADE)


class Walk:
    """Pages of 100 units, and what was asked, kept and waited for."""

    def __init__(self, answers: dict[int, list[Exception]] | None = None, rows: int = 100) -> None:
        self.asked: list[tuple[int, int]] = []
        self.kept: list[tuple[int, int]] = []
        self.waits: list[float] = []
        self.answers, self.rows = answers or {}, rows
        self.pages = Pages[int](
            self.fetch, self.keep, self.pause, usual_ns=100, most_ns=800, rows=100
        )

    async def fetch(self, start: int, end: int) -> list[int]:
        self.asked.append((start, end))
        waiting = self.answers.get(start)
        if waiting:
            raise waiting.pop(0)
        return [0] * self.rows

    def keep(self, start: int, end: int, _records: Sequence[int]) -> None:
        self.kept.append((start, end))

    async def pause(self, seconds: float) -> None:
        self.waits.append(seconds)

    def run(self, *spans: tuple[int, int]) -> "Walk":
        asyncio.run(self.pages.walk(spans))
        return self


def test_every_stretch_is_walked_in_pages() -> None:
    walk = Walk().run((0, 250), (1000, 1050))
    assert walk.kept == [(0, 100), (100, 200), (200, 250), (1000, 1050)]
    assert walk.pages.failed == []


def test_pages_grow_where_nothing_is_and_shrink_again() -> None:
    walk = Walk(rows=0).run((0, 1000))
    assert walk.kept == [(0, 100), (100, 300), (300, 700), (700, 1000)]
    walk = Walk(rows=300)
    assert walk.pages._next_size(800, 300) == 400
    assert walk.pages._next_size(100, 300) == 100


def test_a_page_that_fails_is_asked_for_again_with_growing_pauses() -> None:
    gone = ConnectivityError("gone")
    walk = Walk({0: [gone, gone, gone]}).run((0, 100))
    assert walk.asked == [(0, 100)] * 4
    assert walk.waits == [1.0, 2.0, 4.0]
    assert walk.kept == [(0, 100)]


def test_a_page_that_goes_on_failing_is_named_and_the_rest_comes() -> None:
    gone = ConnectivityError("gone")
    walk = Walk({100: [gone] * 9}).run((0, 300))
    assert [(each.start, each.end, each.asked) for each in walk.pages.failed] == [(100, 200, True)]
    assert walk.asked.count((100, 200)) == 5
    assert walk.kept == [(0, 100), (200, 300)]


def test_after_three_pages_that_failed_nothing_more_is_asked_for() -> None:
    gone = ConnectivityError("gone")
    walk = Walk({start: [gone] * 9 for start in (0, 100, 200)}).run((0, 500), (900, 1000))
    named = [(each.start, each.end, each.asked) for each in walk.pages.failed]
    assert named == [
        (0, 100, True),
        (100, 200, True),
        (200, 300, True),
        (300, 500, False),
        (900, 1000, False),
    ]
    assert walk.kept == []


def test_a_venue_that_wants_to_be_left_alone_is_waited_for() -> None:
    busy = RateLimited("too many", retry_after=7.5)
    walk = Walk({0: [busy] * 20}).run((0, 100))
    assert walk.waits == [7.5] * 20
    assert walk.kept == [(0, 100)]
    banned = Walk({0: [RateLimited("banned", retry_after=86_400.0)]}).run((0, 100))
    assert (banned.waits, len(banned.pages.failed)) == ([], 1)


def test_what_asking_again_cannot_mend_ends_it() -> None:
    with pytest.raises(AuthError):
        Walk({100: [AuthError("no")]}).run((0, 300))
    no_such_interval = VenueRefused("no such interval", venue_code="-1120")
    walk = Walk({0: [no_such_interval] * 3})
    with pytest.raises(VenueRefused):
        walk.run((0, 300))
    assert walk.waits == [1.0]
    later = Walk({100: [no_such_interval] * 3}).run((0, 300))
    assert later.kept == [(0, 100), (200, 300)]


# ---- bars


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "s.sqlite")


def bar(number: int, close: float = 10.0) -> Bar:
    start = BEGIN + number * MINUTE
    return Bar(BTC.id, start + 1, start + 999, "1m", start, 10.0, 11.0, 9.0, close, 1.0)


def fill(store: Store, have: Sequence[Bar], minutes: int, now: int = 1 << 62) -> BarDownload:
    done = BarDownload(store, MINUTES, SESSIONS, BEGIN, BEGIN + minutes * MINUTE, now)

    async def fetch(start: int, end: int) -> list[Bar]:
        return [each for each in have if start <= each.ts_start < end]

    async def pause(_seconds: float) -> None:
        return

    asyncio.run(done.run(fetch, pause))
    return done


def test_only_what_is_missing_is_added_and_as_files_have_it(store: Store) -> None:
    assert fill(store, [bar(0), bar(1), bar(4)], 5).stored == 3
    again = fill(store, [bar(number, close=10.5) for number in range(5)], 5)
    assert again.stored == 2
    found = [each for each in store.records(MINUTES) if isinstance(each, Bar)]
    assert [(each.ts_start - BEGIN) // MINUTE for each in found] == [0, 1, 2, 3, 4]
    assert [each.close for each in found] == [10.0, 10.0, 10.5, 10.5, 10.0]
    assert all(each.ts_recv == each.ts_event == each.ts_start + MINUTE for each in found)
    assert {each.trading_day for each in found} == {20260914}
    assert again.missing() == ()


def test_bars_at_odd_times_and_bars_that_are_not_over_are_left_out(store: Store) -> None:
    odd = Bar(BTC.id, 0, 0, "1m", BEGIN + 7, 1.0, 1.0, 1.0, 1.0, 1.0)
    done = fill(store, [odd, bar(0), bar(1), bar(2)], 10, now=BEGIN + 2 * MINUTE + 1)
    assert (done.stored, done.off_grid) == (2, 1)
    assert done.missing() == ()


def test_what_has_come_is_kept_whatever_ends_it(store: Store) -> None:
    done = BarDownload(store, MINUTES, SESSIONS, BEGIN, BEGIN + 3000 * MINUTE, 1 << 62)

    async def fetch(start: int, _end: int) -> list[Bar]:
        number = (start - BEGIN) // MINUTE
        if number >= 2000:
            raise asyncio.CancelledError
        return [bar(each) for each in range(number, number + 1000)]

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(done.run(fetch, asyncio.sleep))
    assert done.stored == store.entry(MINUTES).rows == 2000


# ---- trades


def trade(number: int, ts: int) -> Trade:
    return Trade(BTC.id, ts, ts + 5, 10.0, 1.0, None, str(number))


def test_trades_come_once_even_where_nobody_knows_what_was_downloaded(store: Store) -> None:
    have = [trade(number, BEGIN + number * MINUTE // 7) for number in range(500)]
    asked: list[tuple[int, int]] = []

    async def fetch(start: int, end: int) -> list[Trade]:
        asked.append((start, end))
        return [each for each in have if start <= each.ts_event < end]

    def run(*, again: bool = False) -> TradeDownload:
        done = TradeDownload(
            store, TRADES, BEGIN, BEGIN + 60 * MINUTE, BEGIN + 90 * MINUTE, again=again
        )
        asyncio.run(done.run(fetch, asyncio.sleep, Patience()))
        return done

    first = run()
    expected = len([each for each in have if each.ts_event < BEGIN + 60 * MINUTE])
    assert (first.stored, first.doubled) == (expected, 0)
    asked.clear()
    assert run().stored == 0
    assert asked == []
    assert run(again=True).doubled == expected
    Covered(store.path).path.unlink()
    lost = run()
    assert (lost.stored, lost.doubled) == (0, expected)
    assert store.entry(TRADES).rows == expected


def test_silence_is_no_gap_where_trades_were_downloaded_whole(store: Store) -> None:
    have = [trade(1, BEGIN + MINUTE), trade(2, BEGIN + 9 * MINUTE)]

    async def fetch(start: int, end: int) -> list[Trade]:
        return [each for each in have if start <= each.ts_event < end]

    done = TradeDownload(store, TRADES, BEGIN, BEGIN + 20 * MINUTE, BEGIN + 90 * MINUTE)
    asyncio.run(done.run(fetch, asyncio.sleep))
    whole = Covered(store.path).spans(TRADES)
    assert whole == [(BEGIN, BEGIN + 20 * MINUTE)]
    assert check(store, TRADES, SESSIONS, whole=whole).good
    assert not check(store, TRADES, SESSIONS).good
    assert not check(store, TRADES, SESSIONS, whole=[(BEGIN, BEGIN + 5 * MINUTE)]).good


def test_the_last_minute_is_left_to_the_next_run(store: Store) -> None:
    done = TradeDownload(store, TRADES, BEGIN, BEGIN + 60 * MINUTE, BEGIN + 10 * MINUTE)
    assert done.missing() == [(BEGIN, BEGIN + 9 * MINUTE)]
    assert TradeDownload(store, TRADES, BEGIN, BEGIN + MINUTE, BEGIN).missing() == []


def test_stretches_of_time_add_up() -> None:
    assert joined([(5, 7), (1, 3), (3, 4), (6, 9), (9, 9)]) == [(1, 4), (5, 9)]
    assert without((0, 10), [(2, 3), (5, 7)]) == [(0, 2), (3, 5), (7, 10)]
    assert without((0, 10), [(0, 4), (9, 20)]) == [(4, 9)]
    assert without((0, 10), [(0, 10)]) == []
    assert without((0, 10), []) == [(0, 10)]


def test_a_broken_record_of_what_was_downloaded_is_named(tmp_path: Path) -> None:
    covered = Covered(tmp_path / "prices")
    covered.add(TRADES, [(1, 2), (2, 5)])
    assert Covered(tmp_path / "prices").spans(TRADES) == [(1, 5)]
    assert covered.path.name == "prices.covered.json"
    covered.path.write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match=r"prices\.covered\.json cannot be read"):
        Covered(tmp_path / "prices")

"""``anyvenue ctp prices``: the board's state, its picture and keys, and quotes line by line."""

import io
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from anyvenue.app.ctp_tools.board_view import BoardView
from anyvenue.app.ctp_tools.quotes import QuoteFeed
from anyvenue.app.terminal import Terminal
from anyvenue.venues.ctp.description import ABSENT
from anyvenue.venues.ctp.tools.access import Access
from anyvenue.venues.ctp.tools.board import Board
from ctp_served import ServedCounter, lines_of, served_counter

PATIENCE_S = 60.0


def quote(code: str, last: float, **more: Any) -> dict[str, Any]:
    return {"InstrumentID": code, "LastPrice": last, "PreSettlementPrice": 100.0, **more}


@pytest.fixture(scope="module")
def counter() -> Iterator[ServedCounter]:
    with served_counter() as found:
        yield found


class Viewed:
    """A board on a console that nobody sees, with a way to wait for a quote."""

    def __init__(self, counter: ServedCounter, flow: Path, lang: Any = "en") -> None:
        self.changed = threading.Condition()
        access = Access(md_front=counter.front, broker="9999", user="alice")
        self.feed = QuoteFeed(access, flow, ["rb2701"], 5.0, self._quoted)
        self.view = BoardView(Terminal(lang), self.feed, red_rises=lang == "zh")

    def _quoted(self, row: Any) -> None:
        with self.changed:
            self.changed.notify_all()

    def until(self, code: str, last: float) -> None:
        """Wait for a quote, and keep the feed up now and then, as the board does."""

        def shown() -> bool:
            return self.feed.board.quotes.get(code, {}).get("LastPrice") == last

        end = time.monotonic() + PATIENCE_S
        while not shown():
            assert time.monotonic() < end, self.feed.board.quotes
            self.feed.keep()
            with self.changed:
                self.changed.wait_for(shown, 0.05)

    def press(self, keys: str) -> None:
        for key in keys:
            self.view.press(key)

    def picture(self, width: int = 120, height: int = 20) -> str:
        console = Console(width=width, height=height, file=io.StringIO(), record=True)
        console.print(self.view.picture(console))
        return console.export_text()


@pytest.fixture
def viewed(
    counter: ServedCounter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Viewed]:
    monkeypatch.setenv("ANYVENUE_CTP_RECONNECT_MS", "10")
    made = Viewed(counter, tmp_path)
    yield made
    made.feed.close()


def test_a_quote_that_is_not_shown_is_passed_over() -> None:
    board = Board(["a", "b", "a"])
    assert board.instruments == ["a", "b"]
    assert board.quote(quote("c", 1.0)) == ""
    assert board.quote(quote("b", 1.0)) == "b"


def test_the_change_is_that_from_the_settlement_before() -> None:
    board = Board(["a"])
    board.quote(quote("a", 102.0))
    (line,) = board.lines(5, ("InstrumentID", "Change", "ChangePercent"))
    assert line.values == ("a", 2.0, 2.0)
    board.quote(quote("a", 101.0))
    assert board.lines(5, ("LastPrice",))[0].moved == -1


def test_a_price_that_is_not_there_is_no_number() -> None:
    board = Board(["a"])
    board.quote(quote("a", ABSENT, AskPrice1=float("nan")))
    (line,) = board.lines(5, ("LastPrice", "AskPrice1", "Change"))
    assert line.values == (None, None, None)


def test_the_chosen_line_stays_in_sight() -> None:
    board = Board([str(number) for number in range(10)])
    board.move(7)
    assert [line.instrument for line in board.lines(3, ("InstrumentID",))] == ["5", "6", "7"]
    board.move(-2)
    assert [line.instrument for line in board.lines(3, ("InstrumentID",))] == ["5", "6", "7"]
    board.move(-100)
    assert board.lines(3, ("InstrumentID",))[0].chosen
    board.move(100)
    assert board.remove() == "9"
    assert board.instruments[board.chosen] == "8"


def test_columns_are_scrolled_but_for_the_first() -> None:
    board = Board(["a"])
    board.scroll(3)
    assert board.columns(3) == ("InstrumentID", "BidPrice1", "BidVolume1")
    board.scroll(-9)
    assert board.columns(2) == ("InstrumentID", "LastPrice")
    board.scroll(99)
    assert board.columns(4) == ("InstrumentID", "ExchangeID")


def test_quotes_appear_and_instruments_are_added_and_removed_by_keys(
    counter: ServedCounter, viewed: Viewed
) -> None:
    counter.quote(3500, 3501, last=3500.0)
    viewed.until("rb2701", 3500.0)
    assert "rb2701" in viewed.picture()
    assert "3501" in viewed.picture()
    viewed.press("aIF2609")
    assert "add (several with commas, Enter): IF2609_" in viewed.picture()
    viewed.view.press("enter")
    counter.quote(3950, 3951, code="IF2609", last=3950.4)
    viewed.until("IF2609", 3950.4)
    assert "3950.4" in viewed.picture()
    viewed.press("d")
    assert "IF2609" not in viewed.picture()
    viewed.press("q")
    assert viewed.view.done


def test_what_the_front_does_not_know_is_said(counter: ServedCounter, viewed: Viewed) -> None:
    viewed.feed.add("NOPE")
    viewed.feed.add("m2701")
    counter.quote(3100, 3101, code="m2701", last=3100.0)
    viewed.until("m2701", 3100.0)
    assert "NOPE: CTP:" in viewed.picture()


def test_a_narrow_console_shows_fewer_columns_and_keys_scroll_them(viewed: Viewed) -> None:
    assert "ask" not in viewed.picture(width=30)
    for _ in range(4):
        viewed.view.press("right")
    assert "bid" in viewed.picture(width=40)


def test_subscriptions_outlive_the_counter(counter: ServedCounter, viewed: Viewed) -> None:
    counter.doors.stop()
    counter.doors.start()
    counter.quote(3600, 3601, last=3600.0)
    viewed.until("rb2701", 3600.0)


def shown(counter: ServedCounter, *words: str) -> str:
    """Return the lines of a quote that is there already, which a slow machine may need more time for."""
    for seconds in ("0.2", "2", "20"):
        told = counter.run("prices", *words, "--seconds", seconds)
        assert told.exit_code == 0, told.output
        if told.stdout:
            break
    return told.stdout


def test_without_a_terminal_every_quote_is_a_line(counter: ServedCounter) -> None:
    counter.quote(3510, 3511, last=3510.0)
    told = shown(counter, "rb2701,m2701")
    assert "rb2701" in told
    assert "3511" in told
    rows = lines_of(shown(counter, "rb2701", "--json"))
    assert rows[0]["AskPrice1"] == 3511.0
    assert rows[0]["ClosePrice"] is None


def test_somebody_must_say_what_to_show(counter: ServedCounter) -> None:
    assert "name at least one instrument" in counter.run("prices").stderr


def test_a_front_that_is_not_there_is_a_case_for_the_probe(counter: ServedCounter) -> None:
    told = counter.run("prices", "rb2701", "--md-front", "tcp://127.0.0.1:1", "--timeout", "0.2")
    assert told.exit_code == 1
    assert "the front did not answer within 0.2 s" in told.stderr
    assert "anyvenue ctp probe with the same options tells why" in told.stderr

"""The order of callbacks and their main fields, conversation by conversation: one file each under `ctp/`.

Files have the request with ``>``, then what the client was told, a line for each callback. After a meant change write
them anew: `python tests/golden/test_ctp_traces.py`.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

FOLDER = Path(__file__).with_name("ctp")
sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "venues" / "ctp"))

from trading_counter import Client, Desk, trace  # noqa: E402

from anyvenue.runtime.journal.memory import MemoryFiles  # noqa: E402
from anyvenue.venues.ctp.counter.seam import Answer, Resume  # noqa: E402

FAK = {"TimeCondition": "1", "VolumeCondition": "1"}
FOK = {"TimeCondition": "1", "VolumeCondition": "3"}


class Story:
    """Writes down what is asked and what is told."""

    def __init__(self, at_once: bool = False) -> None:
        """Open a market of ten lots at 3499 and 3501, and let alice log in."""
        self.lines: list[str] = []
        self.desk = Desk(files=MemoryFiles(), at_once=at_once)
        self.alice = self.desk.client()
        self.desk.depth(3499, 3501)
        self.told(self.alice.door.take())

    def told(self, answers: list[Answer], who: str = "") -> None:
        """Write answers down."""
        self.lines += [f"{who}{line}" for line in trace(answers)]

    def say(self, what: str) -> None:
        """Write down what happens next."""
        self.lines.append(f"> {what}")

    def insert(self, what: str, client: Client | None = None, **fields: object) -> None:
        """Insert an order."""
        self.say(what)
        self.told((client or self.alice).insert(**fields))

    def cancel(self, what: str, **fields: object) -> None:
        """Take an order back."""
        self.say(what)
        self.told(self.alice.cancel(**fields))

    def market(self, bid: float, ask: float, size: float = 10.0) -> None:
        """Move the market."""
        self.say(f"the market moves to {size:g} lots at {bid:g} and {ask:g}")
        self.desk.depth(bid, ask, size)
        self.told(self.alice.door.take())


def limit_resting() -> Story:
    story = Story()
    story.insert("buy 1 at 3490", OrderRef="1", LimitPrice=3490.0)
    story.cancel("take it back", OrderRef="1")
    return story


def immediate_fill() -> Story:
    story = Story(at_once=True)
    story.insert("buy 3 at 3501", OrderRef="1", LimitPrice=3501.0, VolumeTotalOriginal=3)
    return story


def partial_fills_then_cancel() -> Story:
    story = Story()
    story.insert("buy 25 at 3501", OrderRef="1", LimitPrice=3501.0, VolumeTotalOriginal=25)
    story.market(3499, 3501)
    story.market(3499, 3501, 11)
    story.cancel("take the rest back", OrderRef="1")
    return story


def fak() -> Story:
    story = Story()
    story.insert("FAK 15 at 3501", OrderRef="1", LimitPrice=3501.0, VolumeTotalOriginal=15, **FAK)
    story.market(3499, 3501)
    story.insert("FAK 1 at 3400", OrderRef="2", LimitPrice=3400.0, **FAK)
    story.market(3499, 3501)
    return story


def fok() -> Story:
    story = Story()
    story.insert("FOK 15 at 3501", OrderRef="1", LimitPrice=3501.0, VolumeTotalOriginal=15, **FOK)
    story.market(3499, 3501)
    story.insert("FOK 9 at 3501", OrderRef="2", LimitPrice=3501.0, VolumeTotalOriginal=9, **FOK)
    story.market(3499, 3501)
    return story


def errors_of_the_counter() -> Story:
    story = Story()
    story.insert("off its tick", OrderRef="1", LimitPrice=3500.5)
    story.insert("more than the money buys", OrderRef="2", VolumeTotalOriginal=490)
    story.insert("a reference that does not rise", OrderRef="2")
    story.insert("close what is not held", OrderRef="3", Direction="1", CombOffsetFlag="3")
    story.cancel("take back what never was", OrderRef="9")
    return story


def errors_of_the_exchange() -> Story:
    story = Story()
    story.desk.depth(3499, 3501, upper_limit=3700.0, lower_limit=3300.0)
    story.insert("outside the day's limits", OrderRef="1", LimitPrice=3800.0)
    story.insert("above the largest order", OrderRef="2", VolumeTotalOriginal=501)
    return story


def conditional() -> Story:
    story = Story()
    given = {"ContingentCondition": "6", "StopPrice": 3510.0, "LimitPrice": 3515.0}
    story.insert("buy at 3515 once the last price is 3510", OrderRef="1", **given)
    story.market(3505, 3506)
    story.market(3510, 3511)
    story.market(3510, 3511)
    return story


def two_sessions() -> Story:
    story = Story()
    other = story.desk.client("alice", Resume.QUICK)
    other.door.take()
    story.insert("the first session buys 1 at 3490", OrderRef="1", LimitPrice=3490.0)
    story.told(other.door.take(), "second: ")
    story.insert(
        "the second session uses the same reference", other, OrderRef="1", LimitPrice=3480.0
    )
    story.told(story.alice.door.take(), "first: ")
    story.insert("the second session makes a mistake", other, OrderRef="1")
    story.told(story.alice.door.take(), "first: ")
    return story


def resume_after_a_restart() -> Story:
    story = Story()
    story.insert("buy 15 at 3501", OrderRef="1", LimitPrice=3501.0, VolumeTotalOriginal=15)
    story.say("the counter is killed; ten lots are filled meanwhile; alice had two messages")
    story.desk.silence()
    story.desk.depth(3499, 3501)
    again = story.desk.restart()
    story.told(again.client("alice", Resume.RESUME, 2, 20260915).door.take())
    story.say("another client of hers asks for all of the day")
    story.told(again.client("alice", Resume.RESTART).door.take())
    return story


def day_roll() -> Story:
    story = Story()
    story.insert("buy 1 at 3490", OrderRef="1", LimitPrice=3490.0)
    given = {"ContingentCondition": "6", "StopPrice": 3600.0}
    story.insert("buy once the last price is 3600", OrderRef="2", **given)
    story.say("the day is settled")
    story.desk.broker.settle()
    story.told(story.alice.door.take())
    story.say("alice was dropped and comes back with the stream of yesterday")
    assert story.alice.door.cut_for is not None
    story.told(story.desk.client("alice", Resume.RESUME, 4, 20260915).door.take())
    return story


STORIES: list[Callable[[], Story]] = [
    limit_resting,
    immediate_fill,
    partial_fills_then_cancel,
    fak,
    fok,
    errors_of_the_counter,
    errors_of_the_exchange,
    conditional,
    two_sessions,
    resume_after_a_restart,
    day_roll,
]


def text_of(story: Callable[[], Story]) -> str:
    """Return what a story's file holds."""
    return "".join(f"{line}\n" for line in story().lines)


@pytest.mark.parametrize("story", STORIES, ids=lambda each: each.__name__)
def test_the_conversation_goes_as_ever(story: Callable[[], Story]) -> None:
    assert text_of(story) == (FOLDER / f"{story.__name__}.txt").read_text(encoding="utf-8")


if __name__ == "__main__":
    for each in STORIES:
        (FOLDER / f"{each.__name__}.txt").write_text(text_of(each), encoding="utf-8")

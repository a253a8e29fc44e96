"""What drivers share: requests by REST that are counted and repeated, those under way, books that are mended."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec
import pytest

from anyvenue.model.errors import ConnectivityError, NotSent, RateLimited, VenueError, VenueRefused
from anyvenue.venues.tracking.answers import Answer, Refused
from anyvenue.venues.tracking.mending import Mending
from anyvenue.venues.tracking.rest import Parameters, Request, Rest
from anyvenue.venues.tracking.sending import Sending
from anyvenue.venues.transport.http import HttpReply
from anyvenue.venues.transport.limits import Window

NOW = 1_795_201_485_274_000_000
LATE = HttpReply(400, b'"late"')
PATIENCE_S = 20


class Script:
    """HTTP that answers by a list; errors in it are raised."""

    def __init__(self, *answers: HttpReply | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> HttpReply:
        self.asked.append(f"{method} {url}")
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Venue(Rest):
    """A venue whose refusals are texts."""

    def written(
        self,
        method: str,
        path: str,
        parameters: Parameters | Sequence[Parameters],
        *,
        signed: bool,
    ) -> Request:
        return Request(method, path)

    def refused(self, reply: HttpReply) -> Refused | None:
        if reply.status == 200:
            return None
        text = msgspec.json.decode(reply.body, type=str)
        return Refused(text, text, clock=text == "late")

    def refusal(self, what: str, answer: Answer) -> VenueError:
        return VenueRefused(what, venue_code="", venue_text=answer.said)

    async def venue_ms(self) -> int:
        return await self.get("time", int)


def venue(*answers: HttpReply | Exception, limit: int = 100) -> tuple[Venue, Script]:
    """Return a venue that answers so."""
    script = Script(*answers)
    return Venue(script, lambda: NOW, [Window("REQUESTS", limit, 60)]), script  # type: ignore[arg-type]


def test_a_question_that_was_late_is_asked_again_once_at_the_venues_time() -> None:
    hour_ahead = b"%d" % (NOW // 1_000_000 + 3_600_000)
    rest, script = venue(LATE, HttpReply(200, hour_ahead), HttpReply(200, b"7"))
    assert asyncio.run(rest.get("thing", int)) == 7
    assert script.asked == ["GET thing", "GET time", "GET thing"]
    assert rest.offset.now_ms() * 1_000_000 == NOW + 3_600_000_000_000


def test_a_question_that_stays_late_is_refused() -> None:
    rest, _ = venue(LATE, HttpReply(200, b"0"), LATE)
    with pytest.raises(VenueRefused):
        asyncio.run(rest.get("thing", int))


def test_answers_that_cannot_be_read_or_do_not_come_are_told_apart() -> None:
    broken = ConnectivityError("broken", sent=False)
    rest, _ = venue(HttpReply(200, b"<html>"), broken)
    with pytest.raises(ConnectivityError, match="cannot be read"):
        asyncio.run(rest.get("thing", int))
    answer = asyncio.run(rest.ask("POST", "thing", {}))
    assert (answer.lost, answer.sent) == (broken, False)


def test_nothing_is_sent_beyond_the_limit_but_what_is_urgent() -> None:
    rest, script = venue(*[HttpReply(200, b"1")] * 20, limit=20)
    for _ in range(19):
        assert asyncio.run(rest.ask("POST", "thing", {})).done
    answer = asyncio.run(rest.ask("POST", "thing", {}))
    assert isinstance(answer.lost, RateLimited)
    assert (answer.sent, answer.retry_after > 0) == (False, True)
    assert asyncio.run(rest.ask("DELETE", "thing", {}, urgent=True)).done
    assert len(script.asked) == 20


def test_nothing_is_sent_for_so_long_as_a_429_says() -> None:
    rest, script = venue(HttpReply(429, b'"slow down"', {"retry-after": "5"}))
    assert asyncio.run(rest.ask("GET", "thing", {})).retry_after == 5
    with pytest.raises(RateLimited) as found:
        asyncio.run(rest.get("thing", int))
    assert found.value.fields["retry_after"] == pytest.approx(5, abs=0.01)
    assert len(script.asked) == 1


def test_what_is_under_way_on_closing_is_told_as_unknown_once() -> None:
    async def step() -> None:
        sending, answers = Sending(), list[Answer]()

        async def quick() -> Answer:
            return Answer(result=b"done")

        async def never() -> Answer:
            await asyncio.Event().wait()
            raise AssertionError

        sending.start(quick, answers.append)
        async with asyncio.timeout(PATIENCE_S):
            while not answers:
                await asyncio.sleep(0)
        sending.start(never, answers.append)
        await asyncio.sleep(0)
        sending.start(never, answers.append)  # not even begun
        await sending.close()
        await sending.close()
        assert [each.may_be_done for each in answers] == [False, True, True]

    asyncio.run(step())


def test_a_book_is_asked_for_until_it_is_whole() -> None:
    async def step() -> None:
        replies: list[bool | Exception] = [False, NotSent("no line"), True]
        asked, mended = list[str](), asyncio.Event()

        async def mend(symbol: str) -> bool:
            asked.append(symbol)
            reply = replies.pop(0)
            if isinstance(reply, Exception):
                raise reply
            return reply

        mending = Mending(mend, lambda _: mended.set())
        mending.begin("closed")
        mending.open = True
        mending.begin("X")
        mending.begin("X")
        async with asyncio.timeout(PATIENCE_S):
            await mended.wait()
        assert asked == ["X"] * 3
        await mending.stop()

    asyncio.run(step())

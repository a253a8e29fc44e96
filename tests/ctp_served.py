"""A real CTP counter served on a port of this machine, and the command line's CTP tools run against it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from msgspec.structs import replace
from typer.testing import CliRunner, Result

from anyvenue.app.main import app
from ctp_desk import PROFILE, SECOND, CounterDesk
from ctp_doors import Doors, served

__all__ = ["OPEN_PROFILE", "PASSWORD", "ServedCounter", "lines_of", "served_counter"]

PASSWORD = "a-secret-word"
OPEN_PROFILE = replace(PROFILE, authentication=False)
_DAY = 86_400 * SECOND


class ServedCounter:
    """A counter with the investor alice; a test moves its market and its time."""

    def __init__(self, desk: CounterDesk, doors: Doors) -> None:
        self.desk = desk
        self.doors = doors

    @property
    def front(self) -> str:
        return self.doors.front

    def quote(self, bid: float, ask: float, **more: Any) -> None:
        """Move the market of rb2701, or of ``code``."""
        self.doors.do(lambda: self.desk.depth(bid, ask, **more))

    def next_day(self) -> None:
        """Let a day pass, its settlement with it."""

        def pass_day() -> None:
            broker = self.desk.broker
            broker.pass_time(broker.now + _DAY)
            self.desk.counter.run_due(broker.now)

        self.doors.do(pass_day)

    def run(
        self,
        tool: str,
        *words: str,
        lang: str = "en",
        password: str = PASSWORD,
        script: str | None = None,
        user: str = "alice",
    ) -> Result:
        """Run ``anyvenue ctp TOOL`` for alice at this counter."""
        access = ["--md-front", self.front] if tool != "shell" and tool != "settle" else []
        if tool != "prices":
            access += ["--front", self.front]
        access += ["--broker", "9999", *(["--user", user] if user else [])]
        given = ["--lang", lang, "ctp", tool, *access, *words]
        env = {"ANYVENUE_CTP_PASSWORD": password, "COLUMNS": "200", "NO_COLOR": "1"}
        return CliRunner().invoke(app, given, input=script, env=env)


def lines_of(text: str) -> list[Any]:
    """Return what stands in lines of JSON."""
    return [msgspec.json.decode(line) for line in text.splitlines() if line]


@contextmanager
def served_counter(profile: Any = OPEN_PROFILE) -> Iterator[ServedCounter]:
    """Give a counter where alice has a million, and rb2701 is quoted 3499 to 3501."""
    desk = CounterDesk(profile)
    desk.enrol("alice", PASSWORD)
    with served(counter=desk.counter) as doors:  # type: ignore[arg-type]
        found = ServedCounter(desk, doors)
        found.quote(3499, 3501)
        yield found

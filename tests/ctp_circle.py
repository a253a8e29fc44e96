"""The counter behind its native door, and what goes wrong on the way to it at a case's wish."""

import asyncio
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from anyvenue.model.enums import DriverState
from anyvenue.testing.conformance import DriverHarness
from anyvenue.venues.ctp.counter.seam import (
    Answer,
    Door,
    MdSession,
    Reason,
    Resume,
    Topic,
    TraderSession,
)
from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.door.greeting import Side
from anyvenue.venues.ctp.door.server import DoorTerms, NativeDoor
from anyvenue.venues.ctp.driver.driver import CtpDriver
from anyvenue.venues.ctp.library.build import build_libraries
from ctp_harness import CtpHarness

__all__ = ["Circle", "libraries"]

TRADING = ("ReqOrderInsert", "ReqOrderAction")


_BUILT = tempfile.TemporaryDirectory(prefix="anyvenue-circle-")


@cache
def libraries(dialect: str, version: str) -> Mapping[Side, Path]:
    folder = Path(_BUILT.name, f"{dialect}-{version}")
    return {built.side: built.path for built in build_libraries(dialect, version, folder)}


class FaultyDoor:
    """Passes answers on, twice or not at all when a case wants it."""

    def __init__(self, circle: "Circle", door: Door) -> None:
        self.circle = circle
        self.door = door

    def answer(self, answer: Answer) -> None:
        if self.circle.deaf:
            return
        self.door.answer(answer)
        if self.circle.twice and answer.callback.startswith("OnRtn"):
            self.door.answer(answer)

    def cut(self, reason: Reason) -> None:
        self.door.cut(reason)


class FaultySession:
    """Loses a command on its way in, or what is said of it."""

    def __init__(self, circle: "Circle", session: TraderSession, door: FaultyDoor) -> None:
        self.circle = circle
        self.session = session
        self.door = door

    def subscribe(self, topic: Topic, resume: Resume, after: int = 0, trading_day: int = 0) -> None:
        self.session.subscribe(topic, resume, after, trading_day)

    def request(self, name: str, fields: Mapping[str, Value], request_id: int) -> int:
        circle = self.circle
        if not circle.swallow or name not in TRADING:
            return self.session.request(name, fields, request_id)
        what, circle.swallow = circle.swallow, ""
        if what == "report":
            circle.deaf = True
            self.session.request(name, fields, request_id)
            circle.deaf = False
        self.session.close()
        self.door.cut(Reason.READ)
        return 0

    def close(self) -> None:
        self.session.close()


class Circle(CtpHarness):
    """The counter behind its native door, reached through a library that was generated for the API."""

    confirms = True
    limit_rate = DriverHarness.limit_rate
    garble = DriverHarness.garble

    def __init__(self) -> None:
        super().__init__()
        self.deaf = self.twice = False
        self.swallow = ""
        self.port = 1
        self.door: NativeDoor | None = None
        self.drivers: list[CtpDriver] = []

    # ---- counter.seam.CounterDoors

    @property
    def trading_day(self) -> int:
        return self.desk.counter.trading_day

    def trader(self, door: Door, address: str) -> FaultySession:
        faulty = FaultyDoor(self, door)
        return FaultySession(self, self.desk.counter.trader(faulty, address), faulty)

    def md(self, door: Door, address: str) -> MdSession:
        return self.desk.counter.md(door, address)

    # ---- the harness

    async def start(self) -> None:
        await super().start()
        self.port = 0
        await self.restore()

    async def stop(self) -> None:
        if self.door is not None:
            await self.door.close()

    def driver(self, **changes: object) -> CtpDriver:
        front = f"tcp://127.0.0.1:{self.port}"
        built = libraries(self.dialect, self.version)
        paths = {"library": str(built[Side.TRADER]), "md_library": str(built[Side.MD])}
        given = {"trade_front": front, "market_front": front, **paths, **changes}
        driver = CtpDriver(self.config(**given), account=self.account)
        self.drivers.append(driver)
        return driver

    async def cut(self) -> None:
        assert self.door is not None
        await self.door.close()
        self.door = None
        while any(each.state is DriverState.READY for each in self.drivers):
            await asyncio.sleep(0.001)

    async def restore(self) -> None:
        if self.door is None:
            terms = DoorTerms(queries_per_second=0, queries_in_flight=0)
            self.door = NativeDoor(self, terms)
            _, self.port = await self.door.start(port=self.port)

    async def lose_command(self) -> None:
        self.swallow = "command"

    async def lose_report(self) -> None:
        self.swallow = "report"

    async def repeat_reports(self) -> None:
        self.twice = True

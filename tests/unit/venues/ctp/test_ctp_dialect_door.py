"""Every request of FEMAS and TORA over the wire: each is answered, whatever it asks for."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from anyvenue.venues.ctp.description import describe
from anyvenue.venues.ctp.door.greeting import Side
from anyvenue.venues.ctp.door.server import DoorTerms, NativeDoor
from anyvenue.venues.ctp.native.seam import Called
from anyvenue.venues.ctp.python.client import DoorSession, open_door
from ctp_desk import PROFILE, CounterDesk

NAMES = ("rb2701.SHFE", "600000.SSE", "510050C2609M03000.SSE")
UNPACED = DoorTerms(queries_per_second=0, queries_in_flight=0)


class Walk:
    """A client of the door that asks for everything."""

    def __init__(self, dialect: str, side: Side, port: int, folder: Path) -> None:
        self.heard: list[Called] = []
        self.session: DoorSession = open_door(
            dialect, "", side, self.heard.append, time.time_ns, f"{folder}/flow"
        )
        self.session.start([f"tcp://127.0.0.1:{port}"])

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(60):
            while not true():
                await asyncio.sleep(0.001)

    def answers(self, number: int) -> list[Called]:
        return [
            each
            for each in list(self.heard)
            if each.number == number and each.callback.startswith("OnRsp")
        ]

    async def ask(self, name: str, number: int, **fields: str) -> list[Called]:
        assert self.session.request(name, fields, number) == 0
        await self.until(lambda: any(each.is_last for each in self.answers(number)))
        return self.answers(number)


def run(test: Callable[[int], object]) -> None:
    async def main() -> None:
        profile = replace(PROFILE, authentication=False, settlement_confirmation=False)
        desk = CounterDesk(profile, NAMES)
        desk.enrol("alice", "secret")
        door = NativeDoor(desk.counter, UNPACED)
        _, port = await door.start()
        try:
            await test(port)  # type: ignore[misc]
        finally:
            await door.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("dialect", "side"),
    [
        ("femas", Side.TRADER),
        ("femas", Side.MD),
        ("tora", Side.TRADER),
        ("toraopt", Side.TRADER),
        ("toramd", Side.MD),
    ],
)
def test_no_request_is_met_with_silence(dialect: str, side: Side, tmp_path: Path) -> None:
    own = describe(dialect)
    requests = own.requests if side is Side.TRADER else own.md_requests
    others = [each for each in requests if each.startswith("Req")]
    others.remove("ReqUserLogin")
    others.remove("ReqUserLogout")

    async def test(port: int) -> None:
        walk = Walk(dialect, side, port, tmp_path)
        try:
            await walk.until(lambda: walk.heard)
            user = "LogInAccount" if dialect.startswith("tora") else "UserID"
            (login,) = await walk.ask("ReqUserLogin", 1, **{user: "alice", "Password": "secret"})
            assert login.error is None or login.error[:4] == bytes(4)
            for number, name in enumerate(others, 2):
                answers = await walk.ask(name, number)
                expected = {f"OnRsp{name[3:]}", "OnRspError"}
                assert {each.callback for each in answers} <= expected, name
            (end,) = await walk.ask("ReqUserLogout", 1_000)
            assert end.callback == "OnRspUserLogout"
        finally:
            walk.session.close()

    run(test)


def test_toras_other_subscriptions_are_refused_code_by_code(tmp_path: Path) -> None:
    async def test(port: int) -> None:
        walk = Walk("toramd", Side.MD, port, tmp_path)
        try:
            await walk.until(lambda: walk.heard)
            await walk.ask("ReqUserLogin", 1)
            walk.session.subscribe("SubscribeIOPV", ["510050@1", "159915@2"])
            said = "OnRspSubIOPV"
            await walk.until(lambda: [c.callback for c in walk.heard].count(said) == 2)
            layout = describe("toramd").layout("SpecificSecurity")
            found = [c for c in walk.heard if c.callback == said]
            assert [layout.unpack(c.data or b"")["ExchangeID"] for c in found] == ["1", "2"]
            assert all(c.error and c.error[:4] == (27).to_bytes(4, "little") for c in found)
        finally:
            walk.session.close()

    run(test)

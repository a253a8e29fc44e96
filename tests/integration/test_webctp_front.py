"""The JSON door over a real front: here one of ours, spoken to in CTP's structs by a library session in Python."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from anyvenue.venues.ctp.door.greeting import Side
from anyvenue.venues.ctp.door.server import DoorTerms, NativeDoor
from anyvenue.venues.ctp.json.fronts import FrontDoors, OpenSession
from anyvenue.venues.ctp.python.client import open_door
from webctp_rig import NAMES, OPEN_HOUSE, QUIET, Desk, Served, order, serving

UNPACED = DoorTerms(queries_per_second=0, queries_in_flight=0)
pytestmark = pytest.mark.filterwarnings("error")


def opening(side: Side, folder: Path) -> OpenSession:
    return lambda post, flow: open_door("ctp", "", side, post, time.time_ns, str(folder / flow))


def doors(port: int, folder: Path) -> FrontDoors:
    front = [f"tcp://127.0.0.1:{port}"]
    return FrontDoors(
        asyncio.get_running_loop(),
        (opening(Side.TRADER, folder), front),
        (opening(Side.MD, folder), front),
    )


async def open_native(desk: Desk, port: int = 0) -> tuple[NativeDoor, int]:
    native = NativeDoor(desk.counter, UNPACED)
    _, port = await native.start("127.0.0.1", port)
    return native, port


FRONT = replace(
    QUIET.upstream,
    app_id="simnow_client_test",
    auth_code="0" * 16,
    library_resumes=True,
)
TERMS = replace(QUIET, upstream=FRONT)


def test_an_account_behind_a_front_trades_and_sees_quotes(tmp_path: Path) -> None:
    async def main() -> None:
        desk = Desk(OPEN_HOUSE, names=NAMES, at_once=True)
        native, port = await open_native(desk)
        async with serving(doors(port, tmp_path), TERMS) as served:
            served.desk = desk
            desk.depth(3499, 3501)
            alice, second = await served.logged_in(), await served.logged_in()
            eyes = await served.logged_in("md/", "")
            await eyes.send("SubscribeMarketData", InstrumentID=["rb2701"])
            quote = (await eyes.until("RtnDepthMarketData"))["DepthMarketData"]
            assert (quote["BidPrice1"], quote["AskPrice5"]) == (3499, 0)
            await alice.send("ReqOrderInsert", 3, InputOrder=order(LimitPrice=3501))
            trades = [(await each.until("RtnTrade"))["Trade"] for each in (alice, second)]
            assert trades[0] == trades[1]
            assert len(desk.counter._sessions) == 1
            stranger = await served.connect()
            assert (await stranger.log_in("alice", "wrong"))["RspInfo"]["ErrorID"] == 3
            await alice.send("ReqQrySettlementInfo", 4, QrySettlementInfo={})
            pieces = [await alice.until("RspQrySettlementInfo")]
            while "IsLast" not in pieces[-1]:
                pieces.append(await alice.until("RspQrySettlementInfo"))
            assert pieces[0]["RequestID"] == 4
        await native.close()

    asyncio.run(main())


def test_a_front_that_is_killed_and_comes_back_is_found_again(tmp_path: Path) -> None:
    async def main() -> None:
        desk = Desk(OPEN_HOUSE, names=NAMES, at_once=True)
        native, port = await open_native(desk)
        async with serving(doors(port, tmp_path), TERMS) as served:
            desk.depth(3499, 3501)
            alice, eyes = await served.logged_in(), await served.logged_in("md/", "")
            await eyes.send("SubscribeMarketData", InstrumentID=["rb2701"])
            await eyes.until("RtnDepthMarketData")
            await alice.send("ReqOrderInsert", 3, InputOrder=order(LimitPrice=3480, OrderRef="5"))
            await alice.until("RtnOrder")
            await alice.until("RtnOrder")
            await native.close()
            await alice.until("OnFrontDisconnected")
            await eyes.until("OnFrontDisconnected")
            desk.depth(3470, 3475)
            native, _ = await open_native(desk, port)
            # What was missed comes with the login; the login is told when the statement is confirmed.
            trade = await alice.until("RtnTrade")
            await alice.until("RspUserLogin")
            assert trade["Trade"]["OrderRef"].strip() == "5"
            desk.depth(3600, 3601)
            while await _bid(served, eyes) != 3600:
                pass
        await native.close()

    asyncio.run(main())


async def _bid(_served: Served, eyes: Any) -> float:
    quote = await eyes.until("RtnDepthMarketData")
    return float(quote["DepthMarketData"]["BidPrice1"])

"""Strategies of this project, registered and run by messages over the JSON service, trade the client's account."""

import asyncio
import json
from collections.abc import Callable

import aiohttp
import pytest

from webctp_programs import served_program

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
CROSS = {
    "StrategyID": "s1",
    "StrategyName": "quick cross",
    "SubscribedInstruments": ["rb2701"],
    "StrategyConfig": {
        "source": "ema_cross",
        "parameters": {"fast": 2, "slow": 3, "interval": "1s"},
    },
}
Message = dict[str, object]


class Client:
    """One socket at the path for both."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def until(self, wanted: Callable[[Message], object]) -> Message:
        async with asyncio.timeout(60):
            while True:
                message: Message = json.loads(await self.socket.receive_str())
                if wanted(message):
                    return message

    async def ask(self, name: str, **body: object) -> Message:
        await self.socket.send_json({"MsgType": name, **body})
        return await self.until(lambda message: message["MsgType"] == f"Rsp{name}")

    async def log_in(self, user: str) -> None:
        login = {"UserID": user, "Password": "secret"}
        await self.socket.send_json({"MsgType": "ReqUserLogin", "ReqUserLogin": login})
        await self.until(lambda message: "RspUserLogin" in message)

    async def status(self) -> str:
        told = await self.ask("QueryStrategyStatus", StrategyID="s1")
        info = told["StrategyInfo"]
        assert isinstance(info, dict)
        return str(info["status"])

    async def until_status(self, wanted: str) -> None:
        async with asyncio.timeout(60):
            while await self.status() != wanted:
                await asyncio.sleep(0.02)


async def _trade(address: str) -> None:
    async with aiohttp.ClientSession() as http, http.ws_connect(address) as socket:
        client = Client(socket)
        await client.log_in("alice")
        for wrong, why in (
            ({"SubscribedInstruments": ["zz"]}, "SubscribedInstruments was zz"),
            ({"StrategyConfig": {"source": "/tmp/own.py"}}, "there is no strategy '/tmp/own.py'"),
            ({"StrategyConfig": {"source": "ema_cross", "parameters": {"fats": 2}}}, "fats"),
        ):
            told = await client.ask("RegisterStrategy", **{**CROSS, **wrong})
            assert told["Success"] is False
            assert why in str(told["Detail"])
        assert (await client.ask("RegisterStrategy", **CROSS))["Success"]
        assert await client.status() == "registered"
        assert (await client.ask("StartStrategy", StrategyID="s1"))["Success"]
        trade = await client.until(lambda message: message["MsgType"] == "RtnTrade")
        body = trade["Trade"]
        assert isinstance(body, dict)
        assert (body["InvestorID"], body["InstrumentID"]) == ("alice", "rb2701")
        assert await client.status() == "running"
        assert (await client.ask("StopStrategy", StrategyID="s1"))["Success"]
        await client.until_status("stopped")
        assert (await client.ask("StartStrategy", StrategyID="s1"))["Success"]
        await client.until_status("running")
        assert (await client.ask("UnregisterStrategy", StrategyID="s1"))["Success"]
        assert (await client.ask("ListStrategies"))["StrategyList"] == []
        # The same name again, with other parameters.
        again = {**CROSS, "StrategyConfig": {"source": "grid"}}
        assert (await client.ask("RegisterStrategy", **again))["Success"]
        assert (await client.ask("StartStrategy", StrategyID="s1"))["Success"]
        await client.until_status("running")


def test_a_strategy_is_run_by_messages_and_its_trades_are_told() -> None:
    with served_program("--speed", "5") as address:
        asyncio.run(_trade(address))

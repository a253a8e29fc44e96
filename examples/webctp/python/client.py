"""Trade over the JSON service in Python: log in, subscribe, buy one lot, see the fill.

pip install websockets
python client.py ws://127.0.0.1:8080/ alice secret rb2701
"""

import asyncio
import itertools
import json
import sys
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

Message = dict[str, Any]
numbers = itertools.count(1)


async def request(socket: ClientConnection, name: str, field: str, **body: Any) -> int:
    """Send a request and return its RequestID."""
    number = next(numbers)
    await socket.send(json.dumps({"MsgType": name, field: body, "RequestID": number}))
    return number


async def until(socket: ClientConnection, wanted: Callable[[Message], Any]) -> Message:
    """Return the first message that is wanted; heartbeats are answered, errors raised."""
    async with asyncio.timeout(20):
        while True:
            message: Message = json.loads(await socket.recv())
            if message["MsgType"] == "Ping":
                await socket.send(json.dumps({**message, "MsgType": "Pong"}))
                continue
            error = message.get("RspInfo") or {}
            if error.get("ErrorID"):
                raise RuntimeError(
                    f"{message['MsgType']}: {error['ErrorMsg']} ({error['ErrorID']})"
                )
            if wanted(message):
                return message


async def main(address: str, user: str, password: str, code: str) -> None:
    async with connect(address, max_size=None) as socket:
        await request(socket, "ReqUserLogin", "ReqUserLogin", UserID=user, Password=password)
        login = await until(socket, lambda each: "RspUserLogin" in each)
        print("logged in, trading day", login["RspUserLogin"]["TradingDay"])

        await socket.send(json.dumps({"MsgType": "SubscribeMarketData", "InstrumentID": [code]}))
        told = await until(socket, lambda each: each["MsgType"] == "RtnDepthMarketData")
        quote = told["DepthMarketData"]
        print("quote", quote["BidPrice1"], quote["AskPrice1"])

        number = await request(socket, "ReqQryInstrument", "QryInstrument", InstrumentID=code)
        told = await until(socket, lambda each: each.get("RequestID") == number)
        instrument = told["Instrument"]

        await request(
            socket,
            "ReqOrderInsert",
            "InputOrder",
            InstrumentID=code,
            ExchangeID=instrument["ExchangeID"],
            Direction="0",  # buy
            CombOffsetFlag="0",  # open
            CombHedgeFlag="1",  # speculation
            OrderPriceType="2",  # limit
            LimitPrice=quote["AskPrice1"] + 10 * instrument["PriceTick"],
            VolumeTotalOriginal=1,
            TimeCondition="3",  # for the day
            VolumeCondition="1",  # any volume
            MinVolume=1,
            ContingentCondition="1",  # immediately
            ForceCloseReason="0",
        )
        told = await until(socket, lambda each: each["MsgType"] == "RtnTrade")
        print("traded", told["Trade"]["Volume"], "at", told["Trade"]["Price"])

        number = await request(socket, "ReqQryTradingAccount", "QryTradingAccount")
        told = await until(socket, lambda each: each.get("RequestID") == number)
        print("available", told["TradingAccount"]["Available"])

        await request(socket, "ReqUserLogout", "UserLogout", UserID=user)
        await until(socket, lambda each: each["MsgType"] == "RspUserLogout")
        print("done")


if __name__ == "__main__":
    given = [*sys.argv[1:], "ws://127.0.0.1:8080/", "alice", "secret", "rb2701"]
    asyncio.run(main(*given[:4] if len(sys.argv) == 5 else given[-4:]))

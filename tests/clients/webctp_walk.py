"""Every request of the protocol, by a WebSocket client that knows nothing of this project: python webctp_walk.py URL

It reads which messages there are from the service's own AsyncAPI document, sends the example of each request, and looks
whether what comes back has the fields that are described. The result is one line of JSON.
"""

import asyncio
import json
import sys
import urllib.request

from websockets.asyncio.client import connect

PATIENCE_S = 60
# Sent at their places, or with values that no example can have.
BY_HAND = {
    "ReqUserLogin",
    "ReqUserLogout",
    "ReqUserPasswordUpdate",
    "ReqTradingAccountPasswordUpdate",
}


class Walk:
    def __init__(self, address: str) -> None:
        self.address = address
        page = address.replace("ws", "http", 1) + "asyncapi.json"
        self.document = json.load(urllib.request.urlopen(page, timeout=PATIENCE_S))
        self.messages = self.document["components"]["messages"]
        self.unanswered: list[str] = []
        self.wrong: list[str] = []
        self.asked = 0
        self.number = 100

    def requests(self, side: str) -> list[str]:
        sent = self.document["operations"][f"{side}_receive"]["messages"]
        names = [each["$ref"].rpartition("/")[2] for each in sent]
        return [name for name in names if name not in BY_HAND and name not in ("Ping", "Pong")]

    def check(self, message: dict) -> None:
        described = self.messages.get(message["MsgType"])
        if described is None:
            self.wrong.append(f"{message['MsgType']} is not described")
            return
        payload = described["payload"]
        for key in payload["required"]:
            if key not in message:
                self.wrong.append(f"{message['MsgType']} has no {key}")
        for key, value in message.items():
            form = payload["properties"].get(key)
            if form is None:
                self.wrong.append(f"{message['MsgType']} has {key}")
            elif isinstance(value, dict) and value and "anyOf" in form:
                names = [
                    each["$ref"].rpartition("/")[2] for each in form["anyOf"] if "$ref" in each
                ]
                schemas = [self.document["components"]["schemas"][name] for name in names]
                if list(value) not in [each["required"] for each in schemas]:
                    odd = set(value) ^ set(schemas[0]["required"])
                    self.wrong.append(
                        f"{message['MsgType']}.{key}: {sorted(odd) or 'another order'}"
                    )

    async def ask(self, socket, name: str, body: dict) -> None:
        self.asked += 1
        self.number += 1
        request = {**body, "MsgType": name, "RequestID": self.number}
        await socket.send(json.dumps(request))
        stem = name.removeprefix("Req")
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    message = json.loads(await socket.recv())
                    self.check(message)
                    told = message["MsgType"]
                    is_own = message.get("RequestID") == self.number or told in (
                        f"Rsp{stem}",
                        f"Rsp{name}",
                    )
                    # A request that changes something is often answered by what it led to alone.
                    is_effect = told.removeprefix("Err").removeprefix("Rtn")[:4] == stem[:4]
                    is_last = (
                        not told.startswith("Rsp")
                        or message.get("IsLast")
                        or "IsLast" not in message
                    )
                    if (is_own or is_effect) and is_last:
                        return
        except TimeoutError:
            self.unanswered.append(name)

    async def trade(self) -> None:
        async with connect(self.address + "td/", max_size=None) as socket:
            login = {"ReqUserLogin": {"UserID": "walker-py", "Password": "secret"}}
            await self.ask(socket, "ReqUserLogin", login)
            for name in self.requests("td"):
                await self.ask(socket, name, self.messages[name]["examples"][0]["payload"])
            change = {"OldPassword": "secret", "NewPassword": "other"}
            await self.ask(socket, "ReqUserPasswordUpdate", {"UserPasswordUpdate": change})
            await self.ask(socket, "ReqUserLogout", {"UserLogout": {}})

    async def watch(self) -> None:
        async with connect(self.address + "md/", max_size=None) as socket:
            await self.ask(socket, "ReqUserLogin", {"ReqUserLogin": {"UserID": "", "Password": ""}})
            for name in ("SubscribeMarketData", "SubscribeForQuoteRsp"):
                await self.subscribe(socket, name)
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    message = json.loads(await socket.recv())
                    self.check(message)
                    if message["MsgType"] == "RtnDepthMarketData":
                        break
            for name in ("UnSubscribeMarketData", "UnSubscribeForQuoteRsp"):
                await self.subscribe(socket, name)

    async def subscribe(self, socket, name: str) -> None:
        answer = name.replace("Subscribe", "Sub")
        self.asked += 1
        await socket.send(json.dumps({"MsgType": name, "InstrumentID": ["rb2701", "ag2612"]}))
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    message = json.loads(await socket.recv())
                    self.check(message)
                    if message["MsgType"] == f"Rsp{answer}" and message.get("IsLast"):
                        return
        except TimeoutError:
            self.unanswered.append(name)


async def main(address: str) -> None:
    walk = Walk(address)
    await walk.trade()
    await walk.watch()
    result = {"asked": walk.asked, "unanswered": walk.unanswered, "wrong": walk.wrong}
    print(json.dumps(result))


asyncio.run(main(sys.argv[1]))

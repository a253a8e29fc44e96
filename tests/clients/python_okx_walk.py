"""What a user of python-okx does, against an exchange at 127.0.0.1 with TLS: a program for the environment that has it.

usage: python_okx_walk.py PORT KEY SECRET PASSPHRASE. It prints one line of JSON for every step: its name and what it
found.
"""

import asyncio
import json
import sys
from decimal import Decimal
from typing import Any

from okx.Account import AccountAPI
from okx.MarketData import MarketAPI
from okx.PublicData import PublicAPI
from okx.Trade import TradeAPI
from okx.websocket.WsPrivateAsync import WsPrivateAsync
from okx.websocket.WsPublicAsync import WsPublicAsync

PAIR, SWAP = "BTC-USDT", "BTC-USDT-SWAP"
PATIENCE_S = 60


def say(step: str, found: object) -> None:
    print(json.dumps({"step": step, "found": found}), flush=True)


def row(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the one row of an answer."""
    [found] = answer["data"]
    return dict(found)


class Walk:
    """A pair and a perpetual, by REST, then the streams."""

    def __init__(self, port: int, key: str, secret: str, passphrase: str) -> None:
        self.url, self.stream_url = f"https://127.0.0.1:{port}", f"wss://127.0.0.1:{port}/ws/v5"
        self.secrets = {"key": key, "secret": secret, "passphrase": passphrase}
        signed = (key, secret, passphrase, False, "1", self.url)
        self.trade, self.account = TradeAPI(*signed), AccountAPI(*signed)
        self.market = MarketAPI(flag="1", domain=self.url)
        self.public = PublicAPI(flag="1", domain=self.url)
        for each in (self.trade, self.account, self.market, self.public):
            each.timeout = PATIENCE_S

    def rest(self) -> None:
        listed = row(self.public.get_instruments(instType="SWAP", instId=SWAP))
        say("instrument", [listed["ctVal"], listed["state"]])
        say("candles", len(self.market.get_candlesticks(PAIR)["data"]) > 0)
        sent = row(self.trade.place_order(PAIR, "cash", "buy", "limit", sz="0.01", px="90000"))
        named = {"instId": PAIR, "ordId": sent["ordId"]}
        say("placed", [sent["sCode"], row(self.trade.get_order(**named))["state"]])
        self.trade.amend_order(**named, newPx="90001")
        say("amended", row(self.trade.get_order(**named))["px"])
        self.trade.cancel_order(**named)
        say("cancelled", row(self.trade.get_order(**named))["state"])
        say("unknown order", row(self.trade.cancel_order(PAIR, ordId="12345"))["sCode"])
        sent = row(self.trade.place_order(PAIR, "cash", "buy", "market", sz="1000"))
        found = row(self.trade.get_order(PAIR, ordId=sent["ordId"]))
        worth = Decimal(found["avgPx"]) * Decimal(found["accFillSz"])
        say("bought for money", [found["state"], 990 < worth <= 1000])
        self.account.set_leverage("7", "cross", instId=SWAP)
        say("leverage", row(self.account.get_leverage("cross", instId=SWAP))["lever"])
        say("mode", row(self.account.get_account_config())["posMode"])
        self.trade.place_order(SWAP, "cross", "buy", "market", sz="2")
        held = row(self.account.get_positions(instType="SWAP"))
        say("position", [held["pos"], held["mgnMode"]])
        stop = self.trade.place_algo_order(
            *(SWAP, "cross", "sell", "conditional"), sz="1", slTriggerPx="50000", slOrdPx="-1"
        )
        waiting = self.trade.order_algos_list(ordType="conditional")["data"]
        say("algo", [row(stop)["sCode"], len(waiting)])
        self.trade.cancel_algo_order([{"instId": SWAP, "algoId": row(stop)["algoId"]}])

    async def streams(self) -> None:
        heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        public = WsPublicAsync(f"{self.stream_url}/public")
        business = WsPublicAsync(f"{self.stream_url}/business")
        private = WsPrivateAsync(
            *(self.secrets["key"], self.secrets["passphrase"], self.secrets["secret"]),
            f"{self.stream_url}/private",
            False,
        )

        def hear(message: str) -> None:
            heard.put_nowait(json.loads(message))

        for each in (public, business, private):
            await each.start()
        await public.subscribe([{"channel": "books", "instId": PAIR}], hear)
        say("watched book", [(await self.next(heard, "books"))["action"] for _ in range(2)])
        await business.subscribe([{"channel": "candle1m", "instId": PAIR}], hear)
        say("watched candle", len((await self.next(heard, "candle1m"))["data"][0]) == 9)
        await private.subscribe([{"channel": "orders", "instType": "ANY"}], hear)
        while (await self.any(heard)).get("arg", {}).get("channel") != "orders":
            pass
        self.trade.place_order(PAIR, "cash", "buy", "market", sz="0.01", tgtCcy="base_ccy")
        states = [(await self.next(heard, "orders"))["data"][0]["state"] for _ in range(2)]
        say("watched order", states)
        for each in (public, business, private):
            await each.stop()

    async def any(self, heard: "asyncio.Queue[dict[str, Any]]") -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            return await heard.get()

    async def next(self, heard: "asyncio.Queue[dict[str, Any]]", channel: str) -> dict[str, Any]:
        """Return the next that a stream tells."""
        while True:
            found = await self.any(heard)
            if found.get("arg", {}).get("channel") == channel and "data" in found:
                return found


walk = Walk(int(sys.argv[1]), *sys.argv[2:5])
walk.rest()
asyncio.run(walk.streams())

"""The JSON door behind a scripted counter, for the bench: quotes at a rate, queries answered at once.

Prints its port when it is open, then a line `{"cpu": s, "rss": kB, "made": n}` for every line it reads.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from anyvenue.runtime.loop import run
from anyvenue.venues.ctp.counter.seam import Answer, Door, Fields, Resume, Topic
from anyvenue.venues.ctp.json.limits import Limits
from anyvenue.venues.ctp.json.service import JsonDoor, JsonTerms

QUOTE: dict[str, str | int | float] = {
    "TradingDay": "20260915",
    "ActionDay": "20260915",
    "ExchangeID": "SHFE",
    "ExchangeInstID": "rb2701",
    "UpdateTime": "09:00:00",
    "UpdateMillisec": 500,
    "Volume": 1234567,
    **{f"{side}Price{n}": 3500.0 + n for side in ("Bid", "Ask") for n in range(1, 6)},
    **{f"{side}Volume{n}": 100 + n for side in ("Bid", "Ask") for n in range(1, 6)},
    **{
        f"{name}Price": 3500.0
        for name in (
            "Last", "PreSettlement", "PreClose", "Open", "Highest", "Lowest", "Close", "Settlement",
            "UpperLimit", "LowerLimit", "Average", "BandingUpper", "BandingLower",
        )
    },
    "OpenInterest": 1234567.0,
    "PreOpenInterest": 1234567.0,
    "PreDelta": 1.7976931348623157e308,
    "CurrDelta": 1.7976931348623157e308,
}  # fmt: skip


class Scripted:
    """Answers everything; quotes what is subscribed in turn."""

    trading_day = 20260915

    def __init__(self) -> None:
        self.quoted: dict[str, Door] = {}
        self.made = 0

    def trader(self, door: Door, address: str) -> ScriptedSession:
        return ScriptedSession(self, door)

    md = trader

    async def quote(self, rate: float) -> None:
        loop = asyncio.get_running_loop()
        due, turn = loop.time(), 0
        while True:
            now = loop.time()
            due = max(due, now - 0.05 - 2 / rate) if self.quoted else now
            codes = list(self.quoted)
            for _ in range(int((now - due) * rate)):
                code = codes[turn % len(codes)]
                turn, due = turn + 1, due + 1 / rate
                fields = {**QUOTE, "InstrumentID": code, "Turnover": float(time.monotonic_ns())}
                self.made += 1
                self.quoted[code].answer(Answer("OnRtnDepthMarketData", fields))
            await asyncio.sleep(0.001)


class ScriptedSession:
    """One upstream session."""

    def __init__(self, counter: Scripted, door: Door) -> None:
        self.counter, self.door = counter, door

    def subscribe(self, codes: Sequence[str] | Topic, *_wish: Resume | int) -> int:
        if not isinstance(codes, Topic):
            for code in codes:
                self.door.answer(Answer("OnRspSubMarketData", {"InstrumentID": code}))
                self.counter.quoted[code] = self.door
        return 0

    def unsubscribe(self, codes: Sequence[str]) -> int:
        for code in codes:
            self.counter.quoted.pop(code, None)
        return 0

    subscribe_for_quote = unsubscribe_for_quote = unsubscribe

    def request(self, name: str, fields: Fields, request_id: int) -> int:
        row = {**fields, "FrontID": 1, "SessionID": 7, "TradingDay": "20260915"}
        self.door.answer(Answer(name.replace("Req", "OnRsp"), row, (0, ""), request_id))
        return 0

    def close(self) -> None:
        for code in [code for code, door in self.counter.quoted.items() if door is self.door]:
            del self.counter.quoted[code]


async def serve(rate: float, deflate: int) -> None:
    counter = Scripted()
    limits = Limits(requests_per_second=0, clients=5_000)
    door = JsonDoor(counter, JsonTerms(limits=limits, deflate=deflate), now=time.time_ns)
    _, port = await door.start()
    print(port, flush=True)
    quoting = asyncio.create_task(counter.quote(rate))
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        used = resource.getrusage(resource.RUSAGE_SELF)
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        told = {
            "cpu": used.ru_utime + used.ru_stime,
            "rss": pages * 4,
            "made": counter.made,
            "conflated": sum(each.outbox.conflated for each in door.clients),
        }
        print(json.dumps(told), flush=True)
    quoting.cancel()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=100)
    parser.add_argument("--deflate", type=int, default=0)
    options = parser.parse_args()
    run(serve(options.rate, options.deflate))


if __name__ == "__main__":
    main()

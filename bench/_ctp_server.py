"""A CTP counter for the bench: steady quotes, users alone (--book), or a script (--door-alone).

Prints its front when it is open, and runs until it is killed. Steady quotes are a feed of this file's own: everything
behind it (exchange, matching of resting orders, counter, door) is what ``anyvenue ctp serve`` runs.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from decimal import Decimal

from anyvenue.app.ctp_service import CounterChoice, counter_over, run_exchange
from anyvenue.engine.hosting.exchange import HostedExchange
from anyvenue.engine.hosting.market import ClockMarket, FeedMarket
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, MarketData
from anyvenue.reference.catalog import Catalog
from anyvenue.runtime.clock import LiveClock
from anyvenue.runtime.loop import run
from anyvenue.venues.ctp.counter.seam import Answer, Door, Fields, Resume, Topic
from anyvenue.venues.ctp.door.server import DoorTerms, NativeDoor

CATALOG = Catalog(20260915)
RB = CATALOG.resolve("rb2701")
OPEN = 1_789_434_000_000_000_000  # 09:00 in China on 2026-09-15
UNPACED = DoorTerms(queries_per_second=0, queries_in_flight=0)


class SteadyQuotes:
    """Five levels around 3500 that change with every quote, `rate` a second, for ever."""

    def __init__(self, rate: int) -> None:
        self.instruments: list[Instrument] = [RB]
        self._step = 1_000_000_000 // rate

    def events(self) -> Iterator[MarketData]:
        ts, count = OPEN, 0
        while True:
            count += 1
            ts += self._step
            size = 100.0 + count % 7
            bids = tuple(3499.0 - level for level in range(5))
            asks = tuple(3500.0 + level for level in range(5))
            sizes = (size,) * 5
            yield Depth(
                RB.id,
                ts,
                ts,
                bids,
                sizes,
                asks,
                sizes,
                last=3499.0 + count % 2,
                volume=float(count),
                turnover=count * 35_000.0,
                open_interest=1e5,
                pre_settlement=3500.0,
                upper_limit=3850.0,
                lower_limit=3150.0,
                trading_day=20260915,
            )


async def serve_counter(rate: int, book: bool) -> None:
    matching = "book" if book else "maker"
    options = VenueOptions(hours="always", matching=matching, when_closed="reject")
    feed = SteadyQuotes(rate)
    market = ClockMarket([RB], LiveClock()) if book else FeedMarket(feed, 1.0)  # type: ignore[arg-type]
    exchange = HostedExchange(market, CATALOG, options)
    counter = counter_over(
        exchange,
        CounterChoice(
            profile="anyvenue",
            users=["alice", "bob"],
            deposits={"CNY": Decimal(10**12)},
            queries_per_second=0,
        ),
    )
    await _open(NativeDoor(counter, UNPACED, print))
    await run_exchange(counter, exchange)


class Scripted:
    """Answers at once and keeps nothing: what is left is the door."""

    trading_day = 20260915

    def __init__(self) -> None:
        self.quoted: list[Door] = []

    def trader(self, door: Door, address: str) -> ScriptedSession:
        return ScriptedSession(self, door)

    md = trader


class ScriptedSession:
    """One client of it."""

    def __init__(self, counter: Scripted, door: Door) -> None:
        self.counter, self.door, self.number = counter, door, 0

    def subscribe(self, codes: Sequence[str] | Topic, *_wish: Resume | int) -> int:
        if not isinstance(codes, Topic):
            self.door.answer(Answer("OnRspSubMarketData", {"InstrumentID": codes[0]}))
            self.counter.quoted.append(self.door)
        return 0

    unsubscribe = subscribe_for_quote = unsubscribe_for_quote = subscribe

    def request(self, name: str, fields: Fields, request_id: int) -> int:
        if name != "ReqOrderInsert":
            self.door.answer(Answer(name.replace("Req", "OnRsp"), {}, (0, ""), request_id))
            return 0
        self._tell("OnRtnOrder", {**fields, "OrderStatus": "a"})
        self._tell("OnRtnOrder", {**fields, "OrderStatus": "3"})
        if float(fields["LimitPrice"]) >= 3500:
            self._tell("OnRtnOrder", {**fields, "OrderStatus": "0"})
            self._tell("OnRtnTrade", {"OrderRef": fields["OrderRef"], "Price": 3500.0})
        return 0

    def _tell(self, callback: str, fields: Fields) -> None:
        self.number += 1
        self.door.answer(Answer(callback, fields, topic=Topic.PRIVATE, number=self.number))

    def close(self) -> None:
        if self.door in self.counter.quoted:
            self.counter.quoted.remove(self.door)


async def serve_door(rate: int) -> None:
    counter = Scripted()
    await _open(NativeDoor(counter, UNPACED, print))
    loop, count, due = asyncio.get_running_loop(), 0, 0.0
    while True:
        now = loop.time()
        due = max(due, now - 0.1) if counter.quoted else now
        for _ in range(int((now - due) * rate)):
            count, due = count + 1, due + 1 / rate
            fields = {**_QUOTE, "Volume": count}
            answer = Answer("OnRtnDepthMarketData", fields)
            for door in counter.quoted:
                door.answer(answer)
        await asyncio.sleep(0.001)


_QUOTE: Fields = {
    "InstrumentID": "rb2701",
    "ExchangeID": "SHFE",
    "TradingDay": "20260915",
    "LastPrice": 3500.0,
    "UpdateTime": "09:00:00",
    **{
        f"{side}{what}{n}": 3500
        for side in ("Bid", "Ask")
        for what in ("Price", "Volume")
        for n in range(1, 6)
    },
}


async def _open(door: NativeDoor) -> None:
    host, port = await door.start()
    print(f"tcp://{host}:{port}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=int, default=2)
    parser.add_argument("--door-alone", action="store_true")
    parser.add_argument("--book", action="store_true")
    options = parser.parse_args()
    run(
        serve_door(options.rate)
        if options.door_alone
        else serve_counter(options.rate, options.book)
    )


if __name__ == "__main__":
    main()

"""Quotes of a vendor's thread through the CTP driver: how many a second reach an inbox as `Depth`.

    python bench/ctp_driver.py [count]

The library of `ctp_callbacks`, compiled here, calls OnRtnDepthMarketData from a thread of its own; the driver's queue,
link and feed make a `Depth` of each and post it to an inbox that counts. The second row has the loop's part alone: what
one quote costs from the raw bytes to the posted event. Needs g++.
"""

import asyncio
import sys
import tempfile
import time

from anyvenue.model.ids import InstrumentId
from anyvenue.runtime.loop import run
from anyvenue.venues.ctp.driver.instruments import Instruments
from anyvenue.venues.ctp.driver.link import Link
from anyvenue.venues.ctp.driver.market_data import Feed
from anyvenue.venues.ctp.driver.pacing import Pacer
from anyvenue.venues.ctp.native.seam import Called, OnCalled
from anyvenue.venues.ctp.native.spi import SpiObject
from ctp_callbacks import DESCRIPTION, LAYOUT, compiled

QUOTE = {
    "InstrumentID": "rb2701",
    "ExchangeID": "SHFE",
    "TradingDay": "20260915",
    "ActionDay": "20260915",
    "UpdateTime": "10:00:00",
    "UpdateMillisec": 500,
    "LastPrice": 3500.0,
    "BidPrice1": 3499.0,
    "BidVolume1": 3,
    "AskPrice1": 3501.0,
    "AskVolume1": 4,
    "Volume": 10,
    "Turnover": 350_000.0,
}


class Session:
    """A session whose callbacks come from the compiled library."""

    def __init__(self, post: OnCalled) -> None:
        self.description = DESCRIPTION
        self.version = "bench"
        assert DESCRIPTION.md is not None
        self.spi = SpiObject(DESCRIPTION.md.spi, DESCRIPTION, post, time.time_ns)

    def subscribe(self, method: str, instruments: list[str]) -> int:
        return 0

    def close(self) -> None:
        self.spi.detach()


async def main(count: int) -> None:
    """Measure and print."""
    received = 0

    def post(_: object) -> None:
        nonlocal received
        received += 1

    feed = Feed(Instruments(), post)
    pacer = Pacer(0, asyncio.get_running_loop().time)
    link = Link(Session, lambda called: feed.on_depth(called, 20260915), pacer, trader=False)  # type: ignore[arg-type]
    feed.want(None, InstrumentId("rb2701.SHFE"), 0)
    feed.begin(link)
    session = link.session
    assert isinstance(session, Session)
    data = LAYOUT.pack(QUOTE)
    slot = [each.name for each in DESCRIPTION.md.spi].index("OnRtnDepthMarketData")  # type: ignore[union-attr]
    with tempfile.TemporaryDirectory() as folder:
        library = compiled(folder)
        started = time.perf_counter()
        work = library.begin(session.spi.address, slot, count, data)
        while received < count:
            await asyncio.sleep(0)
        took = time.perf_counter() - started
        cpu = library.finish(work)
    row = f"{count / took:,.0f} quotes/s, {cpu / count * 1e6:.2f} us on the vendor's thread"
    print(f"through the driver: {row}")
    called = Called("OnRtnDepthMarketData", data, None, 0, True, 1)
    started = time.perf_counter()
    for _ in range(count):
        feed.on_depth(called, 20260915)
    print(f"bytes to event alone: {(time.perf_counter() - started) / count * 1e6:.2f} us")
    await link.close()


if __name__ == "__main__":
    run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300_000))

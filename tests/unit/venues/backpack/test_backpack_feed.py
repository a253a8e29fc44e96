"""The Backpack feed on its own: what is subscribed, and books that lose a message."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from anyvenue.model.errors import ConnectivityError, SubscriptionError
from anyvenue.model.events import Event
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Bar, Depth, FundingRate, Quote, Trade
from anyvenue.venues.backpack.feed import Feed
from anyvenue.venues.backpack.listing import Listing
from anyvenue.venues.backpack.wire_rest import DepthReply, MarketRow

SPOT, PERP = InstrumentId("SOL-USDC.BACKPACK"), InstrumentId("SOL-USDC-PERP.BACKPACK")
PATIENCE_S = 20


class Pipe:
    """A connection under the test's control."""

    def __init__(self) -> None:
        self.sent: list[list[str]] = []
        self.coming: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def connect(self) -> None:
        return

    async def send(self, frame: bytes) -> None:
        self.sent.append(msgspec.json.decode(frame)["params"])

    async def frames(self) -> AsyncIterator[bytes]:
        while (frame := await self.coming.get()) is not None:
            yield frame
        raise ConnectivityError("cut")

    async def close(self) -> None:
        return


class Desk:
    """A feed of two markets; snapshots are those of `books`."""

    def __init__(self) -> None:
        listing = Listing()
        filters = {
            "price": {"tickSize": "0.01"},
            "quantity": {"stepSize": "0.01", "minQuantity": "0.01"},
        }
        for symbol, kind in (("SOL_USDC", "SPOT"), ("SOL_USDC_PERP", "PERP")):
            row = {"symbol": symbol, "baseSymbol": "SOL", "quoteSymbol": "USDC"}
            row |= {"marketType": kind, "filters": filters}  # type: ignore[dict-item]
            listing.take([msgspec.convert(row, MarketRow, strict=False)])
        self.listing = listing
        self.pipes: list[Pipe] = []
        self.books: list[DepthReply] = []
        self.events: list[Event] = []
        self.feed = Feed(
            listing, self.events.append, lambda: 9, self._connect, self._snapshot, 0.001
        )

    def _connect(self, _: str) -> Pipe:
        self.pipes.append(Pipe())
        return self.pipes[-1]

    async def _snapshot(self, _: str) -> DepthReply:
        if not self.books:
            raise ConnectivityError("no snapshot yet")
        return self.books.pop(0)

    def want(self, name: InstrumentId, channel: str) -> None:
        self.feed.want(self.listing.by_id[name], channel)

    def change(self, first: int, last: int, price: float = 20) -> None:
        """Let a change of the spot book come."""
        self.say(
            "depth.SOL_USDC",
            e="depth",
            E=5,
            T=4,
            s="SOL_USDC",
            U=first,
            u=last,
            b=[[price, 1]],
            a=[],
        )

    def say(self, stream: str, **data: object) -> None:
        """Let a message come."""
        frame = msgspec.json.encode({"stream": stream, "data": data})
        self.pipes[-1].coming.put_nowait(frame)

    def depths(self) -> list[Depth]:
        return [each for each in self.events if isinstance(each, Depth)]

    async def until(self, count: int) -> None:
        """Wait for so many events."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.events) < count:
                await asyncio.sleep(0.001)

    async def up(self, lines: int = 1) -> None:
        """Wait until the line is up for the so-manieth time and has subscribed."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.pipes) < lines or not self.pipes[-1].sent:
                await asyncio.sleep(0.001)


def test_everything_is_asked_for_once_and_only_what_there_is() -> None:
    async def step() -> None:
        desk = Desk()
        desk.want(PERP, "all")
        desk.want(PERP, "quotes")
        desk.want(PERP, "bars:5m")
        for channel in ("funding", "nothing", "bars:7m", "quotes:1m"):
            with pytest.raises(SubscriptionError):
                desk.want(SPOT, channel)
        desk.feed.start()
        await desk.up()
        names = ("bookTicker", "trade", "depth", "markPrice", "kline.5m")
        assert desk.pipes[0].sent == [[f"{each}.SOL_USDC_PERP" for each in names]]
        await desk.feed.stop()

    asyncio.run(step())


def test_messages_of_every_kind_become_events_and_odd_ones_are_counted() -> None:
    async def step() -> None:
        desk = Desk()
        desk.want(PERP, "quotes")
        desk.feed.start()
        await desk.up()
        best = {"u": 1, "b": "1", "B": "2", "a": "3", "A": "4", "T": 4}
        desk.say("bookTicker.SOL_USDC_PERP", e="bookTicker", E=5, s="SOL_USDC_PERP", **best)
        desk.say(
            "trade.SOL_USDC_PERP", e="trade", E=5, s="SOL_USDC_PERP", t=1, p="20", q="1", m=True
        )
        times = {"t": "2025-08-06T22:00:00", "T": "2025-08-06T22:05:00", "X": True}
        prices = dict.fromkeys("ohlc", "20")
        desk.say(
            "kline.5m.SOL_USDC_PERP", e="kline", E=5, s="SOL_USDC_PERP", v="1", **times, **prices
        )
        funding = {"p": "20", "f": "0.0001", "i": "20", "n": 7}
        desk.say("markPrice.SOL_USDC_PERP", e="markPrice", E=5, s="SOL_USDC_PERP", **funding)
        await desk.until(4)
        assert [type(each) for each in desk.events] == [Quote, Trade, Bar, FundingRate]
        desk.pipes[-1].coming.put_nowait(b"{")
        desk.pipes[-1].coming.put_nowait(
            b'{"id":1,"error":{"code":4006,"message":"Invalid stream"}}'
        )
        desk.say("trade.NEW_MARKET", e="trade", E=5, s="NEW_MARKET", t=1, p="20", q="1", m=True)
        desk.say(
            "trade.SOL_USDC_PERP", e="trade", E=5, s="SOL_USDC_PERP", t=2, p="20", q="1", m=True
        )
        await desk.until(5)
        assert (desk.feed.malformed, desk.feed.refused) == (1, 1)
        await desk.feed.stop()

    asyncio.run(step())


def test_a_book_that_lost_a_change_is_whole_again_after_a_snapshot() -> None:
    async def step() -> None:
        desk = Desk()
        desk.want(SPOT, "depth")
        desk.books = [DepthReply(10, [(19, 1)], [(21, 1)])]
        desk.feed.start()
        await desk.up()
        await desk.until(1)
        desk.change(11, 11)
        await desk.until(2)
        assert desk.depths()[-1].bid == 20
        desk.change(13, 13, 20.5)
        desk.books = [DepthReply(11, [], []), DepthReply(12, [(19.5, 1)], [(21, 1)])]
        await desk.until(3)
        assert [each.bid for each in desk.depths()] == [19, 20, 20.5]
        assert desk.depths()[-1].bid_prices == (20.5, 19.5)
        await desk.feed.stop()

    asyncio.run(step())


def test_a_line_that_breaks_is_opened_again_and_so_is_its_book() -> None:
    async def step() -> None:
        desk = Desk()
        desk.want(SPOT, "depth")
        desk.books = [DepthReply(10, [(19, 1)], [])]
        desk.feed.start()
        await desk.up()
        await desk.until(1)
        desk.pipes[-1].coming.put_nowait(None)
        desk.books = [DepthReply(50, [(18, 1)], [])]
        await desk.up(2)
        assert desk.pipes[1].sent == [["depth.SOL_USDC"]]
        await desk.until(2)
        desk.change(51, 51)
        await desk.until(3)
        assert [each.bid for each in desk.depths()] == [19, 18, 20]
        await desk.feed.stop()

    asyncio.run(step())

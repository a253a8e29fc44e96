"""Market data of Backpack: one line that all streams are asked for over, and books that mend themselves."""

from collections.abc import Awaitable, Callable
from math import nan

import msgspec

from anyvenue.model.errors import SubscriptionError
from anyvenue.model.events import Event
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, MarketEvent
from anyvenue.model.protocols import Transport
from anyvenue.venues.backpack.books import BookSync
from anyvenue.venues.backpack.listing import Listing
from anyvenue.venues.backpack.parse import (
    INTERVALS,
    Message,
    Unknown,
    bar_of,
    decode_frame,
    funding_of,
    parse_best,
    parse_trade,
)
from anyvenue.venues.backpack.wire import (
    BookTicker,
    DepthUpdate,
    KlineUpdate,
    MarkPrice,
    PublicTrade,
    Subscribe,
)
from anyvenue.venues.backpack.wire_rest import DepthReply
from anyvenue.venues.tracking.feed import Feed as Base
from anyvenue.venues.tracking.ladder import Outcome
from anyvenue.venues.tracking.mending import Mending
from anyvenue.venues.transport.line import Line

__all__ = ["CHANNELS", "LEVELS", "Feed"]

CHANNELS = frozenset({"quotes", "trades", "depth", "bars", "funding"})
LEVELS = 20

_LINE = ""
_STREAMS = {
    "quotes": "bookTicker",
    "trades": "trade",
    "depth": "depth",
    "bars": "kline.1m",
    "funding": "markPrice",
}
_MOST_NAMES = 100
_ENCODER = msgspec.json.Encoder()


class _Named(msgspec.Struct):
    stream: str


_NAMED = msgspec.json.Decoder(_Named)


class Feed(Base[str]):
    """Subscriptions to streams such as ``depth.SOL_USDC``; `refused` counts those that the venue did not take."""

    def __init__(
        self,
        listing: Listing,
        post: Callable[[Event], None],
        now: Callable[[], int],
        connect: Callable[[str], Transport],
        snapshots: Callable[[str], Awaitable[DepthReply]],
        backoff_s: float,
    ) -> None:
        """Connect by `connect`; `snapshots` asks for the whole book of a symbol."""
        super().__init__(connect, backoff_s)
        self._listing, self._post, self._now = listing, post, now
        self._snapshots = snapshots
        self._books: dict[str, BookSync] = {}
        self._mending = Mending(self._mend, self._mended)
        self._last_trade: dict[str, float] = {}
        self.refused = 0

    def want(self, instrument: Instrument, channel: str) -> None:
        """Subscribe once; raise SubscriptionError for a channel that the market does not have.

        ``all`` is everything but bars, which are made of the rest.
        """
        margined = instrument.position_rule.margined
        if channel == "all":
            for each in ("quotes", "trades", "depth", *(("funding",) if margined else ())):
                self.want(instrument, each)
            return
        kind, _, interval = channel.partition(":")
        odd = kind not in CHANNELS or (kind == "funding" and not margined)
        if odd or (interval and (kind != "bars" or interval not in INTERVALS)):
            raise SubscriptionError(
                f"Backpack has no channel {channel!r} for {instrument.id}",
                available=tuple(sorted(CHANNELS)),
                instrument=instrument.id,
            )
        stream = f"kline.{interval}" if interval else _STREAMS[kind]
        if kind == "depth":
            self._books.setdefault(instrument.venue_symbol, BookSync())
        self.ask(_LINE, f"{stream}.{instrument.venue_symbol}")

    def subscribe(self, line: Line, names: list[str]) -> None:
        """Ask for streams over a line."""
        for start in range(0, len(names), _MOST_NAMES):
            wanted = Subscribe("SUBSCRIBE", names[start : start + _MOST_NAMES])
            line.send(_ENCODER.encode(wanted))
        for name in names:
            kind, _, symbol = name.partition(".")
            if kind == "depth":
                self._begin_to_mend(symbol)

    def start(self) -> None:
        """Open the line if anything is subscribed."""
        self._mending.open = True
        super().start()

    async def stop(self) -> None:
        """Close the line; subscriptions stay."""
        await self._mending.stop()
        await super().stop()

    def lost(self, path: str) -> None:
        """Give the books up that a broken line carried."""
        for book in self._books.values():
            book.lose()

    # ---- what comes

    def heard(self, frame: bytes) -> None:
        """Take one frame; what cannot be read is counted in `malformed`."""
        try:
            message = decode_frame(frame)
        except msgspec.MsgspecError:
            self.malformed += 1
            return
        if isinstance(message, Unknown):
            self.refused += message.error is not None
            return
        instrument = self._listing.by_symbol.get(message.symbol)
        if instrument is None:
            return
        event = self._event(message, instrument.id, frame)
        if event is not None:
            self._post(event)

    def _event(self, message: Message, name: InstrumentId, frame: bytes) -> MarketEvent | None:
        now = self._now()
        if isinstance(message, DepthUpdate):
            return self._on_depth(message, name, now)
        if isinstance(message, BookTicker):
            return parse_best(message, name, now)
        if isinstance(message, PublicTrade):
            self._last_trade[message.symbol] = message.price
            return parse_trade(message, name, now)
        if isinstance(message, KlineUpdate):
            interval = _NAMED.decode(frame).stream.split(".")[1]
            return bar_of(message, name, interval, now)
        if isinstance(message, MarkPrice):
            return funding_of(message, name, now, self._listing.intervals[message.symbol])
        return None

    # ---- books

    def _on_depth(self, change: DepthUpdate, name: InstrumentId, now: int) -> Depth | None:
        book = self._books.get(change.symbol)
        if book is None:
            return None
        outcome = book.take(change)
        if outcome is Outcome.APPLIED:
            return self._shown(change.symbol, name, (change.ts_us or change.event_us) * 1000, now)
        if outcome is not Outcome.OLD:
            self._begin_to_mend(change.symbol)
        return None

    def _shown(self, symbol: str, name: InstrumentId, ts: int, now: int) -> Depth:
        last = self._last_trade.get(symbol, nan)
        return self._books[symbol].depth(name, ts, now, LEVELS, last)

    def _begin_to_mend(self, symbol: str) -> None:
        if not self._books[symbol].whole:
            self._mending.begin(symbol)

    async def _mend(self, symbol: str) -> bool:
        book = self._books[symbol]
        if book.whole:
            return True
        reply = await self._snapshots(symbol)
        return book.begin(reply.last_update_id, reply.bids, reply.asks)

    def _mended(self, symbol: str) -> None:
        now, name = self._now(), self._listing.by_symbol[symbol].id
        self._post(self._shown(symbol, name, now, now))

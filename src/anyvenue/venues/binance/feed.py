"""Market data: streams that are asked for by subscriptions, and books that mend themselves."""

from collections.abc import Awaitable, Callable
from math import nan

import msgspec

from anyvenue.model.errors import SubscriptionError
from anyvenue.model.events import Event
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import MarketEvent
from anyvenue.model.protocols import Transport
from anyvenue.venues.binance.books import BookSync
from anyvenue.venues.binance.instruments import Listing
from anyvenue.venues.binance.parse import (
    MarketMessage,
    NotAnEvent,
    bar_of,
    decode_market,
    parse_book_ticker,
    parse_futures_book_ticker,
    parse_mark,
    parse_trade,
)
from anyvenue.venues.binance.wire import (
    BookTicker,
    DepthUpdate,
    FuturesBookTicker,
    KlineUpdate,
    MarkPriceUpdate,
    PublicTrade,
    StreamRequest,
)
from anyvenue.venues.binance.wire_rest import DepthReply
from anyvenue.venues.tracking.feed import Feed as Base
from anyvenue.venues.tracking.ladder import Outcome
from anyvenue.venues.tracking.mending import Mending
from anyvenue.venues.transport.line import Line

__all__ = ["CHANNELS", "Feed"]

CHANNELS = frozenset({"quotes", "trades", "depth", "bars", "funding"})
LEVELS = 20

_HOUR = 3_600_000_000_000
_FUNDING_NS = 8 * _HOUR
_STREAMS = {
    "quotes": "bookTicker",
    "trades": "trade",
    "depth": "depth@100ms",
    "bars": "kline_1m",
    "funding": "markPrice@1s",
}
_PUBLIC = frozenset({"quotes", "depth"})
_ENCODER = msgspec.json.Encoder()
_Snapshots = Callable[[str], Awaitable[DepthReply[float]]]


class Feed(Base[str]):
    """Subscriptions over one line for spot, over two for USD-M: best prices and depth have a path of their own."""

    def __init__(
        self,
        listing: Listing,
        post: Callable[[Event], None],
        now: Callable[[], int],
        connect: Callable[[str], Transport],
        snapshots: _Snapshots,
        *,
        futures: bool,
        backoff_s: float,
    ) -> None:
        """Connect by `connect`, which gets a path; `snapshots` asks for the whole book of a symbol."""
        super().__init__(connect, backoff_s)
        self._listing, self._post, self._now = listing, post, now
        self._snapshots = snapshots
        self._futures = futures
        self._books: dict[str, BookSync] = {}
        self._mending = Mending(self._mend, self._mended)
        self._last = 0
        self.intervals: dict[str, int] = {}
        self.last_price: dict[str, float] = {}
        self._last_trade: dict[str, float] = {}

    def want(self, instrument: Instrument, channel: str) -> None:
        """Subscribe once; raise SubscriptionError for a channel that the market does not have.

        ``all`` is everything but bars, which are made of the rest.
        """
        if channel == "all":
            for each in ("quotes", "trades", "depth", *(("funding",) if self._futures else ())):
                self.want(instrument, each)
            return
        kind, _, detail = channel.partition(":")
        if kind not in CHANNELS or (kind == "funding" and not self._futures):
            raise SubscriptionError(
                f"Binance has no channel {channel!r} for {instrument.id}",
                available=tuple(sorted(CHANNELS)),
                instrument=instrument.id,
            )
        stream = f"kline_{detail}" if kind == "bars" and detail else _STREAMS[kind]
        path = self._path(kind)
        name = f"{instrument.venue_symbol.lower()}@{stream}"
        if kind == "depth":
            self._books.setdefault(instrument.venue_symbol, BookSync())
        self.ask(path, name)

    def _path(self, kind: str) -> str:
        if not self._futures:
            return "/ws"
        return "/public/ws" if kind in _PUBLIC else "/market/ws"

    def subscribe(self, line: Line, names: list[str]) -> None:
        """Ask for streams over a line."""
        # The venue takes at most 200 streams in a message, and five messages a second.
        for start in range(0, len(names), 200):
            self._last += 1
            request = StreamRequest("SUBSCRIBE", names[start : start + 200], self._last)
            line.send(_ENCODER.encode(request))
        depth = f"@{_STREAMS['depth']}"
        for symbol in [each.partition("@")[0].upper() for each in names if each.endswith(depth)]:
            self._begin_to_mend(symbol)

    def start(self) -> None:
        """Open the lines that subscriptions need."""
        self._mending.open = True
        super().start()

    async def stop(self) -> None:
        """Close the lines; subscriptions stay."""
        await self._mending.stop()
        await super().stop()

    def lost(self, path: str) -> None:
        """Give the books up that a broken line carried."""
        if path == self._path("depth"):
            for book in self._books.values():
                book.lose()

    # ---- what comes

    def heard(self, frame: bytes) -> None:
        """Take one frame of a market stream; what cannot be read is counted in `malformed`."""
        try:
            message = decode_market(frame)
            if isinstance(message, NotAnEvent):
                return
            instrument = self._listing.by_symbol.get(message.symbol)
            event = None if instrument is None else self._event(message, instrument.id)
        except (msgspec.MsgspecError, ArithmeticError, ValueError):
            self.malformed += 1
            return
        if event is not None:
            self._post(event)

    def _event(self, message: MarketMessage, name: InstrumentId) -> MarketEvent | None:
        now = self._now()
        if isinstance(message, DepthUpdate):
            return self._on_depth(message, name, now)
        if isinstance(message, FuturesBookTicker):
            self.last_price[message.symbol] = (message.bid + message.ask) / 2
            return parse_futures_book_ticker(message, name, now)
        if isinstance(message, BookTicker):
            self.last_price[message.symbol] = (message.bid + message.ask) / 2
            return parse_book_ticker(message, name, now)
        if isinstance(message, PublicTrade):
            trade = parse_trade(message, name, now)
            if trade is not None:
                self.last_price[message.symbol] = self._last_trade[message.symbol] = trade.price
            return trade
        if isinstance(message, KlineUpdate):
            return bar_of(message, name, now)
        if isinstance(message, MarkPriceUpdate):
            interval = self.intervals.get(message.symbol, _FUNDING_NS)
            return parse_mark(message, name, now, interval)
        return None

    def price_of(self, symbol: str) -> float:
        """Return the latest price that was heard, NaN for none."""
        return self.last_price.get(symbol, nan)

    # ---- books

    def _on_depth(
        self, change: DepthUpdate[float], name: InstrumentId, now: int
    ) -> MarketEvent | None:
        symbol = change.symbol
        book = self._books.get(symbol)
        if book is None:
            return None
        outcome = book.take(change)
        if outcome is Outcome.APPLIED:
            ts = change.ts_ms if isinstance(change.ts_ms, int) else change.event_ms
            last = self._last_trade.get(symbol, nan)
            return book.depth(name, ts * 1_000_000, now, LEVELS, last)
        if outcome is not Outcome.OLD:
            self._begin_to_mend(symbol)
        return None

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
        last = self._last_trade.get(symbol, nan)
        self._post(self._books[symbol].depth(name, now, now, LEVELS, last))

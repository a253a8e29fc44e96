"""A venue's messages as plain market events, one for one."""

from collections.abc import Iterator

from anyvenue.data.captures.binance import Message, Snapshot
from anyvenue.data.captures.lines import Line
from anyvenue.data.captures.sequence import BookSequence
from anyvenue.data.level_book import Level
from anyvenue.model.enums import Side
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import BookDelta, FundingRate, MarketEvent, Quote, Trade

__all__ = ["Clock", "Found", "TradeFilter", "quotes", "raw_events", "trades"]

Found = Iterator[tuple[Line, Message | Snapshot]]

_MS = 1_000_000
_FUNDING_NS = 8 * 3600 * 1_000_000_000
"""Binance's usual funding interval; the stream does not tell it."""


class Clock:
    """The venue's time of a message; one without a time has the latest that was told."""

    def __init__(self) -> None:
        """Begin without a time."""
        self._latest = 0

    def __call__(self, line: Line, message: Message | Snapshot) -> int:
        """Return int ns UTC: when the matching engine did it, where the message tells that."""
        # What a mark price message calls T is the time of the next funding.
        funding = isinstance(message, Message) and message.e == "markPriceUpdate"
        told = (not funding and message.T) or message.E
        if not told:
            return self._latest or line.ts
        ts = told * _MS
        if ts > self._latest:
            self._latest = ts
        return ts


class TradeFilter:
    """Chooses the trades that met the book, each once.

    A recorder that took both streams has every trade twice, alone and in a sum; from the first single one on the sums
    are passed over. Trades of an insurance fund, and those of price 0, did not meet the book.
    """

    def __init__(self) -> None:
        """Begin without having seen a trade."""
        self._single = False

    def __call__(self, message: Message) -> bool:
        """Tell whether the message is a trade to be counted."""
        if message.e == "trade":
            self._single = True
        elif message.e != "aggTrade" or self._single:
            return False
        return message.p > 0 and message.q > 0 and message.X in ("", "MARKET")


def quotes(found: Found, instrument: InstrumentId) -> Iterator[Quote]:
    """Give the best prices as the venue sent them."""
    clock = Clock()
    for line, message in found:
        ts = clock(line, message)
        if isinstance(message, Message) and message.is_ticker:
            yield _quote(line, message, ts, instrument)


def trades(found: Found, instrument: InstrumentId) -> Iterator[Trade]:
    """Give the public trades."""
    clock, chosen = Clock(), TradeFilter()
    for line, message in found:
        ts = clock(line, message)
        if isinstance(message, Message) and chosen(message):
            yield _trade(line, message, ts, instrument)


def raw_events(found: Found, instrument: Instrument) -> Iterator[MarketEvent]:
    """Give deltas (only those in sequence), quotes, trades and funding rates."""
    name = instrument.id
    clock, chosen, sequence = Clock(), TradeFilter(), BookSequence()
    for line, message in found:
        ts = clock(line, message)
        if isinstance(message, Snapshot):
            held = sequence.begin(line, message)
            if held is not None:
                yield from _deltas(
                    name, ts, line.ts, message.last, message.bids, message.asks, True
                )
                for _, change in held:
                    yield from _deltas(name, ts, line.ts, change.u, *change.levels)
        elif message.is_change:
            if sequence.continues(line, message):
                yield from _deltas(name, ts, line.ts, message.u, *message.levels)
        elif message.is_ticker:
            yield _quote(line, message, ts, name)
        elif chosen(message):
            yield _trade(line, message, ts, name)
        elif message.e == "markPriceUpdate" and message.r is not None:
            yield FundingRate(name, ts, line.ts, message.r, _FUNDING_NS, message.T * _MS)


def _quote(line: Line, message: Message, ts: int, instrument: InstrumentId) -> Quote:
    bid, ask = message.best
    return Quote(instrument, ts, line.ts, bid, ask, message.B, message.A)


def _trade(line: Line, message: Message, ts: int, instrument: InstrumentId) -> Trade:
    side = Side.SELL if message.m else Side.BUY
    number = str(message.t or "")
    return Trade(instrument, ts, line.ts, message.p, message.q, side, number)


def _deltas(
    instrument: InstrumentId,
    ts_event: int,
    ts_recv: int,
    sequence: int,
    bids: list[Level],
    asks: list[Level],
    snapshot: bool = False,
) -> Iterator[BookDelta]:
    for side, levels in ((Side.BUY, bids), (Side.SELL, asks)):
        for price, size in levels:
            yield BookDelta(instrument, ts_event, ts_recv, side, price, size, sequence, snapshot)
            snapshot = False

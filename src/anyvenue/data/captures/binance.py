"""What Binance sends on its public streams, spot, USD-M and COIN-M alike, and in answer to a depth request.

Field names are the venue's own. Source: Binance's documentation of the market streams of the three venues.
"""

from collections.abc import Iterator
from decimal import Decimal
from math import nan

import msgspec

from anyvenue.data.captures.lines import Line, line_error
from anyvenue.data.level_book import Level

__all__ = ["Message", "Snapshot", "decode", "messages"]

MarketSide = list[Level] | float
"""Levels in a depth message, a price in a bookTicker; an aggTrade has its number there."""


class Message(msgspec.Struct, gc=False):
    """One message of a stream; which fields are set depends on `e`, and for spot's bookTicker `e` is empty."""

    e: str = ""
    s: str = ""
    ps: str = ""
    E: int = 0
    T: int = 0
    U: int = 0
    u: int = 0
    pu: int | None = None
    b: MarketSide = 0.0
    a: MarketSide = 0.0
    B: float = 0.0
    A: float = 0.0
    p: float = 0.0
    q: float = 0.0
    t: int = 0
    m: bool = False
    X: str = ""
    r: Decimal | None = None
    lastUpdateId: int = 0  # noqa: N815
    bids: list[Level] = []
    asks: list[Level] = []
    symbol: str = ""
    partial: bool = False

    @property
    def is_change(self) -> bool:
        """Tell whether it is a change of the book."""
        return self.e == "depthUpdate" and not self.partial

    @property
    def is_ticker(self) -> bool:
        """Tell whether it is a bookTicker."""
        return (self.e == "bookTicker" or not self.e) and isinstance(self.b, float) and self.u > 0

    @property
    def best(self) -> Level:
        """Best bid and ask price of a bookTicker."""
        bid, ask = self.b, self.a
        return (
            bid if isinstance(bid, float) else nan,
            ask if isinstance(ask, float) else nan,
        )

    @property
    def levels(self) -> tuple[list[Level], list[Level]]:
        """Bids and asks of a depth message."""
        bids, asks = self.b, self.a
        return (
            bids if isinstance(bids, list) else self.bids,
            asks if isinstance(asks, list) else self.asks,
        )


class Snapshot(msgspec.Struct, frozen=True, gc=False):
    """The whole book as answered to a request: up to so many levels a side, as of update `last`."""

    last: int
    bids: list[Level]
    asks: list[Level]
    symbol: str = ""
    E: int = 0
    T: int = 0


class _Frame(msgspec.Struct, gc=False):
    """A line's JSON: a combined stream's frame, a depth reply, or a bare message."""

    stream: str = ""
    data: Message | None = None
    e: str = ""
    u: int = 0
    lastUpdateId: int = 0  # noqa: N815
    bids: list[Level] = []
    asks: list[Level] = []
    symbol: str = ""
    E: int = 0
    T: int = 0


# Not strict: Binance writes prices and sizes as strings, to be read as numbers.
_FRAMES = msgspec.json.Decoder(_Frame, strict=False)
_BARE = msgspec.json.Decoder(Message, strict=False)


def decode(line: Line) -> Message | Snapshot | None:
    """Return what a line says, None for what is no market data (an acknowledgement); raise DataError."""
    try:
        frame = _FRAMES.decode(line.text)
        found = frame.data
        if found is not None:
            if not found.e or found.e == "depthUpdate":
                _name(found, frame.stream)
            return found
        if frame.lastUpdateId:
            symbol = frame.symbol or line.symbol
            return Snapshot(frame.lastUpdateId, frame.bids, frame.asks, symbol, frame.E, frame.T)
        return _BARE.decode(line.text) if frame.e or frame.u else None
    except msgspec.MsgspecError as error:
        raise line_error(
            line, f"the message cannot be read ({error})", expected="a message of Binance's streams"
        ) from None


def _name(message: Message, stream: str) -> None:
    """Fill in what only the stream's name says: the symbol, and that it is a book cut after some levels."""
    symbol, _, kind = stream.partition("@")
    if not message.s:
        message.s = symbol.upper()
    cut = kind.partition("@")[0].removeprefix("depth")
    if cut.isdigit():
        message.partial = True


def messages(lines: Iterator[Line], symbol: str) -> Iterator[tuple[Line, Message | Snapshot]]:
    """Give the messages about one symbol; a reply that names none is taken to be about it."""
    for line in lines:
        found = decode(line)
        if found is None:
            continue
        about = found.s if isinstance(found, Message) else found.symbol
        if about == symbol or not about:
            yield line, found

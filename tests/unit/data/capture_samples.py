"""Small captures of Binance's streams, made here in each of the forms recorders write."""

import json
from typing import Any

START_MS = 1_700_000_000_000
Levels = list[tuple[str, str]]


def line(ms: int, message: dict[str, Any]) -> str:
    """Return a line of the plain form: receive time in ns, a space, the JSON."""
    return f"{(START_MS + ms) * 1_000_000} {json.dumps(message)}\n"


def snapshot(ms: int, last: int, bids: Levels, asks: Levels, **more: Any) -> str:
    """Return the answer to a depth request."""
    return line(ms, {"lastUpdateId": last, "bids": bids, "asks": asks, **more})


def frame(ms: int, stream: str, data: dict[str, Any]) -> str:
    """Return a message of a combined stream."""
    return line(ms, {"stream": stream, "data": data})


def spot_depth(
    ms: int, first: int, last: int, bids: Levels, asks: Levels, symbol: str = "BTCUSDT"
) -> str:
    """Return a change of a spot book."""
    data = {"e": "depthUpdate", "E": START_MS + ms, "s": symbol, "U": first, "u": last}
    return frame(ms, f"{symbol.lower()}@depth@100ms", {**data, "b": bids, "a": asks})


def futures_depth(
    ms: int, first: int, last: int, before: int, bids: Levels, asks: Levels, **more: Any
) -> str:
    """Return a change of a futures book; COIN-M's has `s` and `ps` of its own."""
    data = {"e": "depthUpdate", "E": START_MS + ms, "T": START_MS + ms - 1, "s": "BTCUSDT"}
    data |= {"U": first, "u": last, "pu": before, "b": bids, "a": asks}
    return frame(ms, "btcusdt@depth@0ms", {**data, **more})


def spot_ticker(ms: int, update: int, bid: tuple[str, str], ask: tuple[str, str]) -> str:
    """Return spot's bookTicker, which has neither a type nor a time."""
    data = {"u": update, "s": "BTCUSDT", "b": bid[0], "B": bid[1], "a": ask[0], "A": ask[1]}
    return frame(ms, "btcusdt@bookTicker", data)


def trade(ms: int, number: int, price: str, size: str, *, maker: bool = False, **more: Any) -> str:
    """Return a single trade; `maker` tells that the buyer was in the book."""
    data = {"e": "trade", "E": START_MS + ms, "T": START_MS + ms - 1, "s": "BTCUSDT"}
    data |= {"t": number, "p": price, "q": size, "m": maker}
    return frame(ms, "btcusdt@trade", {**data, **more})


BIDS = [("100.00", "1.0"), ("99.00", "2.0")]
ASKS = [("101.00", "1.5"), ("102.00", "2.5")]

SPOT = (
    spot_depth(0, 5, 9, [("98.00", "7.0")], [])
    + snapshot(10, 10, BIDS, ASKS)
    + spot_depth(100, 8, 12, [("100.00", "3.0")], [("101.00", "0")])
    + trade(150, 1, "102.00", "0.5")
    + spot_depth(200, 13, 13, [], [("101.50", "4.0")])
)
"""A snapshot with changes around it; the book ends at 100.00 x 3.0 against 101.50 x 4.0."""

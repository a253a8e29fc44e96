"""The market streams of one market, by their names."""

from collections.abc import Callable, Mapping

from anyvenue.venues.binance.server.terms import Market
from anyvenue.venues.binance.server.topics import day_ticker, make_topic, mark_update
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.numbers import encode
from anyvenue.venues.serving.streams import Polled, Send, Streams

__all__ = ["make_streams"]

_ALL = {
    "!ticker@arr": 1000,
    "!miniTicker@arr": 1000,
    "!markPrice@arr": 3000,
    "!markPrice@arr@1s": 1000,
}


def make_streams(market: Market, boards: Mapping[str, Board], now_ms: Callable[[], int]) -> Streams:
    """Return the streams of the boards, which go by symbol; `now_ms` is the clients' time."""

    def make(name: str, send: Send) -> list[Polled] | None:
        if name == "!bookTicker":
            made = [make_topic(market, each, "bookTicker", send) for each in boards.values()]
            return [each for each in made if each is not None]
        if name in _ALL and (market is Market.USDM or "mark" not in name):
            return [_Everything(market, boards, name)]
        symbol, _, kind = name.partition("@")
        board = boards.get(symbol.upper())
        if board is None or symbol != symbol.lower():
            return [] if kind else None
        topic = make_topic(market, board, kind, send)
        return [topic] if topic is not None else None

    return Streams(make, now_ms)


class _Everything(Polled):
    """What a stream of all symbols tells."""

    def __init__(self, market: Market, boards: Mapping[str, Board], name: str) -> None:
        self.period_ms = _ALL[name]
        self._market, self._boards, self._name = market, boards, name

    def poll(self, now_ms: int) -> bytes | None:
        boards = [each for each in self._boards.values() if each.mark]
        if "mark" in self._name:
            return encode([mark_update(each, now_ms) for each in boards])
        short = "mini" in self._name
        return encode([day_ticker(self._market, each, now_ms, short) for each in boards])

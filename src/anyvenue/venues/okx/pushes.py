"""Frames of OKX's streams, each kind with its rows: which channel carries what, for a reader and a writer alike."""

from collections.abc import Callable

import msgspec

from anyvenue.venues.okx.wire import (
    PONG,
    Argument,
    BestRow,
    BookUpdate,
    CandleRow,
    Frame,
    FundingRow,
    IndexTicker,
    MarkPriceRow,
    TickerRow,
    TradeRow,
)
from anyvenue.venues.okx.wire_account import (
    AlgoOrderRow,
    BalanceRow,
    FillRow,
    OrderRow,
    PositionRow,
)
from anyvenue.venues.okx.wire_rest import InstrumentRow

__all__ = [
    "CHANNELS",
    "AlgoPush",
    "BalancePush",
    "BestPush",
    "BookPush",
    "CandlePush",
    "FillPush",
    "FundingPush",
    "IndexPush",
    "InstrumentPush",
    "MarkPush",
    "OrderPush",
    "PositionPush",
    "Push",
    "TickerPush",
    "TradePush",
    "decode_frame",
]


class _Pushed(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    arg: Argument
    action: str = ""
    event_type: str = ""
    cur_page: int = 0
    last_page: bool = True


class TickerPush(_Pushed):
    """Best prices and statistics (tickers)."""

    data: list[TickerRow]


class TradePush(_Pushed):
    """Public trades (trades, trades-all)."""

    data: list[TradeRow]


class BestPush(msgspec.Struct, gc=False):
    """Best levels (bbo-tbt)."""

    arg: Argument
    data: list[BestRow]


class BookPush(_Pushed):
    """Books: in changes after a snapshot (books, books-l2-tbt, books50-l2-tbt), or whole (books5)."""

    data: list[BookUpdate]


class CandlePush(_Pushed):
    """Bars (candle1m and so on); those of mark and index prices, too."""

    data: list[CandleRow]


class MarkPush(_Pushed):
    """Mark prices (mark-price)."""

    data: list[MarkPriceRow]


class IndexPush(_Pushed):
    """Prices of indices (index-tickers)."""

    data: list[IndexTicker]


class FundingPush(_Pushed):
    """Funding rates (funding-rate)."""

    data: list[FundingRow]


class InstrumentPush(_Pushed):
    """What is listed anew or has changed (instruments)."""

    data: list[InstrumentRow]


class OrderPush(_Pushed):
    """The account's orders (orders)."""

    data: list[OrderRow]


class AlgoPush(_Pushed):
    """The account's conditional orders (orders-algo, algo-advance)."""

    data: list[AlgoOrderRow]


class FillPush(_Pushed):
    """The account's executions (fills)."""

    data: list[FillRow]


class PositionPush(_Pushed):
    """The account's positions (positions)."""

    data: list[PositionRow]


class BalancePush(_Pushed):
    """The account's money (account)."""

    data: list[BalanceRow]


Push = (
    TickerPush
    | TradePush
    | BestPush
    | BookPush
    | CandlePush
    | MarkPush
    | IndexPush
    | FundingPush
    | InstrumentPush
    | OrderPush
    | AlgoPush
    | FillPush
    | PositionPush
    | BalancePush
)

CHANNELS: dict[str, type[Push]] = {
    "tickers": TickerPush,
    "trades": TradePush,
    "trades-all": TradePush,
    "books": BookPush,
    "books5": BookPush,
    "bbo-tbt": BestPush,
    "books-l2-tbt": BookPush,
    "books50-l2-tbt": BookPush,
    "mark-price": MarkPush,
    "index-tickers": IndexPush,
    "funding-rate": FundingPush,
    "instruments": InstrumentPush,
    "orders": OrderPush,
    "orders-algo": AlgoPush,
    "algo-advance": AlgoPush,
    "fills": FillPush,
    "positions": PositionPush,
    "account": BalancePush,
}
"""What each channel carries. Bars (candle...) are `CandlePush`; other channels are not supported."""

_CANDLES = ("candle", "mark-price-candle", "index-candle")
_START = b'{"arg":{"channel":"'
_LOOK = msgspec.json.Decoder(Frame)
_Decode = Callable[[bytes], Push]
_DECODERS: dict[bytes, _Decode] = {
    # Not strict where numbers, which the venue writes as strings, are read as such.
    name.encode(): msgspec.json.Decoder(kind, strict=kind is not BestPush).decode
    for name, kind in CHANNELS.items()
}
_BEST_START = _START + b'bbo-tbt"'
_DECODE_BEST: _Decode = _DECODERS[b"bbo-tbt"]
_DECODE_CANDLES: _Decode = msgspec.json.Decoder(CandlePush).decode


def decode_frame(frame: bytes) -> Push | Frame:
    """Return what a stream tells, or a `Frame`: an event, an answer, a channel that is not supported.

    Raises msgspec.MsgspecError for what is no frame.
    """
    # What a stream tells begins with its channel, so that it need not be looked at twice; most are best levels.
    if frame.startswith(_BEST_START):
        return _DECODE_BEST(frame)
    if frame.startswith(_START):
        decode = _DECODERS.get(frame[19 : frame.index(b'"', 19)])
        if decode is not None:
            return decode(frame)
    elif frame == PONG:
        return Frame(event="pong")
    look = _LOOK.decode(frame)
    if look.arg is None or look.event or look.data is msgspec.UNSET:
        return look
    channel = look.arg.channel
    if channel.startswith(_CANDLES):
        return _DECODE_CANDLES(frame)
    decode = _DECODERS.get(channel.encode())
    return look if decode is None else decode(frame)

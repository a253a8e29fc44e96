"""Quotes of a live CTP front as a market: read through a vendor's library, posted on the loop's thread."""

import asyncio
from collections.abc import Callable, Iterable
from math import nan
from pathlib import Path

from anyvenue.engine.hosting.market import LiveMarket
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth
from anyvenue.model.numbers import ABSENT_ABOVE
from anyvenue.runtime.clock import LiveClock
from anyvenue.venues.ctp.counter.names import exchange_id
from anyvenue.venues.ctp.description import Description, Value
from anyvenue.venues.ctp.dialects.spoken import translated
from anyvenue.venues.ctp.driver.times import day_of, moment
from anyvenue.venues.ctp.native.catalogue import find_library
from anyvenue.venues.ctp.native.library import open_library
from anyvenue.venues.ctp.native.seam import Called
from anyvenue.venues.ctp.native.session import open_session

__all__ = ["QuoteFront", "depth_of"]

_QUOTE = "OnRtnDepthMarketData"
_LEVELS = range(1, 6)
Row = dict[str, Value]


class QuoteFront:
    """Subscribes a market's instruments at a front, again after every reconnection."""

    def __init__(
        self, front: str, library: str, flow: Path, market: LiveMarket, note: Callable[[str], None]
    ) -> None:
        """Use `library`, a counter's name or a file; raise ConfigError. `note` hears of the connection."""
        self._front = front
        self._market = market
        self._note = note
        self._known = {each.symbol: each for each in market.instruments}
        self._loop = asyncio.get_running_loop()
        self._last = 0
        self._login = 0
        opened = open_library(find_library(library, "md"), "md")
        now = LiveClock().now
        self._session = translated(
            opened.description, lambda post: open_session(opened, flow, post, now), self._post
        )

    def start(self) -> None:
        """Connect; quotes come from now on."""
        self._session.start([self._front])

    async def close(self) -> None:
        """Leave the front."""
        await asyncio.to_thread(self._session.close)

    def _post(self, called: Called) -> None:
        # The vendor's thread: copied already, and passed on.
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._on_called, called)

    def _on_called(self, called: Called) -> None:
        if called.callback == _QUOTE:
            self._on_quote(self._session.description, called)
        elif called.callback == "OnFrontConnected":
            self._note(f"quote front {self._front}: connected")
            self._login += 1
            self._session.request("ReqUserLogin", {}, self._login)
        elif called.callback == "OnFrontDisconnected":
            self._note(f"quote front {self._front}: lost, reason {called.number:#x}; trying again")
        elif called.callback == "OnRspUserLogin":
            self._session.subscribe("SubscribeMarketData", self._codes())

    def _codes(self) -> list[str]:
        """Return the instruments as the front calls them; TORA's wants the exchange, too."""
        if not getattr(self._session, "with_exchange", False):
            return list(self._known)
        return [f"{code}@{exchange_id(each.exchange)}" for code, each in self._known.items()]

    def _on_quote(self, description: Description, called: Called) -> None:
        if called.data is None:
            return
        row = description.layout("DepthMarketData").unpack(called.data)
        instrument = self._known.get(str(row["InstrumentID"]))
        if instrument is not None:
            # The exchange takes events in the order of time, also where the clock was set back.
            self._last = max(self._last, called.ts_recv)
            self._market.post(depth_of(row, instrument, self._last))


def depth_of(row: Row, instrument: Instrument, ts_recv: int) -> Depth:
    """Return a row of DepthMarketData as a snapshot; what is DBL_MAX, or a level of no lots, is absent."""
    bids, asks = _side(row, "Bid"), _side(row, "Ask")
    date, day = str(row.get("ActionDay", "")), str(row.get("TradingDay", ""))
    at = moment(date, day, str(row.get("UpdateTime", "")))
    millisecond = row.get("UpdateMillisec", 0)
    if at and isinstance(millisecond, int):
        at += millisecond * 1_000_000
    # Zhengzhou's turnover counts lots, not what is in them.
    scale = float(instrument.multiplier) if instrument.exchange == "CZCE" else 1.0
    return Depth(
        instrument.id,
        at or ts_recv,
        ts_recv,
        *bids,
        *asks,
        last=_figure(row, "LastPrice"),
        volume=_figure(row, "Volume"),
        turnover=_figure(row, "Turnover") * scale,
        open_interest=_figure(row, "OpenInterest"),
        open=_figure(row, "OpenPrice"),
        high=_figure(row, "HighestPrice"),
        low=_figure(row, "LowestPrice"),
        pre_close=_figure(row, "PreClosePrice"),
        pre_settlement=_figure(row, "PreSettlementPrice"),
        settlement=_figure(row, "SettlementPrice"),
        upper_limit=_figure(row, "UpperLimitPrice"),
        lower_limit=_figure(row, "LowerLimitPrice"),
        trading_day=day_of(day),
    )


def _side(row: Row, side: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    levels = list(_levels(row, side))
    return tuple(price for price, _ in levels), tuple(size for _, size in levels)


def _levels(row: Row, side: str) -> Iterable[tuple[float, float]]:
    for number in _LEVELS:
        price, size = _figure(row, f"{side}Price{number}"), _figure(row, f"{side}Volume{number}")
        if not (size > 0 and price == price):
            return
        yield price, size


def _figure(row: Row, name: str) -> float:
    value = row.get(name)
    if isinstance(value, int | float) and -ABSENT_ABOVE < value < ABSENT_ABOVE:
        return float(value)
    return nan

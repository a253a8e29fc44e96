"""The strategies of the benches, written as a user would write them."""

from __future__ import annotations

from anyvenue.model.market import Bar, Quote
from anyvenue.strategy.base import Strategy
from anyvenue.strategy.handles import OrderHandle
from anyvenue.strategy.indicators import EMA, SMA

__all__ = ["BarCross", "QuoteCross"]


class QuoteCross(Strategy):
    """Two exponential averages of the mid price; long when the fast one is above, else short."""

    fast: int = 100
    slow: int = 500

    def on_start(self) -> None:
        self._fast = EMA(self.fast)
        self._slow = EMA(self.slow)
        self._side = 0
        self.quotes(self.instrument)

    def on_quote(self, quote: Quote) -> None:
        mid = (quote.bid + quote.ask) * 0.5
        fast = self._fast.update(mid)
        slow = self._slow.update(mid)
        if fast > slow:
            if self._side != 1:
                self._turn(1)
        elif fast < slow and self._side != -1:
            self._turn(-1)

    def _turn(self, side: int) -> None:
        self._side = side
        self.target(self.instrument, side)


class BarCross(Strategy):
    """Two simple averages of the close; limit orders at the close, cancelled at the next bar."""

    fast: int = 100
    slow: int = 500

    def on_start(self) -> None:
        self._fast = SMA(self.fast)
        self._slow = SMA(self.slow)
        self._left = max(100, self.slow + 1)
        self._before = 0.0
        self._working: OrderHandle | None = None
        self.bars(self.instrument, "1m")

    def on_bar(self, bar: Bar) -> None:
        close = bar.close
        now = self._fast.update(close) - self._slow.update(close)
        before = self._before
        self._before = now
        if self._left > 1:
            self._left -= 1
            return
        if self._working is not None:
            self._working.cancel()
            self._working = None
        if now > 0 >= before:
            self._trade(1, close)
        elif now < 0 <= before:
            self._trade(-1, close)

    def _trade(self, side: int, price: float) -> None:
        net = self.position(self.instrument).net
        if side > 0 and net <= 0:
            self._working = self.buy(self.instrument, 1 - net, price)
        elif side < 0 and net >= 0:
            self._working = self.sell(self.instrument, 1 + net, price)

"""Many markets at once: the trend of each, with about the same money in all of them, each in its own currency."""

from decimal import Decimal

from anyvenue.model.errors import ConfigError, InsufficientFunds, InsufficientPosition, InvalidOrder
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar
from anyvenue.model.numbers import to_decimal
from anyvenue.strategy.base import Strategy
from anyvenue.strategy.indicators import EMA

__all__ = ["Basket"]


class _Trend:
    """Where one market is going: `side` is 1 up, -1 down, 0 while nobody knows; `size` goes with it."""

    def __init__(self, fast: int, slow: int) -> None:
        self.side = 0
        self.size = Decimal(0)
        self._fast, self._slow = EMA(fast), EMA(slow)

    def turned(self, price: float) -> bool:
        """Take a price in; tell whether the trend is another one now."""
        difference = self._fast.update(price) - self._slow.update(price)
        if not self._slow.ready or not difference:
            return False
        before, self.side = self.side, 1 if difference > 0 else -1
        return self.side != before


class Basket(Strategy):
    """Hold futures, shares, currencies and coins side by side: long in a rising market, short in a falling one.

    A position is worth the same share of the money that the account has in the instrument's currency. Where selling
    short is not allowed it is flat instead, and what cannot be bought or sold now is tried again at the next bar.
    """

    fast: int = 10
    """Bars in the fast average."""
    slow: int = 30
    """Bars in the slow average."""
    interval: str = "1m"
    """Bars to follow; where the data has no finer prices, its own bars."""
    share: Decimal = Decimal("0.1")
    """Worth of a position as a part of the money in its currency, at least one smallest order."""

    def on_start(self) -> None:
        """Subscribe to the bars of every instrument."""
        if not 0 < self.fast < self.slow or self.share <= 0:
            raise ConfigError(
                f"basket: fast was {self.fast}, slow {self.slow} and share {self.share}; "
                "fast must be 1 or more and below slow, share above zero",
                parameter="share" if self.share <= 0 else "fast",
            )
        self._trends = {each: _Trend(self.fast, self.slow) for each in self.instruments}
        self._told: set[str] = set()
        for instrument in self.instruments:
            there = self.channels(instrument)
            own = sorted(each[5:] for each in there if each.startswith("bars:"))
            self.bars(instrument, self.interval if "bars" in there or not own else own[0])

    def on_bar(self, bar: Bar) -> None:
        """Follow the close, and hold what belongs to its trend."""
        trend, instrument = self._trends[bar.instrument], self.resolve(bar.instrument)
        if trend.turned(bar.close):
            trend.size = self._size(instrument, to_decimal(bar.close))
        if trend.side:
            side = trend.side if instrument.position_rule.short_ok else max(trend.side, 0)
            self._hold(instrument, side * trend.size)

    def _size(self, instrument: Instrument, price: Decimal) -> Decimal:
        """Return how many lots are worth the share, at least the smallest order and at most the largest."""
        money = self.account(instrument.currency).balance * self.share
        unit = (
            instrument.multiplier / price if instrument.inverse else instrument.multiplier * price
        )
        lot = instrument.lot
        size = money / unit // lot.step * lot.step if unit > 0 and money > 0 else lot.minimum
        most = lot.market_maximum or lot.maximum
        if most is not None:
            size = min(size, most / 2 // lot.step * lot.step)  # a turn takes twice the size
        return max(size, lot.minimum)

    def _hold(self, instrument: Instrument, quantity: Decimal) -> None:
        try:
            self.target(instrument.id, quantity)
        except (InsufficientFunds, InsufficientPosition, InvalidOrder) as error:
            # Too little money, lots bought today that cannot be sold before tomorrow, or more than the venue allows.
            if instrument.id not in self._told:
                self._told.add(instrument.id)
                self.log(f"left as it is for now: {error.text}")

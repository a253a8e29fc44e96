"""Two exponential averages: long while the fast one is above the slow one, else short.

Where an instrument cannot be sold short it is flat instead, and where lots bought today cannot be sold (T+1) they stay
until the next day.
"""

from decimal import Decimal

from anyvenue.model.enums import Side
from anyvenue.model.errors import ConfigError, InsufficientFunds, InsufficientPosition
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Quote, Trade
from anyvenue.strategy.base import Strategy
from anyvenue.strategy.indicators import EMA

__all__ = ["EmaCross"]


class EmaCross(Strategy):
    """Follow the trend of every instrument it is started for."""

    fast: int = 5
    """Span of the fast average, in quotes or bars."""
    slow: int = 20
    """Span of the slow average."""
    size: int = 1
    """Position to hold, in lots of the instrument's smallest order."""
    interval: str = ""
    """Bars to follow, such as 1m; empty follows every price there is: quotes, else trades, else the data's bars."""

    def on_start(self) -> None:
        """Subscribe for every instrument."""
        if self.fast < 1 or self.size < 1:
            raise ConfigError(
                f"ema_cross: fast was {self.fast} and size was {self.size}; each must be 1 or more",
                parameter="fast" if self.fast < 1 else "size",
            )
        if self.fast >= self.slow:
            raise ConfigError(
                f"ema_cross: fast was {self.fast} and slow {self.slow}; fast must be below slow",
                parameter="fast",
            )
        self._pairs = {each: (EMA(self.fast), EMA(self.slow)) for each in self.instruments}
        self._sides = dict.fromkeys(self.instruments, 0)
        self._short_of_money: set[str] = set()
        for instrument in self.instruments:
            if self.interval:
                self.bars(instrument, self.interval)
            else:
                self.prices(instrument)

    def on_quote(self, quote: Quote) -> None:
        """Follow the mid price."""
        self._follow(quote.instrument, quote.mid)

    def on_trade(self, trade: Trade) -> None:
        """Follow the trade's price."""
        self._follow(trade.instrument, trade.price)

    def on_bar(self, bar: Bar) -> None:
        """Follow the close."""
        self._follow(bar.instrument, bar.close)

    def _follow(self, instrument: str, price: float) -> None:
        if not price > 0 and (price != price or not self.resolve(instrument).legs):
            return  # only spreads can have such prices
        fast, slow = self._pairs[instrument]
        difference = fast.update(price) - slow.update(price)
        if not slow.ready or not difference:
            return
        side = 1 if difference > 0 else -1
        if side != self._sides[instrument]:
            self._sides[instrument] = side
            self._turn(self.resolve(instrument), side)

    def _turn(self, instrument: Instrument, side: int) -> None:
        rule = instrument.position_rule
        wanted = side * self.size * instrument.lot.minimum
        if side < 0 and not rule.short_ok:
            wanted = self._cannot_be_sold(instrument)
        try:
            self.target(instrument.id, wanted)
        except (InsufficientFunds, InsufficientPosition) as error:
            # Lots are missing where a spread was held and one of its legs was sold by itself.
            if instrument.id not in self._short_of_money:
                self._short_of_money.add(instrument.id)
                self.log(f"not enough money or lots: {error.text}")

    def _cannot_be_sold(self, instrument: Instrument) -> Decimal:
        """Return what must stay until tomorrow: lots bought today where T+1 holds."""
        position = self.position(instrument.id)
        working = sum(
            (
                order.remaining
                for order in self.open_orders()
                if order.instrument == instrument.id and order.side is Side.BUY
            ),
            Decimal(0),
        )
        stays = working
        return (
            stays if instrument.position_rule.sell_today else stays + position.long_today.quantity
        )

"""A grid: limit orders at equal distances around a price; each fill puts the opposite order one step away."""

from decimal import Decimal

from anyvenue.model.enums import Offset, Side
from anyvenue.model.errors import ConfigError, InsufficientFunds, InsufficientPosition, InvalidOrder
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Quote, Trade
from anyvenue.model.orders import Fill
from anyvenue.strategy.base import Strategy

__all__ = ["Grid"]


class Grid(Strategy):
    """Buy low and sell high in steps, on every instrument it is started for.

    Where short selling is not allowed only the buying half is laid out, and sells follow fills.
    """

    levels: int = 3
    """Orders on each side of the first price."""
    step: int = 2
    """Distance between orders, in price steps of the instrument."""
    size: int = 1
    """Quantity of each order, in lots of the instrument's smallest order."""

    def on_start(self) -> None:
        """Subscribe; the grid is laid out around the first price."""
        if self.levels < 1 or self.step < 1 or self.size < 1:
            raise ConfigError(
                f"grid: levels was {self.levels}, step {self.step} and size {self.size}; each must be 1 or more",
                parameter="levels",
            )
        self._laid_out: set[str] = set()
        self._left_out: set[str] = set()
        for instrument in self.instruments:
            self.prices(instrument)

    def on_quote(self, quote: Quote) -> None:
        """Lay the grid out around the first quote that has both sides."""
        self._lay_out(quote.instrument, quote.mid)

    def on_trade(self, trade: Trade) -> None:
        """Lay the grid out around the first trade, where there are no quotes."""
        self._lay_out(trade.instrument, trade.price)

    def on_bar(self, bar: Bar) -> None:
        """Lay the grid out around the first close, where there are only bars."""
        self._lay_out(bar.instrument, bar.close)

    def _lay_out(self, instrument_id: str, price: float) -> None:
        if instrument_id in self._laid_out or price != price:
            return
        self._laid_out.add(instrument_id)
        instrument = self.resolve(instrument_id)
        centre = instrument.snap(round(price, 8), Side.BUY)
        distance = self.step * instrument.price_step.step_at(centre)
        for level in range(1, self.levels + 1):
            self._place(instrument, Side.BUY, centre - level * distance)
            if instrument.position_rule.short_ok:
                self._place(instrument, Side.SELL, centre + level * distance)

    def on_fill(self, fill: Fill) -> None:
        """Put the opposite order one step away once the order is filled."""
        order = self.context.order(fill.order_id)
        if order.remaining or order.price is None:
            return
        instrument = self.resolve(fill.instrument)
        distance = self.step * instrument.price_step.step_at(order.price)
        if fill.side is Side.BUY:
            self._place(instrument, Side.SELL, order.price + distance)
        else:
            self._place(instrument, Side.BUY, order.price - distance)

    def _place(self, instrument: Instrument, side: Side, price: Decimal) -> None:
        quantity = self.size * instrument.lot.minimum
        rule = instrument.position_rule
        # Where long and short are one position, what an order closes is known when it is filled and not before.
        netted = rule.short_ok and not rule.hedged
        offset = Offset.OPEN if netted else Offset.AUTO
        try:
            if side is Side.BUY:
                self.buy(instrument.id, quantity, price, offset=offset)
            else:
                self.sell(instrument.id, quantity, price, offset=offset)
        except (InsufficientFunds, InsufficientPosition, InvalidOrder) as error:
            # Not enough money, lots not free before tomorrow, or a price below zero: this level stays empty.
            if instrument.id not in self._left_out:
                self._left_out.add(instrument.id)
                self.log(f"level {price} left out, as others may be: {error.text}")

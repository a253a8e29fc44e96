"""Strategies to optimise and a market for them. In a module of their own: worker processes import it."""

import os
import warnings
from math import sin

from short_market import quote

from anyvenue.model.market import Quote
from anyvenue.strategy.base import Strategy

COUNT = 600
QUOTES = [
    quote(second, 3500.0 + round(20 * sin(second / 15) + 5 * sin(second / 4)))
    for second in range(1, COUNT)
]


class Bands(Strategy):
    """Sells above a band and buys below it."""

    width: int = 5
    size: int = 1
    fails_at: int = 0
    dies_at: int = 0
    warns: bool = False

    def on_start(self) -> None:
        if self.fails_at and self.width == self.fails_at:
            raise ValueError("this width is cursed")
        if self.dies_at and self.width == self.dies_at:
            os._exit(3)
        if self.warns:
            warnings.warn("the moon is full", UserWarning, stacklevel=1)
        self.quotes(self.instrument)

    def on_quote(self, quote: Quote) -> None:
        if quote.bid > 3500 + self.width:
            self.target(quote.instrument, -self.size)
        elif quote.bid < 3500 - self.width:
            self.target(quote.instrument, self.size)

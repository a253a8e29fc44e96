"""What stands in the node for a strategy that is elsewhere: its callbacks pass everything on."""

from anyvenue.engine.strategy_process.feed import Feed
from anyvenue.kernel.kernel import Kernel
from anyvenue.model.events import AccountEvent, CommandRefused, TimerFired
from anyvenue.model.market import Bar, Depth, MarketEvent, Quote, Trade
from anyvenue.model.orders import Fill, Order
from anyvenue.strategy.base import Strategy

__all__ = ["StandIn"]


class StandIn(Strategy):
    """Passes on to `feed` what it hears; without one it hears nothing yet, or no more."""

    def __init__(self, kernel: Kernel) -> None:
        """Take the time and the latest prices from `kernel`."""
        self.feed: Feed | None = None
        self._kernel = kernel

    def on_quote(self, quote: Quote) -> None:
        """Pass it on when the strategy can take it."""
        self._pass_on(quote)

    def on_depth(self, depth: Depth) -> None:
        """Pass it on when the strategy can take it."""
        self._pass_on(depth)

    def on_trade(self, trade: Trade) -> None:
        """Pass it on when the strategy can take it."""
        self._pass_on(trade)

    def on_bar(self, bar: Bar) -> None:
        """Pass it on when the strategy can take it."""
        self._pass_on(bar)

    def on_timer(self, timer: TimerFired) -> None:
        """Pass it on when the strategy can take it."""
        if self.feed is not None:
            self.feed.event(self._kernel.now, timer)

    def on_order(self, order: Order) -> None:
        """Pass it on."""
        self._report(order)

    def on_fill(self, fill: Fill) -> None:
        """Pass it on."""
        self._report(fill)

    def on_refused(self, refusal: CommandRefused) -> None:
        """Pass it on."""
        self._report(refusal)

    def on_account(self, event: AccountEvent) -> None:
        """Pass it on."""
        self._report(event)

    def _pass_on(self, event: MarketEvent) -> None:
        if self.feed is not None:
            kernel = self._kernel
            # What was made of something finer (the best of a depth snapshot) is not what the node has as latest.
            self.feed.event(kernel.now, event, kernel.latest.get(event.instrument) is event)

    def _report(self, value: Order | Fill | CommandRefused | AccountEvent) -> None:
        if self.feed is not None:
            self.feed.report(self._kernel.now, value)

"""A strategy of your own: typed parameters, bars made from ticks, a stop order and a timer.

    python examples/own_strategy.py

What to see: `Breakout` buys when a one-minute bar closes above the highest close of the last bars. Every entry gets
a stop order below it. A timer closes what is still open after a while: it asks the stop back first, because lots
that a working order has claimed cannot be sold twice, and sells once the exchange has confirmed. A mistyped
parameter is refused by name.
"""

from decimal import Decimal

import anyvenue as av
from anyvenue.engine.synthetic import synthetic_source


class Breakout(av.Strategy):
    """Buy the highest close of the last `lookback` bars, with a stop `distance` below."""

    lookback: int = 20
    """Bars to look back."""
    distance: Decimal = Decimal(12)
    """How far below the entry the stop lies, in points."""
    patience: str = "30m"
    """How long a position may last."""

    def on_start(self) -> None:
        """Subscribe to bars; the ticks below become one-minute bars on the way."""
        self.closes: list[float] = []
        self.entry: av.OrderHandle | None = None
        self.stop: av.OrderHandle | None = None
        self.bars(self.instrument, "1m")

    def on_bar(self, bar: av.Bar) -> None:
        """Enter on a new high when flat."""
        recent, self.closes = self.closes, [*self.closes, bar.close][-self.lookback :]
        flat = self.position(self.instrument).flat and not self.open_orders()
        if flat and len(recent) == self.lookback and bar.close > max(recent):
            self.entry = self.buy(self.instrument, 1)

    def on_fill(self, fill: av.Fill) -> None:
        """Protect an entry as soon as it is filled."""
        if self.entry is not None and fill.order_id in self.entry.order_ids:
            # Decimal + Decimal: what is owed is exact. A bar's price is a float and would need float(fill.price).
            self.stop = self.sell(self.instrument, fill.quantity, stop=fill.price - self.distance)
            self.timer("patience", after=self.patience)

    def on_timer(self, timer: av.TimerFired) -> None:
        """Ask the stop back when the position has lasted long enough."""
        if self.stop is not None:
            self.stop.cancel()

    def on_order(self, order: av.Order) -> None:
        """Sell at the market once the stop is really gone."""
        if self.stop is None or order.order_id not in self.stop.order_ids or not order.done:
            return
        self.stop = None
        if order.state is av.OrderState.CANCELLED and order.remaining:
            self.sell(self.instrument, order.remaining, tag="time is up")


def main() -> None:
    """Run the strategy over two days of made-up ticks."""
    catalog = av.Catalog(20260915)
    rebar = catalog.get("rb2701.SHFE")
    days = [20260915, 20260916]
    ticks = synthetic_source(rebar, days, catalog.sessions(rebar.sessions), seed=3, start=3500)
    result = av.backtest(Breakout(lookback=15, patience="20m"), ticks)
    stops = [order for order in result.orders if order.triggered]
    timed = [order for order in result.orders if order.request.tag == "time is up"]
    print(f"{len(result.trades)} round trips: {len(stops)} stopped out, {len(timed)} timed out")
    print(f"profit {result.summary.profit} CNY after fees of {result.summary.fees} CNY")
    print(f"faults: {len(result.faults)}, open orders: {len(result.open_orders)}")
    try:
        Breakout(lookbak=15)
    except av.errors.ConfigError as error:
        print(error)


if __name__ == "__main__":
    main()

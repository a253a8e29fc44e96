"""A-share rules: buy in hundreds, sell what was bought tomorrow (T+1), pay duty on the sale.

    python examples/stock_t_plus_1.py

What to see: the strategy buys 200 shares of 600519.SSE and tries to sell them at once. That raises
`InsufficientPosition` at the call, because shares bought today are not free before tomorrow. On the next trading
day the same sale goes through. The buy pays commission and a transfer fee, the sale stamp duty as well. An order
for 150 shares is refused: a lot is 100.
"""

import anyvenue as av
from anyvenue.engine.synthetic import synthetic_source


class BuyTodaySellTomorrow(av.Strategy):
    """Hold 200 shares for one night."""

    def on_start(self) -> None:
        """Ask for prices."""
        self.tried_today = False
        self.quotes(self.instrument)

    def on_quote(self, quote: av.Quote) -> None:
        """Buy when flat, sell once yesterday's shares are free."""
        position = self.position(self.instrument)
        if self.open_orders():
            return
        if position.flat and not self.tried_today:
            self.buy_lots()
        elif position.long_old.closable:
            self.sell(self.instrument, position.long_old.closable)

    def buy_lots(self) -> None:
        """Buy 200; 150 would be one and a half lots."""
        try:
            self.buy(self.instrument, 150)
        except av.errors.OffLot as error:
            self.log(f"150 shares are refused: use {error.below} or {error.above}")
        self.buy(self.instrument, 200)

    def on_fill(self, fill: av.Fill) -> None:
        """Print the fill; try to sell at once what was just bought."""
        self.log(f"{fill.trading_day} {fill.side} {fill.quantity} at {fill.price}, fee {fill.fee}")
        if fill.side is av.Side.BUY and not self.tried_today:
            self.tried_today = True
            try:
                self.sell(self.instrument, fill.quantity)
            except av.errors.InsufficientPosition as error:
                self.log(f"not today: {error}")


def main() -> None:
    """Run the strategy over two days of made-up ticks."""
    catalog = av.Catalog(20260915)
    share = catalog.resolve("600519")
    days = [20260915, 20260916]
    ticks = synthetic_source(share, days, catalog.sessions(share.sessions), seed=1, start=1450)
    result = av.backtest(BuyTodaySellTomorrow, ticks, logger=lambda _, text: print(text))
    print(f"profit {result.summary.profit} CNY, fees {result.summary.fees} CNY")
    print(f"faults: {len(result.faults)}, open orders: {len(result.open_orders)}")


if __name__ == "__main__":
    main()

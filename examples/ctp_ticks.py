"""A tick strategy on CTP's own structs: the same file runs over ticks in one process and at a counter.

    python examples/ctp_ticks.py                                   # simulated, no network
    python examples/ctp_ticks.py tcp://127.0.0.1:41205 tcp://127.0.0.1:41213   # at `anyvenue ctp serve`, until Ctrl-C

What to see: the strategy buys and sells one lot at a time around a slow average. What an order needs is frozen in the
moment it is sent, before the counter has answered. At the end the positions and the money that were computed on the
spot are printed; the counter's own answers are the same.
"""

import sys
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from math import sin
from zoneinfo import ZoneInfo

import anyvenue as av
from anyvenue.ctp.ticks import (
    BUY,
    CLOSE_TODAY,
    OPEN,
    SELL,
    DepthMarketData,
    Login,
    Order,
    TickStrategy,
    Trade,
    run,
    simulate,
)

HALF_SECOND = 500_000_000


class AroundTheAverage(TickStrategy):
    """Hold a lot while the price is above its average."""

    instruments = ("rb2701",)

    def __init__(self) -> None:
        """Begin without an average."""
        self.average = 0.0
        self.fills = 0

    def on_start(self) -> None:
        """Say what there is."""
        print(f"{self.desk.trading_day}: {self.desk.account().Available:,.2f} available")

    def on_tick(self, tick: DepthMarketData) -> None:
        """Follow the price, and trade when it is three ticks away from its average."""
        last = tick.LastPrice
        self.average += (last - self.average) / 200 if self.average else last
        held = sum(row.Position for row in self.desk.positions(tick.InstrumentID))
        if self.desk.working():
            return
        if not held and last > self.average + 3:
            before = self.desk.available
            self.desk.insert(tick.InstrumentID, BUY, OPEN, tick.AskPrice1, 1)
            if not self.fills:
                print(f"frozen at once: {before - self.desk.available} CNY")
        elif held and last < self.average - 3:
            self.desk.insert(tick.InstrumentID, SELL, CLOSE_TODAY, tick.BidPrice1, 1)

    def on_order(self, order: Order) -> None:
        """Take an order back that the market has left behind."""
        if order.OrderStatus == "3" and abs(order.LimitPrice - self.average) > 50:
            self.desk.cancel(order)

    def on_trade(self, trade: Trade) -> None:
        """Count."""
        self.fills += 1


def wave(instrument: av.Instrument) -> Iterator[av.Depth]:
    """Yield ticks of an hour on which the price goes up and down."""
    start = int(datetime(2026, 9, 15, 9, 5, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp())
    for number in range(7_200):
        ts = start * 1_000_000_000 + number * HALF_SECOND
        bid = float(round(3500 + 12 * sin(number / 300) + 3 * sin(number / 17)))
        sizes = (20.0,), (bid + 1,), (20.0,)
        yield av.Depth(instrument.id, ts, ts, (bid,), *sizes, last=bid)


def main() -> None:
    """Run it at a counter, or over ticks."""
    strategy = AroundTheAverage()
    if len(sys.argv) == 3:
        run(strategy, Login("9999", "alice", "secret"), sys.argv[1], sys.argv[2])
        return
    catalog = av.Catalog(20260915)
    rebar = catalog.get("rb2701.SHFE")
    cash = {"CNY": Decimal(100_000)}
    host = simulate(strategy, wave(rebar), [rebar], cash=cash, catalog=catalog)
    for row in host.desk.positions():
        print(
            f"{row.InstrumentID}: {row.Position} held, {row.OpenVolume} opened, {row.CloseVolume} closed"
        )
    money = host.desk.account()
    print(f"{strategy.fills} trades, fees {money.Commission:.2f}, closed {money.CloseProfit:.2f}")
    print(
        f"balance {money.Balance:.2f}, margin {money.CurrMargin:.2f}, available {money.Available:.2f}"
    )


if __name__ == "__main__":
    main()

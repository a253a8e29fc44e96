"""A backtest on a CSV file of your own: two moving averages on one-minute bars.

    python examples/ema_cross_backtest.py [FILE]

What to see: the script writes a CSV file with the columns `datetime,open,high,low,close,volume`, as many programs
do, and runs the built-in strategy `EmaCross` over it. It prints the result, the last round trips, and that an
independent recount of all fills and fees comes to the same money as the books. With FILE the CSV file is written
there and kept.

Such a header does not say whether a bar is stamped with its start or its end, so the profile is named:
`plain-bar-start`.
"""

import sys
from datetime import datetime
from math import sin
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import anyvenue as av
from anyvenue.strategy.library.ema_cross import EmaCross

MINUTE = 60_000_000_000
BEIJING = ZoneInfo("Asia/Shanghai")


def write_bars(path: Path, days: list[int]) -> None:
    """Write one-minute bars of a slow wave with some noise, during the trading hours of rebar."""
    random = Random(1)
    catalog = av.Catalog(days[0])
    windows = [
        window for day in days for window in catalog.sessions("cn_commodity_2300").windows(day)
    ]
    starts = [ts for window in windows for ts in range(window.start, window.end, MINUTE)]
    price = 3500
    with path.open("w", encoding="utf-8") as file:
        file.write("datetime,open,high,low,close,volume\n")
        for number, ts in enumerate(starts):
            opening, price = price, round(3500 + 60 * sin(number / 40) + random.gauss(0, 3))
            high, low = max(opening, price) + 1, min(opening, price) - 1
            time = datetime.fromtimestamp(ts / 1e9, BEIJING)
            file.write(f"{time:%Y-%m-%d %H:%M:%S},{opening},{high},{low},{price},800\n")


def main(keep: str = "") -> None:
    """Write the file, run the strategy over it and print what came of it."""
    with TemporaryDirectory() as folder:
        path = Path(keep or f"{folder}/rb2701_1m.csv")
        write_bars(path, [20260914, 20260915, 20260916])
        result = av.backtest(
            EmaCross,
            path,
            instrument="rb2701.SHFE",
            profile="plain-bar-start",
            parameters={"fast": 5, "slow": 20, "interval": "1m"},
            cash=100_000,
        )
    summary = result.summary
    print(f"{summary.orders} orders, {summary.fills} fills, {summary.trades} round trips")
    print(f"profit {summary.profit} CNY after fees of {summary.fees} CNY")
    print(f"return {summary.total_return:.2%}, largest drawdown {summary.max_drawdown:.2%}")
    for trade in result.trades[-3:]:
        print(
            f"  {trade.side} {trade.quantity} at {trade.entry_price}, out at {trade.exit_price}: {trade.net}"
        )
    print(f"recount holds: {result.recount_holds}, open orders: {len(result.open_orders)}")


if __name__ == "__main__":
    main(*sys.argv[1:2])

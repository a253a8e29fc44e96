"""Measure vn.py's CTA backtester over the bars: one side of `backtest_bars`.

vn.py is unmodified. Its backtester imports no Qt, so nothing is stubbed; only its
database is gone round, by handing the bars over as `history_data`.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from _data import load_columns
from _harness import Lap, peak_mb, report, side_events

FAST = int(os.environ.get("BENCH_FAST", "100"))
SLOW = int(os.environ.get("BENCH_SLOW", "500"))
MULTIPLIER, TICK, FEE_RATE = 10, 1, 0.0001
CAPITAL = 10_000_000


def measure(events: int) -> None:
    """Run the backtest over the first `events` bars and print the figures."""
    lap = Lap()
    engine = _engine()
    import_s = lap()
    bars = engine.history_data = _bars(events)
    load_s, loaded_mb = lap(), peak_mb()
    with contextlib.redirect_stdout(io.StringIO()) as said:
        engine.run_backtesting()
    cpu_s = lap()
    _check(engine, bars, said.getvalue())
    report(
        events=events,
        cpu_s=cpu_s,
        load_s=load_s,
        import_s=round(import_s, 3),
        loaded_mb=loaded_mb,
        orders=len(engine.limit_orders),
        fills=len(engine.trades),
        version=_version(),
    )


def _engine() -> Any:
    from vnpy.trader.constant import Interval
    from vnpy_ctastrategy.backtesting import BacktestingEngine

    engine = BacktestingEngine()
    engine.set_parameters(
        vt_symbol="rb2405.SHFE",
        interval=Interval.MINUTE,
        start=datetime(2024, 1, 1),
        end=datetime(2100, 1, 1),
        rate=FEE_RATE,
        slippage=0,
        size=MULTIPLIER,
        pricetick=TICK,
        capital=CAPITAL,
    )
    engine.add_strategy(_strategy(), {})
    return engine


def _strategy() -> type[Any]:
    """Return the strategy class: reverse at the close price when the averages cross."""
    from vnpy_ctastrategy import ArrayManager, BarData, CtaTemplate

    class AverageCross(CtaTemplate):  # type: ignore[misc, unused-ignore]
        def on_init(self) -> None:
            self.bars = ArrayManager(max(100, SLOW + 1))

        def on_bar(self, bar: BarData) -> None:
            self.cancel_all()
            bars = self.bars
            bars.update_bar(bar)
            if not bars.inited:
                return
            fast, slow = bars.sma(FAST, array=True), bars.sma(SLOW, array=True)
            now, before = fast[-1] - slow[-1], fast[-2] - slow[-2]
            if now > 0 >= before:
                self._go_long(bar.close_price)
            elif now < 0 <= before:
                self._go_short(bar.close_price)

        def _go_long(self, price: float) -> None:
            if self.pos < 0:
                self.cover(price, 1)
            if self.pos <= 0:
                self.buy(price, 1)

        def _go_short(self, price: float) -> None:
            if self.pos > 0:
                self.sell(price, 1)
            if self.pos >= 0:
                self.short(price, 1)

    return AverageCross


def _bars(events: int) -> list[Any]:
    from vnpy.trader.constant import Exchange, Interval
    from vnpy.trader.object import BarData

    columns = load_columns("bars", events)
    return [
        BarData(
            gateway_name="bench",
            symbol="rb2405",
            exchange=Exchange.SHFE,
            datetime=datetime.fromtimestamp(ts // 1_000_000_000, UTC),
            interval=Interval.MINUTE,
            open_price=open_,
            high_price=high,
            low_price=low,
            close_price=close,
            volume=volume,
        )
        for ts, open_, high, low, close, volume in zip(*columns.values(), strict=True)
    ]


def _check(engine: Any, bars: list[Any], said: str) -> None:
    """Raise if the run stopped early: the engine prints an exception and returns."""
    if engine.datetime != bars[-1].datetime:
        raise RuntimeError(f"the backtest stopped at {engine.datetime}: {said.strip()[-300:]}")


def _version() -> str:
    import vnpy

    return str(vnpy.__version__)


def _main() -> None:
    events = side_events()
    # vn.py writes settings and logs into a `.vntrader` here, or else into the user's home.
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        (Path(folder) / ".vntrader").mkdir()
        measure(events)


if __name__ == "__main__":
    _main()

"""Measure nautilus_trader's BacktestEngine over the quotes: one side of `backtest_quotes`.

The engine is as delivered, with what its users turn off for speed turned off:
logging is bypassed and the analysis after the run is left out.
"""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

from nautilus_trader import __version__
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.indicators import ExponentialMovingAverage
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.enums import AccountType, AssetClass, OmsType, OrderSide, PriceType
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import FuturesContract
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.trading.strategy import Strategy

from _data import load_columns
from _harness import Lap, peak_mb, report, side_events

FAST, SLOW = 100, 500
VENUE = Venue("SIM")
FEE_RATE = Decimal("0.0001")
MARGIN_RATE = Decimal("0.1")


class EmaCross(Strategy):  # type: ignore[misc, unused-ignore]
    """Hold one contract long while the fast average is above, short while below."""

    def __init__(self, instrument: FuturesContract) -> None:
        super().__init__()
        self.instrument_id = instrument.id
        self.fast = ExponentialMovingAverage(FAST, PriceType.MID)
        self.slow = ExponentialMovingAverage(SLOW, PriceType.MID)
        self.target = 0
        self.orders = self.fills = 0
        self.sizes = {n: instrument.make_qty(n) for n in (1, 2)}
        self.cpu_s = 0.0

    def on_start(self) -> None:
        # Registered, they are updated in compiled code before each on_quote_tick.
        self.register_indicator_for_quote_ticks(self.instrument_id, self.fast)
        self.register_indicator_for_quote_ticks(self.instrument_id, self.slow)
        self.subscribe_quote_ticks(self.instrument_id)
        self.cpu_s = -time.process_time()

    def on_stop(self) -> None:
        self.cpu_s += time.process_time()

    def on_quote_tick(self, tick: QuoteTick) -> None:
        slow = self.slow
        if not slow.initialized:
            return
        fast_value, slow_value = self.fast.value, slow.value
        if fast_value > slow_value:
            if self.target != 1:
                self._go(1, OrderSide.BUY)
        elif fast_value < slow_value and self.target != -1:
            self._go(-1, OrderSide.SELL)

    def on_order_filled(self, event: Any) -> None:
        self.fills += 1

    def _go(self, target: int, side: OrderSide) -> None:
        size = self.sizes[abs(target - self.target)]
        self.target = target
        self.orders += 1
        self.submit_order(self.order_factory.market(self.instrument_id, side, size))


def measure(events: int) -> None:
    """Run the backtest over the first `events` quotes and print the figures."""
    lap = Lap()
    import_s = lap()
    engine, instrument = _engine()
    strategy = EmaCross(instrument)
    engine.add_strategy(strategy)
    engine.add_data(_quotes(events, instrument.id))
    load_s, loaded_mb = lap(), peak_mb()
    engine.run()
    run_s = lap()
    if engine.iteration != events:
        raise RuntimeError(f"the backtest stopped after {engine.iteration} of {events} quotes")
    report(
        events=events,
        cpu_s=strategy.cpu_s,
        load_s=load_s,
        import_s=round(import_s, 3),
        run_s=round(run_s, 3),
        loaded_mb=loaded_mb,
        orders=strategy.orders,
        fills=strategy.fills,
        balance=str(engine.cache.account_for_venue(VENUE).balance_total(USD)),
        version=__version__,
    )


def _engine() -> tuple[BacktestEngine, FuturesContract]:
    config = BacktestEngineConfig(
        logging=LoggingConfig(bypass_logging=True),
        run_analysis=False,
    )
    engine = BacktestEngine(config)
    engine.add_venue(
        venue=VENUE,
        oms_type=OmsType.NETTING,
        account_type=AccountType.MARGIN,
        base_currency=USD,
        starting_balances=[Money(10_000_000, USD)],
    )
    instrument = _instrument()
    engine.add_instrument(instrument)
    return engine, instrument


def _instrument() -> FuturesContract:
    return FuturesContract(
        instrument_id=InstrumentId(Symbol("RB2405"), VENUE),
        raw_symbol=Symbol("RB2405"),
        asset_class=AssetClass.COMMODITY,
        currency=USD,
        price_precision=0,
        price_increment=Price.from_int(1),
        multiplier=Quantity.from_int(10),
        lot_size=Quantity.from_int(1),
        underlying="RB",
        activation_ns=0,
        expiration_ns=4_000_000_000_000_000_000,
        ts_event=0,
        ts_init=0,
        margin_init=MARGIN_RATE,
        margin_maint=MARGIN_RATE,
        maker_fee=FEE_RATE,
        taker_fee=FEE_RATE,
    )


def _quotes(events: int, instrument_id: InstrumentId) -> list[QuoteTick]:
    """Build the quotes the quickest way the peer has: from whole columns at once."""
    columns = load_columns("quotes", events)
    ts = memoryview(columns["ts"]).cast("B").cast("Q")
    prices_and_sizes = (columns[c] for c in ("bid", "ask", "bid_size", "ask_size"))
    return QuoteTick.from_raw_arrays_to_list(instrument_id, 0, 0, *prices_and_sizes, ts, ts)


if __name__ == "__main__":
    measure(side_events())

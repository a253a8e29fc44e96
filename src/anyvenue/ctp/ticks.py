"""Tick strategies on CTP's own structs, with positions and money computed on the spot.

    from anyvenue.ctp.ticks import BUY, OPEN, Login, TickStrategy, run

    class Mine(TickStrategy):
        instruments = ("rb2701",)

        def on_tick(self, tick):
            if tick.LastPrice < 3400 and not self.desk.working():
                self.desk.insert(tick.InstrumentID, BUY, OPEN, tick.AskPrice1, 1)

    run(Mine(), Login("9999", "alice", "secret"), "tcp://127.0.0.1:41205", "tcp://127.0.0.1:41213")

`simulate` runs the same strategy over recorded ticks.
"""

from typing import TYPE_CHECKING

from anyvenue.venues.ctp.ticks.desk import (
    BUY,
    CLOSE,
    CLOSE_TODAY,
    CLOSE_YESTERDAY,
    OPEN,
    SELL,
    Desk,
)
from anyvenue.venues.ctp.ticks.host import OpenSession, TickHost
from anyvenue.venues.ctp.ticks.live import open_host, run
from anyvenue.venues.ctp.ticks.login import Login
from anyvenue.venues.ctp.ticks.rules import OUR_COUNTER, Rules
from anyvenue.venues.ctp.ticks.strategy import TickStrategy
from anyvenue.venues.ctp.ticks.structs import (
    DepthMarketData,
    InvestorPosition,
    InvestorPositionDetail,
    Order,
    Trade,
    TradingAccount,
)

if TYPE_CHECKING:
    from anyvenue.app.ctp_ticks import TickMarket, simulate

__all__ = [
    "BUY",
    "CLOSE",
    "CLOSE_TODAY",
    "CLOSE_YESTERDAY",
    "OPEN",
    "OUR_COUNTER",
    "SELL",
    "DepthMarketData",
    "Desk",
    "InvestorPosition",
    "InvestorPositionDetail",
    "Login",
    "OpenSession",
    "Order",
    "Rules",
    "TickHost",
    "TickMarket",
    "TickStrategy",
    "Trade",
    "TradingAccount",
    "open_host",
    "run",
    "simulate",
]


def __getattr__(name: str) -> object:
    # The simulator is only loaded by those who want one.
    if name in ("TickMarket", "simulate"):
        from anyvenue.app import ctp_ticks

        return getattr(ctp_ticks, name)
    raise AttributeError(f"module {__name__} has no attribute {name}")

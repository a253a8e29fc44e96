"""One typed interface to every trading venue, and one exchange you can run yourself.

    import anyvenue

    class Cross(anyvenue.Strategy):
        ...

    result = anyvenue.backtest(Cross, "IF_tick_20210104.csv.gz", cash=1_000_000)

Names are imported when they are first used: ``import anyvenue`` itself costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anyvenue.app.connect import connect, connect_async
    from anyvenue.engine.backtest import backtest
    from anyvenue.engine.connect import AsyncVenue, Venue
    from anyvenue.engine.optimise.result import OptimiseResult
    from anyvenue.engine.optimise.run import optimise
    from anyvenue.engine.paper import paper
    from anyvenue.engine.results import RunResult
    from anyvenue.engine.venue import VenueOptions
    from anyvenue.model import errors
    from anyvenue.model.accounts import Account
    from anyvenue.model.enums import (
        InstrumentKind,
        Offset,
        OrderState,
        OrderType,
        Side,
        TimeInForce,
    )
    from anyvenue.model.errors import (
        AnyvenueError,
        ConfigError,
        DataError,
        OrderError,
        StrategyError,
        UnknownInstrument,
        VenueError,
    )
    from anyvenue.model.events import TimerFired
    from anyvenue.model.instruments import Instrument
    from anyvenue.model.market import Bar, Depth, Quote, Trade
    from anyvenue.model.orders import Fill, Order, OrderRequest
    from anyvenue.model.positions import Position
    from anyvenue.oms.account_state import AccountSettings
    from anyvenue.oms.risk import Limits, RiskLimits
    from anyvenue.reference.catalog import Catalog
    from anyvenue.sim.faults import FaultPlan
    from anyvenue.strategy import indicators
    from anyvenue.strategy.base import Strategy
    from anyvenue.strategy.handles import OrderHandle

__version__ = "0.1.0"

__all__ = [
    "Account",
    "AccountSettings",
    "AnyvenueError",
    "AsyncVenue",
    "Bar",
    "Catalog",
    "ConfigError",
    "DataError",
    "Depth",
    "FaultPlan",
    "Fill",
    "Instrument",
    "InstrumentKind",
    "Limits",
    "Offset",
    "OptimiseResult",
    "Order",
    "OrderError",
    "OrderHandle",
    "OrderRequest",
    "OrderState",
    "OrderType",
    "Position",
    "Quote",
    "RiskLimits",
    "RunResult",
    "Side",
    "Strategy",
    "StrategyError",
    "TimeInForce",
    "TimerFired",
    "Trade",
    "UnknownInstrument",
    "Venue",
    "VenueError",
    "VenueOptions",
    "__version__",
    "backtest",
    "connect",
    "connect_async",
    "errors",
    "indicators",
    "optimise",
    "paper",
]

_MODULES = {
    "app.connect": ("connect", "connect_async"),
    "engine.backtest": ("backtest",),
    "engine.connect": ("AsyncVenue", "Venue"),
    "engine.optimise.result": ("OptimiseResult",),
    "engine.optimise.run": ("optimise",),
    "engine.paper": ("paper",),
    "engine.results": ("RunResult",),
    "engine.venue": ("VenueOptions",),
    "model.accounts": ("Account",),
    "model.enums": ("InstrumentKind", "Offset", "OrderState", "OrderType", "Side", "TimeInForce"),
    "model.errors": (
        "AnyvenueError",
        "ConfigError",
        "DataError",
        "OrderError",
        "StrategyError",
        "UnknownInstrument",
        "VenueError",
    ),
    "model.events": ("TimerFired",),
    "model.instruments": ("Instrument",),
    "model.market": ("Bar", "Depth", "Quote", "Trade"),
    "model.orders": ("Fill", "Order", "OrderRequest"),
    "model.positions": ("Position",),
    "oms.account_state": ("AccountSettings",),
    "oms.risk": ("Limits", "RiskLimits"),
    "reference.catalog": ("Catalog",),
    "sim.faults": ("FaultPlan",),
    "strategy.base": ("Strategy",),
    "strategy.handles": ("OrderHandle",),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}
_WHOLE_MODULES = {"errors": "model.errors", "indicators": "strategy.indicators"}


def __getattr__(name: str) -> object:
    """Import a name of ``__all__`` when it is first used."""
    if name in _WHOLE_MODULES:
        found: object = import_module(f"anyvenue.{_WHOLE_MODULES[name]}")
    elif name in _HOMES:
        found = getattr(import_module(f"anyvenue.{_HOMES[name]}"), name)
    else:
        raise AttributeError(f"module 'anyvenue' has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Return the public names, imported or not."""
    return sorted(__all__)

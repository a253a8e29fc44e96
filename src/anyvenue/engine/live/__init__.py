"""The live node: accounts at real venues, a journal, recovery, reconciliation and supervision."""

from anyvenue.engine.live.dry import DryDriver
from anyvenue.engine.live.node import LiveNode
from anyvenue.engine.live.supervisor import StrategySpec, Supervisor

__all__ = ["DryDriver", "LiveNode", "StrategySpec", "Supervisor"]

"""The live node: accounts at real venues, a journal, recovery and reconciliation."""

from anyvenue.engine.live.node import LiveNode

__all__ = ["LiveNode"]

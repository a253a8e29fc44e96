"""Deterministic simulation: node, strategies, venue, network and disks in one process, under one clock and one seed.

`World` is the ground: a steered loop, a network in memory, processes that can be killed, disks and clocks that fail.
Any asyncio driver can be put into it. `simulate` plays anyvenue's own node against its own exchange there and says what
was violated.
"""

from anyvenue.testing.simulation.disks import Disk, MachineClock
from anyvenue.testing.simulation.loop import SimulationStuck, SteeredLoop
from anyvenue.testing.simulation.network import Connection, Network
from anyvenue.testing.simulation.noise import NoisyInbox
from anyvenue.testing.simulation.plan import Fault, Plan, Step, make_plan
from anyvenue.testing.simulation.processes import Process
from anyvenue.testing.simulation.running import command_of, history, play_seeds, shrunk
from anyvenue.testing.simulation.scenario import Outcome, simulate
from anyvenue.testing.simulation.shrinking import shrink
from anyvenue.testing.simulation.world import World

__all__ = [
    "Connection",
    "Disk",
    "Fault",
    "MachineClock",
    "Network",
    "NoisyInbox",
    "Outcome",
    "Plan",
    "Process",
    "SimulationStuck",
    "SteeredLoop",
    "Step",
    "World",
    "command_of",
    "history",
    "make_plan",
    "play_seeds",
    "shrink",
    "shrunk",
    "simulate",
]

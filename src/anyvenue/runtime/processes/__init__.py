"""Drivers in processes of their own: what they do to themselves they do to nobody else."""

from anyvenue.runtime.processes.hosted import HostedDriver
from anyvenue.runtime.processes.spawning import HostOptions

__all__ = ["HostOptions", "HostedDriver"]

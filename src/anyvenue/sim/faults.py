"""Faults on the way between a trader and the exchange, drawn from a seed."""

from random import Random

import msgspec

__all__ = ["FaultPlan", "Faults"]


class FaultPlan(msgspec.Struct, frozen=True, kw_only=True):
    """How likely each fault is, per command or report; all 0 is a perfect network.

    `reject`: the exchange refuses a new order out of hand. `drop`: a message is lost; after `timeout_ns` the trader
    notices and asks the exchange for the truth. `duplicate`: a message comes twice. `delay`: a message is `delay_ns`
    late. `disconnect`: the link is down for `outage_ns`: commands are provably not sent, reports wait.
    """

    seed: int = 0
    reject: float = 0.0
    drop: float = 0.0
    duplicate: float = 0.0
    delay: float = 0.0
    disconnect: float = 0.0
    delay_ns: int = 2_000_000_000
    timeout_ns: int = 5_000_000_000
    outage_ns: int = 10_000_000_000


class Faults:
    """Draws from a plan. Draws happen only for faults that are possible, so a perfect network costs nothing."""

    def __init__(self, plan: FaultPlan | None = None) -> None:
        """Follow `plan`; None never faults."""
        self.plan = plan or FaultPlan()
        self._random = Random(self.plan.seed)

    def happens(self, chance: float) -> bool:
        """Draw whether a fault of probability `chance` happens now."""
        return chance > 0 and self._random.random() < chance

"""A failing plan, made smaller as long as it fails."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from anyvenue.testing.simulation.plan import Fault, Plan, Step

__all__ = ["shrink"]

_Part = TypeVar("_Part", Step, Fault)


def shrink(plan: Plan, fails: Callable[[Plan], bool], attempts: int = 150) -> Plan:
    """Return a plan that fails as well and cannot be made smaller by leaving out one part, or within `attempts` runs.

    Faults are left out first, then steps: halves, then quarters, and so on down to single ones.
    """
    budget = [attempts]

    def still(candidate: Plan) -> bool:
        budget[0] -= 1
        return budget[0] >= 0 and fails(candidate)

    faults = _smaller(plan.faults, lambda kept: still(replace(plan, faults=tuple(kept))))
    plan = replace(plan, faults=tuple(faults))
    steps = _smaller(plan.steps, lambda kept: still(replace(plan, steps=tuple(kept))))
    plan = replace(plan, steps=tuple(steps))
    faults = _smaller(plan.faults, lambda kept: still(replace(plan, faults=tuple(kept))))
    return replace(plan, faults=tuple(faults))


def _smaller(parts: Sequence[_Part], fails: Callable[[list[_Part]], bool]) -> list[_Part]:
    kept = list(parts)
    size = len(kept)
    while size:
        at = 0
        while at < len(kept):
            fewer = kept[:at] + kept[at + size :]
            if fails(fewer):
                kept = fewer
            else:
                at += size
        size //= 2
    return kept

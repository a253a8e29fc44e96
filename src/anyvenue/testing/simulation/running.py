"""Many simulations, on as many processes as wanted, and what to print of those that fail."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from anyvenue.testing.simulation.plan import Plan, make_plan
from anyvenue.testing.simulation.scenario import Outcome, simulate
from anyvenue.testing.simulation.shrinking import shrink

__all__ = ["command_of", "history", "play_seed", "play_seeds", "shrunk"]

_CHUNK = 10


def play_seed(seed: int) -> Outcome:
    """Play the plan of one seed."""
    return simulate(make_plan(seed))


def play_seeds(seeds: Iterable[int], jobs: int = 1) -> Iterator[Outcome]:
    """Play the plans of many seeds, in their order, on so many processes."""
    if jobs <= 1:
        yield from map(play_seed, seeds)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(play_seed, seeds, chunksize=_CHUNK)


def shrunk(plan: Plan, attempts: int = 150) -> Plan:
    """Return a smaller plan that is violated as well."""
    return shrink(plan, lambda each: bool(simulate(each).violations), attempts)


def command_of(seed: int) -> str:
    """Return the command that plays a seed again."""
    return f"python -m anyvenue.testing.simulation --seed {seed}"


def history(outcome: Outcome) -> str:
    """Return a plan and what came of it, for people to read."""
    plan = outcome.plan
    lines = [f"seed {plan.seed}: {len(plan.steps)} steps, {len(plan.faults)} faults"]
    lines += [f"  violated: {each}" for each in outcome.violations]
    if len(plan.steps) <= 40:
        lines += [f"  {_words(each)}" for each in plan.steps]
    lines += [
        f"  {each.at:9.6f}  {each.kind} {each.seconds:.3f} s, size {each.size:.3f}, which {each.which}"
        for each in plan.faults
    ]
    lines += [f"  {line}" for line in outcome.log]
    return "\n".join([*lines, f"again: {command_of(plan.seed)}"])


def _words(step: object) -> str:
    values = {name: getattr(step, name) for name in getattr(step, "__struct_fields__", ())}
    at, number, account = values.pop("at"), values.pop("number"), values.pop("account")
    rest = " ".join(f"{name}={value}" for name, value in values.items())
    return f"{at:9.6f}  step {number} {account}: {rest}"

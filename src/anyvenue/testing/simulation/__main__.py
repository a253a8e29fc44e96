"""Play simulations: ``python -m anyvenue.testing.simulation --seed 7`` or ``--seeds 0:300 --jobs 2``."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from anyvenue.testing.simulation.plan import make_plan
from anyvenue.testing.simulation.running import history, play_seeds, shrunk
from anyvenue.testing.simulation.scenario import Outcome, simulate

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Play what is asked for, print it, and return 1 when anything was violated."""
    parser = ArgumentParser(
        prog="python -m anyvenue.testing.simulation",
        description="Node, venue, network and disks in one process, with faults; a seed says which.",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--seed", type=int, help="play one seed and print its history")
    what.add_argument("--seeds", help="play many: FIRST:LAST, without the last one")
    parser.add_argument("--jobs", type=int, default=1, help="processes to play on")
    parser.add_argument("--no-shrink", action="store_true", help="print a failing history whole")
    options = parser.parse_args(arguments)
    if options.seed is not None:
        return _one(options.seed, not options.no_shrink)
    first, _, last = options.seeds.partition(":")
    return _many(range(int(first), int(last)), options.jobs, not options.no_shrink)


def _one(seed: int, smaller: bool) -> int:
    outcome = simulate(make_plan(seed))
    _say(history(_shrunk(outcome) if smaller and outcome.violations else outcome))
    _say(_figures([outcome]))
    return 1 if outcome.violations else 0


def _many(seeds: Sequence[int], jobs: int, smaller: bool) -> int:
    played: list[Outcome] = []
    failed = 0
    for outcome in play_seeds(seeds, jobs):
        played.append(outcome)
        if outcome.violations:
            failed += 1
            # One history is enough to read; of the others the seed is.
            shown = _shrunk(outcome) if smaller and failed == 1 else outcome
            _say(history(shown) if failed == 1 else f"seed {outcome.plan.seed} fails, too")
    _say(_figures(played))
    return 1 if failed else 0


def _shrunk(outcome: Outcome) -> Outcome:
    return simulate(shrunk(outcome.plan))


def _figures(played: Sequence[Outcome]) -> str:
    count = len(played) or 1
    cpu = sum(each.cpu_s for each in played)
    failed = sum(bool(each.violations) for each in played)
    orders, fills = sum(each.orders for each in played), sum(each.fills for each in played)
    return (
        f"{len(played)} seeds, {failed} violated; {orders} orders, {fills} fills, "
        f"{sum(len(each.plan.faults) for each in played)} faults; {1000 * cpu / count:.0f} ms CPU a seed"
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

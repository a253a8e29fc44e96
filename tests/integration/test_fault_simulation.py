"""Whole lives of node and venue with faults at every seam: nothing is lost, nothing doubled, all money is there."""

import os

import pytest
from mutants import MUTANTS, Patch

from anyvenue.testing.simulation import command_of, history, make_plan, play_seeds, shrunk, simulate

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

SEEDS = range(300)
JOBS = min(2, os.cpu_count() or 1)


def test_three_hundred_seeds_violate_nothing() -> None:
    outcomes = list(play_seeds(SEEDS, JOBS))
    failing = [outcome for outcome in outcomes if outcome.violations]
    if failing:
        smaller = history(simulate(shrunk(failing[0].plan)))
        again = "\n".join(command_of(each.plan.seed) for each in failing)
        pytest.fail(f"{len(failing)} seeds fail:\n{again}\n{smaller}")
    # They are worth nothing if little happens in them. A plan wishes for 200 orders; some are refused before they are
    # sent, and others are sent in two parts.
    assert sum(outcome.orders for outcome in outcomes) > 198 * len(SEEDS)
    assert sum(outcome.fills for outcome in outcomes) > 150 * len(SEEDS)
    assert sum(outcome.node_boots - 1 for outcome in outcomes) > 100
    assert sum(outcome.venue_boots - 1 for outcome in outcomes) > 100


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_deliberate_mistake_is_noticed(mutant: Patch, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant(monkeypatch)
    for seed in (MUTANTS[mutant], *SEEDS):
        if simulate(make_plan(seed)).violations:
            return
    pytest.fail(f"{mutant.__doc__} None of {len(SEEDS)} seeds has noticed.")

"""Plans, verdicts, shrinking and the command of fault simulations."""

import os
import subprocess
import sys

import pytest
from msgspec.structs import replace

from anyvenue.engine.live.chronicle import Chronicle
from anyvenue.oms import legs
from anyvenue.testing.simulation import (
    Fault,
    Plan,
    command_of,
    history,
    make_plan,
    shrink,
    shrunk,
    simulate,
)
from anyvenue.testing.simulation.__main__ import main
from anyvenue.testing.simulation.plan import FAULTS


def test_a_plan_has_two_hundred_orders_on_two_accounts_and_five_faults_or_more() -> None:
    for seed in range(50):
        plan = make_plan(seed)
        assert plan.orders == 200
        assert {step.account for step in plan.steps} == {"alice", "bob"}
        assert len(plan.faults) >= 5
        assert plan == make_plan(seed)


def test_every_kind_of_fault_is_drawn() -> None:
    drawn = {fault.kind for seed in range(100) for fault in make_plan(seed).faults}
    assert drawn == set(FAULTS)


def test_a_seed_does_the_same_in_every_process() -> None:
    code = (
        "from anyvenue.testing.simulation import make_plan, simulate;"
        "print(*[simulate(make_plan(seed, 60)).digest for seed in (1, 4)])"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1
    assert digests.pop().split() == [simulate(make_plan(seed, 60)).digest for seed in (1, 4)]


def test_another_seed_does_something_else() -> None:
    assert simulate(make_plan(1, 20)).digest != simulate(make_plan(2, 20)).digest


def test_a_failing_plan_is_made_as_small_as_its_cause() -> None:
    plan = make_plan(3)
    culprit, trigger = plan.steps[77], plan.faults[2]

    def fails(candidate: Plan) -> bool:
        return culprit in candidate.steps and trigger in candidate.faults

    assert shrink(plan, fails) == replace(plan, steps=(culprit,), faults=(trigger,))


def test_shrinking_ends_after_its_attempts() -> None:
    asked = []

    def fails(candidate: Plan) -> bool:
        asked.append(candidate)
        return len(asked) % 2 == 0

    shrink(make_plan(3), fails, attempts=10)
    assert len(asked) == 10


def test_a_violation_says_how_to_see_it_again_and_shows_a_small_history(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Chronicle, "sync", lambda _: None)  # the kill switch may be lost now
    whole = make_plan(8, 60)
    fatal = (Fault(2.0, "kill", 0.4, 0.0, 0), Fault(2.003, "node_power", 0.1, 0.0, 0))
    plan = shrunk(replace(whole, faults=tuple(sorted((*whole.faults, *fatal), key=lambda f: f.at))))
    assert plan.faults == fatal
    assert len(plan.steps) < 5
    outcome = simulate(plan)
    assert "the kill switch was forgotten in a restart" in outcome.violations
    assert "violated: the kill switch was forgotten in a restart" in history(outcome)
    assert command_of(8) in history(outcome)


def test_the_command_ends_with_an_error_when_a_seed_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    take = legs._Bucket.take
    monkeypatch.setattr(legs._Bucket, "take", lambda self, quantity: take(self, quantity) + 1)
    assert main(["--seeds", "8:9", "--no-shrink"]) == 1
    said = capsys.readouterr().out
    assert "1 seeds, 1 violated" in said
    assert f"again: {command_of(8)}" in said


def test_the_command_plays_a_seed_and_tells_its_faults(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "2"]) == 0
    said = capsys.readouterr().out
    for fault in make_plan(2).faults:
        assert fault.kind in said
    assert "1 seeds, 0 violated" in said

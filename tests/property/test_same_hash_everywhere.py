"""Two processes with different hash seeds come to the same audit hash and the same ledger hash."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
from sessions import Room, random_actions
from anyvenue.sim.faults import FaultPlan
from anyvenue.sim.latency import RandomLatency
plan = FaultPlan(seed=1, reject=0.05, drop=0.05, duplicate=0.05, delay=0.05, disconnect=0.01)
for room in (Room(), Room(latency=RandomLatency(10**6, 10**8, 4), faults=plan)):
    room.play(random_actions(21, 600)).close()
    print(room.desk.audit.hexdigest(), room.desk.audit.count, room.node.ledger.digest())
"""


def run_with(seed: str) -> str:
    """Return what the session prints in a process with a hash seed."""
    environment = dict(os.environ, PYTHONHASHSEED=seed)
    environment["PYTHONPATH"] = os.pathsep.join(
        [str(Path(__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]
    )
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize("seed", ["1", "4711"])
def test_audit_and_ledger_hashes_do_not_depend_on_the_hash_seed(seed: str) -> None:
    first = run_with("0")
    assert first.count("\n") == 2
    assert run_with(seed) == first

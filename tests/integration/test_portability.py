"""It runs where what only POSIX has is missing; Windows itself is not at hand here."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what the program printed on a machine without POSIX calls, uvloop and signal handlers of the loop."""
    environment = {**os.environ, "PYTHONWARNINGS": "error", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("poor_machine.py"))],
        cwd=tmp_path_factory.mktemp("elsewhere"),
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_module_can_be_imported(output: str) -> None:
    count = int(output.split(" modules")[0].split()[-1])
    assert count > 120


def test_a_connection_and_a_backtest_run_to_the_end(output: str) -> None:
    assert "filled\nrecount True\n" in output


def test_the_demo_runs_to_the_end(output: str) -> None:
    assert output.count("exit ") == 2
    assert "exit 0" in output.split("recount True")[1].splitlines()


def test_a_signal_ends_the_demo_cleanly(output: str) -> None:
    report = output.split("exit 0")[1]
    assert '"open_orders": 0' in report
    assert report.splitlines()[-1] == "exit 130"

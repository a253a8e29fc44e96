"""Unchanged CTP programs on real clients, with our library swapped in, at a counter of our own that is killed once."""

import os
import subprocess
from pathlib import Path

import pytest
from ctp_clients import ROOT, client_environ, client_python, installed, swapped
from ctp_serving import serving, whole_day

pytestmark = pytest.mark.clients

NAMES = [*installed("requirements-ctp.txt")]
if os.environ.get("ANYVENUE_ALL_CTP"):
    NAMES += installed("requirements-ctp-all.txt")


@pytest.mark.parametrize("name", NAMES)
def test_an_unchanged_program_does_its_whole_day(name: str, tmp_path: Path) -> None:
    dialect, version = name.split("-")
    folder = tmp_path / "client"
    folder.mkdir()
    package = "openctp_ctpopt" if dialect == "opt" else "openctp_ctp"
    environ = {**client_environ(), "PYTHONPATH": str(swapped(name, dialect, version, folder))}
    kept = ("--state", str(tmp_path / "state"), "--sync", "order")
    with serving("--matching", "book", *kept) as server:
        command = [
            *(str(client_python(name)), "-u", str(ROOT / "tests/clients/ctp_program.py")),
            *(package, *server.fronts, str(tmp_path / "flow")),
            *("rb2701", "SHFE", "3500", "3"),
        ]
        whole_day(server, command, tmp_path, environ)


def test_a_program_may_end_while_quotes_are_coming(tmp_path: Path) -> None:
    folder = tmp_path / "client"
    folder.mkdir()
    environ = {**client_environ(), "PYTHONPATH": str(swapped(NAMES[0], "ctp", "6.7.11", folder))}
    flood = ("--profile", "anyvenue", "--user", "alice", "--speed", "2000")
    with serving(*flood) as server:
        for _ in range(8):
            done = subprocess.run(
                [
                    *(str(client_python(NAMES[0])), str(ROOT / "tests/clients/ctp_leaver.py")),
                    *(server.fronts[1], str(tmp_path / "flow"), "rb2701"),
                ],
                env=environ,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert (done.returncode, done.stdout) == (0, "leaves\n"), done.stderr

"""Unchanged CTP programs on real clients, with our library swapped in, at a counter of our own that is killed once."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ctp_clients import ROOT, client_environ, client_python, installed, swapped

pytestmark = pytest.mark.clients

NAMES = [*installed("requirements-ctp.txt")]
if os.environ.get("ANYVENUE_ALL_CTP"):
    NAMES += installed("requirements-ctp-all.txt")

STEPS = [
    "login",
    "queries",
    "subscribed",
    "order",
    "partial fill",
    "cancel",
    "close today",
    "kill",
    "resumed",
    "logout",
    "released",
]


class Server:
    """``anyvenue ctp serve`` in a process of its own, which can be killed and started again at the same ports."""

    def __init__(self, *words: str) -> None:
        self.ports = ["0", "0"]
        self._words = words
        self.start()

    def start(self) -> None:
        command = [
            *(sys.executable, "-m", "anyvenue", "ctp", "serve"),
            *("--td-port", self.ports[0], "--md-port", self.ports[1]),
            *("--instrument", "rb2701", "--hours", "always", *self._words),
        ]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.ports = re.findall(r"tcp://127.0.0.1:(\d+)", line)
        assert len(self.ports) == 2, line + self.process.stdout.read()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    @property
    def fronts(self) -> list[str]:
        return [f"tcp://127.0.0.1:{port}" for port in self.ports]


@contextmanager
def serving(*words: str) -> Iterator[Server]:
    server = Server(*words)
    try:
        yield server
    finally:
        server.kill()


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
        with subprocess.Popen(
            command,
            cwd=tmp_path,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as program:
            assert program.stdin is not None
            assert program.stdout is not None
            assert program.stderr is not None
            steps = []
            for line in program.stdout:
                if line.strip() in STEPS:
                    steps.append(line.strip())
                if line.strip() == "kill":
                    server.kill()
                    server.start()
                    program.stdin.write("\n")
                    program.stdin.flush()
            said = program.stderr.read()
    assert steps == STEPS, said
    assert program.returncode == 0, said


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
                timeout=60,
                check=False,
            )
            assert (done.returncode, done.stdout) == (0, "leaves\n"), done.stderr

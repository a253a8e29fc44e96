"""A counter of ours for real CTP clients, which can be killed, and a program's day in which it is."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ctp_clients import ROOT

__all__ = ["STEPS", "Server", "serving", "whole_day"]

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


def whole_day(
    server: Server,
    command: Sequence[str],
    folder: Path,
    environ: dict[str, str] | None = None,
    steps: Sequence[str] = STEPS,
) -> None:
    """Run a program in `folder` that says what it has done, and kill the server when it says ``kill``.

    Fail unless it has done these steps, and ended well.
    """
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        assert program.stderr is not None
        done = []
        for line in map(str.strip, program.stdout):
            if line in steps:
                done.append(line)
            if line == "kill":
                server.kill()
                server.start()
                program.stdin.write("\n")
                program.stdin.flush()
        said = program.stderr.read()
    assert done == list(steps), said
    assert program.returncode == 0, said

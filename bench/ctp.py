"""Measure the native door from a real openctp-ctp client with our library in it, a process on each side, on loopback.

- inserts: resting orders sent as fast as the client can; until all their callbacks (two each) have come.
- order to trade: `ReqOrderInsert` until OnRtnTrade against another user's resting order, one order at a time.
- quotes: one client, one instrument, at a rate; those left out because the client did not keep up are counted.
- quotes over 4,000 resting orders: the same, every quote being matched against them first.
- door alone: the same behind a scripted counter that does nothing: what door, library and client cost.

LocalCTP's figures are recorded, not of this run: it stays in the client's process and has no server.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from anyvenue.venues.ctp.door.greeting import Side
from anyvenue.venues.ctp.library.build import build_libraries

HERE = Path(__file__).resolve().parent
CLIENT = HERE.parent / ".clients" / "ctp-6.7.11"
RECORDED = "LocalCTP, recorded: 1,400 to 1,800 inserts/s, p50 0.75 ms, 7,700 quotes/s, 800 with 4,000 orders at rest"


def client(folder: Path) -> dict[str, str]:
    """Copy the client's package with our libraries in it; return the environment to run it in."""
    if not (CLIENT / ".installed").is_file():
        raise SystemExit("the client is not there: sh scripts/client-envs.sh PYTHON makes it")
    [site] = CLIENT.glob("lib/python3*/site-packages")
    for name in ("openctp_ctp", "openctp_ctp.libs"):
        shutil.copytree(site / name, folder / name)
    for built in build_libraries("ctp", "6.7.11", folder / "ours"):
        word = "trader" if built.side is Side.TRADER else "mduser"
        [vendors] = (folder / "openctp_ctp.libs").glob(f"*{word}*.so")
        shutil.copyfile(built.path, vendors)
    locale = CLIENT.parent / "locale"
    return {**os.environ, "PYTHONPATH": str(folder), "LOCPATH": str(locale)}


class Served:
    """A server process: its front, and the CPU time it has used since the last call."""

    def __init__(self, process: subprocess.Popen[str], front: str) -> None:
        self.front = front
        self._stat = Path(f"/proc/{process.pid}/stat")
        self._before = 0.0

    def cpu(self) -> float:
        if not self._stat.exists():
            return 0.0
        user, system = self._stat.read_text().rpartition(")")[2].split()[11:13]
        before, self._before = self._before, (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
        return self._before - before


@contextmanager
def server(*words: str) -> Iterator[Served]:
    """Give a server process that is open."""
    command = [sys.executable, str(HERE / "_ctp_server.py"), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Served(process, process.stdout.readline().strip())
        finally:
            process.kill()


def ask(environ: dict[str, str], what: str, served: Served, count: int) -> dict[str, Any]:
    """Return what the client measures."""
    python, script = str(CLIENT / "bin" / "python"), str(HERE / "_ctp_client.py")
    command = [python, script, what, served.front, str(count)]
    served.cpu()
    done = subprocess.run(
        command, env=environ, stdout=subprocess.PIPE, text=True, check=True, timeout=300
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if what == "inserts":
        found["server_cpu_us"] = round(served.cpu() / count * 1e6)
    return found


def measure(environ: dict[str, str], orders: int, seconds: int, *words: str) -> dict[str, Any]:
    """Return the figures of one kind of server."""
    found: dict[str, Any] = {}
    alone = "--door-alone" in words
    with server(*words) as served:
        found |= ask(environ, "inserts", served, orders)
    with server(*(words if alone else ("--book",))) as served:
        found |= ask(environ, "trades", served, orders // 5)
    with server("--rate", "30000", *words) as served:
        found["quotes at 30,000/s"] = ask(environ, "quotes", served, seconds)
    if not alone:
        with server("--rate", "10000", *words) as served:
            ask(environ, "inserts", served, 4_000)
            found["quotes at 10,000/s, 4,000 at rest"] = ask(environ, "quotes", served, seconds)
    return found


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--orders", type=int, default=12_000)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        environ = client(Path(name))
        found = {
            "counter": measure(environ, options.orders, options.seconds),
            "door alone": measure(environ, options.orders, options.seconds, "--door-alone"),
        }
    if options.json:
        print(json.dumps({**found, "recorded": RECORDED}))
        return
    for what, figures in found.items():
        print(what)
        for key, value in figures.items():
            print(f"  {key}: {value}")
    print(RECORDED)


if __name__ == "__main__":
    main()

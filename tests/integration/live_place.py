"""A folder with a node's configuration and an exchange served for it, all of them processes of `anyvenue`."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from anyvenue.venues.paper.config import PaperConfig
from anyvenue.venues.paper.driver import PaperDriver
from served import PATIENCE_S, Box

__all__ = ["ACCOUNTS", "COMMAND", "GRID", "SECRET", "Place", "environment", "until"]

COMMAND = [sys.executable, "-W", "error", "-m", "anyvenue"]
SECRET = "hunter2-and-more"
ACCOUNTS = """
[accounts.class]
venue = "paper"
account = "ann"
port = {port}
password = {{ env = "ANN" }}
[accounts.other]
venue = "paper"
account = "ben"
port = {port}
password = {{ env = "ANN" }}
"""
GRID = """
[strategies.net]
strategy = "grid"
account = "class"
instruments = ["rb2701"]
parameters = {{ levels = 2 }}
"""


class Place:
    """A folder with a configuration, and an exchange that is served for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0

    def start(self, *words: str, **options: Any) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*COMMAND, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            encoding="utf-8",
            env=environment(self.folder),
            cwd=self.folder,
            **options,
        )

    def call(self, *words: str) -> "subprocess.CompletedProcess[str]":
        with self.start(*words) as process:
            out, err = process.communicate(timeout=PATIENCE_S)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def status(self) -> dict[str, Any]:
        done = self.call("status", "--json")
        found: dict[str, Any] = json.loads(done.stdout) if done.stdout else {}
        return found

    def orders(self) -> list[dict[str, Any]]:
        return [each for account in self.status()["accounts"] for each in account["orders"]]

    def at_venue(self) -> int:
        """How many orders of ann the exchange has ever heard of."""
        driver = PaperDriver(
            PaperConfig(account="ann", password=SECRET, port=self.port, session="looker")
        )

        async def look() -> int:
            await driver.open(Box())
            try:
                return len(await driver.orders())
            finally:
                await driver.close()

        return asyncio.run(look())

    @contextmanager
    def exchange(self, config: str, speed: int) -> Iterator[None]:
        """Serve an exchange with accounts of ann and ben, `speed` times as fast, and write the configuration."""
        words = ("exchange", "serve", "--state", "ex", "--port", "0", "--json")
        with self.start(*words, "--speed", str(speed)) as exchange:
            try:
                text = ""
                while exchange.stdout and "\n}" not in text:
                    line = exchange.stdout.readline()
                    assert line, exchange.communicate()[1]
                    text += line
                self.port = json.loads(text)["port"]
                written = config.format(port=self.port)
                (self.folder / "anyvenue.toml").write_text(written, encoding="utf-8")
                made = self.call(
                    "exchange", "account", "create", "ann", "ben", "--deposit", "CNY=1000000",
                    "--password", SECRET, "--state", "ex",
                )  # fmt: skip
                assert made.returncode == 0, made.stderr
                yield
            finally:
                exchange.terminate()
                exchange.communicate(timeout=PATIENCE_S)

    @contextmanager
    def serving(self, *words: str) -> Iterator["subprocess.Popen[str]"]:
        """Serve until the block ends, with SIGTERM, and check that this went well."""
        with self.start("serve", *words) as process:
            try:
                line = process.stdout.readline() if process.stdout else ""
                assert line, process.communicate()[1]
                yield process
                process.send_signal(signal.SIGTERM)
                out, err = process.communicate(timeout=PATIENCE_S)
                assert process.returncode == 0, err
                assert "orders still working: 0" in out
                assert "Traceback" not in err
            finally:
                if process.poll() is None:
                    process.kill()


def environment(home: Path) -> dict[str, str]:
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("ANYVENUE", "LC_", "LANG"))
    }
    own = {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "PYTHONUNBUFFERED": "1", "ANN": SECRET}
    return {**kept, **own}


def until(holds: Callable[[], object]) -> None:
    """Wait for a condition that another process brings about."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)

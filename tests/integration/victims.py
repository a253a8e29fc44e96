"""Processes that a test kills: an exchange that keeps its state, and a node that trades on it."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from live_books import PERPETUAL, paper_driver

from anyvenue.app.exchange_access import find_access
from anyvenue.model.commands import CancelOrder, SubmitOrder
from anyvenue.model.enums import Side
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.ids import OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.paper.admin import AdminClient
from served import Box

__all__ = ["ExchangeProcess", "NodeProcess", "Stirrer"]

_NODE = str(Path(__file__).with_name("burst_node.py"))
_TESTS = str(Path(__file__).parents[1])
_SERVE = ["-m", "anyvenue", "exchange", "serve", "--matching", "book"]
_PATIENCE_S = 60.0
_LIMITED = """
import resource, runpy, sys
size = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
runpy.run_module("anyvenue", run_name="__main__", alter_sys=True)
"""


def _environment(home: Path) -> dict[str, str]:
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("ANYVENUE", "LC_", "LANG"))
    }
    own = {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "PYTHONPATH": _TESTS}
    return {**kept, **own, "PYTHONUNBUFFERED": "1"}


class Victim:
    """A process; killing it is the normal end."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.process: Process | None = None

    async def begin(self, *words: str) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "error", *words,
            stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=self.home, env=_environment(self.home),
        )  # fmt: skip

    async def line(self) -> str:
        """Return the next line it says; fail with what it complains of when it ends instead."""
        assert self.process is not None
        assert self.process.stdout is not None
        async with asyncio.timeout(_PATIENCE_S):
            line = await self.process.stdout.readline()
        if not line:
            raise AssertionError((await self.process.communicate())[1].decode())
        return line.decode()

    async def ended(self) -> int:
        """Return the exit code once it has ended by itself."""
        assert self.process is not None
        async with asyncio.timeout(_PATIENCE_S):
            await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode

    async def kill(self) -> None:
        """End it as SIGKILL does; nothing happens when it has ended."""
        process, self.process = self.process, None
        if process is not None:
            if process.returncode is None:
                process.kill()
            await process.communicate()


class ExchangeProcess(Victim):
    """`anyvenue exchange serve` with a state folder; a new start has the port of the first."""

    port = 0
    instrument = PERPETUAL

    async def start(self, room: int = 0) -> None:
        """Start it; with `room` no file of its log may grow by more than so many bytes."""
        words = [*_SERVE, "-i", self.instrument, "--state", "state", "--port", str(self.port)]
        if room:
            state = self.home / "state"
            size = max(each.stat().st_size for each in state.rglob("*.avj")) + room
            words = ["-c", _LIMITED, str(size), *words[2:]]
        await self.begin(*words)
        while "the exchange is open" not in await self.line():
            pass
        self.port = find_access(self.home / "state", None, None, {}).port

    async def open_accounts(self, *names: str) -> None:
        found = find_access(self.home / "state", None, None, {})
        async with AdminClient(found.host, found.port, found.admin_token) as admin:
            for name in names:
                await admin.create(name, "secret", {"USDT": Decimal(1_000_000)})


class NodeProcess(Victim):
    """`burst_node.py` with the journal in the folder ``node``."""

    async def start(self, port: int, seed: int, room: str = "") -> None:
        await self.begin(
            _NODE, str(self.home / "node"), str(port), str(seed), *([room] if room else [])
        )

    async def said(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(await self.line())
        return found

    def go(self) -> None:
        """Let it place orders."""
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write(b"go\n")

    async def wrote(self, size: int) -> None:
        """Return once its journal has grown by `size` bytes: a moment that no machine's speed decides."""
        enough = self._written() + size
        async with asyncio.timeout(_PATIENCE_S):
            while self._written() < enough:
                await asyncio.sleep(0.001)

    def _written(self) -> int:
        return sum(each.stat().st_size for each in (self.home / "node").glob("*.avj"))


class Stirrer:
    """Bob, who trades against whatever is there while he is not asked to pause."""

    def __init__(self, port: int, seed: int) -> None:
        self.driver = paper_driver(port, "bob")
        self._draw = Random(seed)
        self._running = asyncio.Event()
        self._number = 0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Stirrer":
        await self.driver.open(Box())
        self._task = asyncio.ensure_future(self._stir())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await self.driver.close()

    def go(self) -> None:
        """Trade."""
        self._running.set()

    async def pause(self) -> None:
        """Return once all of his orders have been dealt with."""
        self._running.clear()
        await asyncio.sleep(0.005)
        await self.driver.orders()

    async def _stir(self) -> None:
        draw = self._draw
        while True:
            await self._running.wait()
            self._number += 1
            side, price = draw.choice((Side.BUY, Side.SELL)), 50_000 + draw.randrange(-3, 4)
            request = OrderRequest(
                self.driver.account, PERPETUAL, side, Decimal("0.02"), Decimal(price)
            )
            try:
                self.driver.submit(SubmitOrder(OrderId(self._number), request, 0))
                if self._number > 6:
                    old = OrderId(self._number - 6)
                    self.driver.cancel(CancelOrder(old, self.driver.account, 0))
            except AnyvenueError:
                await asyncio.sleep(0.02)  # the exchange is away
            await asyncio.sleep(draw.choice((0, 0.001, 0.003)))

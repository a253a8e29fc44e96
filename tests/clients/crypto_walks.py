"""Programs of crypto clients' own environments, run against an exchange that is served here."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from ctp_clients import client_python

__all__ = ["moving", "walk"]

HERE = Path(__file__).parent
PATIENCE_S = 120


@asynccontextmanager
async def moving(move: Callable[[int], None], every_s: float = 0.1) -> AsyncIterator[None]:
    """Let the market move ten times a second; `move` is told how often it has."""

    async def run() -> None:
        number = 0
        while True:
            await asyncio.sleep(every_s)
            number += 1
            move(number)

    task = asyncio.create_task(run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def walk(client: str, program: str, *words: str) -> dict[str, Any]:
    """Run a program in a client's environment and return what it found, by step."""
    running = await asyncio.create_subprocess_exec(
        str(client_python(client)),
        str(HERE / program),
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            said, complained = await running.communicate()
    except TimeoutError:
        running.kill()
        said, complained = await running.communicate()
    assert running.returncode == 0, said.decode() + complained.decode()
    rows = [json.loads(line) for line in said.decode().splitlines()]
    return {row["step"]: row["found"] for row in rows}

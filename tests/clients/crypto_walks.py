"""Programs of crypto clients' own environments, run against an exchange that is served here."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from ctp_clients import client_python

from anyvenue.model.enums import Side
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import FundingRate
from wire_served import OTHER, Stall

__all__ = ["LATE_S", "moving", "stir", "walk"]

HERE = Path(__file__).parent
PATIENCE_S = 150
LATE_S = 60
"""How long after it was signed a request is taken: on a busy machine a client may be heard late."""

_EIGHT_HOURS = 8 * 3600 * 10**9


def stir(place: Stall, number: int, pairs: Sequence[InstrumentId], perpetual: InstrumentId) -> None:
    """Trade around 95,000, let levels come and go, and now and then pay funding; small enough to go on for long."""
    for instrument in pairs:
        place.order(instrument, Side.SELL, 95_004, "0.01")
        place.order(instrument, Side.BUY, 95_004, "0.01", OTHER)
        place.order(instrument, Side.SELL, 95_020 + number % 7, "0.02")
        place.order(instrument, Side.BUY, 94_900 - number % 7, "0.02")
        if number % 20 == 0:
            place.order(instrument, Side.SELL, 95_005, "0.3")
            place.order(instrument, Side.BUY, 94_995, "0.3")
    if number % 10 == 0:
        now = place.clock.now()
        place.post(FundingRate(perpetual, now, now, Decimal("0.0001"), _EIGHT_HOURS, now))


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


async def walk(
    client: str, program: str, *words: str, environ: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Run a program in a client's environment and return what it found, by step; `environ` adds to its variables."""
    running = await asyncio.create_subprocess_exec(
        str(client_python(client)),
        str(HERE / program),
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **(environ or {})},
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

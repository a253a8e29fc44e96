"""Measure the remote simulated venue on loopback: the exchange in a process of its own, one client here.

- round trip: `submit` until the exchange's OrderAccepted is in the node's inbox, one order at a time; wall time.
- none, batch, order: how the exchange's log is synced; every input is written there before it is done.
- burst: a thousand orders at once, until all are accepted; orders a second of wall time.
- return: the exchange is killed (-9) after the bursts and started again; wall time until it is open again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from anyvenue.app.exchange_access import find_access
from anyvenue.model.commands import CancelOrder, SubmitOrder
from anyvenue.model.enums import Side
from anyvenue.model.events import Event, OrderAccepted, OrderCancelled
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.runtime.loop import loop_name, run
from anyvenue.venues.paper.admin import AdminClient
from anyvenue.venues.paper.config import PaperConfig
from anyvenue.venues.paper.driver import PaperDriver

PERPETUAL = InstrumentId("BTC-USDT-PERP.BINANCE")
ACCOUNT = AccountId("bench")


class Box:
    """Counts answers and wakes whoever waits for the next."""

    def __init__(self) -> None:
        self.count = 0
        self.changed = asyncio.Event()

    def post(self, event: Event) -> None:
        if isinstance(event, OrderAccepted | OrderCancelled):
            self.count += 1
            self.changed.set()

    async def reach(self, count: int) -> None:
        while self.count < count:
            self.changed.clear()
            await self.changed.wait()


def _start(folder: Path, sync: str) -> tuple[subprocess.Popen[str], float]:
    command = [sys.executable, "-m", "anyvenue", "exchange", "serve", "--matching", "book"]
    words = ["-i", str(PERPETUAL), "--port", "0", "--state", str(folder), "--sync", sync]
    begun = time.perf_counter()
    process = subprocess.Popen([*command, *words], stdout=subprocess.PIPE, encoding="utf-8")
    assert process.stdout is not None
    for line in process.stdout:
        if "open at" in line:
            return process, time.perf_counter() - begun
    raise SystemExit("the exchange did not start")


def _order(number: int) -> SubmitOrder:
    price = Decimal(50_000 + number % 50)
    request = OrderRequest(ACCOUNT, PERPETUAL, Side.BUY, Decimal("0.001"), price)
    return SubmitOrder(OrderId(number), request, 0)


async def _measure(folder: Path, rounds: int, create: bool) -> dict[str, Any]:
    access = find_access(folder, None, None, {})
    if create:
        async with AdminClient(access.host, access.port, access.admin_token) as admin:
            await admin.create(ACCOUNT, "bench", {"USDT": Decimal(10**9)})
    driver, box = (
        PaperDriver(PaperConfig(account=ACCOUNT, password="bench", port=access.port)),
        Box(),
    )
    await driver.open(box)
    laps: list[float] = []
    for number in range(1, rounds + 1):
        begun = time.perf_counter()
        driver.submit(_order(number))
        await box.reach(2 * number - 1)
        laps.append((time.perf_counter() - begun) * 1e6)
        driver.cancel(CancelOrder(OrderId(number), ACCOUNT, 0))
        await box.reach(2 * number)
    done, begun = box.count, time.perf_counter()
    for number in range(rounds + 1, rounds + 1001):
        driver.submit(_order(number))
    await box.reach(done + 1000)
    burst = 1000 / (time.perf_counter() - begun)
    await driver.close()
    laps.sort()
    return {
        "round_trip_us_p50": round(statistics.median(laps), 1),
        "round_trip_us_p99": round(laps[int(len(laps) * 0.99)], 1),
        "burst_orders_s": round(burst),
    }


def measure(rounds: int) -> dict[str, Any]:
    """Return the figures by way of syncing."""
    found: dict[str, Any] = {"loop": loop_name(), "orders": rounds}
    for sync in ("none", "batch", "order"):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "state"
            process, first = _start(folder, sync)
            try:
                found[sync] = run(_measure(folder, rounds, create=True))
            finally:
                process.kill()
                process.wait()
            process, again = _start(folder, sync)
            process.kill()
            process.wait()
            found[sync]["start_s"] = round(first, 2)
            found[sync]["return_s"] = round(again, 2)
            found[sync]["records"] = 2 * rounds + 1002
    return found


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measure(options.rounds)
    if options.json:
        print(json.dumps(found, indent=2))
        return
    for sync in ("none", "batch", "order"):
        figures = ", ".join(f"{name} {value}" for name, value in found[sync].items())
        print(f"sync {sync}: {figures}")


if __name__ == "__main__":
    main()

"""Measure a driver in a child process against the same driver here.

The driver answers every order at once and posts quotes as fast as it can, so that what is left is the way there and
back. Wall time, two processes.

- order: `submit` -> pipe -> driver -> pipe -> inbox: a round trip; here it is two function calls.
- quotes: posted in the child until the last is in the node's inbox, with nothing dropped (trades).
- start: until the venue is known; restart: from kill -9 until the driver is READY again, less the pause.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import sys
import time
from collections.abc import Sequence
from decimal import Decimal

from _harness import peak_mb
from anyvenue.model.commands import CancelOrder, Command, ModifyOrder, SubmitOrder
from anyvenue.model.enums import DriverState, Side
from anyvenue.model.events import Event, OrderAccepted, VenueStateChanged
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, VenueId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Trade
from anyvenue.model.orders import OrderRequest
from anyvenue.model.protocols import Capabilities, Cursor, Inbox, Snapshot
from anyvenue.runtime.loop import run
from anyvenue.runtime.processes import HostedDriver, HostOptions

ACCOUNT, RB = AccountId("bench"), InstrumentId("rb2701.SHFE")


class Echo:
    """Accepts orders at once; a subscription brings as many trades as its channel says."""

    def __init__(self) -> None:
        self.venue = VenueId("echo")
        self.state = DriverState.CLOSED
        self.capabilities = Capabilities()
        self._inbox: Inbox | None = None

    async def open(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self.state = DriverState.READY
        inbox.post(VenueStateChanged(self.venue, self.state, 1, 1))

    async def close(self) -> None:
        self.state = DriverState.CLOSED

    def submit(self, command: SubmitOrder) -> None:
        self._inbox.post(OrderAccepted(ACCOUNT, command.order_id, 1, 1))

    def subscribe(self, instrument: InstrumentId, channel: str) -> None:
        for number in range(int(channel)):
            self._inbox.post(Trade(instrument, number, number, 3500.0, 1.0))

    def cancel(self, command: CancelOrder) -> None: ...

    def modify(self, command: ModifyOrder) -> None: ...

    def send(self, command: Command) -> None: ...

    def resume(
        self, account: AccountId, epoch: int, cursor: Cursor, unanswered: Sequence[OrderId] = ()
    ) -> None: ...

    async def instruments(self) -> list[Instrument]:
        return []

    async def history(
        self, instrument: InstrumentId, interval: str, start: int, end: int
    ) -> list[Bar]:
        return []

    async def snapshot(self, account: AccountId, since: Cursor) -> Snapshot:
        return Snapshot(account=account, ts_as_of=1, trading_day=0)


class Waits:
    """An inbox that tells when enough has come."""

    def __init__(self) -> None:
        self.wanted = 0
        self.seen = 0
        self.last: Event | None = None
        self.enough = asyncio.Event()

    def post(self, event: Event) -> None:
        self.seen += 1
        self.last = event
        if self.seen >= self.wanted:
            self.enough.set()

    def expect(self, count: int) -> None:
        self.enough.clear()
        self.seen, self.wanted = 0, count


def _order(number: int) -> SubmitOrder:
    request = OrderRequest(ACCOUNT, RB, Side.BUY, Decimal(1), Decimal(3500))
    return SubmitOrder(OrderId(number), request, 1)


async def measure(events: int) -> dict[str, object]:
    """Return our figures."""
    options = HostOptions(first_pause_s=0.001, crashes=1000)
    driver, inbox = HostedDriver("hosted_driver:Echo", {}, options=options), Waits()
    began = time.perf_counter()
    assert driver.venue == "echo"
    start = time.perf_counter() - began
    inbox.expect(1)
    await driver.open(inbox)
    await inbox.enough.wait()
    trips: list[float] = []
    submits: list[float] = []
    for number in range(events // 50):
        inbox.expect(1)
        began = time.perf_counter()
        driver.submit(_order(number + 1))
        submits.append(time.perf_counter() - began)
        await inbox.enough.wait()
        trips.append(time.perf_counter() - began)
        assert isinstance(inbox.last, OrderAccepted)
        assert inbox.last.order_id == number + 1
    inbox.expect(events)
    began = time.perf_counter()
    driver.subscribe(RB, str(events))
    await inbox.enough.wait()
    rate = events / (time.perf_counter() - began)
    driver._listening.clear()
    back: list[float] = []
    for _ in range(5):
        inbox.expect(2)
        began = time.perf_counter()
        os.kill(driver.pid, signal.SIGKILL)
        await inbox.enough.wait()
        back.append(time.perf_counter() - began)
        await driver.instruments()
    await driver.close()
    trips.sort()
    return {
        "order_p50_us": round(trips[len(trips) // 2] * 1e6, 1),
        "order_p99_us": round(trips[len(trips) * 99 // 100] * 1e6, 1),
        "submit_us": round(statistics.median(submits) * 1e6, 1),
        "trades_per_s": round(rate),
        "start_s": round(start, 3),
        "restart_s": round(statistics.median(back), 3),
        "peak_mb": peak_mb(),
    }


def main() -> int:
    """Print the table (and JSON on request)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--events", type=int, default=100_000)
    args = parser.parse_args()
    ours = run(measure(args.events))
    for name, value in ours.items():
        print(f"{name:22s} {value}")
    if args.json:
        print(json.dumps({"name": "hosted_driver", "ours": ours, "peers": {}, "ratio": {}}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

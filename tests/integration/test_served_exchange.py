"""The exchange as a process of its own: a class trades on it, and it survives being killed."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from anyvenue.app.exchange_access import Access, find_access
from anyvenue.model.commands import SubmitOrder
from anyvenue.model.enums import DriverState, OrderState, Side
from anyvenue.model.events import OrderAccepted, OrderFilled, OrderRejected
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.model.protocols import Snapshot
from anyvenue.venues.paper.admin import AdminClient
from anyvenue.venues.paper.config import PaperConfig
from anyvenue.venues.paper.driver import PaperDriver
from served import Box

pytestmark = pytest.mark.long

COMMAND = [sys.executable, "-W", "error", "-m", "anyvenue"]
# A market without an expiry and without hours: the test holds on any day.
PERPETUAL = InstrumentId("BTC-USDT-PERP.BINANCE")
posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


def environment(home: Path) -> dict[str, str]:
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("ANYVENUE", "LC_", "LANG"))
    }
    return {**kept, "HOME": str(home), "XDG_CONFIG_HOME": str(home), "PYTHONUNBUFFERED": "1"}


@contextmanager
def serving(home: Path, port: int = 0) -> Iterator["subprocess.Popen[str]"]:
    """Start an exchange and wait until it is open; whatever the test leaves of it is killed."""
    words = ["exchange", "serve", "--matching", "book", "-i", str(PERPETUAL), "--state", "state"]
    process = subprocess.Popen(
        [*COMMAND, *words, "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(home),
        cwd=home,
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if "the exchange is open" in line:
                break
        else:
            raise AssertionError(process.communicate()[1])
        yield process
    finally:
        process.kill()
        process.communicate()


def account(home: Path, *words: str) -> Any:
    done = subprocess.run(
        [*COMMAND, "exchange", "account", *words, "--state", "state"],
        capture_output=True,
        encoding="utf-8",
        env=environment(home),
        cwd=home,
        check=True,
    )
    return json.loads(done.stdout) if "--json" in words else done.stdout


def access(home: Path) -> Access:
    return find_access(home / "state", None, None, {})


def driver_of(home: Path, name: str) -> PaperDriver:
    return PaperDriver(
        PaperConfig(account=name, password="secret", port=access(home).port, backoff_s=0.02)
    )


def submit(
    driver: PaperDriver, number: int, side: Side, price: int, quantity: str = "0.01"
) -> None:
    request = OrderRequest(
        driver.account, PERPETUAL, side, Decimal(quantity), Decimal(price), tag=f"t{number}"
    )
    driver.submit(SubmitOrder(OrderId(number), request, 0))


async def standing(driver: PaperDriver) -> tuple[object, ...]:
    """Return the books of an account less the time at which they were read."""
    found: Snapshot = await driver.snapshot(driver.account, (0, 0))
    balances = tuple(replace(each, ts_as_of=0) for each in found.balances)
    return found.orders, found.fills, found.positions, balances, found.cursor


def accounts(home: Path) -> None:
    account(home, "create", "alice", "bob", "--password", "secret", "--deposit", "USDT=1000000")


@posix
def test_after_a_kill_the_books_are_the_same_to_the_last_digit_and_orders_work_again(
    tmp_path: Path,
) -> None:
    async def trade() -> list[tuple[object, ...]]:
        alice, bob = driver_of(tmp_path, "alice"), driver_of(tmp_path, "bob")
        boxes = Box(), Box()
        await alice.open(boxes[0])
        await bob.open(boxes[1])
        for number in range(1, 8):
            submit(alice, number, Side.BUY, 50_000 + number, "0.013")
            submit(bob, number, Side.SELL, 50_004 + number % 3, "0.007")
        for box in boxes:
            await box.until(lambda box: len(box.of(OrderAccepted)) == 7)
            await box.until(lambda box: box.of(OrderFilled))
        found = [await standing(each) for each in (alice, bob)]
        await alice.close()
        await bob.close()
        return found

    async def look(sell: bool = False) -> list[tuple[object, ...]]:
        alice, bob = driver_of(tmp_path, "alice"), driver_of(tmp_path, "bob")
        boxes = Box(), Box()
        await alice.open(boxes[0])
        await bob.open(boxes[1])
        if sell:  # the best order from before the kill still stands first
            fills = len(boxes[0].of(OrderFilled))
            submit(bob, 100, Side.SELL, 50_000, "0.001")
            await boxes[0].until(lambda box: len(box.of(OrderFilled)) == fills + 1)
        found = [await standing(each) for each in (alice, bob)]
        await alice.close()
        await bob.close()
        return found

    with serving(tmp_path) as process:
        accounts(tmp_path)
        before = asyncio.run(trade())
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert before[0][2], "alice holds a position"
    with serving(tmp_path) as process:
        assert asyncio.run(look()) == before
        after = asyncio.run(look(sell=True))
        process.send_signal(signal.SIGTERM)
        _, error = process.communicate(timeout=60)
        assert (process.returncode, error) == (0, "")
    with serving(tmp_path):
        assert asyncio.run(look()) == after


@posix
def test_killed_in_a_burst_of_orders_the_exchange_loses_and_doubles_none(tmp_path: Path) -> None:
    async def main() -> None:
        with serving(tmp_path) as process:
            accounts(tmp_path)
            port = access(tmp_path).port
            alice, bob = driver_of(tmp_path, "alice"), driver_of(tmp_path, "bob")
            boxes = {alice: Box(), bob: Box()}
            for driver, box in boxes.items():
                await driver.open(box)
            for number in range(1, 201):
                submit(alice, number, Side.BUY, 50_000 + number % 5)
                submit(bob, number, Side.SELL, 50_000 + number % 7)
            await boxes[alice].until(lambda box: len(box.of(OrderAccepted)) > 20)
            process.kill()
            process.wait()
            await boxes[alice].until(lambda _: alice.state is DriverState.DEGRADED)
        with serving(tmp_path, port) as process:
            for driver, box in boxes.items():
                await box.until(lambda _, d=driver: d.state is DriverState.READY and d.reconnects)
                accepted = [each.order_id for each in box.of(OrderAccepted)]
                never = [each.order_id for each in box.of(OrderRejected)]
                assert sorted(accepted + never) == list(range(1, 201))
                kept = await driver.orders()
                assert sorted(each.order_id for each in kept) == sorted(accepted)
                told = {(each.order_id, each.fill.trade_id) for each in box.of(OrderFilled)}
                assert len(told) == len(box.of(OrderFilled))
                assert sum(each.filled for each in kept) == Decimal("0.01") * len(told)
                assert all(each.state is not OrderState.UNKNOWN for each in kept)
            for driver in boxes:
                await driver.close()
            assert process.poll() is None

    asyncio.run(main())


def test_a_class_is_set_up_with_a_few_commands(tmp_path: Path) -> None:
    with serving(tmp_path):
        made = account(tmp_path, "create", "ann", "ben", "--deposit", "USDT=500.5", "--json")
        assert [each["account"] for each in made] == ["ann", "ben"]
        assert len({each["password"] for each in made}) == 2
        account(tmp_path, "deposit", "ann", "USDT=10")
        account(tmp_path, "withdraw", "ben", "USDT=0.5")
        assert "is now: other" in account(tmp_path, "password", "ann", "--password", "other")
        assert "begins anew" in account(tmp_path, "reset", "ben", "--deposit", "USDT=7")
        lines = account(tmp_path, "list", "--json")
        money = {each["account"]: each["figures"][0]["balance"] for each in lines}
        assert {name: Decimal(text) for name, text in money.items()} == {
            "ann": Decimal("510.5"),
            "ben": Decimal(7),
        }
        assert "510.50" in account(tmp_path, "list")

        async def check() -> None:
            found = access(tmp_path)
            async with AdminClient(found.host, found.port, found.admin_token) as admin:
                assert len(await admin.accounts()) == 2
            driver = PaperDriver(PaperConfig(account="ann", password="other", port=found.port))
            await driver.open(Box())
            assert driver.account == AccountId("ann")
            await driver.close()

        asyncio.run(check())

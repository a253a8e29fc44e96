"""The suite itself: bad drivers fail, cases have numbers that stay, and it runs by its command line."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from sim_harness import SimHarness

from anyvenue.engine.sim_driver import SimDriver
from anyvenue.model.commands import SubmitOrder
from anyvenue.model.enums import DriverState
from anyvenue.model.errors import ConnectivityError
from anyvenue.model.events import Event, OrderFilled, OrderOutcomeLost, OrderRejected
from anyvenue.model.ids import AccountId
from anyvenue.model.protocols import Cursor, Snapshot
from anyvenue.testing.conformance import CASES, run_case

HERE = Path(__file__).parent


class Careless(SimDriver):
    """Says that the line is down where only `NotSent` proves that nothing was sent."""

    def submit(self, command: SubmitOrder) -> None:
        if self.state is DriverState.CLOSED:
            raise ConnectivityError("not connected")
        super().submit(command)


class Guessing(SimDriver):
    """Takes an order without an answer for refused."""

    def _post(self, event: Event) -> None:
        if isinstance(event, OrderOutcomeLost):
            now = event.ts_recv
            event = OrderRejected(event.account, event.order_id, now, now, "timeout", "timeout")
        super()._post(event)


class Renaming(SimDriver):
    """Gives a fill another trade id whenever it comes."""

    count = 0

    def _post(self, event: Event) -> None:
        if isinstance(event, OrderFilled):
            self.count += 1
            fill = replace(event.fill, trade_id=f"{event.fill.trade_id}-{self.count}")
            event = replace(event, fill=fill)
        super()._post(event)


class Forgetful(SimDriver):
    """Tells of no fills and no positions in its snapshots."""

    async def snapshot(self, account: AccountId, since: Cursor) -> Snapshot:
        return replace(await super().snapshot(account, since), positions=(), fills=())


class Backwards(SimDriver):
    """Ignores the cursor."""

    async def snapshot(self, account: AccountId, since: Cursor) -> Snapshot:
        return await super().snapshot(account, (0, 0))


class Doubling(SimDriver):
    """Subscribes as often as it is asked to."""

    def subscribe(self, instrument: object, channel: str) -> None:
        self._subscribed.clear()
        super().subscribe(instrument, channel)  # type: ignore[arg-type]


BAD = {Careless: 4, Guessing: 45, Renaming: 40, Forgetful: 10, Backwards: 11, Doubling: 6}


def harness_of(kind: type[SimDriver]) -> Callable[[], SimHarness]:
    """Return what makes harnesses for a kind of driver."""

    class Harness(SimHarness):
        def driver(self) -> SimDriver:
            driver = kind(self.broker)
            if self.account in self.broker.accounts():
                driver.add_account(self.account)
            return driver

    return Harness


@pytest.mark.parametrize("kind", BAD, ids=lambda kind: kind.__name__)
def test_a_bad_driver_fails_the_case_that_is_about_it(kind: type[SimDriver]) -> None:
    found = next(each for each in CASES if each.number == BAD[kind])
    with pytest.raises(AssertionError):
        run_case(found, harness_of(kind))


def test_numbers_stand_for_what_they_stood_for() -> None:
    numbers = [each.number for each in CASES]
    assert numbers == sorted(set(numbers))
    titles = {each.number: each.title for each in CASES}
    assert (titles[1], titles[20], titles[44]) == (
        "connects and is ready",
        "accepts an order and cancels it",
        "never takes a lost order for refused without proof",
    )


def run_suite(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the suite as a third party does, away from this project's settings."""
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-rs", "-c", "/dev/null"),
            *("-p", "anyvenue.testing.plugin", "-p", "no:cacheprovider"),
            *("--pyargs", "anyvenue.testing.conformance", *arguments),
        ],
        cwd=HERE,
        env={"PYTHONPATH": f"{HERE}:{HERE.parent}"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_a_third_party_runs_it_with_one_command() -> None:
    done = run_suite("--driver", "sim_harness:SimHarness", "-k", "D01 or D02 or D20")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed, 1 skipped" in done.stdout
    assert "the harness has no intruder" in done.stdout


def test_a_driver_that_is_not_named_well_is_said_so() -> None:
    done = run_suite("--driver", "sim_harness", "-k", "D01")
    assert "it must be MODULE:FACTORY" in done.stdout

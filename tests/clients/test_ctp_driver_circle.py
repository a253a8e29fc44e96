"""The full circle: our driver, our generated native library, the door, the counter, the simulated exchange.

Everything is real bytes, threads and sockets. It needs a C++ compiler and no client package.
"""

import asyncio
import shutil

import pytest
from msgspec.structs import asdict

from anyvenue.model.enums import OrderState
from anyvenue.runtime.processes import HostedDriver, HostOptions
from anyvenue.testing.conformance import CASES, Case, run_case, skip_reason
from anyvenue.testing.conformance.rig import Rig
from ctp_circle import Circle

pytestmark = [
    pytest.mark.clients,
    pytest.mark.long,
    pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is not installed"),
]

APIS = [("ctp", "6.3.15"), ("ctp", "6.5.1"), ("ctp", "6.7.11"), ("opt", "3.7.3"), ("mini", "1.7.7")]


class HostedCircle(Circle):
    """The same with the driver in a process of its own, as a node has it."""

    dialect, version = "ctp", "6.7.11"

    def driver(self, **changes: object) -> HostedDriver:  # type: ignore[override]
        config = super().driver(**changes)._config
        self.drivers.pop()
        settings = {"venue": "ctp", "known_as": "ctp", "account": str(self.account)}
        driver = HostedDriver(
            "anyvenue.venues.registry:driver_from",
            {**settings, "settings": asdict(config)},
            options=HostOptions(silent_beats=60, first_pause_s=0.01),
        )
        self.drivers.append(driver)  # type: ignore[arg-type]
        return driver


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANYVENUE_CTP_RECONNECT_MS", "20")


@pytest.mark.parametrize(("dialect", "version"), APIS, ids=["-".join(each) for each in APIS])
@pytest.mark.parametrize("case", CASES, ids=[each.name for each in CASES])
def test_the_circle_conforms(case: Case, dialect: str, version: str) -> None:
    harness = type("Circle", (Circle,), {"dialect": dialect, "version": version})
    reason = skip_reason(case, harness())
    if reason:
        pytest.skip(reason)
    run_case(case, harness)


@pytest.mark.parametrize("case", CASES, ids=[each.name for each in CASES])
def test_the_circle_conforms_in_a_process_of_its_own(case: Case) -> None:
    reason = skip_reason(case, Circle())
    if reason:
        pytest.skip(reason)
    run_case(case, HostedCircle)


def test_counters_of_several_apis_are_traded_at_once() -> None:
    async def main() -> None:
        places = []
        for dialect, version in APIS:
            place = type("Circle", (Circle,), {"dialect": dialect, "version": version})()
            await place.start()
            places.append((place, Rig(place)))
        try:
            await asyncio.gather(*(rig.open() for _, rig in places))
            ids = [await rig.working() for _, rig in places]
            for (_, rig), order_id in zip(places, ids, strict=True):
                assert rig.order(order_id).state is OrderState.OPEN
        finally:
            for place, rig in places:
                await rig.driver.close()
                await place.stop()

    asyncio.run(main())

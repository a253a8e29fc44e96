"""The full circle over FEMAS and TORA: driver, generated library of that API, door, counter, simulated exchange."""

import shutil

import pytest

from anyvenue.testing.conformance import CASES, Case, run_case, skip_reason
from anyvenue.venues.ctp.door.greeting import Side
from anyvenue.venues.ctp.driver.driver import CtpDriver
from ctp_circle import libraries
from ctp_dialects import DialectCircle, Femas, ToraOptions, ToraStocks

pytestmark = [
    pytest.mark.clients,
    pytest.mark.long,
    pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is not installed"),
]


class Native(DialectCircle):
    """The same through libraries that were built for the API."""

    def driver(self, **changes: object) -> CtpDriver:
        quotes = self.md_dialect or self.dialect
        paths = {
            "library": str(libraries(self.dialect, self.version)[Side.TRADER]),
            "md_library": str(libraries(quotes, "")[Side.MD]),
        }
        front = f"tcp://127.0.0.1:{self.port}"
        given = {"trade_front": front, "market_front": front, **paths, **changes}
        driver = CtpDriver(self.config(**given), account=self.account)
        self.drivers.append(driver)
        return driver


class NativeFemas(Native, Femas):
    """FEMAS."""


class NativeStocks(Native, ToraStocks):
    """TORA's stocks."""


class NativeOptions(Native, ToraOptions):
    """TORA's options."""


class TwoFronts(NativeFemas):
    """FEMAS with a front of its own for queries, which logs in with the same request."""

    def driver(self, **changes: object) -> CtpDriver:
        fronts = f"tcp://127.0.0.1:{self.port},query+tcp://127.0.0.1:{self.port}"
        return super().driver(trade_front=fronts, **changes)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANYVENUE_CTP_RECONNECT_MS", "20")


@pytest.mark.parametrize("circle", [NativeFemas, NativeStocks, NativeOptions])
@pytest.mark.parametrize("case", CASES, ids=[each.name for each in CASES])
def test_the_circle_conforms(case: Case, circle: type[DialectCircle]) -> None:
    reason = skip_reason(case, circle())
    if reason:
        pytest.skip(reason)
    run_case(case, circle)


@pytest.mark.parametrize("number", [1, 2, 21, 42])
def test_femas_with_a_front_for_queries_conforms(number: int) -> None:
    (case,) = (each for each in CASES if each.number == number)
    run_case(case, TwoFronts)

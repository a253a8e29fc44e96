"""The driver of a served exchange passes the suite in a process of its own, too."""

import sys

import pytest
from paper_harness import PaperHarness

from anyvenue.model.protocols import Driver
from anyvenue.runtime.processes import HostedDriver, HostOptions
from anyvenue.testing.conformance import CASES, Case, run_case, skip_reason

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="hosting needs a POSIX system"),
    pytest.mark.long,
]

OPTIONS = HostOptions(silent_beats=60, first_pause_s=0.01)


class HostedHarness(PaperHarness):
    """The same venue, with the driver out of the house."""

    def __init__(self) -> None:
        super().__init__()
        self._made: list[HostedDriver] = []

    def driver(self) -> Driver:  # type: ignore[override]
        return self._hosted("secret")

    def intruder(self) -> Driver:  # type: ignore[override]
        return self._hosted("wrong")

    def _hosted(self, password: str) -> HostedDriver:
        port = self.proxy.port or 1  # 1: only to look at
        config = {"account": "alice", "password": password, "port": port, "backoff_s": 0.001}
        self._made.append(HostedDriver("hosted_drivers:paper", config, options=OPTIONS))
        return self._made[-1]

    async def stop(self) -> None:
        for each in self._made:
            await each.close()
        await super().stop()


@pytest.mark.parametrize("case", CASES, ids=[each.name for each in CASES])
def test_the_remote_driver_in_a_process(case: Case) -> None:
    reason = skip_reason(case, PaperHarness())
    if reason:
        pytest.skip(reason)
    run_case(case, HostedHarness)

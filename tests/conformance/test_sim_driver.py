"""The simulated venue's driver passes the suite that third parties run."""

import pytest
from sim_harness import SimHarness

from anyvenue.testing.conformance import CASES, Case, run_case, skip_reason


@pytest.mark.parametrize("case", CASES, ids=[each.name for each in CASES])
def test_the_simulated_venues_driver(case: Case) -> None:
    reason = skip_reason(case, SimHarness())
    if reason:
        pytest.skip(reason)
    run_case(case, SimHarness)

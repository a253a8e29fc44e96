"""The Backpack driver passes the suite against the exchange that speaks Backpack: spot and perpetuals."""

import pytest
from backpack_harness import PerpetualHarness, SpotHarness

from anyvenue.testing.conformance import CASES, Case, run_case, skip_reason


@pytest.mark.long
@pytest.mark.parametrize("harness", [SpotHarness, PerpetualHarness])
@pytest.mark.parametrize("case", CASES, ids=[each.name for each in CASES])
def test_the_driver(case: Case, harness: type[SpotHarness]) -> None:
    reason = skip_reason(case, harness())
    if reason:
        pytest.skip(reason)
    run_case(case, harness)

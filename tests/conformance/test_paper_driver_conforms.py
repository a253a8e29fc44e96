"""The driver of a served exchange passes the suite that third parties run."""

import pytest
from paper_harness import PaperHarness

from anyvenue.testing.conformance import CASES, Case, run_case, skip_reason


@pytest.mark.parametrize("case", CASES, ids=[each.name for each in CASES])
def test_the_remote_driver(case: Case) -> None:
    reason = skip_reason(case, PaperHarness())
    if reason:
        pytest.skip(reason)
    run_case(case, PaperHarness)

"""The OKX driver passes the suite against the exchange that speaks OKX: spot and perpetual, both order entries."""

import pytest
from okx_harness import HedgedHarness, PerpetualHarness, SpotHarness

from anyvenue.testing.conformance import CASES, Case, run_case, skip_reason


class SpotByRest(SpotHarness):
    """Spot, orders by REST."""

    order_entry = "rest"


class PerpetualByRest(PerpetualHarness):
    """The perpetual, orders by REST."""

    order_entry = "rest"


HARNESSES = [SpotHarness, PerpetualHarness, SpotByRest, PerpetualByRest, HedgedHarness]


@pytest.mark.long
@pytest.mark.parametrize("harness", HARNESSES)
@pytest.mark.parametrize("case", CASES, ids=[each.name for each in CASES])
def test_the_driver(case: Case, harness: type[SpotHarness]) -> None:
    reason = skip_reason(case, harness())
    if reason:
        pytest.skip(reason)
    run_case(case, harness)

"""The Binance driver passes the suite against the exchange that speaks Binance: both markets, entries and modes."""

import pytest
from binance_harness import HedgedHarness, SpotHarness, UsdmHarness

from anyvenue.testing.conformance import CASES, Case, run_case, skip_reason


class SpotByRest(SpotHarness):
    """Spot, orders by REST."""

    order_entry = "rest"


class UsdmByRest(UsdmHarness):
    """USD-M, orders by REST."""

    order_entry = "rest"


@pytest.mark.long
@pytest.mark.parametrize(
    "harness", [SpotHarness, UsdmHarness, SpotByRest, UsdmByRest, HedgedHarness]
)
@pytest.mark.parametrize("case", CASES, ids=[each.name for each in CASES])
def test_the_driver(case: Case, harness: type[SpotHarness]) -> None:
    reason = skip_reason(case, harness())
    if reason:
        pytest.skip(reason)
    run_case(case, harness)

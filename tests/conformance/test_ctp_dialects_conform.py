"""The driver passes the suite over FEMAS and TORA: its words, the door's, the counter's and all the way back.

The library in between is our own client in Python; that the generated ones do as well is a test of the clients.
"""

import pytest

from anyvenue.testing.conformance import CASES, Case, run_case, skip_reason
from ctp_dialects import DialectCircle, Femas, ToraOptions, ToraStocks


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANYVENUE_CTP_RECONNECT_MS", "20")


@pytest.mark.long
@pytest.mark.parametrize("circle", [Femas, ToraStocks, ToraOptions])
@pytest.mark.parametrize("case", CASES, ids=[each.name for each in CASES])
def test_over_a_dialect(case: Case, circle: type[DialectCircle]) -> None:
    reason = skip_reason(case, circle())
    if reason:
        pytest.skip(reason)
    run_case(case, circle)

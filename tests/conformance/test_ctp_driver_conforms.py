"""The CTP driver passes the suite, at three versions of CTP and at MINI's and the ETF options' API."""

import pytest

from anyvenue.testing.conformance import CASES, Case, run_case, skip_reason
from ctp_harness import CtpHarness


def _harness(dialect: str, version: str) -> type[CtpHarness]:
    return type("CtpHarness", (CtpHarness,), {"dialect": dialect, "version": version})


def _run(case: Case, harness: type[CtpHarness]) -> None:
    reason = skip_reason(case, harness())
    if reason:
        pytest.skip(reason)
    run_case(case, harness)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=[each.name for each in CASES])
def test_over_ctp(case: Case) -> None:
    _run(case, _harness("ctp", "6.7.11"))


@pytest.mark.long
@pytest.mark.parametrize(
    ("dialect", "version"),
    [("ctp", "6.3.15"), ("ctp", "6.5.1"), ("opt", ""), ("mini", "")],
)
@pytest.mark.parametrize("case", CASES, ids=[each.name for each in CASES])
def test_over_another_api(case: Case, dialect: str, version: str) -> None:
    _run(case, _harness(dialect, version))

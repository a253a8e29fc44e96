"""The cases as tests, for the harness that ``--driver`` names."""

from collections.abc import Callable
from importlib import import_module

import pytest

from anyvenue.testing.conformance.cases import CASES
from anyvenue.testing.conformance.harness import DriverHarness
from anyvenue.testing.conformance.registry import Case
from anyvenue.testing.conformance.runner import run_case, skip_reason

__all__ = ["make_harness", "test_a_driver"]


@pytest.fixture
def make_harness(request: pytest.FixtureRequest) -> Callable[[], DriverHarness]:
    """Return what makes the harness; skip when nobody says whose."""
    name = request.config.getoption("--driver", None)
    if not name:
        pytest.skip("no --driver MODULE:FACTORY was given")
    module, colon, factory = str(name).partition(":")
    if not colon:
        raise pytest.UsageError(f"--driver was {name!r}; it must be MODULE:FACTORY")
    return getattr(import_module(module), factory)  # type: ignore[no-any-return]


@pytest.mark.parametrize("case", CASES, ids=[each.name for each in CASES])
def test_a_driver(case: Case, make_harness: Callable[[], DriverHarness]) -> None:
    """Do what the case says."""
    reason = skip_reason(case, make_harness())
    if reason:
        pytest.skip(reason)
    run_case(case, make_harness)

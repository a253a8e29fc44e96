"""Fixtures shared by all tests."""

from pathlib import Path

import pytest
from hypothesis import settings

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

# Derandomised, so that a red test on another machine is the same red test here.
settings.register_profile("anyvenue", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("anyvenue")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of recorded market data, or skip: it is not shipped with the project."""
    if not SHARED_DATA.is_dir():
        pytest.skip("recorded market data (../shared/data) is not present")
    return SHARED_DATA

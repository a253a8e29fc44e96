"""A driver is imported quickly: what makes connections is loaded with the first of them."""

import subprocess
import sys

import pytest

LOOK = (
    "import sys, anyvenue.venues.{}.driver\n"
    "print(sorted(name for name in ('aiohttp', 'ccxt', 'cryptography', 'yarl') if name in sys.modules))"
)


@pytest.mark.parametrize("venue", ["binance", "okx", "backpack"])
def test_importing_a_driver_loads_no_library_of_connections(venue: str) -> None:
    command = [sys.executable, "-c", LOOK.format(venue)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

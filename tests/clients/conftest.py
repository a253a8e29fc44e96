"""Everything here drives real third-party clients: it runs in `make test-clients` only."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
TIMEOUT_S = 300
"""Programs wait for at most a minute or two at a time, and several times; a machine may be slow."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.clients)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(TIMEOUT_S))

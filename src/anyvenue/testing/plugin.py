"""A pytest plugin: ``--driver module:factory`` says whose driver the conformance cases are for.

The factory takes nothing and returns a new `DriverHarness`. Where the plugin is not loaded by itself, give
``-p anyvenue.testing.plugin``.
"""

from contextlib import suppress

import pytest

__all__ = ["pytest_addoption"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option, unless another plugin has one of that name: then that one's value is read."""
    group = parser.getgroup("anyvenue")
    with suppress(ValueError):
        group.addoption(
            "--driver",
            metavar="MODULE:FACTORY",
            default=None,
            help="what makes the DriverHarness for anyvenue.testing.conformance",
        )

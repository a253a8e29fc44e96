"""All numbered cases."""

from anyvenue.testing.conformance import cases_orders, cases_session, cases_trouble
from anyvenue.testing.conformance.registry import registered

__all__ = ["CASES", "MODULES"]

MODULES = (cases_session, cases_orders, cases_trouble)
"""Where they stand: session 1-19, orders 20-39, trouble 40-59."""

CASES = registered()
"""By number."""

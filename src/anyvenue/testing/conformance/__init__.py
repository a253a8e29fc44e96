"""What every driver must do, as numbered cases.

Run them with ``pytest --pyargs anyvenue.testing.conformance --driver module:factory``.
`DriverHarness` is what the author of a driver writes; `CASES` are run one by one, each with a harness of its own.
"""

from anyvenue.testing.conformance.cases import CASES
from anyvenue.testing.conformance.harness import DriverHarness
from anyvenue.testing.conformance.registry import Case
from anyvenue.testing.conformance.runner import run_case, skip_reason

__all__ = ["CASES", "Case", "DriverHarness", "run_case", "skip_reason"]

"""Run one case, or say why it cannot be run."""

import asyncio
from collections.abc import Callable

from anyvenue.testing.conformance.harness import DriverHarness
from anyvenue.testing.conformance.registry import Case
from anyvenue.testing.conformance.rig import Rig

__all__ = ["run_case", "skip_reason"]


def skip_reason(case: Case, harness: DriverHarness) -> str:
    """Return why a case does not fit a harness and its driver, "" where it does."""
    lacking = [name for name in case.venue if not _overridden(harness, name)]
    if lacking:
        return f"the harness has no {', '.join(lacking)}"
    capabilities = harness.driver().capabilities
    lacking = [name for name in case.driver if not getattr(capabilities, name)]
    return f"the driver's capabilities lack {', '.join(lacking)}" if lacking else ""


def _overridden(harness: DriverHarness, name: str) -> bool:
    return getattr(type(harness), name) is not getattr(DriverHarness, name)


def run_case(case: Case, make: Callable[[], DriverHarness]) -> None:
    """Run a case in an event loop of its own; raise AssertionError when the driver does not do it."""
    asyncio.run(_run(case, make()))


async def _run(case: Case, harness: DriverHarness) -> None:
    try:
        await harness.start()
        rig = Rig(harness)
        try:
            if case.opened:
                await rig.open()
            await case.run(rig)
        finally:
            await rig.driver.close()
    finally:
        await harness.stop()

"""The driver of ccxt's exchanges for a process that hosts it; ccxt and what it pins are a client's environment's."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from anyvenue.venues.ccxt.driver import CcxtDriver

__all__ = ["CCXT", "driver", "require_ccxt"]

CCXT = Path(__file__).resolve().parents[1] / ".clients" / "ccxt"


def require_ccxt() -> None:
    """Skip where ccxt is not installed, or fail where clients are required."""
    if not (CCXT / ".installed").is_file():
        why = "ccxt is not installed under .clients; sh scripts/client-envs.sh PYTHON does that"
        (pytest.fail if os.environ.get("ANYVENUE_REQUIRE_CLIENTS") else pytest.skip)(why)


def driver(account: str, **settings: object) -> "CcxtDriver":
    """Make a driver; in a process of its own."""
    [packages] = CCXT.glob("lib/python3*/site-packages")
    sys.path.insert(0, str(packages))
    from anyvenue.venues.ccxt.config import CcxtConfig
    from anyvenue.venues.ccxt.driver import CcxtDriver

    return CcxtDriver(CcxtConfig(**settings), account=account)  # type: ignore[arg-type]

"""The driver of ccxt's exchanges for a process that hosts it: ccxt and what it pins come from a client's environment."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anyvenue.venues.ccxt.driver import CcxtDriver

__all__ = ["CCXT", "driver", "site_packages"]

CCXT = Path(__file__).resolve().parents[1] / ".clients" / "ccxt"


def site_packages() -> Path:
    """Return where the client's environment keeps its packages."""
    [found] = CCXT.glob("lib/python3*/site-packages")
    return found


def driver(account: str, **settings: object) -> "CcxtDriver":
    """Make a driver; in a process of its own."""
    sys.path.insert(0, str(site_packages()))
    from anyvenue.venues.ccxt.config import CcxtConfig
    from anyvenue.venues.ccxt.driver import CcxtDriver

    return CcxtDriver(CcxtConfig(**settings), account=account)  # type: ignore[arg-type]

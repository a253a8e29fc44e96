"""Which library leads to a front: ours for an exchange of one's own, a vendor's for everything else."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from anyvenue.venues.ctp.door.greeting import Side
from anyvenue.venues.ctp.native.seam import LibrarySession, OnCalled
from anyvenue.venues.ctp.sync.link import OpenSession
from anyvenue.venues.ctp.sync.terms import SyncTerms

__all__ = ["opener_of"]

OURS = "anyvenue"


def opener_of(side: Side, terms: SyncTerms, flow: Path, now: Callable[[], int]) -> OpenSession:
    """Return what opens sessions to a side's front; opening raises ConfigError for a library that is not there."""
    front = terms.td_front if side is Side.TRADER else terms.md_front
    if front.startswith("sim://") or terms.library == OURS:
        return lambda post: _ours(side, flow, post, now)
    return lambda post: _vendors(side, terms.library, flow, post, now)


def _ours(side: Side, flow: Path, post: OnCalled, now: Callable[[], int]) -> LibrarySession:
    from anyvenue.venues.ctp.python.client import open_door

    flow.mkdir(parents=True, exist_ok=True)
    return open_door("ctp", "", side, post, now, f"{flow}/")


def _vendors(
    side: Side, library: str, flow: Path, post: OnCalled, now: Callable[[], int]
) -> LibrarySession:
    from anyvenue.venues.ctp.native.catalogue import find_library
    from anyvenue.venues.ctp.native.library import open_library
    from anyvenue.venues.ctp.native.session import open_session

    which: Literal["trader", "md"] = "trader" if side is Side.TRADER else "md"
    return open_session(open_library(find_library(library, which), which), flow, post, now)

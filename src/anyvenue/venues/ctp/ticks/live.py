"""A tick strategy at a counter: over any library of the CTP family, or without one at a counter of anyvenue's."""

from collections.abc import Callable
from pathlib import Path

from anyvenue.runtime.clock import LiveClock
from anyvenue.venues.ctp.door.greeting import Side
from anyvenue.venues.ctp.native.catalogue import find_library
from anyvenue.venues.ctp.native.factories import Which
from anyvenue.venues.ctp.native.library import open_library
from anyvenue.venues.ctp.native.seam import LibrarySession, OnCalled
from anyvenue.venues.ctp.native.session import open_session
from anyvenue.venues.ctp.python.client import open_door
from anyvenue.venues.ctp.ticks.host import TickHost
from anyvenue.venues.ctp.ticks.login import Login
from anyvenue.venues.ctp.ticks.rules import Rules
from anyvenue.venues.ctp.ticks.strategy import TickStrategy

__all__ = ["open_host", "run"]

_DOOR = "anyvenue"


def open_host(
    strategy: TickStrategy,
    login: Login,
    *,
    library: str = _DOOR,
    md_library: str = "",
    flow: Path | str = "flow",
    rules: Rules | None = None,
    query_gap_s: float = 1.0,
) -> TickHost:
    """Return a host that has not connected yet; raise ConfigError for a library that is not there or cannot be used.

    `library` is a counter's name (``ctp``, ``tts``, ...), a file or a folder; ``anyvenue`` needs none and speaks to
    `anyvenue ctp serve`. `md_library` is that of the quotes where it is another. `flow` is the folder of its files.
    """
    clock = LiveClock()
    folder = Path(flow)
    return TickHost(
        strategy,
        login,
        lambda post: _session(library, "trader", folder / "td", post, clock.now),
        lambda post: _session(md_library or library, "md", folder / "md", post, clock.now),
        clock.now,
        rules=rules,
        query_gap_s=query_gap_s,
    )


def run(
    strategy: TickStrategy,
    login: Login,
    trader_front: str,
    md_front: str,
    *,
    library: str = _DOOR,
    md_library: str = "",
    flow: Path | str = "flow",
    rules: Rules | None = None,
) -> None:
    """Run a strategy at a counter until it raises, or Ctrl-C; fronts are ``tcp://HOST:PORT``."""
    host = open_host(
        strategy, login, library=library, md_library=md_library, flow=flow, rules=rules
    )
    try:
        host.start([trader_front], [md_front])
        host.run()
    except KeyboardInterrupt:
        pass
    finally:
        host.close()


def _session(
    library: str, which: Which, flow: Path, post: OnCalled, now: Callable[[], int]
) -> LibrarySession:
    if library == _DOOR:
        flow.mkdir(parents=True, exist_ok=True)
        side = Side.TRADER if which == "trader" else Side.MD
        return open_door("ctp", "", side, post, now, f"{flow}/")
    return open_session(open_library(find_library(library, which), which), flow, post, now)

"""What a venue tells the probe of itself: its addresses, how it tells the time, and what a key of its may do."""

from collections.abc import Awaitable, Callable
from importlib import import_module
from urllib.parse import urlsplit

import msgspec

from anyvenue.venues.registry import Venue
from anyvenue.venues.settings import VenueConfig
from anyvenue.venues.transport.http import Http

__all__ = ["Address", "Rights", "VenueProbe", "at_home", "probe_of"]


class Address(msgspec.Struct, frozen=True):
    """An address of one `side` of the venue: ``stream`` or ``api``; `url` is one that takes a WebSocket."""

    side: str
    url: str


class Rights(msgspec.Struct, frozen=True, kw_only=True):
    """What a key may do; None where the venue does not tell. `bound` is whether it works from listed addresses only."""

    trades: bool | None = None
    withdraws: bool | None = None
    bound: bool | None = None


class VenueProbe(msgspec.Struct, frozen=True, kw_only=True):
    """A venue as one account reaches it, or as everybody does.

    `time_url` is a GET request of REST whose answer `read_time` turns into the venue's time in ms; it raises ValueError
    or msgspec.MsgspecError for what is no such answer. A request is taken within `window_ms` of its time. `live`:
    orders there are for real money. `rights` asks what the key may do, None without a key.
    """

    time_url: str
    read_time: Callable[[bytes], int]
    sockets: tuple[Address, ...] = ()
    proxy: str = ""
    timeout_s: float = 10.0
    window_ms: int = 5000
    live: bool = True
    rights: Callable[[Http], Awaitable[Rights]] | None = None


def at_home(url: str) -> bool:
    """Tell whether an address is on this machine: then nothing there is for real money."""
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")


def probe_of(venue: Venue, config: VenueConfig) -> VenueProbe | None:
    """Return what the probe is told of a venue, None where it is told nothing."""
    if not venue.probe:
        return None
    module, _, name = venue.probe.partition(":")
    found: VenueProbe = getattr(import_module(module), name)(config)
    return found

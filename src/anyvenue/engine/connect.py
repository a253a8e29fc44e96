"""A venue in a script, a notebook or asyncio: connect, look, order, leave.

    with connect("sim") as venue:
        order = venue.buy("rb2701.SHFE", 2, price=3501)
        order.wait()

`connect_async` gives the same with `async with` and awaitable methods. Under both runs a node like any other.
"""

from typing import Any

from anyvenue.engine.async_venue import AsyncOrder, AsyncVenue
from anyvenue.engine.blocking_venue import Venue, VenueOrder
from anyvenue.model.errors import ConfigError

__all__ = ["AsyncOrder", "AsyncVenue", "Venue", "VenueOrder", "connect", "connect_async"]


def connect(venue: str, **options: Any) -> Venue:
    """Return a blocking connection to a venue; raise ConfigError for one that is not there.

    ``sim`` is a simulated exchange with a synthetic market; its options are those of `AsyncVenue`.
    """
    _check_name(venue)
    return Venue(**options)


def connect_async(venue: str, **options: Any) -> AsyncVenue:
    """Return the same for asyncio: ``async with connect_async("sim") as venue``."""
    _check_name(venue)
    return AsyncVenue(**options)


def _check_name(venue: str) -> None:
    if venue != "sim":
        raise ConfigError(f"venue was {venue!r}; there is: sim", key="venue", value=venue)

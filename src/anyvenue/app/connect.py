"""A venue in a script, a notebook or asyncio: connect, look, order, leave.

    with connect("sim") as venue:
        order = venue.buy("rb2701.SHFE", 2, price=3501)
        order.wait()

``sim`` is a simulated exchange of one's own with a synthetic market, ``paper`` one that runs as a server
(`anyvenue exchange serve`) where others trade, too.
"""

from typing import TYPE_CHECKING, Any, Literal, overload

from anyvenue.model.errors import ConfigError

if TYPE_CHECKING:
    from anyvenue.app.served_venue import ServedVenue
    from anyvenue.engine.async_venue import AsyncVenue
    from anyvenue.engine.blocking_venue import Venue
    from anyvenue.venues.paper.client import PaperClient

__all__ = ["connect", "connect_async"]

_URL = "paper://127.0.0.1:7788"


@overload
def connect(venue: Literal["sim"], **options: Any) -> "Venue": ...
@overload
def connect(
    venue: Literal["paper"],
    *,
    url: str = ...,
    account: str = ...,
    password: str = ...,
    **options: Any,
) -> "ServedVenue": ...


def connect(venue: str, **options: Any) -> "Venue | ServedVenue":
    """Return a blocking connection to a venue; raise ConfigError for one that is not there.

    The options of ``sim`` are those of `AsyncVenue`; ``paper`` takes `url`, `account`, `password`, and `token`,
    `session`, `tls`, `ca_file` and `on_event` as `PaperClient` does.
    """
    if venue == "paper":
        from anyvenue.app.served_venue import ServedVenue

        return ServedVenue(**_access(options))
    _check_name(venue)
    from anyvenue.engine.connect import connect as connect_to_engine

    return connect_to_engine(venue, **options)


@overload
def connect_async(venue: Literal["sim"], **options: Any) -> "AsyncVenue": ...
@overload
def connect_async(
    venue: Literal["paper"],
    *,
    url: str = ...,
    account: str = ...,
    password: str = ...,
    **options: Any,
) -> "PaperClient": ...


def connect_async(venue: str, **options: Any) -> "AsyncVenue | PaperClient":
    """Return the same for asyncio: ``async with connect_async("sim") as venue``; ``paper`` is a `PaperClient`."""
    if venue == "paper":
        from anyvenue.venues.paper.client import PaperClient

        return PaperClient(**_access(options))
    _check_name(venue)
    from anyvenue.engine.connect import connect_async as connect_to_engine

    return connect_to_engine(venue, **options)


def _access(options: dict[str, Any]) -> dict[str, Any]:
    for key in ("account", "password"):
        if not options.get(key):
            raise ConfigError(
                f'{key} is missing: connect("paper", account=..., password=...) trades an account of the exchange',
                code="config.connect_missing",
                key=key,
            )
    return {"url": _URL, **options}


def _check_name(venue: str) -> None:
    if venue != "sim":
        raise ConfigError(f"venue was {venue!r}; there is: sim, paper", key="venue", value=venue)

"""Venues that are gone: they stay in the catalogue, so that who asks for one learns since when and what there is."""

import msgspec

from anyvenue.model.errors import ConfigError

__all__ = ["CLOSED", "ClosedVenue", "find_closed", "refuse_closed"]


class ClosedVenue(msgspec.Struct, frozen=True, kw_only=True):
    """A venue that has closed: when, as far as that is known, and where one can go instead."""

    name: str
    title: str
    when: str
    when_zh: str
    alternatives: tuple[str, ...]
    also: tuple[str, ...] = ()


CLOSED = (
    ClosedVenue(
        name="bitmex",
        title="BitMEX",
        when="since 2026-09-23",
        when_zh="自 2026-09-23 起",
        alternatives=("binance", "okx", "ccxt:bitfinex", "ccxt:bybit", "ccxt:krakenfutures"),
    ),
    ClosedVenue(
        name="onetoken",
        title="1Token",
        # The firm sells portfolio software now; nothing tells the day.
        when="its last client is of 2021-02",
        when_zh="其最后一版客户端发布于 2021-02",
        alternatives=("binance", "okx", "ccxt:htx", "ccxt:bitfinex"),
        also=("1token",),
    ),
)


def find_closed(name: str) -> ClosedVenue | None:
    """Return the closed venue that goes by a name, with or without ``ccxt:``, None for any other."""
    bare = name.lower().removeprefix("ccxt:")
    return next((each for each in CLOSED if bare in (each.name, *each.also)), None)


def refuse_closed(name: str) -> None:
    """Raise ConfigError for a venue that is gone; nothing happens for any other."""
    gone = find_closed(name)
    if gone is not None:
        others = ", ".join(gone.alternatives)
        raise ConfigError(
            f"venue {name!r}: {gone.title} is closed ({gone.when}); there is: {others}",
            code="config.venue_closed",
            venue=name,
            title=gone.title,
            when=gone.when,
            when_zh=gone.when_zh,
            alternatives=gone.alternatives,
        )

"""``--loop``: recorded days again and again instead of once."""

from msgspec.structs import replace

from anyvenue.data.loop import loop_sources
from anyvenue.engine.feed import Feed
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.errors import ConfigError
from anyvenue.reference.catalog import Catalog

__all__ = ["check_loop", "looped"]


def check_loop(loop: bool, has_data: bool) -> None:
    """Raise ConfigError when there is nothing recorded to repeat."""
    if loop and not has_data:
        raise ConfigError(
            "--loop repeats recorded days: name their files with --data; the demo's own market never ends anyway",
            code="config.loop_without_data",
        )


def looped(feed: Feed, options: VenueOptions, catalog: Catalog) -> tuple[Feed, VenueOptions]:
    """Return the feed repeated for ever, and the venue open round the clock with its trading days.

    The instruments in `catalog` are changed as well: they do not expire.
    """
    loop = loop_sources(feed.sources, lambda each: catalog.sessions(each.sessions))
    for source in loop.sources:
        catalog.add(source.instrument)
    return Feed(loop.sources), replace(options, hours="always", calendar=loop.calendar)

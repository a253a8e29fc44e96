"""A venue's driver for a command that asks something."""

from anyvenue.model.errors import ConfigError
from anyvenue.model.protocols import Driver
from anyvenue.venues.registry import Venue
from anyvenue.venues.settings import VenueConfig

__all__ = ["driver_for"]


def driver_for(venue: Venue, config: VenueConfig, account: str = "") -> Driver:
    """Return the driver of a configuration; raise ConfigError where what it needs is not installed."""
    try:
        return venue.make_driver(config, account=account)
    except ImportError as error:
        raise ConfigError(
            f"the driver of {venue.name} cannot be loaded: {error}; install what it needs (anyvenue doctor)",
            code="config.driver_missing",
            venue=venue.name,
            detail=str(error),
        ) from error

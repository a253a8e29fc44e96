"""Which venues there are: ours, and those of installed packages (entry-point group `anyvenue.venues`).

An entry point leads to a `Venue`. Nothing is imported before it is asked for; a venue's driver and whatever SDK that
needs are imported when the driver is made.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Literal

import msgspec

from anyvenue.model.errors import ConfigError
from anyvenue.model.protocols import Driver
from anyvenue.venues.closed import refuse_closed
from anyvenue.venues.settings import Scalar, Setting, VenueConfig, describe

__all__ = ["BUILT_IN", "GROUP", "Venue", "driver_from", "find_venue", "venue_names"]

GROUP = "anyvenue.venues"
# The same as in pyproject.toml (a test compares them): these are found without searching every installed package, and
# in a source tree that was never installed.
BUILT_IN: Mapping[str, str] = {
    "paper": "anyvenue.venues.paper.venue:VENUE",
    "ctp": "anyvenue.venues.ctp.driver.venue:VENUE",
    "binance": "anyvenue.venues.binance.venue:VENUE",
    "okx": "anyvenue.venues.okx.venue:VENUE",
    "backpack": "anyvenue.venues.backpack.venue:VENUE",
    "ccxt": "anyvenue.venues.ccxt.venue:VENUE",
}
# Venues with many members: a module whose `member` makes the one of a name.
_FAMILIES: Mapping[str, str] = {"ccxt": "anyvenue.venues.ccxt.venue"}


class Venue(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of venue: its name in the configuration, its title, what it must be told, and where its driver is.

    `driver` is ``module:name`` of what makes a driver of a `config`, with the keywords `venue` and `account` for the
    names that a node tells several of them apart by. A venue with a time of its own (`own_time`) is a simulated one:
    its day may be any, and its hours, too. `host` is where its drivers live unless the configuration says otherwise: in
    the node, or each in a process of its own, as is wise where a vendor's library is loaded. Public data are looked for
    with the settings `markets`, one after the other. `member` is the key that ``NAME:MEMBER`` gives, where there are
    such. `probe`, where there is one, is ``module:name`` of what makes a `VenueProbe` of a `config`.
    """

    name: str
    title_en: str
    title_zh: str
    config: type[VenueConfig]
    driver: str
    own_time: bool = False
    host: Literal["node", "process"] = "node"
    markets: tuple[Mapping[str, Scalar], ...] = ({},)
    member: str = ""
    probe: str = ""

    @property
    def settings(self) -> tuple[Setting, ...]:
        """The keys of its accounts."""
        return describe(self.config)

    def title(self, lang: str) -> str:
        """Return the title in `lang`."""
        return self.title_zh if lang == "zh" else self.title_en

    def make_driver(self, config: VenueConfig, venue: str = "", account: str = "") -> Driver:
        """Import the driver and return one for the account; the node knows them as `venue` and `account`.

        Without these both have the names they have there. Its SDK may be missing: ImportError.
        """
        module, _, name = self.driver.partition(":")
        make = getattr(import_module(module), name)
        names = {"venue": venue, "account": account}
        made: Driver = make(config, **{key: value for key, value in names.items() if value})
        return made


def driver_from(
    venue: str, known_as: str, settings: Mapping[str, object], account: str = ""
) -> Driver:
    """Return the driver of an account by plain values, as a process that hosts one gets them; raise ConfigError."""
    found = find_venue(venue)
    return found.make_driver(msgspec.convert(settings, found.config), known_as, account)


def venue_names() -> list[str]:
    """Return the names of all venues, ours first."""
    return [*BUILT_IN, *sorted(_installed().keys() - BUILT_IN.keys())]


def find_venue(name: str) -> Venue:
    """Return a venue, `ccxt:bitfinex` for one of a family; raise ConfigError for none, a closed or a broken one."""
    family, colon, member = name.partition(":")
    if colon and family in _FAMILIES:
        refuse_closed(name)
        made: Venue = import_module(_FAMILIES[family]).member(member)
        return made
    source = BUILT_IN.get(name) or _installed().get(name)
    if source is None:
        refuse_closed(name)
        raise _unknown(name)
    return _load(name, source)


def _installed() -> dict[str, str]:
    # It searches every package, which built-in venues do not need.
    from importlib.metadata import entry_points

    return {each.name: each.value for each in entry_points(group=GROUP)}


def _load(name: str, source: str) -> Venue:
    module, _, attribute = source.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            f"venue {name} cannot be loaded from {source}: {error}; reinstall its package",
            code="config.venue_broken",
            venue=name,
            source=source,
            detail=str(error),
        ) from error
    if not isinstance(found, Venue):
        raise ConfigError(
            f"venue {name} leads to {source}, which is a {type(found).__name__}; a Venue is expected",
            code="config.venue_broken",
            venue=name,
            source=source,
            detail=type(found).__name__,
        )
    return found


def _unknown(name: str) -> ConfigError:
    known = venue_names()
    near = get_close_matches(name, known, 1)
    advice = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}"
    return ConfigError(
        f"there is no venue {name!r}: {advice}; others come with packages of their own",
        code="config.venue_unknown",
        venue=name,
        known=tuple(known),
        nearest=near[0] if near else "",
    )

"""The way to a venue's history: a driver without an account, or with the settings of one, and the instrument meant."""

from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any, Protocol, cast

import msgspec
import typer

from anyvenue.app.account_form import parse_pair
from anyvenue.app.drivers import driver_for
from anyvenue.app.invocation import Invocation
from anyvenue.app.nowhere import Nowhere
from anyvenue.model.errors import AnyvenueError, ConfigError, UnknownInstrument
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Trade
from anyvenue.model.protocols import Driver
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.resolver import resolve_listed, unknown
from anyvenue.venues.registry import Venue, find_venue
from anyvenue.venues.settings import VenueConfig

__all__ = [
    "AccountOption",
    "Past",
    "PastPlace",
    "find_past",
    "open_past",
    "venue_config",
    "venue_settings",
]

AccountOption = Annotated[
    str | None, typer.Option("--account", "-a", metavar="NAME", show_default=False)
]


class _PastTrades(Protocol):
    def past_trades(
        self, instrument: InstrumentId, start: int, end: int
    ) -> Coroutine[Any, Any, list[Trade]]: ...


class PastPlace(msgspec.Struct, frozen=True):
    """A venue, and the configurations among which an instrument is looked for."""

    venue: Venue
    configs: tuple[VenueConfig, ...]


class Past:
    """The history of one instrument."""

    def __init__(self, driver: Driver, instrument: Instrument, venue: str) -> None:
        """Ask `driver`, which is open."""
        self._driver, self.instrument, self._venue = driver, instrument, venue

    async def bars(self, interval: str, start: int, end: int) -> list[Bar]:
        """Return closed bars with start in [start, end); raise VenueError."""
        return await self._driver.history(self.instrument.id, interval, start, end)

    @property
    def trades_page_ns(self) -> int:
        """How much time of trades is asked for at once at least, 0 where the venue does not mind."""
        return int(getattr(self._driver, "past_trades_page_ns", 0))

    async def trades(self, start: int, end: int) -> list[Trade]:
        """Return public trades with start <= time < end; raise VenueError, ConfigError where the venue has none."""
        if not hasattr(self._driver, "past_trades"):
            raise ConfigError(
                f"{self._venue} gives no trades of the past; bars are: --interval 1m",
                code="config.no_past_trades",
                venue=self._venue,
            )
        return await cast(_PastTrades, self._driver).past_trades(self.instrument.id, start, end)


def find_past(
    invocation: Invocation, venue: str, account: str | None, pairs: Sequence[str]
) -> PastPlace:
    """Return where the history of `venue` is: by the addresses of an account, if one is named; raise ConfigError.

    Nothing secret of the account is used: history is public.
    """
    found = find_venue(venue)
    if account is None:
        return PastPlace(
            found, tuple(venue_config(found, pairs, market) for market in found.markets)
        )
    chosen = invocation.settings.account(account, venue)
    secret = {each.name for each in found.settings if each.secret}
    public = {
        key: value
        for key, value in chosen.settings.items()
        if key not in secret and isinstance(value, str | int | float | bool)
    }
    return PastPlace(found, (venue_config(found, pairs, public),))


def venue_config(
    venue: Venue, pairs: Sequence[str], settings: Mapping[str, str | int | float | bool]
) -> VenueConfig:
    """Return a configuration of `settings` over which ``KEY=VALUE`` texts go; raise ConfigError."""
    chosen = {**settings, **venue_settings(venue, pairs)}
    try:
        return msgspec.convert(chosen, venue.config)
    except msgspec.ValidationError as error:
        detail = str(error).replace("`", "")
        raise ConfigError(
            f"{venue.name} cannot be reached by these settings: {detail}; name an account with --account",
            code="config.venue_settings",
            venue=venue.name,
            detail=detail,
        ) from None


def venue_settings(venue: Venue, pairs: Sequence[str]) -> dict[str, str | int | float | bool]:
    """Return the keys and values of ``KEY=VALUE`` texts; raise ConfigError."""
    return dict(parse_pair(text, venue) for text in pairs)


@asynccontextmanager
async def open_past(place: PastPlace, symbol: str, catalog: Catalog) -> AsyncIterator[Past]:
    """Open a driver that lists what `symbol` means, and close it in the end.

    Raise UnknownInstrument or AmbiguousInstrument, VenueError, ConfigError.
    """
    if not place.venue.driver:
        raise ConfigError(f"{place.venue.name} has no driver", key="venue")
    for config in place.configs:
        driver = driver_for(place.venue, config)
        await driver.open(Nowhere())
        try:
            listed = {each.id: each for each in await driver.instruments()}
            instrument = resolve_listed(catalog, symbol, listed)
            if instrument is not None:
                if not driver.capabilities.history:
                    raise ConfigError(
                        f"{place.venue.name} gives no history",
                        code="config.no_history",
                        venue=place.venue.name,
                    )
                yield Past(driver, instrument, place.venue.name)
                return
        finally:
            await driver.close()
    raise _unlisted(place.venue.name, symbol, catalog)


def _unlisted(venue: str, symbol: str, catalog: Catalog) -> AnyvenueError:
    near = unknown(catalog, symbol).fields.get("suggestions", ())
    return UnknownInstrument(
        f"{venue} lists no {symbol!r}; write it as the venue does (BTCUSDT) or as BTC-USDT, BTC-USDT-PERP",
        code="reference.unlisted",
        venue=venue,
        instrument=symbol,
        suggestions=near,
    )

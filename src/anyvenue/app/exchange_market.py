"""From options to the exchange that is served: its market, its rules, and the terms that its folder keeps."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import msgspec

from anyvenue.app.looping import looped
from anyvenue.app.settings import Settings
from anyvenue.app.simulation import DataChoice, VenueChoice, prepare, venue_options
from anyvenue.engine.hosting.exchange import HostedExchange
from anyvenue.engine.hosting.history import terms_of
from anyvenue.engine.hosting.log import InputLog
from anyvenue.engine.hosting.market import ClockMarket, FeedMarket, HostedMarket, LiveMarket
from anyvenue.engine.synthetic import DEMO_INSTRUMENTS, synthetic_feed
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.errors import ConfigError
from anyvenue.model.instruments import Instrument
from anyvenue.reference.catalog import Catalog
from anyvenue.runtime.clock import LiveClock

__all__ = ["ExchangeChoice", "host_exchange", "host_live"]

_CHINA = timezone(timedelta(hours=8))


class ExchangeChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What the options say about a served exchange."""

    data: DataChoice
    venue: VenueChoice
    instruments: Sequence[str] = ()
    speed: float = 1.0
    loop: bool = False
    hours: str | None = None
    when_closed: str | None = None
    match_on_arrival: bool = False
    folder: Path | None = None
    sync: str = "batch"


def host_exchange(settings: Settings, choice: ExchangeChoice) -> HostedExchange:
    """Return the exchange, come back to where its folder says it was; raise ConfigError, DataError or JournalError."""
    if choice.speed <= 0:
        raise ConfigError(
            "--speed of an exchange that is served must be above 0",
            code="config.served_speed",
            key="speed",
        )
    log = InputLog(choice.folder, choice.sync) if choice.folder is not None else None
    try:
        kept = terms_of(log) if log is not None else {}
        market, catalog, options, source = _market(settings, choice, kept)
        if choice.hours:
            options = msgspec.structs.replace(options, hours=choice.hours)
        if choice.when_closed:
            options = msgspec.structs.replace(options, when_closed=choice.when_closed)
        if choice.match_on_arrival:
            options = msgspec.structs.replace(options, match_on_arrival=True)
        terms = {**_terms(source, market, options), "date": str(catalog.date)}
        return HostedExchange(market, catalog, options, log=log, terms=terms)
    except BaseException:
        if log is not None:
            log.close()
        raise


def _market(
    settings: Settings, choice: ExchangeChoice, kept: Mapping[str, str]
) -> tuple[HostedMarket, Catalog, VenueOptions, str]:
    if choice.data.files:
        run = prepare(settings, choice.data, choice.venue)
        feed, options = run.feed, run.options
        if choice.loop:
            feed, options = looped(feed, options, run.catalog)
        source = "data " + " ".join(feed.content_hashes())
        return FeedMarket(feed, choice.speed), run.catalog, options, source
    if choice.loop:
        raise ConfigError(
            "--loop repeats recorded days: name their files with --data",
            code="config.loop_without_data",
        )
    matching = choice.venue.matching or settings.config.sim.matching
    if matching == "book":
        return _by_clock(settings, choice, kept)
    catalog = settings.catalog(choice.data.date)
    seed = settings.config.sim.seed if choice.venue.seed is None else choice.venue.seed
    made = synthetic_feed(
        catalog,
        date=catalog.date,
        seed=seed,
        instruments=tuple(choice.instruments) or DEMO_INSTRUMENTS,
        hours=choice.hours or settings.config.sim.hours or "always",
    )
    options = venue_options(settings, choice.venue, made.instruments)
    source = f"synthetic {seed} {catalog.date}"
    return FeedMarket(made, choice.speed), catalog, options, source


def host_live(settings: Settings, choice: ExchangeChoice) -> tuple[HostedExchange, LiveMarket]:
    """Return an exchange on a market that somebody else posts to; raise ConfigError, above all with a folder."""
    if choice.folder is not None or choice.data.files or not choice.instruments:
        raise ConfigError(
            "a market from a live quote front needs --instrument, takes no --data, and cannot keep a --state: "
            "its quotes cannot be asked for again",
            code="config.live_market",
        )
    clock = LiveClock()
    now = datetime.fromtimestamp(clock.now() / 1e9, _CHINA)
    catalog = settings.catalog(choice.data.date or int(now.strftime("%Y%m%d")))
    listed = [catalog.resolve(text) for text in choice.instruments]
    options = venue_options(settings, choice.venue, listed)
    options = msgspec.structs.replace(
        options,
        hours=choice.hours or options.hours,
        when_closed=choice.when_closed or options.when_closed,
        match_on_arrival=choice.match_on_arrival,
    )
    market = LiveMarket(listed, clock)
    exchange = HostedExchange(market, catalog, options)
    market.on_event = exchange.wake
    return exchange, market


def _by_clock(
    settings: Settings, choice: ExchangeChoice, kept: Mapping[str, str]
) -> tuple[HostedMarket, Catalog, VenueOptions, str]:
    """Return a market that users make among themselves, on the instruments of the day it was opened first."""
    clock = LiveClock()
    now = datetime.fromtimestamp(clock.now() / 1e9, _CHINA)
    today = int(kept.get("date") or now.strftime("%Y%m%d"))
    catalog = settings.catalog(choice.data.date or today)
    if choice.instruments:
        listed = [catalog.resolve(text) for text in choice.instruments]
    else:
        listed = [each for text in DEMO_INSTRUMENTS for each in _alive(catalog, text, today)]
    options = venue_options(settings, choice.venue, listed)
    return ClockMarket(listed, clock), catalog, options, "users"


def _alive(catalog: Catalog, text: str, today: int) -> list[Instrument]:
    found = catalog.resolve(text)
    return [] if 0 < found.expiry <= today else [found]


def _terms(source: str, market: HostedMarket, options: VenueOptions) -> dict[str, str]:
    """Return what may not change while the folder is used: another market or other rules make another exchange."""
    rules = msgspec.json.encode([options.fees, options.margins, sorted(options.rolls)]).decode()
    return {
        "market": source,
        "instruments": " ".join(each.id for each in market.instruments),
        "matching": f"{options.matching} {options.queue_model}",
        "hours": f"{options.hours} {options.when_closed}",
        "latency": f"{options.latency_ms} {options.latency_jitter_ms}",
        "seed": str(options.seed),
        "rates": rules,
    }

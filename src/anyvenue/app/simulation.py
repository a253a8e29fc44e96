"""From options and configuration to what a run needs: data, instruments, money and a venue."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

import msgspec

from anyvenue.app.config import SimConfig
from anyvenue.app.rates import is_table, merged, parse_fees, parse_margin, read_funding, read_rolls
from anyvenue.app.settings import Settings
from anyvenue.data.readers import open_source
from anyvenue.data.spans import zone_of_sessions
from anyvenue.data.window import WindowSource, end_of, start_of
from anyvenue.engine.feed import Feed
from anyvenue.engine.synthetic import DEMO_INSTRUMENTS, synthetic_feed
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.errors import ConfigError
from anyvenue.model.instruments import Instrument
from anyvenue.reference.catalog import Catalog

__all__ = [
    "DataChoice",
    "Prepared",
    "VenueChoice",
    "feed_of",
    "parse_cash",
    "prepare",
    "venue_options",
]

Cash = Decimal | dict[str, Decimal]
_USUAL = DEMO_INSTRUMENTS[0]


class DataChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Which files, what they do not say themselves, and from when to when, as `anyvenue.data.window` reads it.

    With `synthetic` there are no files but `days` trading days of made-up markets in `instrument`, which may name
    several with commas.
    """

    files: Sequence[Path]
    synthetic: bool = False
    days: int | None = None
    instrument: str | None = None
    profile: str | None = None
    date: int | None = None
    interval: str | None = None
    start: str | None = None
    end: str | None = None


class VenueChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What the options say about the simulated venue; None leaves it to the configuration.

    `hours` and `usual_latency_ms` hold where neither says anything.
    """

    fees: str | None = None
    margin: str | None = None
    latency_ms: float | None = None
    matching: str | None = None
    queue_model: str | None = None
    seed: int | None = None
    rolls: tuple[str, ...] = ()
    funding: tuple[str, ...] = ()
    hours: str = "real"
    usual_latency_ms: float = 0.0


class Prepared(msgspec.Struct, frozen=True):
    """What a run over recorded data needs."""

    catalog: Catalog
    feed: Feed
    options: VenueOptions


def prepare(settings: Settings, data: DataChoice, venue: VenueChoice) -> Prepared:
    """Open the files and lay out the venue; raise DataError, ConfigError or TableError."""
    overrides = settings.overrides
    for spec in (venue.fees, venue.margin):
        if spec and is_table(spec):
            overrides = merged(overrides, spec)
    _check(data)
    catalog = settings.catalog(data.date, overrides)
    feed = _synthetic(settings, data, venue, catalog) if data.synthetic else feed_of(data, catalog)
    return Prepared(catalog, feed, venue_options(settings, venue, feed.instruments))


def _check(data: DataChoice) -> None:
    if data.synthetic and data.files:
        raise ConfigError(
            "--synthetic makes prices up, --data names recorded ones: give one of them",
            code="config.synthetic_and_data",
        )
    if data.days is not None and not data.synthetic:
        raise ConfigError(
            "--days is for --synthetic; cut recorded data with --from and --to",
            code="config.days_without_synthetic",
        )


def _synthetic(settings: Settings, data: DataChoice, venue: VenueChoice, catalog: Catalog) -> Feed:
    """Return the made-up markets of some trading days, in the hours of the venue."""
    sim = settings.config.sim
    names = [each.strip() for each in (data.instrument or _USUAL).split(",")]
    feed = synthetic_feed(
        catalog,
        date=catalog.date,
        seed=sim.seed if venue.seed is None else venue.seed,
        instruments=names,
        days=data.days or 1,
        hours=sim.hours or venue.hours,
    )
    return _cut(feed, data, catalog) if data.start or data.end else feed


def feed_of(data: DataChoice, catalog: Catalog) -> Feed:
    """Open the files; raise DataError, or ConfigError when there are none or nothing lies in the window."""
    feed = Feed(
        [
            open_source(
                path,
                catalog=catalog,
                instrument=data.instrument,
                profile=data.profile,
                date=data.date,
                interval=data.interval,
            )
            for path in data.files
        ]
    )
    return _cut(feed, data, catalog) if data.start or data.end else feed


def _cut(feed: Feed, data: DataChoice, catalog: Catalog) -> Feed:
    windows = []
    for source in feed.sources:
        sessions = catalog.sessions(source.instrument.sessions)
        # A local time is that of the market: a file may well have its times in UTC.
        zone = zone_of_sessions(source.instrument.sessions)
        start = start_of(data.start, sessions, zone) if data.start else None
        end = end_of(data.end, sessions, zone) if data.end else None
        windows.append(WindowSource(source, start, end))
    if all(next(window.events(), None) is None for window in windows):
        raise ConfigError(
            f"no record lies from {data.start or 'the beginning'} to {data.end or 'the end'}; see anyvenue data info",
            code="config.window_empty",
            start=data.start or "",
            end=data.end or "",
        )
    return Feed(windows)


def venue_options(
    settings: Settings, venue: VenueChoice, instruments: Sequence[Instrument]
) -> VenueOptions:
    """Return the venue for a run over `instruments`; raise ConfigError or DataError."""
    sim = settings.config.sim
    fees = parse_fees(venue.fees) if venue.fees and not is_table(venue.fees) else None
    margin = parse_margin(venue.margin) if venue.margin and not is_table(venue.margin) else None
    latencies = (venue.latency_ms, sim.latency_ms, venue.usual_latency_ms)
    return VenueOptions(
        settings=sim.account,
        latency_ms=next(each for each in latencies if each is not None),
        latency_jitter_ms=sim.latency_jitter_ms,
        seed=sim.seed if venue.seed is None else venue.seed,
        hours=sim.hours or venue.hours,
        when_closed=sim.when_closed,
        matching=venue.matching or sim.matching,
        queue_model=_queue_model(venue, sim),
        fees={each.id: fees for each in instruments} if fees else {},
        margins={each.id: margin for each in instruments} if margin else {},
        rolls=read_rolls(venue.rolls, instruments),
        funding=read_funding(venue.funding, instruments),
    )


def _queue_model(venue: VenueChoice, sim: SimConfig) -> str:
    """Return the queue model; raise ConfigError for one that was asked for where nothing queues."""
    matching = venue.matching or sim.matching
    if venue.queue_model and matching != "queue":
        raise ConfigError(
            f"--queue-model was {venue.queue_model!r}, but matching is {matching!r}: add --matching queue",
            code="config.queue_model_unused",
            key="queue_model",
            value=venue.queue_model,
            matching=matching,
        )
    return venue.queue_model or sim.queue_model


def parse_cash(text: str | None, settings: Settings) -> Cash:
    """Return what ``--cash`` says, else the configuration: ``1000000``, or ``CNY=1000000,USD=50000``."""
    if not text:
        return settings.config.sim.cash
    if "=" not in text:
        return _amount(text, text)
    pairs = (part.partition("=") for part in text.split(","))
    return {name.strip().upper(): _amount(amount, text) for name, _, amount in pairs}


def _amount(word: str, text: str) -> Decimal:
    try:
        amount = Decimal(word.strip().replace("_", ""))
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount <= 0:
        raise ConfigError(
            f"--cash was {text!r}; expected an amount (1000000) or amounts by currency (CNY=1000000,USD=50000)",
            code="config.cash",
            value=text,
        )
    return amount

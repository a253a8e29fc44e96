"""An exchange of one's own, plugged into a node by a link: what backtest and paper share."""

from collections.abc import Callable, Mapping

import msgspec

from anyvenue.model.errors import ConfigError
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import FeeSchedule, Instrument, MarginSchedule
from anyvenue.model.market import FundingRate
from anyvenue.oms.account_state import AccountSettings
from anyvenue.oms.rates import RateBook
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import SessionCalendar, get_sessions
from anyvenue.sim.exchange import Exchange
from anyvenue.sim.faults import FaultPlan
from anyvenue.sim.latency import FixedLatency, LatencyModel, NoLatency, RandomLatency
from anyvenue.sim.queue_models import get_share

__all__ = ["VenueOptions", "hours_of", "make_exchange", "make_latency", "make_rates"]

Lookup = Callable[[InstrumentId], Instrument]
SessionsOf = Callable[[Instrument], SessionCalendar]


class VenueOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How the simulated venue behaves.

    `latency_ms` delays commands, `latency_jitter_ms` adds a random tail to commands and reports. `hours` is ``real``
    or ``always`` (24x7). `when_closed` is ``queue`` or ``reject``. `fees` and `margins` go by instrument or product
    id and come before the tables; `default_fee` and `default_margin` stand in where the tables know nothing. `rolls`
    has the roll days (yyyymmdd) of continuous series, `funding` the recorded rates of perpetuals
    (`anyvenue.data.funding`). `calendar` has the hours of every market instead of `hours`:
    those of a loop. `match_on_arrival` lets an order meet the standing snapshot also without latency, as at a served
    exchange, instead of the next one. `matching` is ``touch``, ``queue``, ``maker`` or ``book``
    (`anyvenue.sim.exchange`); `queue_model` says in ``queue`` how cancellations move an order forward:
    ``risk_averse``, ``power2``, ``log`` or ``uniform`` (`anyvenue.sim.queue_models`).
    """

    settings: AccountSettings = AccountSettings()
    latency_ms: float = 0.0
    latency_jitter_ms: float = 0.0
    seed: int = 1
    faults: FaultPlan | None = None
    hours: str = "real"
    when_closed: str = "queue"
    fees: Mapping[str, FeeSchedule] = {}
    margins: Mapping[str, MarginSchedule] = {}
    default_fee: FeeSchedule | None = None
    default_margin: MarginSchedule | None = None
    rolls: Mapping[InstrumentId, frozenset[int]] = {}
    funding: tuple[FundingRate, ...] = ()
    calendar: SessionCalendar | None = None
    matching: str = "touch"
    queue_model: str = "power2"
    match_on_arrival: bool = False


def make_rates(options: VenueOptions) -> RateBook:
    """Return the rate book that the options describe."""
    return RateBook(
        dict(options.fees), dict(options.margins), options.default_fee, options.default_margin
    )


def make_latency(options: VenueOptions) -> LatencyModel:
    """Return the latency model that the options describe."""
    base, jitter = int(options.latency_ms * 1e6), int(options.latency_jitter_ms * 1e6)
    if jitter:
        return RandomLatency(base, jitter, options.seed)
    return FixedLatency(base) if base else NoLatency()


def make_exchange(
    options: VenueOptions, instruments: Lookup, sessions_of: SessionsOf, keep_done: bool = False
) -> Exchange:
    """Return the exchange that the options describe, without accounts; raise ConfigError for an unknown matching.

    `keep_done` false forgets orders that are done, which a network that repeats requests does not allow: the exchange
    knows a repeated request by the order it made.
    """
    get_share(options.queue_model)  # a misspelt one is an error also where it does not matter
    # Whatever the plan says now: a link may be given another one while it runs.
    repeats = options.faults is not None
    return Exchange(
        instruments,
        sessions_of,
        match_on_arrival=options.match_on_arrival or not make_latency(options).zero,
        when_closed=options.when_closed,
        keep_done=keep_done or repeats,
        rolls=dict(options.rolls),
        funding=options.funding,
        matching=options.matching,
        queue_model=options.queue_model,
    )


def hours_of(options: VenueOptions, catalog: Catalog) -> SessionsOf:
    """Return how trading hours are looked up: the real ones of the catalogue, or always open."""
    calendar = options.calendar
    if calendar is not None:
        return lambda instrument: calendar
    if options.hours == "always":
        return _always
    if options.hours != "real":
        raise ConfigError(
            f"hours was {options.hours!r}; expected real or always",
            key="hours",
            value=options.hours,
        )
    return lambda instrument: catalog.sessions(instrument.sessions)


def _always(instrument: Instrument) -> SessionCalendar:
    return get_sessions("always")

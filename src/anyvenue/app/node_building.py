"""From the configuration to a live node: its venues, accounts, strategies, journal and service."""

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from hashlib import blake2b
from pathlib import Path

import msgspec
from msgspec.structs import asdict, replace

from anyvenue import __version__
from anyvenue.app.accounts import AccountConfig
from anyvenue.app.config import StrategyConfig, VenueTerms
from anyvenue.app.faces.config import FacesConfig
from anyvenue.app.faces.making import make_faces
from anyvenue.app.masking import masked
from anyvenue.app.recorded_terms import pack_terms
from anyvenue.app.settings import Settings
from anyvenue.app.simulation import VenueChoice, venue_options
from anyvenue.app.strategies import load_strategy
from anyvenue.data.store import open_store
from anyvenue.engine.live import DryDriver, LiveNode, StrategySpec, Supervisor
from anyvenue.engine.live.following import FollowingClock
from anyvenue.engine.live.requests import RequestTerms
from anyvenue.engine.live.service import Service, ServiceTerms
from anyvenue.engine.live.tape import Tape
from anyvenue.engine.simulated import cash_of
from anyvenue.engine.slowness import SlowLimit
from anyvenue.engine.strategy_process.terms import PATIENT, ProcessTerms, StrategyCode
from anyvenue.engine.venue import VenueOptions, hours_of, make_rates
from anyvenue.model.errors import ConfigError
from anyvenue.model.events import Event
from anyvenue.model.ids import AccountId
from anyvenue.model.instruments import Instrument
from anyvenue.model.protocols import Clock, Driver, RequestLimit
from anyvenue.reference.catalog import Catalog
from anyvenue.runtime.clock import LiveClock
from anyvenue.runtime.processes import HostedDriver
from anyvenue.strategy.parameters import coerce
from anyvenue.venues.registry import Venue, find_venue
from anyvenue.venues.settings import VenueConfig

__all__ = ["NodeChoice", "build_service", "driver_of", "journal_folder"]

_STORE = "market.sqlite"
_LOADER = "anyvenue.app.strategies:load_strategy"
_IN_CHILD = "anyvenue.venues.registry:driver_from"

Logger = Callable[[str, str], None]
Alerting = Callable[[Mapping[str, object]], None]


class NodeChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Which accounts and strategies of the configuration, in earnest or dry, and where the journal is.

    `cash` is what a dry run has instead of the account's money at the venue; a bare amount is in every currency needed.
    """

    strategies: Mapping[str, StrategyConfig]
    accounts: Sequence[AccountConfig]
    live: bool
    journal: Path | None = None
    cash: Decimal | Mapping[str, Decimal] | None = None
    metrics_port: int | None = None
    faces: FacesConfig = FacesConfig()


def build_service(
    settings: Settings,
    environ: Mapping[str, str],
    choice: NodeChoice,
    logger: Logger,
    alert: Alerting,
) -> Service:
    """Return the service, recovered from its journal and not started.

    Raise ConfigError, AccountError, StrategyError or JournalError for what is wrong before anything is connected.
    """
    builder = _Builder(settings, environ, choice, logger)
    node = builder.node
    for account in choice.accounts:
        builder.add_account(account)
    supervisor = Supervisor(node, SlowLimit())
    for name, strategy in choice.strategies.items():
        supervisor.add(builder.spec(name, strategy))
    if choice.journal is not None:
        node.open_journal(
            choice.journal,
            sync=settings.config.node.sync,
            config_hash=blake2b(msgspec.json.encode(settings.config), digest_size=8).hexdigest(),
            version=__version__,
        )
    terms = ServiceTerms(
        folder=choice.journal,
        metrics_port=choice.metrics_port,
        stop_timeout_s=settings.config.node.stop_timeout_s,
    )
    recorded = choice.journal is not None and settings.config.node.record
    store = open_store(choice.journal / _STORE) if choice.journal and recorded else None
    clock = builder.stamping_clock
    tape = builder.tape(supervisor) if recorded else None
    faces = make_faces(choice.faces, environ, node, choice.journal)
    return Service(
        node, supervisor, terms, clock=clock, alert=alert, store=store, tape=tape, faces=faces
    )


def driver_of(account: AccountConfig, environ: Mapping[str, str]) -> Driver:
    """Return the driver of an account, with its secrets; raise ConfigError."""
    return find_venue(account.venue).make_driver(account.reveal(environ), account=account.name)


def journal_folder(settings: Settings, given: Path | None, run_of: str = "") -> Path | None:
    """Return the folder of a journal: what was given, else the configuration's, of which single runs have a part."""
    if given is not None:
        return given
    kept = settings.config.node.journal
    if kept is None:
        return None
    base = Path(kept).expanduser()
    if not base.is_absolute() and settings.path is not None:
        base = settings.path.parent / base
    return base / f"run-{run_of}" if run_of else base


class _Builder:
    """A node in the making."""

    def __init__(
        self, settings: Settings, environ: Mapping[str, str], choice: NodeChoice, logger: Logger
    ) -> None:
        self._settings = settings
        self._environ = environ
        self._choice = choice
        venues = [find_venue(each.venue) for each in choice.accounts]
        own_time = any(each.own_time for each in venues)
        wall = LiveClock()
        self._following = FollowingClock(wall) if own_time else None
        self._clock: Clock = self._following or wall
        self.stamping_clock: Clock | None = None if own_time else wall
        self._catalog = _catalog(settings, own_time)
        self._instruments = {
            name: tuple(self._catalog.resolve(text) for text in each.instruments)
            for name, each in choice.strategies.items()
        }
        self._options = self._venue_options(venues)
        self._ids: dict[str, AccountId] = {}
        self._names = _venue_names(choice.accounts)
        self.node = LiveNode(
            self._catalog,
            name=settings.config.node.name,
            clock=self._clock,
            sessions_of=hours_of(self._options, self._catalog),
            risk=settings.config.risk,
            logger=logger,
        )
        if self._following is not None and choice.live:
            self.node.before.append(self._following.heard)
        if self._following is not None:
            following = self._following
            self.node.on_snapshot.append(lambda snapshot: following.set(snapshot.ts_as_of))

    def add_account(self, account: AccountConfig) -> None:
        config = account.reveal(self._environ)
        driver = self._driver(account, config)
        # What the venue calls it is the driver's affair: two venues may have accounts of one name.
        account_id = AccountId(account.name)
        used = driver if self._choice.live else self._dry(driver, account_id)
        self.node.add_venue(used, self._requests(account.venue))
        self.node.add_account(
            account_id, used.venue, make_rates(self._options), self._options.settings
        )
        self._ids[account.name] = account_id

    def _driver(self, account: AccountConfig, config: VenueConfig) -> Driver:
        known_as = self._names[account.name]
        terms = self._settings.config.venues.get(account.venue, VenueTerms())
        found = find_venue(account.venue)
        # By themselves they go where they can: hosting needs a POSIX system.
        own = "node" if sys.platform == "win32" else found.host
        if (terms.host or own) == "node":
            return found.make_driver(config, known_as, account.name)
        # The child gets the secrets through its pipe, never on its command line.
        plain = {
            "venue": account.venue,
            "known_as": known_as,
            "settings": asdict(config),
            "account": account.name,
        }
        return HostedDriver(
            _IN_CHILD,
            plain,
            clock=self._clock,
            on_output=lambda line: self.node.log(account.name, masked(line)),
        )

    def _requests(self, venue: str) -> RequestTerms:
        terms = self._settings.config.venues.get(venue, VenueTerms())
        return RequestTerms(
            limits=tuple(
                RequestLimit(name=name, **asdict(each)) for name, each in terms.requests.items()
            ),
            queue=terms.queue,
            longest_wait_s=terms.longest_wait_s,
        )

    def tape(self, supervisor: Supervisor) -> Tape | None:
        """Return what records the node beside its journal."""
        folder = self._choice.journal
        if folder is None:
            return None
        kept = pack_terms(self._settings, self._catalog.date, self._options.hours)
        return Tape(self.node, supervisor, folder, terms=kept, version=__version__)

    def spec(self, name: str, strategy: StrategyConfig) -> StrategySpec:
        account = self._ids.get(strategy.account)
        if account is None:
            self._settings.account(strategy.account)  # which says what there is
            raise ConfigError(f"account {strategy.account} has no place in this node")
        found = load_strategy(strategy.strategy)
        coerce(found, strategy.parameters)
        return StrategySpec(
            name=name,
            load=partial(load_strategy, strategy.strategy),
            account=account,
            instruments=self._instruments[name],
            parameters=strategy.parameters,
            schedule=strategy.schedule,
            retry_unsent_s=strategy.retry_unsent_s,
            restarts=strategy.restarts,
            on_error=strategy.on_error,
            process=self._process(name, strategy),
        )

    def _process(self, name: str, strategy: StrategyConfig) -> ProcessTerms | None:
        if strategy.host == "node":
            return None
        if sys.platform == "win32":
            raise ConfigError(
                f'strategies.{name}: host = "process" needs Linux or macOS; leave it out here',
                code="config.host",
                key=f"strategies.{name}.host",
                strategy=name,
            )
        return ProcessTerms(
            code=StrategyCode(_LOADER, (strategy.strategy,)),
            options=replace(PATIENT, heartbeat_s=strategy.patience_s / PATIENT.silent_beats),
            on_output=lambda line: self.node.log(name, masked(line)),
        )

    def _dry(self, driver: Driver, account: AccountId) -> Driver:
        cash = self._choice.cash
        return DryDriver(
            driver,
            account,
            self.node.node.instrument,
            self.node.node.sessions_of,
            self._options,
            self._clock,
            None if cash is None else cash_of(cash, self._traded()),
            self._heard,
        )

    def _heard(self, event: Event) -> None:
        if self._following is not None:
            self._following.heard(event)

    def _venue_options(self, venues: Sequence[Venue]) -> VenueOptions:
        hours = "always" if any(each.own_time for each in venues) else "real"
        choice = VenueChoice(hours=hours, usual_latency_ms=1.0, matching="touch")
        return venue_options(self._settings, choice, self._traded())

    def _traded(self) -> list[Instrument]:
        found = {each.id: each for several in self._instruments.values() for each in several}
        return list(found.values())


def _catalog(settings: Settings, own_time: bool) -> Catalog:
    """Return the instruments of today; a venue with a time of its own has the day of its own, ours by default."""
    if own_time:
        return settings.catalog()
    return settings.catalog(int(datetime.now(UTC).strftime("%Y%m%d")))


def _venue_names(accounts: Sequence[AccountConfig]) -> dict[str, str]:
    """Return by which name a node knows the venue of each account: its own where there is only one account."""
    count: dict[str, int] = {}
    for each in accounts:
        count[each.venue] = count.get(each.venue, 0) + 1
    return {
        each.name: f"{each.venue}/{each.name}" if count[each.venue] > 1 else "" for each in accounts
    }

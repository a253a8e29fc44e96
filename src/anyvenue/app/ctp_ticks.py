"""Tick strategies over a CTP counter and the simulated exchange in this process: time goes as the ticks do."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from anyvenue.engine.prompt_broker import PromptBroker
from anyvenue.engine.venue import VenueOptions, hours_of
from anyvenue.model.errors import ConfigError
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import MarketData
from anyvenue.reference.catalog import Catalog
from anyvenue.venues.ctp.counter.counter import Counter
from anyvenue.venues.ctp.counter.profile import Profile
from anyvenue.venues.ctp.description import describe
from anyvenue.venues.ctp.ticks.host import TickHost
from anyvenue.venues.ctp.ticks.inside import open_inside
from anyvenue.venues.ctp.ticks.login import Login
from anyvenue.venues.ctp.ticks.rules import OUR_COUNTER, Rules
from anyvenue.venues.ctp.ticks.strategy import TickStrategy

__all__ = ["TickMarket", "simulate"]

_BROKER_ID = "9999"
_PROFILE = Profile(name="ticks", broker_id=_BROKER_ID, queries_per_second=0)
_OPTIONS = VenueOptions(when_closed="reject", match_on_arrival=True)
_CASH = Decimal(1_000_000)


class TickMarket:
    """A market with a CTP counter at `counter`; `pass_time` and `on_market` move it, strategies follow at once."""

    def __init__(
        self,
        instruments: Sequence[Instrument],
        start: int,
        *,
        catalog: Catalog | None = None,
        options: VenueOptions | None = None,
        profile: Profile | None = None,
        api: str = "ctp",
        version: str = "",
    ) -> None:
        """List `instruments` at `start` (int ns UTC); others that are asked for come from `catalog`.

        Strategies get the structs of the API `api` (``ctp``, ``opt``, ``mini``) at `version`, "" for the newest.
        """
        options = options or _OPTIONS
        if options.latency_ms or options.latency_jitter_ms:
            raise ConfigError(
                "ticks are simulated without latency here: a counter in one process answers at once",
                key="latency_ms",
            )
        catalog = catalog or Catalog()
        find = catalog.get
        listed = {each.id: each for each in instruments}
        hours = hours_of(options, catalog)
        self.broker = PromptBroker(lambda name: listed.get(name) or find(name), hours, options)
        self.broker.list_instruments(instruments, start)
        self.counter = Counter(
            self.broker,
            msgspec.structs.replace(profile or _PROFILE, api="opt" if api == "opt" else "ctp"),
            now=lambda: self.broker.now,
            admin=self.broker,
            execute=self.broker.command,
            sessions_of=hours,
        )
        self.description = describe(api, version)
        self._hosts: list[TickHost] = []

    def add(
        self,
        strategy: TickStrategy,
        user: str = "user",
        cash: Mapping[str, Decimal] | None = None,
        rules: Rules = OUR_COUNTER,
    ) -> TickHost:
        """Run a strategy in the account `user`, which is opened with `cash` (by currency) where there is none."""
        if self.counter.context.members.find(user) is None:
            self.counter.enrol(user, "", deposits={"CNY": _CASH} if cash is None else cash)
        profile = self.counter.context.profile
        app = profile.apps[0] if profile.apps else None
        login = Login(
            profile.broker_id or _BROKER_ID,
            user,
            app_id=app.app_id if app else "",
            auth_code=app.auth_code if app else "",
        )
        host = TickHost(
            strategy,
            login,
            lambda post: open_inside(self.counter, True, post, self._now, self.description),
            lambda post: open_inside(self.counter, False, post, self._now, self.description),
            self._now,
            rules=rules,
            query_gap_s=0.0,
        )
        self._hosts.append(host)
        host.start([], [])
        self.settle_down()
        return host

    def _now(self) -> int:
        return self.broker.now

    def on_market(self, event: MarketData) -> None:
        """Let the market move: to the event's time first, then by it."""
        self.pass_time(event.ts_recv)
        self.broker.on_market(event)
        self.settle_down()

    def pass_time(self, to: int) -> None:
        """Let everything happen that is due by `to`, days' ends too."""
        while min(self.broker.due, self.counter.due) <= to:
            if self.broker.due <= self.counter.due:
                self.broker.run_due()
            else:
                self.broker.now = max(self.broker.now, self.counter.due)
                self.counter.run_due(self.broker.now)
            self.settle_down()
        self.broker.now = max(self.broker.now, to)

    def settle_down(self) -> None:
        """Let strategies and exchange answer each other until nobody has anything to say."""
        busy = True
        while busy:
            busy = False
            for host in self._hosts:
                busy = host.run_pending() > 0 or busy
            if self.broker.due <= self.broker.now:
                self.broker.arrive()
                busy = True

    def close(self) -> None:
        """End the strategies and the counter."""
        for host in self._hosts:
            host.close()
        self.counter.close()


def simulate(
    strategy: TickStrategy,
    ticks: Iterable[MarketData],
    instruments: Sequence[Instrument],
    *,
    cash: Mapping[str, Decimal] | None = None,
    catalog: Catalog | None = None,
    options: VenueOptions | None = None,
    profile: Profile | None = None,
    api: str = "ctp",
) -> TickHost:
    """Run a strategy over recorded ticks and return its host, whose `desk` has the account of the end.

    `ticks` are in the order of their times, such as `anyvenue.data.readers.open_source(path).events()`, `instruments`
    what the exchange lists. The same strategy runs at a counter with `anyvenue.ctp.ticks.run`. Raise what the strategy
    raises, and ConfigError.
    """
    market: TickMarket | None = None
    host: TickHost | None = None
    try:
        for tick in ticks:
            if market is None:
                market = TickMarket(
                    instruments,
                    tick.ts_recv,
                    catalog=catalog,
                    options=options,
                    profile=profile,
                    api=api,
                )
                host = market.add(strategy, cash=cash)
            market.on_market(tick)
    finally:
        if market is not None:
            market.close()
    if host is None:
        raise ConfigError("there was no tick to run on", key="ticks")
    return host

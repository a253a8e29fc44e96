"""Strategies that clients of the JSON service start: real ones, in a live node over the service's own exchange."""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import cast

from anyvenue.app.accounts import AccountConfig
from anyvenue.app.node_building import NodeChoice, build_service
from anyvenue.app.settings import Settings
from anyvenue.app.strategies import known_strategies, load_strategy
from anyvenue.engine.hosting.exchange import HostedExchange
from anyvenue.engine.live import StrategySpec
from anyvenue.engine.live.service import Service
from anyvenue.model.errors import AnyvenueError, ConfigError, StrategyError
from anyvenue.model.ids import AccountId, StrategyId
from anyvenue.model.instruments import Instrument
from anyvenue.model.protocols import StrategyStatus
from anyvenue.strategy.parameters import coerce, require_all
from anyvenue.venues.paper.keeper import Keeper
from anyvenue.venues.paper.passwords import hashed
from anyvenue.venues.paper.server import ExchangeServer, ServerTerms

__all__ = ["WebStrategies"]

_RESTARTS = 3
_PASSWORD_BYTES = 24
_LONGEST = 6


class WebStrategies:
    """Implements `Supervisor` over a hosted exchange: a node for each account that strategies trade.

    `register` takes two parameters besides the strategy's own: ``account`` and ``instruments`` (codes with commas
    between); a third, ``error_threshold``, is how often it is started again after a fault. Only strategies with a name
    are taken: a client may not name files of this machine.
    """

    def __init__(
        self, exchange: HostedExchange, settings: Settings, note: Callable[[str], None]
    ) -> None:
        """Begin with no strategy and no node."""
        self._exchange = exchange
        self._settings = settings
        self._note = note
        self._specs: dict[str, StrategySpec] = {}
        self._desks: dict[AccountId, _Desk] = {}
        self._way: _Way | None = None

    # ---- Supervisor

    def register(self, name: StrategyId, source: str, parameters: dict[str, str]) -> None:
        """Check a strategy and remember it; raise StrategyError or ConfigError."""
        known = [each.name for each in known_strategies()]
        if source not in known:
            raise StrategyError(
                f"there is no strategy {source!r}; known: {', '.join(known)}",
                code="strategy.unknown",
                strategy=source,
                known=known,
                nearest="",
            )
        own = dict(parameters)
        account = AccountId(own.pop("account"))
        codes = [each for each in own.pop("instruments", "").split(",") if each]
        restarts = own.pop("error_threshold", str(_RESTARTS))
        kind = load_strategy(source)
        values = coerce(kind, own)
        require_all(kind, values)
        self._exchange.account(account)
        self._specs[name] = StrategySpec(
            name=name,
            load=partial(load_strategy, source),
            account=account,
            instruments=self._found(codes),
            parameters=values,
            restarts=_whole(restarts),
        )

    def start(self, name: StrategyId) -> None:
        """Start it, in the account's node, which is started where there is none."""
        spec = self._find(name)
        desk = self._desks.get(spec.account)
        if desk is None or desk.over:
            if self._way is None:
                self._way = _Way(self._exchange)
            desk = self._desks[spec.account] = _Desk(
                self._way, self._settings, spec.account, self._note
            )
        desk.start(spec)

    def stop(self, name: StrategyId) -> None:
        """Stop it; its orders are cancelled."""
        desk = self._desks.get(self._find(name).account)
        if desk is not None:
            desk.stop(name)

    def status(self) -> Sequence[StrategyStatus]:
        """Return the status of all strategies by name."""
        return [self._status(name, spec) for name, spec in sorted(self._specs.items())]

    async def close(self) -> None:
        """Stop every strategy, cancel its orders, and end the nodes."""
        await asyncio.gather(*(desk.close() for desk in self._desks.values()))
        if self._way is not None:
            await self._way.close()

    # ---- inside

    def _find(self, name: str) -> StrategySpec:
        spec = self._specs.get(name)
        if spec is None:
            raise StrategyError(
                f"no strategy {name!r} is registered", code="strategy.unknown", strategy=name
            )
        return spec

    def _found(self, codes: Sequence[str]) -> tuple[Instrument, ...]:
        listed = {each.symbol: each for each in self._exchange.instruments()}
        unknown = [code for code in codes if code not in listed]
        if unknown or not codes:
            raise ConfigError(
                f"SubscribedInstruments was {', '.join(codes) or 'empty'}; there are: {', '.join(listed)}",
                key="SubscribedInstruments",
                value=",".join(unknown),
            )
        return tuple(listed[code] for code in codes)

    def _status(self, name: str, spec: StrategySpec) -> StrategyStatus:
        desk = self._desks.get(spec.account)
        state, error = desk.state_of(name) if desk is not None else ("new", "")
        shown = tuple((key, str(value)) for key, value in spec.parameters.items())
        return StrategyStatus(StrategyId(name), state, error, shown)


def _whole(text: str) -> int:
    """Return a whole number, raise ConfigError for anything else."""
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST):
        raise ConfigError(
            f"error_threshold was {text[:20]!r}; a whole number is expected",
            key="error_threshold",
            value=text[:20],
        )
    return int(text)


class _Way:
    """The exchange's own server on a port of this machine, with a password that nobody else has."""

    def __init__(self, exchange: HostedExchange) -> None:
        self.password = secrets.token_urlsafe(_PASSWORD_BYTES)
        self.token = secrets.token_urlsafe(_PASSWORD_BYTES)
        self._exchange = exchange
        self._server: ExchangeServer | None = None
        self._port = 0
        self._opening = asyncio.Lock()

    async def port(self) -> int:
        """Listen, if it does not yet, and return the port."""
        async with self._opening:
            if self._server is None:
                loop = asyncio.get_running_loop()
                secret = await loop.run_in_executor(None, hashed, self.password)
                keeper = cast(Keeper, _Inside(self._exchange, secret))
                terms = ServerTerms(token=self.token, name="webctp")
                self._server = ExchangeServer(self._exchange, keeper, terms)
                _, self._port = await self._server.start()
        return self._port

    async def close(self) -> None:
        if self._server is not None:
            await self._server.close()


class _Inside:
    """The exchange as a keeper for which one password opens every account."""

    def __init__(self, exchange: HostedExchange, secret: str) -> None:
        self._exchange = exchange
        self._secret = secret

    def secret(self, _account: AccountId) -> str:
        return self._secret

    def __getattr__(self, name: str) -> object:
        return getattr(self._exchange, name)


class _Desk:
    """The node of one account."""

    def __init__(
        self, way: _Way, settings: Settings, account: AccountId, note: Callable[[str], None]
    ) -> None:
        self._way = way
        self._settings = settings
        self._account = account
        self._note = note
        self._failure = ""
        self._waiting: dict[str, StrategySpec] = {}
        self._service: Service | None = None
        self._task = asyncio.create_task(self._run())

    @property
    def over(self) -> bool:
        return self._task.done()

    def start(self, spec: StrategySpec) -> None:
        service = self._service
        if service is None or not service.started.is_set():
            self._waiting[spec.name] = spec
            return
        supervisor = service.supervisor
        before = supervisor.strategies.get(spec.name)
        if before is None:
            supervisor.add(spec)
        else:  # registered anew, perhaps with other code
            before.spec, before.parameters = spec, dict(spec.parameters)
        supervisor.start(spec.name)

    def stop(self, name: str) -> None:
        self._waiting.pop(name, None)
        if self._service is not None and name in self._service.supervisor.strategies:
            self._service.supervisor.stop(name)

    def state_of(self, name: str) -> tuple[str, str]:
        if self._failure:
            return "faulted", self._failure
        if name in self._waiting:
            return "starting", ""
        hosts = self._service.node.node.hosts if self._service is not None else {}
        host = hosts.get(StrategyId(name))
        return (host.state, str(host.fault or "")) if host is not None else ("new", "")

    async def close(self) -> None:
        if self._service is not None:
            self._service.stop_requested.set()
        else:
            self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        try:
            await self._serve()
        except (AnyvenueError, TimeoutError) as error:
            self._failure = getattr(error, "text", "") or type(error).__name__
            self._note(f"strategies of {self._account} have ended: {self._failure}")

    async def _serve(self) -> None:
        service = self._service = await self._made()
        running = asyncio.create_task(service.run())
        started = asyncio.create_task(service.started.wait())
        try:
            await asyncio.wait((running, started), return_when=asyncio.FIRST_COMPLETED)
            waiting, self._waiting = self._waiting, {}
            if not running.done():
                for spec in waiting.values():
                    self._try(spec)
            await running
        finally:
            started.cancel()

    def _try(self, spec: StrategySpec) -> None:
        try:
            self.start(spec)
        except AnyvenueError as error:
            self._note(f"strategy {spec.name} cannot be started: {error.text}")

    async def _made(self) -> Service:
        settings: dict[str, str | int] = {
            "account": str(self._account),
            "password": self._way.password,
            "token": self._way.token,
            "port": await self._way.port(),
            "session": "webctp",
        }
        account = AccountConfig(name=str(self._account), venue="paper", settings=settings)
        choice = NodeChoice(strategies={}, accounts=[account], live=True)
        return build_service(self._settings, {}, choice, self._log, self._alert)

    def _log(self, source: str, text: str) -> None:
        self._note(f"strategies of {self._account}: {source}: {text}")

    def _alert(self, alert: Mapping[str, object]) -> None:
        if alert.get("level") != "info":
            self._note(f"strategies of {self._account}: {alert.get('text', '')}")

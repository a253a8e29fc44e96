"""The JSON door put together: over a simulated exchange's counter, or over a real CTP front."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Never

import msgspec

from anyvenue.app.ctp_service import CounterChoice, counter_over, run_exchange
from anyvenue.app.exchange_market import ExchangeChoice, host_exchange
from anyvenue.app.settings import Settings
from anyvenue.app.webctp_strategies import WebStrategies
from anyvenue.model.errors import ConfigError
from anyvenue.model.protocols import Supervisor
from anyvenue.runtime.clock import LiveClock
from anyvenue.venues.ctp.counter.seam import CounterDoors
from anyvenue.venues.ctp.json.audit import Audit
from anyvenue.venues.ctp.json.config_o_h import WebctpConfig, read_config
from anyvenue.venues.ctp.json.limits import Limits
from anyvenue.venues.ctp.json.terms import UpstreamTerms
from anyvenue.venues.ctp.json.tokens import Token, Tokens, read_tokens
from anyvenue.venues.paper.encryption import server_tls

if TYPE_CHECKING:
    from anyvenue.venues.ctp.counter.counter import Counter
    from anyvenue.venues.ctp.json.features import Features
    from anyvenue.venues.ctp.json.fronts import FrontDoors
    from anyvenue.venues.ctp.json.service import JsonDoor

__all__ = ["Opened", "WebctpChoice", "open_webctp"]

_TYPES = ("td", "md", "dev")
_AUDIT = "webctp-audit.jsonl"
_LOOPBACK = "127.0.0.1"


class WebctpChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What the options say; `ports` are those of ``--port`` and ``--md-port``, `certificate` its file and the key's."""

    exchange: ExchangeChoice
    config: Path | None = None
    app_type: str = "dev"
    sim: bool = False
    library: str = "ctp"
    host: str | None = None
    ports: tuple[int | None, int | None] = (None, None)
    tokens: Path | None = None
    certificate: tuple[Path | None, Path | None] = (None, None)
    audit: Path | None = None
    deflate: int = 0
    requests_per_second: float = 200.0
    legacy: bool = False
    webhook: str = ""
    profile: str = "simnow"
    users: Sequence[str] = ()
    deposits: Mapping[str, Decimal] | None = None


def open_webctp(
    settings: Settings,
    choice: WebctpChoice,
    environ: Mapping[str, str],
    note: Callable[[str], None],
) -> "Opened":
    """Return a service that is ready to start; raise ConfigError, DataError or JournalError. Needs a running loop."""
    if choice.app_type not in _TYPES:
        raise ConfigError(
            f"--app_type was {choice.app_type!r}; expected {', '.join(_TYPES)}",
            key="app_type",
            value=choice.app_type,
        )
    config = read_config(choice.config, environ)
    _check_aiohttp()
    tokens = _tokens(choice, config)
    wanted = _fronts(choice, config)
    if wanted and not choice.sim:
        return _Real(settings, choice, config, tokens, note)
    return _Simulated(settings, choice, config, tokens, note)


class Opened:
    """A service and what it stands on."""

    real = False
    instruments: Sequence[str] = ()
    fronts: Sequence[str] = ()
    anybody = ""
    unkept = ""

    def __init__(
        self,
        choice: WebctpChoice,
        config: WebctpConfig,
        tokens: Tokens,
        note: Callable[[str], None],
    ) -> None:
        """Remember the choice; the kinds add what is served."""
        self.broker_id = config.broker_id
        self.td_url = self.md_url = ""
        self.door: JsonDoor
        self.features: Features
        self._choice = choice
        self._config = config
        self._tokens = tokens
        self._note = note
        self._audit: Audit | None = None
        self._stopped = asyncio.Event()

    def request_stop(self) -> None:
        """End `run`."""
        self._stopped.set()

    async def start(self) -> None:
        """Listen; raise ConfigError for an address that is taken, or public without a token."""
        choice, config = self._choice, self._config
        certificate, key = choice.certificate
        if (certificate is None) != (key is None):
            raise ConfigError(
                "--tls-cert and --tls-key go together: give both, or neither",
                code="config.tls_half",
            )
        await self.features.start()
        tls = server_tls(certificate, key) if certificate is not None and key is not None else None
        scheme = "ws" if tls is None else "wss"
        host = choice.host or config.host or _LOOPBACK
        port, md_port = choice.ports
        port = config.port if port is None else port
        td, md = choice.app_type != "md", choice.app_type != "td"
        apart = md and td and md_port is not None and md_port != port
        at = await self.door.start(host, port, td=td, md=md and not apart, tls=tls)
        url = f"{scheme}://{at[0]}:{at[1]}"
        self.td_url = f"{url}/td/" if td else ""
        self.md_url = f"{url}/md/" if md else ""
        if apart and md_port is not None:
            at = await self.door.start(host, md_port, td=False, md=True, tls=tls)
            self.md_url = f"{scheme}://{at[0]}:{at[1]}/md/"

    async def run(self) -> None:
        """Serve until it is asked to stop."""
        await self._stopped.wait()

    async def close(self) -> None:
        """End everything."""
        await self.features.close()
        await self.door.close()
        if self._audit is not None:
            self._audit.close()

    def _make_door(self, doors: CounterDoors, upstream: UpstreamTerms, folder: Path | None) -> None:
        from anyvenue.venues.ctp.json.features import Features
        from anyvenue.venues.ctp.json.features.from_config import terms_of
        from anyvenue.venues.ctp.json.features.wiring import attach
        from anyvenue.venues.ctp.json.service import JsonDoor, JsonTerms

        choice, config = self._choice, self._config
        path = choice.audit or (folder / _AUDIT if folder is not None else None)
        self._audit = Audit(path) if path is not None else None
        terms = JsonTerms(
            upstream=upstream,
            limits=Limits(requests_per_second=choice.requests_per_second),
            legacy=choice.legacy,
            heartbeat_s=config.heartbeat_s,
            heartbeat_timeout_s=config.heartbeat_timeout_s,
            deflate=choice.deflate,
        )
        clock = LiveClock()
        self.features = Features(
            terms_of(config, choice.webhook),
            now=clock.now,
            note=self._note,
            supervisor=self._supervisor(),
        )
        self.door = JsonDoor(
            doors, terms, self._tokens, now=clock.now, audit=self._audit, note=self._note
        )
        attach(self.door, self.features)

    def _supervisor(self) -> Supervisor | None:
        """Return what runs strategies, None where nothing does."""
        return None


class _Simulated(Opened):
    def __init__(
        self,
        settings: Settings,
        choice: WebctpChoice,
        config: WebctpConfig,
        tokens: Tokens,
        note: Callable[[str], None],
    ) -> None:
        super().__init__(choice, config, tokens, note)
        self._exchange = host_exchange(settings, choice.exchange)
        self._strategies = WebStrategies(self._exchange, settings, note)
        self._counter: Counter | None = None
        try:
            counter = self._counter = counter_over(
                self._exchange,
                CounterChoice(
                    profile=choice.profile,
                    users=choice.users,
                    deposits=choice.deposits,
                    queries_per_second=0,
                    folder=choice.exchange.folder,
                    any_program=True,
                    broker=config.broker_id,
                ),
            )
            profile = counter.context.profile
            self.broker_id = profile.broker_id or "9999"
            upstream = UpstreamTerms(broker_id=self.broker_id)
            self._make_door(counter, upstream, choice.exchange.folder)
        except BaseException:
            self._exchange.close()
            raise
        self.instruments = [each.symbol for each in self._exchange.instruments()]
        self.anybody = f"{profile.opening_deposit:,}" if profile.auto_accounts else ""

    def _supervisor(self) -> Supervisor:
        return self._strategies

    async def run(self) -> None:
        """Run exchange and counter; strategies end while there still is an exchange to cancel their orders at."""
        assert self._counter is not None
        running = asyncio.create_task(run_exchange(self._counter, self._exchange))
        stopped = asyncio.create_task(self._stopped.wait())
        try:
            await asyncio.wait((running, stopped), return_when=asyncio.FIRST_COMPLETED)
            await self._strategies.close()
        finally:
            stopped.cancel()
            self._exchange.request_stop()
            await running

    async def close(self) -> None:
        """End everything; what could not be kept is in `unkept`."""
        await super().close()
        if self._counter is not None:
            self._counter.close()
        self._exchange.close()
        self.unkept = self._exchange.unkept or ""


class _Real(Opened):
    real = True

    def __init__(
        self,
        _settings: Settings,
        choice: WebctpChoice,
        config: WebctpConfig,
        tokens: Tokens,
        note: Callable[[str], None],
    ) -> None:
        super().__init__(choice, config, tokens, note)
        self.fronts = _fronts(choice, config)
        folder = Path(config.flow_folder).expanduser()
        upstream = UpstreamTerms(
            broker_id=config.broker_id,
            app_id=config.app_id,
            auth_code=config.auth_code,
            queries_per_second=1.0,
            linger_s=30.0,
            library_resumes=True,
        )
        self._make_door(_front_doors(choice, config, folder), upstream, folder)


def _front_doors(choice: WebctpChoice, config: WebctpConfig, folder: Path) -> "FrontDoors":
    from anyvenue.venues.ctp.json.fronts import FrontDoors, OpenSession
    from anyvenue.venues.ctp.native.catalogue import find_library
    from anyvenue.venues.ctp.native.factories import Which
    from anyvenue.venues.ctp.native.library import open_library
    from anyvenue.venues.ctp.native.session import open_session

    def opening(which: Which, front: str) -> tuple[OpenSession, list[str]]:
        if not front:
            return lambda _post, _flow: _no_front(which), []
        library = open_library(find_library(choice.library, which), which)
        now = LiveClock().now
        return lambda post, flow: open_session(library, folder / flow, post, now), [front]

    td = config.td_front if choice.app_type != "md" else ""
    md = config.md_front if choice.app_type != "td" else ""
    loop = asyncio.get_running_loop()
    return FrontDoors(loop, opening("trader", td), opening("md", md))


def _no_front(which: str) -> Never:
    key = "TdFrontAddress" if which == "trader" else "MdFrontAddress"
    raise ConfigError(f"the configuration has no {key}", code="config.webctp_front", key=key)


def _fronts(choice: WebctpChoice, config: WebctpConfig) -> list[str]:
    td = [config.td_front] if choice.app_type != "md" else []
    md = [config.md_front] if choice.app_type != "td" else []
    return list(filter(None, td + md))


def _tokens(choice: WebctpChoice, config: WebctpConfig) -> Tokens:
    tokens = read_tokens(choice.tokens) if choice.tokens is not None else []
    if config.token:
        tokens.append(Token(name="Token", secret=config.token))
    return Tokens(tokens)


def _check_aiohttp() -> None:
    from importlib.util import find_spec

    if find_spec("aiohttp") is None:
        raise ConfigError(
            "aiohttp is not installed; pip install 'anyvenue[service]'",
            code="config.extra_missing",
            package="aiohttp",
            extra="service",
        )
